"""What makes no sense, though its form is right."""

from datetime import timedelta
from typing import Any

import pytest
from cap import rules
from cap.model import Alert, Reference, Resource
from cap.refusals import Code, Refused
from cap.samples import NOW, SENDER, SENT, alert, area, info

LATER = Reference(sender=SENDER, identifier="VN-9", sent=SENT + timedelta(seconds=1))
ITSELF = Reference(sender=SENDER, identifier="VN-MAU-2026-0001", sent=SENT)


def with_info(**changes: Any) -> Alert:
    return alert(info=(info(**changes),))


def resource(**changes: Any) -> Alert:
    return with_info(resource=(Resource(**({"resource_desc": "x", "mime_type": "a/b"} | changes)),))


WRONG: dict[str, tuple[Alert, Code]] = {
    "a blank in the identifier": (alert(identifier="a b"), Code.BAD_IDENTIFIER),
    "a comma in the sender": (alert(sender="a,b"), Code.BAD_IDENTIFIER),
    "an ampersand": (alert(identifier="a&b"), Code.BAD_IDENTIFIER),
    "no identifier": (alert(identifier=""), Code.BAD_IDENTIFIER),
    "a line break behind": (alert(identifier="a\n"), Code.BAD_IDENTIFIER),
    "an endless identifier": (alert(identifier="a" * 201), Code.BAD_IDENTIFIER),
    "an update of nothing": (alert(msg_type="Update"), Code.NO_REFERENCES),
    "a cancel of nothing": (alert(msg_type="Cancel"), Code.NO_REFERENCES),
    "an ack of nothing": (alert(msg_type="Ack"), Code.NO_REFERENCES),
    "an error about nothing": (alert(msg_type="Error"), Code.NO_REFERENCES),
    "an update of itself": (alert(msg_type="Update", references=(ITSELF,)), Code.SELF_REFERENCE),
    "an update of the future": (alert(msg_type="Update", references=(LATER,)), Code.WRONG_ORDER),
    "restricted to nobody": (alert(scope="Restricted"), Code.NO_RESTRICTION),
    "private to nobody": (alert(scope="Private"), Code.NO_ADDRESSES),
    "an alert without info": (alert(info=()), Code.NO_INFO),
    "an info without event": (with_info(event="  "), Code.NO_INFO),
    "expires before it was sent": (with_info(effective=None, expires=SENT), Code.WRONG_ORDER),
    "expires before it begins": (with_info(effective=SENT + timedelta(hours=7)), Code.WRONG_ORDER),
    "expires before the onset": (with_info(onset=SENT + timedelta(hours=7)), Code.WRONG_ORDER),
    "a ceiling without altitude": (with_info(area=(area(ceiling=5),)), Code.NO_ALTITUDE),
    "a ceiling below the altitude": (with_info(area=(area(altitude=9, ceiling=5),)), Code.NO_ALTITUDE),
    "a resource of no kind": (resource(mime_type="png"), Code.BAD_RESOURCE),
    "a digest that is none": (resource(digest="12"), Code.BAD_RESOURCE),
    "contents that are no base64": (resource(deref_uri="***"), Code.BAD_RESOURCE),
}


@pytest.mark.parametrize(("wrong", "code"), list(WRONG.values()), ids=list(WRONG))
def test_it_is_refused(wrong: Alert, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        rules.check(wrong, NOW)

    assert refused.value.code == code


def test_a_clock_may_be_five_minutes_ahead_and_no_more() -> None:
    rules.check(alert(), SENT - timedelta(minutes=5))
    with pytest.raises(Refused) as refused:
        rules.check(alert(), SENT - timedelta(minutes=5, seconds=1))
    assert refused.value.code == Code.SENT_IN_FUTURE


def test_it_is_over_at_the_instant_it_names() -> None:
    end = SENT + timedelta(hours=6)
    rules.check(alert(), end - timedelta(seconds=1))
    with pytest.raises(Refused) as refused:
        rules.check(alert(), end)
    assert refused.value.code == Code.EXPIRED


def test_one_part_that_goes_on_is_enough() -> None:
    two = alert(info=(info(), info(expires=SENT + timedelta(hours=9))))
    rules.check(two, SENT + timedelta(hours=8))
