"""Giao thừa until half past midnight, and no other night: whoever writes the database does not open one alone."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from devicelink.golden import world
from devicelink.messages import Hours, HoursExtension, HoursWindow, Message, VolumeCap
from devicelink.refusals import Reason, Refused
from devicelink.signing import Bound
from devicelink.widening import WEEK
from signer import confirmers
from signer.checks import Facts, check, wanted
from signer.confirmers import Site
from signer.extensions import Extension, Permission
from signer.journal import verify
from signer.keys import Folders, Made
from signer.memory import remembered

from .conftest import Records
from .test_hostile import Clock

DAY = (HoursWindow(weekdays=WEEK, start=300, end=1260),)
MIDNIGHT = world.NOW + 18 * world.HOUR  # NOW is 06:00 of 1/1/2026 in Viet Nam
NIGHT = (MIDNIGHT - 3 * world.HOUR, MIDNIGHT + 30 * world.MINUTE)
LAO_CAI = Permission(path="vn.15", days=2, earliest=300, latest=1440 + 30, reasons=("new_year_eve", "election"))


def row(**changes: Any) -> Extension:
    """Lan asked for the evening until 00:30, Thành approved it."""
    fields: dict[str, Any] = {
        "id": "6f0c2f0e-0000-4f6b-9d5e-0d4f5f3c2b11",
        "area": world.COMMUNE,
        "start": NIGHT[0],
        "end": NIGHT[1],
        "reason": "new_year_eve",
        "author": "11",
        "approver": "12",
        "approved": True,
        "approver_may": True,
        "permissions": (LAO_CAI,),
    }
    return Extension(**(fields | changes))


def later(days: int, **changes: Any) -> Extension:
    """The same evening so many days later."""
    moved = {"start": NIGHT[0] + days * world.DAY, "end": NIGHT[1] + days * world.DAY, "id": f"day-{days}"}
    return row(**(moved | changes))


def placed(*spans: tuple[int, int], **changes: Any) -> Message:
    hours = Hours(windows=DAY, extensions=tuple(HoursExtension(start=start, end=end) for start, end in spans))
    return world.placement(**({"issued": world.NOW, "hours": hours} | changes))


def judge(message: Message, *rows: Extension, **facts: Any) -> Facts:
    found = Facts(extensions=rows, **facts)
    check(message, scope="vn", facts=found, now=world.NOW)  # type: ignore[arg-type]
    return found


def refusal(message: Message, *rows: Extension, **facts: Any) -> Reason:
    with pytest.raises(Refused) as refused:
        judge(message, *rows, **facts)
    return refused.value.reason


def test_what_was_approved_is_signed_and_counts_as_one_day() -> None:
    found = judge(placed(NIGHT), row())
    assert found.opening == {(world.COMMUNE, date(2026, 1, 1))}
    judge(placed((NIGHT[0] + world.HOUR, NIGHT[1])), row())  # a part of it, as when it is cut by a day of mourning


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"approved": False}, Reason.NOT_APPROVED),
        ({"approver": ""}, Reason.NOT_APPROVED),
        ({"approver": "11"}, Reason.NOT_APPROVED),
        ({"approver_may": False}, Reason.NOT_APPROVED),
        ({"reason": ""}, Reason.NOT_APPROVED),
        ({"reason": "event"}, Reason.NOT_APPROVED),
        ({"permissions": ()}, Reason.OUTSIDE_HOURS),
        ({"area": world.NEIGHBOUR}, Reason.NOT_APPROVED),
        ({"start": NIGHT[0] + 1}, Reason.NOT_APPROVED),
        ({"end": NIGHT[1] - 1}, Reason.NOT_APPROVED),
        ({"start": NIGHT[0] - 24 * world.HOUR}, Reason.LIMIT_EXCEEDED),
    ],
)
def test_what_is_wrong_has_its_code(changes: dict[str, Any], reason: Reason) -> None:
    assert refusal(placed(NIGHT), row(**changes)) is reason


def test_without_any_row_nothing_is_opened() -> None:
    assert refusal(placed(NIGHT)) is Reason.NOT_APPROVED
    hours = Hours(windows=DAY, extensions=(HoursExtension(start=world.NOW, end=world.NOW + 25 * world.HOUR),))
    assert refusal(world.placement(issued=world.NOW, hours=hours), row()) is Reason.LIMIT_EXCEEDED


def permission(**changes: Any) -> Permission:
    fields: dict[str, Any] = {
        "path": "vn.15", "days": 2, "earliest": 300, "latest": 1470, "reasons": ("new_year_eve", "election"),
    }  # fmt: skip
    return Permission(**(fields | changes))


@pytest.mark.parametrize(
    ("permissions", "reason"),
    [
        ((permission(path=world.COMMUNE),), Reason.OUTSIDE_HOURS),  # a commune permits itself nothing
        ((permission(path="vn.10"),), Reason.OUTSIDE_HOURS),  # nor does another province
        ((permission(latest=1469),), Reason.OUTSIDE_HOURS),
        ((permission(earliest=1261),), Reason.OUTSIDE_HOURS),
        ((permission(days=0),), Reason.LIMIT_EXCEEDED),
        ((permission(reasons=()),), Reason.NOT_APPROVED),
        ((permission(path="vn"), permission(latest=1440)), Reason.OUTSIDE_HOURS),
        ((permission(), permission(path=world.COMMUNE, reasons=("election",))), Reason.NOT_APPROVED),
        ((permission(), permission(path=world.COMMUNE, days=9, latest=2000, reasons=("new_year_eve",))), None),
    ],
)
def test_a_province_permits_and_those_below_it_only_narrow(
    permissions: tuple[Permission, ...], reason: Reason | None
) -> None:
    if reason is None:
        judge(placed(NIGHT), row(permissions=permissions))
    else:
        assert refusal(placed(NIGHT), row(permissions=permissions)) is reason


def test_the_host_keeps_its_own_bound_whatever_the_rules_of_a_province_say() -> None:
    """Whoever writes the rules of the province too does not wake the village at 03:15."""
    all_year = permission(days=366, earliest=0, latest=2880)
    deep = (MIDNIGHT + 3 * world.HOUR, MIDNIGHT + 4 * world.HOUR)
    assert refusal(placed(deep), row(start=deep[0], end=deep[1], permissions=(all_year,))) is Reason.OUTSIDE_HOURS
    late = (NIGHT[0], MIDNIGHT + 61 * world.MINUTE)
    assert refusal(placed(late), row(start=late[0], end=late[1], permissions=(all_year,))) is Reason.OUTSIDE_HOURS
    judge(placed(late), row(start=late[0], end=late[1], permissions=(all_year,)), bound=Bound(latest=1501))
    used = {world.COMMUNE: {date(2026, 2, day) for day in range(1, 25)}}
    assert refusal(placed(NIGHT), row(permissions=(all_year,)), extended=used) is Reason.LIMIT_EXCEEDED


def test_days_are_counted_in_their_year_and_area() -> None:
    others = {date(2026, 3, 1), date(2026, 3, 2)}
    assert refusal(placed(NIGHT), row(), extended={world.COMMUNE: others}) is Reason.LIMIT_EXCEEDED
    judge(placed(NIGHT), row(), extended={world.COMMUNE: {date(2025, 3, 1), date(2026, 1, 1), date(2026, 3, 1)}})
    judge(placed(NIGHT), row(), extended={world.NEIGHBOUR: others})
    rows = (row(), later(1), later(2))
    judge(placed(*((one.start, one.end) for one in rows[:2])), *rows)
    assert refusal(placed(*((one.start, one.end) for one in rows)), *rows) is Reason.LIMIT_EXCEEDED


def test_a_row_without_fault_is_found_beside_one_with() -> None:
    judge(placed(NIGHT), row(approved=False), row(id="good"))


def test_a_hamlet_keeps_the_extension_of_its_commune_and_not_the_other_way() -> None:
    judge(placed(NIGHT, area=world.HAMLET), row())
    assert refusal(placed(NIGHT, area=world.COMMUNE), row(area=world.HAMLET)) is Reason.NOT_APPROVED


def test_next_year_is_signed_next_year() -> None:
    far = 200
    span = NIGHT[0] + far * world.DAY, NIGHT[1] + far * world.DAY
    assert refusal(placed(span), later(far)) is Reason.NOT_YET_VALID


def test_what_only_takes_away_needs_nobody() -> None:
    quiet = (HoursExtension(start=world.NOW, end=world.NOW + 3 * world.DAY),)
    caps = (VolumeCap(start=0, end=360, most=30), VolumeCap(start=0, end=1440, most=100))
    judge(world.placement(issued=world.NOW, hours=Hours(windows=DAY, closures=quiet), volumes=caps))


def test_it_looks_extensions_up_only_where_there_are_any() -> None:
    assert wanted([placed(NIGHT)]).extended == {"vn", "vn.15", world.COMMUNE, world.HAMLET}  # type: ignore[list-item]
    assert not wanted([placed()]).extended  # type: ignore[list-item]


@pytest.fixture
def clock(folders: Folders, made: Made, records: Records) -> Iterator[Clock]:
    """A signer that reads what the platform wrote."""
    clock = Clock(folders)
    clock.desk = clock.opened(database=records.url)
    yield clock
    clock.desk.database.close()


def signing(clock: Clock, number: int, *spans: tuple[int, int]) -> list[str]:
    return clock.ask(placed(*spans, issued=clock.now, revision=number))


def test_nights_that_were_signed_count_although_their_rows_are_gone(
    clock: Clock, folders: Folders, records: Records
) -> None:
    """Sign, sound, delete the row, and again: the way to a new night every night."""
    for number in range(2):
        one = later(number)
        records.extend(one)
        assert signing(clock, 10 + 20 * number, (one.start, one.end)) == [""]
        assert signing(clock, 20 + 20 * number, (one.start, one.end)) == [""]
        records.run("delete from signer_extensions")
    third = later(2)
    records.extend(third)
    assert signing(clock, 50, (third.start, third.end)) == [Reason.LIMIT_EXCEEDED]
    clock.desk.database.close()
    clock.desk = clock.opened(database=records.url)
    assert signing(clock, 51, (third.start, third.end)) == [Reason.LIMIT_EXCEEDED]
    assert remembered(folders.signer / "journal").extended == {world.COMMUNE: {date(2026, 1, 1), date(2026, 1, 2)}}
    assert verify(folders.signer / "journal") == 6
    assert signing(clock, 52) == [""]  # without an extension the cluster is placed as ever


def test_one_request_does_not_open_more_nights_than_a_year_has(clock: Clock, records: Records) -> None:
    rows = [later(number) for number in range(3)]
    for one in rows:
        records.extend(one)
    asked = [placed((one.start, one.end), issued=clock.now, revision=number) for number, one in enumerate(rows, 1)]
    assert clock.ask(*asked) == ["", "", Reason.LIMIT_EXCEEDED]


def test_what_was_refused_counts_for_nothing(clock: Clock, folders: Folders, records: Records) -> None:
    records.extend(row())
    records.extend(later(1, approved=False))
    both = later(1)
    assert signing(clock, 1, NIGHT, (both.start, both.end)) == [Reason.NOT_APPROVED]
    assert not remembered(folders.signer / "journal").extended


def test_a_row_that_cannot_be_read_permits_nothing(clock: Clock, records: Records) -> None:
    records.extend(row())
    records.run('update signer_extensions set permissions = \'[{"path": "vn.15", "days": "all"}]\'')
    assert signing(clock, 1, NIGHT) == [Reason.OUTSIDE_HOURS]


def test_the_bound_stands_in_the_folder_of_the_host(clock: Clock, folders: Folders, records: Records) -> None:
    records.extend(row())
    confirmers.write_site(folders.signer, Site(extension=Bound(latest=1440)))
    assert signing(clock, 1, NIGHT) == [Reason.OUTSIDE_HOURS]
    confirmers.write_site(folders.signer, Site())
    assert signing(clock, 2, NIGHT) == [""]
