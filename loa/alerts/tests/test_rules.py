"""Who may, how long, and where a loudspeaker stands on the board."""

from datetime import UTC, datetime, timedelta

import pytest

from loa.alerts import board, rules
from loa.alerts.rules import Ruling
from loa.kernel.errors import Invalid

XA, TINH = "vn.15.04531", "vn.15"
NOW = datetime(2026, 8, 20, 9, 50, tzinfo=UTC)


def test_one_person_alone_only_where_the_nearest_area_says_so() -> None:
    assert not rules.may_confirm_alone(XA, [], status="actual")
    assert rules.may_confirm_alone(XA, [Ruling(TINH, True)], status="actual")
    assert not rules.may_confirm_alone(XA, [Ruling(TINH, True), Ruling(XA, False)], status="actual")
    assert not rules.may_confirm_alone(TINH, [Ruling(XA, True)], status="actual")
    assert rules.may_confirm_alone(XA, [], status="exercise")


def test_the_newest_answer_of_an_area_counts() -> None:
    assert rules.break_glass(XA, [Ruling(XA, False), Ruling(XA, True)]) == Ruling(XA, False)


def test_a_deputy_of_the_author_is_no_second_person() -> None:
    assert rules.is_confirmer(1, 2)
    assert not rules.is_confirmer(1, 1)
    assert not rules.is_confirmer(1, 2, on_behalf_of=1)


@pytest.mark.parametrize(
    ("life", "repeat", "keep", "code"),
    [
        (0, 0, 0, "alert_life"),
        (25 * 3_600_000, 0, 0, "alert_life"),
        (3_600_000, 30_000, 0, "alert_repeat"),
        (3_600_000, 7_200_000, 0, "alert_repeat"),
        (3_600_000, 0, 61_000, "alert_keep"),
    ],
)
def test_times_that_no_loudspeaker_takes_are_refused(life: int, repeat: int, keep: int, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_times(life_ms=life, repeat_ms=repeat, keep_ms=keep)
    assert refused.value.code == code


def test_a_long_voice_is_refused_with_its_length() -> None:
    rules.check_voice(30_000)
    with pytest.raises(Invalid, match="dài 31 giây"):
        rules.check_voice(30_400)


def test_a_duty_ends_after_it_begins_and_is_not_endless() -> None:
    rules.check_duty(NOW, NOW + timedelta(hours=12), NOW)
    for starts, ends in ((NOW, NOW), (NOW - timedelta(2), NOW), (NOW, NOW + timedelta(32))):
        with pytest.raises(Invalid):
            rules.check_duty(starts, ends, NOW)


def seen(**facts: object) -> board.Seen:
    return board.Seen(device="d", area=XA, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "column"),
    [
        ({}, "silent"),
        ({"cause": "power_lost"}, "silent"),
        ({"received": 1_000}, "late"),
        ({"received": 1_000, "sounding": 2_000, "state": "sounding"}, "sounding"),
        ({"received": 1_000, "sounding": 2_000, "state": "displaced"}, "sounding"),
        ({"received": 1_000, "sounding": 2_000, "state": "ended"}, "sounding"),
        ({"received": 1_000, "sounding": 90_000}, "late"),
        ({"received": 1_000, "sounding": 2_000, "late": True}, "late"),
        ({"received": 1_000, "state": "silent", "reason": "no_card"}, "silent"),
        ({"refused": "wrong_audience"}, "silent"),
    ],
)
def test_each_loudspeaker_stands_in_one_column(facts: dict[str, object], column: str) -> None:
    assert board.column(seen(**facts), issued=0) == column


def test_a_test_is_done_when_it_is_received() -> None:
    assert board.column(seen(received=1_000), issued=0, tests=True) == "sounding"
    assert board.column(seen(), issued=0, tests=True) == "silent"


def test_columns_add_up_to_all_that_were_meant() -> None:
    rows = [seen(), seen(received=1), seen(received=1, sounding=2), seen(received=1, state="silent")]
    count = board.totals(rows, issued=0)
    assert (count.expected, count.received) == (4, 3)
    assert count.sounding + count.late + count.silent == count.expected


def test_an_alert_is_active_until_it_ends_or_is_taken_back() -> None:
    over = NOW + timedelta(hours=1)
    assert rules.is_active(state="sent", kind="alert", expires=over, ended_at=None, now=NOW)
    assert not rules.is_active(state="waiting", kind="alert", expires=over, ended_at=None, now=NOW)
    assert not rules.is_active(state="sent", kind="end", expires=over, ended_at=None, now=NOW)
    assert not rules.is_active(state="sent", kind="alert", expires=NOW, ended_at=None, now=NOW)
    assert not rules.is_active(state="sent", kind="alert", expires=over, ended_at=NOW, now=NOW)


def test_an_alert_concerns_who_lies_in_it_and_who_holds_it() -> None:
    assert rules.concerns(TINH, [XA])
    assert rules.concerns(XA, [TINH])
    assert not rules.concerns("vn.15.04498", [XA])
