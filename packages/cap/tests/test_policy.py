"""How far a source is trusted: the last that is relayed, the first that needs a person, what nobody gets to see."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from cap import policy, samples
from cap.model import Alert, Pair
from cap.policy import Decision
from cap.refusals import Code
from cap.samples import EARLIER, NOW, alert, info

OURS, THEIRS = "a" * 64, "b" * 64
SOURCE = samples.source(fingerprints=(OURS,))


def decided(said: Alert | None = None, **changes: Any) -> Decision:
    known: dict[str, Any] = {"fingerprint": OURS, "paths": ("vn.15.04531",), "relayed": (), "known": True, "now": NOW}
    of_source = {name: changes.pop(name) for name in list(changes) if name not in known}
    return policy.decide(msgspec.structs.replace(SOURCE, **of_source), said or alert(), **(known | changes))


def test_everything_right_is_relayed() -> None:
    assert decided() == Decision("relay")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"policy": "person"}, Code.NEEDS_PERSON),
        ({"fingerprint": ""}, Code.NOT_SIGNED),
        ({"paths": ("vn.01",)}, Code.OUTSIDE_AREAS),
        ({"paths": ("vn.15.04531", "vn.01.00004")}, Code.OUTSIDE_AREAS),
        ({"paths": ("vn",)}, Code.OUTSIDE_AREAS),
        ({"paths": ("vn.150",)}, Code.OUTSIDE_AREAS),
        ({"paths": ()}, Code.OUTSIDE_AREAS),
        ({"areas": ()}, Code.OUTSIDE_AREAS),
        ({"events": {}}, Code.EVENT_NOT_ALLOWED),
        ({"max_severity": "Moderate"}, Code.TOO_SEVERE),
        ({"per_hour": 0}, Code.TOO_OFTEN),
    ],
)
def test_a_person_is_asked(changes: dict[str, Any], code: Code) -> None:
    found = decided(**changes)

    assert (found.verdict, found.code) == ("person", code)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (alert(status="Exercise"), Code.NEEDS_PERSON),
        (alert(status="Test"), Code.NEEDS_PERSON),
        (alert(msg_type="Cancel", references=(EARLIER,)), Code.NEEDS_PERSON),
        (alert(info=(info(event="Núi lửa", event_code=()),)), Code.EVENT_NOT_ALLOWED),
        (alert(info=(info(), info(event="Núi lửa", event_code=()))), Code.EVENT_NOT_ALLOWED),
        (alert(info=(info(severity="Extreme"),)), Code.TOO_SEVERE),
        (alert(info=(info(severity="Unknown"),)), Code.TOO_SEVERE),
        (alert(info=(info(), info(severity="Extreme"))), Code.TOO_SEVERE),
        (alert(info=(info(expires=None),)), Code.LIVES_TOO_LONG),
        (alert(info=(info(expires=NOW + timedelta(hours=24, seconds=1)),)), Code.LIVES_TOO_LONG),
    ],
)
def test_what_it_says_needs_a_person(said: Alert, code: Code) -> None:
    found = decided(said)

    assert (found.verdict, found.code) == ("person", code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"policy": "refuse"}, Code.SOURCE_REFUSED),
        ({"fingerprint": THEIRS}, Code.UNKNOWN_CERTIFICATE),
        ({"senders": ("ai-do@mau.example",)}, Code.WRONG_SENDER),
        ({"said": alert(status="Draft")}, Code.NOT_FOR_PEOPLE),
        ({"said": alert(status="System")}, Code.NOT_FOR_PEOPLE),
        ({"said": alert(msg_type="Ack", references=(EARLIER,))}, Code.NOT_FOR_PEOPLE),
        ({"said": alert(scope="Private", addresses=("x",))}, Code.NOT_PUBLIC),
        ({"said": alert(scope="Restricted", restriction="x")}, Code.NOT_PUBLIC),
    ],
)
def test_it_is_refused(changes: dict[str, Any], code: Code) -> None:
    found = decided(changes.pop("said", None), **changes)

    assert (found.verdict, found.code) == ("refuse", code)


def test_the_last_instant_of_a_day_is_still_relayed() -> None:
    assert decided(alert(info=(info(expires=NOW + timedelta(hours=24)),))).verdict == "relay"


def test_three_an_hour_and_the_fourth_when_the_first_is_an_hour_ago() -> None:
    def at(minutes: int) -> datetime:
        return NOW - timedelta(minutes=minutes)

    assert decided(relayed=(at(59), at(30))).verdict == "relay"
    assert decided(relayed=(at(59), at(30), at(0))).code == Code.TOO_OFTEN
    assert decided(relayed=(at(60), at(30), at(0))).verdict == "relay"


def test_an_update_of_what_was_never_relayed_needs_a_person() -> None:
    update = alert(msg_type="Update", references=(EARLIER,))

    assert decided(update).verdict == "relay"
    assert decided(update, known=False).code == Code.REFERENCE_UNKNOWN


def test_an_event_is_known_by_its_code_or_by_its_name() -> None:
    assert policy.event_of(SOURCE, info()) == "lu-quet"
    assert policy.event_of(SOURCE, info(event_code=(), event="Bão")) == "bao"
    assert policy.event_of(SOURCE, info(event_code=(Pair(value_name="SAME", value="FFW"),))) is None
