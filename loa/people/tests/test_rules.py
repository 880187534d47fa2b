"""The table of powers and the small decisions about people, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from loa.people import rules
from loa.people.rules import Grant

NOW = datetime(2026, 8, 20, 9, 50, tzinfo=UTC)
DAY = timedelta(days=1)
QUY_MONG, THON_5, TRAN_YEN = "vn.15.04531", "vn.15.04531.h5", "vn.15.04537"


def holding(capability: str) -> set[str]:
    return {role for role, may in rules.CAPABILITIES.items() if capability in may}


@pytest.mark.parametrize(
    ("capability", "roles"),
    [
        ("bulletin.write", {"officer", "announcer", "province_editor", "central_editor"}),
        ("bulletin.approve", {"approver"}),
        ("schedule.write", {"officer", "province_editor", "central_editor"}),
        ("schedule.approve", {"approver"}),
        ("hold.set", {"officer", "approver", "technician", "province_editor", "central_editor", "duty"}),
        ("device.manage", {"technician", "administrator"}),
        ("device.volume", {"officer", "technician", "administrator"}),
        ("lexicon.write", {"officer", "approver", "province_editor"}),
        ("group.write", {"officer", "technician", "administrator"}),
        ("hamlet.write", {"officer", "administrator"}),
        ("rules.write", {"approver", "administrator"}),
        ("people.manage", {"administrator"}),
        ("channel.manage", {"administrator"}),
        ("recipient.write", {"officer", "province_editor", "administrator"}),
        ("people.delegate", {"approver"}),
        ("audit.view", {"approver", "administrator"}),
    ],
)
def test_who_may_do_what(capability: str, roles: set[str]) -> None:
    assert holding(capability) == roles


def test_everybody_with_a_role_sees_and_no_role_writes_and_approves() -> None:
    assert holding("view") == set(rules.CAPABILITIES)
    assert not holding("bulletin.write") & holding("bulletin.approve")
    assert not holding("schedule.write") & holding("schedule.approve")


def test_a_role_reaches_down_but_neither_up_nor_aside() -> None:
    grants = [Grant("officer", QUY_MONG)]
    assert rules.sees(grants, QUY_MONG)
    assert rules.sees(grants, THON_5)
    assert rules.sees([*grants, Grant("viewer", TRAN_YEN)], THON_5)
    assert not any(rules.sees(grants, path) for path in (TRAN_YEN, "vn.15", "vn.15.045310"))
    assert rules.allowing(grants, "bulletin.write", TRAN_YEN) is None
    assert rules.allowing(grants, "bulletin.approve", QUY_MONG) is None
    assert rules.allowing([Grant("nobody", QUY_MONG)], "view", QUY_MONG) is None


def test_an_own_role_is_used_before_a_deputys() -> None:
    own, deputy = Grant("approver", QUY_MONG), Grant("approver", QUY_MONG, on_behalf_of=7)
    assert rules.allowing([deputy, own], "bulletin.approve", THON_5) == own
    assert rules.allowing([deputy], "bulletin.approve", THON_5) == deputy


def test_a_deputy_of_two_acts_for_the_one_who_has_no_part_in_it() -> None:
    first, second = Grant("approver", QUY_MONG, on_behalf_of=7), Grant("approver", QUY_MONG, on_behalf_of=8)
    own = Grant("approver", QUY_MONG)
    for author, grants, expected in (
        (7, [first, second], second),
        (8, [first, second], first),
        (9, [first, second], first),
        (7, [first], first),
        (7, [first, own, second], own),
    ):
        assert rules.allowing(grants, "bulletin.approve", THON_5, apart_from=[author]) == expected


@pytest.mark.parametrize(
    ("author", "approver", "on_behalf_of", "same"),
    [
        (1, 2, None, False),
        (1, 2, 3, False),
        (1, 1, None, True),
        (1, 2, 1, True),
        (None, 2, None, True),
        (None, 2, 3, True),
        (1, None, 3, True),
    ],
)
def test_two_persons(author: int | None, approver: int | None, on_behalf_of: int | None, same: bool) -> None:
    assert rules.same_person(author, approver, on_behalf_of) is same


@pytest.mark.parametrize(
    ("starts", "ends", "fault"),
    [
        (NOW, NOW + DAY, ""),
        (NOW - DAY, NOW + timedelta(microseconds=1), ""),
        (NOW, NOW + 92 * DAY, ""),
        (NOW + DAY, NOW + DAY, "sau ngày bắt đầu"),
        (NOW - DAY, NOW, "đã qua"),
        (NOW, NOW + 92 * DAY + timedelta(microseconds=1), "không quá 92 ngày"),
    ],
)
def test_how_long_thanh_may_name_a_deputy(starts: datetime, ends: datetime, fault: str) -> None:
    said = rules.delegation_fault(starts, ends, NOW)
    assert fault in said
    assert bool(said) is bool(fault)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0912 345 678", "0912345678"),
        ("+84 912.345.678", "0912345678"),
        ("0084-912-345-678", "0912345678"),
        ("(0216) 3821 234", "02163821234"),
        ("912345678", ""),
        ("0012345678", ""),
        ("091234567", ""),
        ("091234567890", ""),
        ("chị Lan", ""),
        ("", ""),
    ],
)
def test_a_phone_number_however_it_is_typed(typed: str, kept: str) -> None:
    assert rules.normal_phone(typed) == kept


def test_the_mark_of_a_session_does_not_open_it() -> None:
    mark = rules.session_mark("the key of Lan's session")
    assert len(mark) == 24
    assert "key" not in mark
    assert mark != rules.session_mark("the key of Mai's session")
    assert rules.session_mark("") == ""
