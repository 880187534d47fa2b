"""Why is it silent? The same signs give the same words, whoever asks."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from devicelink.messages import Audience, Hours, HoursWindow
from hypothesis import given
from hypothesis import strategies as st

from loa.devices.rules import advice, papers
from loa.devices.rules.condition import (
    NEVER_SEEN,
    ONLINE,
    Cause,
    Condition,
    Signs,
    State,
    Worry,
    condition,
    worries,
)
from loa.kernel.errors import Invalid, Refusal

NOW = datetime(2026, 8, 20, 9, 50, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HERE = Signs(connected=True, seen_at=NOW - 10 * SECOND)
GONE = Signs(connected=False, seen_at=NOW - 60 * SECOND, closed_at=NOW - 30 * SECOND, closed_reason="Read Error")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        (HERE, ONLINE),
        (Signs(connected=False, seen_at=None), NEVER_SEEN),
        (GONE, Condition(State.SILENT, Cause.SILENT_LINK)),
        (replace(GONE, sim_expires=date(2026, 8, 20)), Condition(State.SILENT, Cause.SIM_EXPIRED)),
        (replace(GONE, sim_expires=date(2026, 8, 21)), Condition(State.SILENT, Cause.SILENT_LINK)),
        (replace(GONE, bye="power_lost", bye_at=NOW - 31 * SECOND), Condition(State.SILENT, Cause.POWER_LOST)),
        (replace(GONE, bye="stopping", bye_at=NOW - 31 * SECOND), Condition(State.STOPPED, Cause.CLEAN_STOP)),
        (replace(GONE, key_state="revoked"), Condition(State.STOPPED, Cause.REVOKED)),
        (replace(GONE, key_state="waiting"), Condition(State.STOPPED, Cause.REPLACED)),
        (replace(HERE, seen_at=NOW - 111 * SECOND), Condition(State.SILENT, Cause.SILENT_LINK)),
        (replace(HERE, bye="power_lost", bye_at=NOW - 60 * SECOND), ONLINE),
        (replace(HERE, seen_at=NOW - 109 * SECOND), ONLINE),
        (replace(HERE, seen_at=NOW - 110 * SECOND), Condition(State.SILENT, Cause.SILENT_LINK)),
        (Signs(connected=False, seen_at=None, key_state="waiting"), NEVER_SEEN),
        # a goodbye in the moment of the last beat counts, one before a new connection does not
        (replace(HERE, bye="power_lost", bye_at=HERE.seen_at), Condition(State.SILENT, Cause.POWER_LOST)),
        (
            replace(
                HERE, seen_at=NOW - 60 * SECOND, bye="stopping", bye_at=NOW - 60 * SECOND, closed_at=NOW - 50 * SECOND
            ),
            ONLINE,
        ),
        (replace(GONE, bye="stopping", bye_at=NOW - 60 * SECOND), Condition(State.STOPPED, Cause.CLEAN_STOP)),
        # the engine still says "connected" after the goodbye; an older closing changes nothing, nor one in that moment
        *(
            (
                replace(HERE, bye="power_lost", bye_at=NOW - 5 * SECOND, closed_at=NOW - closed * SECOND),
                Condition(State.SILENT, Cause.POWER_LOST),
            )
            for closed in (50, 5)
        ),
    ],
)
def test_state_and_cause(signs: Signs, expected: Condition) -> None:
    assert condition(signs, NOW) == expected


def test_lost_connection_gets_time_to_come_back() -> None:
    just = replace(GONE, closed_at=NOW - 19 * SECOND)
    assert condition(just, NOW) is None
    assert condition(just, NOW + 2 * SECOND) == Condition(State.SILENT, Cause.SILENT_LINK)
    assert condition(just, NOW + 1 * SECOND) == Condition(State.SILENT, Cause.SILENT_LINK)


def test_a_gateway_that_has_just_started_waits_for_three_beats() -> None:
    heard = Signs(connected=False, seen_at=NOW - 109 * SECOND)
    assert condition(heard, NOW) is None
    assert condition(heard, NOW + SECOND) == Condition(State.SILENT, Cause.SILENT_LINK)


def test_last_day_of_the_sim_is_a_day_in_viet_nam() -> None:
    evening = datetime(2026, 8, 20, 17, 30, tzinfo=UTC)  # 00:30 on 21/8 in Viet Nam
    gone = replace(GONE, seen_at=evening - 60 * SECOND, closed_at=evening - 30 * SECOND, sim_expires=date(2026, 8, 21))
    assert condition(gone, evening) == Condition(State.SILENT, Cause.SIM_EXPIRED)


@given(
    connected=st.booleans(),
    seen=st.none() | st.integers(0, 10_000),
    closed=st.none() | st.integers(0, 10_000),
    bye=st.sampled_from(["", "stopping", "power_lost", "nonsense"]),
    bye_at=st.none() | st.integers(0, 10_000),
    key=st.sampled_from(["waiting", "claimed", "placed", "revoked", "retired"]),
)
def test_there_is_always_an_answer_in_the_end(
    connected: bool, seen: int | None, closed: int | None, bye: str, bye_at: int | None, key: str
) -> None:
    def at(seconds: int | None) -> datetime | None:
        return None if seconds is None else NOW - seconds * SECOND

    signs = Signs(
        connected=connected, seen_at=at(seen), closed_at=at(closed), bye=bye, bye_at=at(bye_at), key_state=key
    )
    verdict = condition(signs, NOW + timedelta(hours=1))
    assert verdict is not None
    assert advice.of(verdict.cause).what


def test_worries_come_in_order_of_need() -> None:
    found = worries(
        clock_bound=-1,
        uptime=3_600_000,
        power="backup",
        storage_free=1,
        files_missing=2,
        trouble="no_card",
        sim_expires=date(2026, 9, 1),
        key_state="placed",
        today=date(2026, 8, 20),
    )
    passing = (Worry.FILES_MISSING, Worry.ON_BACKUP, Worry.SIM_ENDS_SOON, Worry.STORAGE_LOW)
    assert found == (Worry.NO_CARD, Worry.NO_CLOCK, *passing)


MEGABYTE = 1024 * 1024
FINE: dict[str, Any] = {
    "clock_bound": 0, "uptime": 3_600_000, "power": "mains", "storage_free": 200 * MEGABYTE, "files_missing": 0,
    "sim_expires": None, "key_state": "placed", "today": date(2026, 8, 20),
}  # fmt: skip


@pytest.mark.parametrize(
    ("signs", "worry"),
    [
        ({}, None),
        ({"clock_bound": 50}, None),
        ({"clock_bound": 51}, Worry.CLOCK_LOOSE),
        ({"clock_bound": 60_000}, Worry.CLOCK_LOOSE),
        ({"clock_bound": 60_000, "uptime": 179_999}, None),
        ({"trouble": ""}, None),
        ({"trouble": "no_card"}, Worry.NO_CARD),
        ({"trouble": "broken_horn"}, Worry.UNKNOWN_TROUBLE),
        ({"clock_bound": 60_001}, Worry.NO_CLOCK),
        ({"clock_bound": -1}, Worry.NO_CLOCK),
        ({"clock_bound": -1, "uptime": 0}, None),  # it has just started and is asking
        ({"clock_bound": 60_001, "uptime": 179_999}, None),
        ({"clock_bound": -1, "uptime": 180_000}, Worry.NO_CLOCK),
        ({"clock_bound": -1, "uptime": -1}, Worry.NO_CLOCK),  # no device counts so
        ({"files_missing": 1}, Worry.FILES_MISSING),
        ({"power": "backup"}, Worry.ON_BACKUP),
        ({"storage_free": 200 * MEGABYTE - 1}, Worry.STORAGE_LOW),
        ({"storage_free": 1}, Worry.STORAGE_LOW),
        ({"storage_free": 0}, None),  # it has not said
        ({"sim_expires": date(2026, 9, 3)}, Worry.SIM_ENDS_SOON),
        ({"sim_expires": date(2026, 9, 4)}, None),
        ({"key_state": "claimed"}, Worry.NOT_PLACED),
        ({"threat_at": datetime(2026, 8, 18, 17, tzinfo=UTC)}, Worry.FORGED),  # 00:00 of the 19th
        ({"threat_at": datetime(2026, 8, 18, 16, 59, tzinfo=UTC)}, None),
    ],
)
def test_what_needs_a_person(signs: dict[str, Any], worry: Worry | None) -> None:
    assert worries(**FINE | signs) == ((worry,) if worry else ())


def test_a_person_is_sent_for_what_a_person_can_mend() -> None:
    alone = {cause for cause, words in advice.CAUSES.items() if not words.needs_person}
    assert alone == {Cause.CONNECTED, Cause.POWER_LOST, Cause.PLATFORM}
    passing = {worry for worry, words in advice.WORRIES.items() if not words.needs_person}
    assert passing == {Worry.ON_BACKUP, Worry.FILES_MISSING, Worry.CLOCK_LOOSE, Worry.DEAF, Worry.FALLING_SOUND}
    assert advice.reason("connected", [Worry.FILES_MISSING, Worry.NO_CLOCK]) == "no_clock"
    assert advice.reason("connected", [Worry.NO_CARD, Worry.NO_CLOCK]) == "no_card"
    assert advice.reason("connected", [Worry.FILES_MISSING]) == "connected"
    assert advice.reason("sim_expired", [Worry.NO_CLOCK]) == "sim_expired"


def test_every_cause_and_worry_has_words_without_jargon() -> None:
    for cause in (*Cause, *Worry):
        words = advice.of(cause).sentence("Cụm 08")
        assert "Cụm 08" in words
        assert not {"offline", "timeout", "MQTT", "token", "error"} & set(words.lower().split())
    assert advice.of("sim_expired").sentence("Cụm 08").startswith("Cụm 08 hết hạn SIM. Nạp tiền thì")


def hours(start: int = 300) -> Hours:
    return Hours(windows=(HoursWindow(weekdays=EVERY_DAY, start=start, end=1260),))


def test_plan_set_is_the_same_for_the_same_place_and_another_for_any_difference() -> None:
    one = papers.plan_set_signature("vn.15.04531", ["b", "a"], hours())
    assert one == papers.plan_set_signature("vn.15.04531", ["a", "b", "a"], hours())
    others = {
        papers.plan_set_signature("vn.15.04498", ["a", "b"], hours()),
        papers.plan_set_signature("vn.15.04531", ["a"], hours()),
        papers.plan_set_signature("vn.15.04531", ["a", "b"], hours(301)),
    }
    assert len(others | {one}) == 4


@pytest.mark.parametrize(
    ("audience", "area", "topic"),
    [
        (Audience(device="spk-1"), "vn.15.04531", "d/spk-1/down"),
        (Audience(area="vn.15.04531"), "vn.15.04531", "area/04531/down"),
        (Audience(area="vn.15.04531.h5"), "vn.15.04531", "area/04531/down"),
        (Audience(group="grp-1"), "vn.15.04531", "area/04531/down"),
        (Audience(plan_set="ps-1"), "vn.15.04531", "area/04531/down"),
        (Audience(area="vn.15.04498"), "vn.15.04531", "area/04498/down"),
        (Audience(area="vn.15"), "vn.15", "all/down"),
        (Audience(area="vn"), "vn", "all/down"),
    ],
)
def test_messages_travel_on_the_topic_of_whom_they_concern(audience: Audience, area: str, topic: str) -> None:
    assert papers.topic_of(audience, area) == topic
    assert papers.audience_of(papers.subject_of(audience)) == audience


@given(last=st.integers(0, 2**53), seconds=st.integers(0, 4_000_000_000))
def test_revisions_always_rise(last: int, seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert papers.next_revision(last, moment) > last
    assert papers.next_revision(last, moment) >= seconds * 1000


def test_volume_and_hold_have_bounds() -> None:
    papers.check_volume(80, 80)
    with pytest.raises(Refusal, match="tối đa 80%"):
        papers.check_volume(81, 80)
    with pytest.raises(Invalid):
        papers.check_volume(101, 100)
    papers.check_volume(0, 80)
    papers.check_volume(100, 100)
    with pytest.raises(Invalid):
        papers.check_volume(-1, 100)
    papers.check_hold_until(NOW + timedelta(hours=24), NOW)
    with pytest.raises(Invalid):
        papers.check_hold_until(NOW + timedelta(hours=24, seconds=1), NOW)
    papers.check_hold_until(NOW + SECOND, NOW)
    with pytest.raises(Invalid, match="đã qua"):
        papers.check_hold_until(NOW, NOW)


def test_a_claim_code_is_read_aloud_in_fives_and_typed_as_people_type() -> None:
    code = "ABCDE23456FGHJK7MNPQ"
    assert papers.readable_claim(code) == "ABCDE-23456-FGHJK-7MNPQ"
    assert papers.claim_hash(" abcde-23456 fghjk-7mnpq ") == papers.claim_hash(code)
    assert papers.claim_hash(code) != papers.claim_hash(code[:-1] + "R")


def test_who_may_stop_where() -> None:
    assert papers.may_hold(("hold.set",), "vn.15.04531", ["vn.15.04531.h5"])
    assert not papers.may_hold(("hold.set",), "vn.15.04531", ["vn.15"])
    assert not papers.may_hold(("hold.set",), "vn.1", ["vn.15"])
    assert not papers.may_hold(("view",), "vn", ["vn.15"])
    assert not papers.may_hold(("hold.set",), "vn", [])
    assert not papers.may_hold(("hold.set",), "vn.15.04531", ["vn.15.04531.h5", "vn.15.04498"])
