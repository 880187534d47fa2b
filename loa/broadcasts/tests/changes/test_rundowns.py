"""Lan lays out the afternoon otherwise, sees what will be heard at other times, keeps it, takes it back."""

from datetime import date, time, timedelta
from typing import TypedDict
from uuid import UUID, uuid4

import pytest

from loa.broadcasts import compile as compiler
from loa.broadcasts.changes import keeping
from loa.broadcasts.changes.change import APPROVER, Change
from loa.broadcasts.changes.kinds import programmes, rundowns, weeks
from loa.broadcasts.models import KeptChange, Obligation, Programme, RundownItem, Schedule, SessionChange, State
from loa.broadcasts.queries.weeks import monday_of
from loa.broadcasts.rules.rundowns import Kind, Over
from loa.broadcasts.tests.changes.conftest import lines, see
from loa.broadcasts.tests.conftest import Station, TestSigner, on_air
from loa.broadcasts.tests.story.conftest import fresh
from loa.broadcasts.tests.test_rundown_pages import draft
from loa.broadcasts.tests.test_rundowns_on_air import afternoon as afternoon
from loa.broadcasts.tests.test_rundowns_on_air import floating, heard
from loa.kernel.clock import local
from loa.kernel.errors import LoaError
from tests.cast import Cast


class Names(TypedDict):
    """Which programme a change is about."""

    area: str
    programme: UUID


def keep(cast: Cast, change: Change) -> KeptChange:
    return keeping.keep(actor=cast.lan, change=change, token=see(cast, change).token, now=cast.now)


def parts(programme: Programme, *minutes: int) -> tuple[rundowns.RundownPart, ...]:
    rows = zip(programme.items.all(), minutes, strict=True)
    return tuple(rundowns.RundownPart(row.title, own, Kind(row.kind), Over.PUSH, id=row.pk) for row, own in rows)


def test_a_part_that_goes_takes_its_sound_along_and_brings_it_back(
    cast: Cast, station: Station, signer: TestSigner, afternoon: Programme
) -> None:
    floating(cast, afternoon, "Nhạc hiệu", 30, 1, recurring_part=True)
    floating(cast, afternoon, "Họp thôn", 52)
    names = Names(area=cast.quy_mong.path, programme=afternoon.pk)
    less = rundowns.SaveRundown(**names, parts=parts(afternoon, 1, 25, 4)[1:])
    assert {line.split(",")[0] for line in lines(see(cast, less))} == {
        "Nhạc hiệu: 17:00 → không phát",
        "Họp thôn: 17:00–17:01 → 17:00",
    }
    kept = keep(cast, less)
    compiler.compile_plans(signer=signer, now=cast.now)
    assert heard(station, 1) == [("Họp thôn", "17:00:00")]
    keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
    compiler.compile_plans(signer=signer, now=cast.now)
    assert heard(station, 1) == [("Nhạc hiệu", "17:00:00"), ("Họp thôn", "17:00:30")]


def test_another_anthem_is_heard_once_it_is_approved_and_the_old_one_until_then(
    cast: Cast, station: Station, signer: TestSigner, afternoon: Programme
) -> None:
    old = floating(cast, afternoon, "Quốc ca", 30, 1, recurring_part=True)
    new = draft(cast, "Quốc ca, bản mới", 40)
    item = afternoon.items.get(position=1)
    change = rundowns.FillPart(area=cast.quy_mong.path, programme=afternoon.pk, item=item.pk, bulletin=new.pk)
    shown = see(cast, change)
    assert shown.waits_for == APPROVER
    assert {line.days[0] for line in shown.lines} == {date(2026, 8, 21)}
    kept = keep(cast, change)
    compiler.compile_plans(signer=signer, now=cast.now)
    assert heard(station, 1) == [("Quốc ca", "17:00:00")]
    wanted = Schedule.objects.get(bulletin=new)
    assert old.last_beside(wanted) == local(cast.now).date()
    keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
    item.refresh_from_db()
    assert (item.bulletin_id, fresh(wanted).state) == (old.bulletin_id, State.ENDED)


def test_one_session_less_and_as_always_again(cast: Cast, station: Station, afternoon: Programme) -> None:
    floating(cast, afternoon, "Họp thôn", 52)
    names, day = Names(area=cast.quy_mong.path, programme=afternoon.pk), date(2026, 8, 24)
    less = rundowns.ChangeSession(**names, day=day, dropped=True, reason="Đám tang")
    assert less.sentence() == "Buổi chiều ngày 24/08/2026: không phát"
    assert lines(see(cast, less)) == ["Họp thôn: 17:00 → không phát, thứ Hai 24/08/2026"]
    keep(cast, less)
    usual = rundowns.UsualSession(**names, day=day)
    assert lines(see(cast, usual)) == ["Họp thôn: không phát → 17:00, thứ Hai 24/08/2026"]
    kept = keep(cast, usual)
    assert not SessionChange.objects.exists()
    keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
    assert SessionChange.objects.get().reason == "Đám tang"


def test_a_season_and_another_hour_say_what_falls_silent_or_moves(
    cast: Cast, station: Station, afternoon: Programme
) -> None:
    floating(cast, afternoon, "Họp thôn", 52)
    names = Names(area=cast.quy_mong.path, programme=afternoon.pk)
    season = rundowns.SetSeason(**names, first="04-16", last="08-22")
    assert season.sentence() == "Buổi chiều chỉ phát từ 16/4 đến 22/8"
    assert lines(see(cast, season)) == ["Họp thôn: 17:00 → không phát, 11 ngày, 23/8–2/9"]
    later = programmes.SaveProgramme(
        **names, name="Buổi chiều", starts=time(17, 15), minutes=30, weekdays=(1, 2, 3, 4, 5, 6, 7)
    )
    assert lines(see(cast, later)) == ["Họp thôn: 17:00 → 17:15, 14 ngày, 20/8–2/9"]
    kept = keep(cast, later)
    keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
    afternoon.refresh_from_db()
    assert afternoon.starts == time(17)


def test_a_ready_week_can_be_taken_back_until_somebody_uses_it(cast: Cast, station: Station) -> None:
    change = weeks.ApplyGrid(area=cast.quy_mong.path, grid="rural_short")
    assert see(cast, change).lines == ()
    kept = keep(cast, change)
    assert (Programme.objects.count(), RundownItem.objects.count()) == (2, 8)
    keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
    assert not Programme.objects.exists()
    later = cast.now + timedelta(seconds=1)
    token = see(cast, change, now=later).token
    kept = keeping.keep(actor=cast.lan, change=change, token=token, now=later)
    floating(cast, Programme.objects.get(name="Buổi chiều"), "Họp thôn", 52)
    with pytest.raises(LoaError, match="đã có mục"):
        keeping.undo(actor=cast.lan, kept_id=kept.pk, now=later)


def test_last_week_is_copied_once_however_often_it_is_asked_for(cast: Cast, station: Station) -> None:
    today = local(cast.now).date()
    on_air(cast, "Tiết kiệm điện", "17:10", pattern="once", first_day=today, last_day=None)
    monday = monday_of(today) + timedelta(days=7)
    change = weeks.CopyWeek(area=cast.quy_mong.path, monday=monday, copied=uuid4())
    assert lines(see(cast, change)) == ["Tiết kiệm điện: không phát → 17:10, thứ Năm 27/08/2026"]
    kept = keep(cast, change)
    again = weeks.CopyWeek(area=cast.quy_mong.path, monday=monday, copied=uuid4())
    assert see(cast, again).lines == ()
    keep(cast, again)
    assert Schedule.objects.filter(state=State.DRAFT).count() == 1
    with pytest.raises(LoaError) as caught:
        keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now + timedelta(minutes=11))
    assert caught.value.code == "undo_over"
    keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
    assert not Schedule.objects.filter(state=State.DRAFT).exists()


def test_the_days_of_an_obligation_are_shown_before_they_stand_on_the_calendar(
    cast: Cast, station: Station, afternoon: Programme
) -> None:
    owed = draft(cast, "Thu hồi đất", 52)
    duty = Obligation.objects.create(
        bulletin=owed, area=cast.quy_mong, first_day=local(cast.now).date(), days=3, times_a_day=1, basis="Luật",
        made_by=cast.lan, made_at=cast.now,
    )  # fmt: skip
    change = weeks.PlanDuty(area=cast.quy_mong.path, duty=duty.pk)
    shown = see(cast, change)
    assert lines(shown) == ["Thu hồi đất: không phát → 17:00, 3 ngày, 20/8–22/8"]
    kept = keep(cast, change)
    assert Schedule.objects.get(bulletin=owed).state == State.DRAFT
    keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
    assert Schedule.objects.get(bulletin=owed).state == State.ENDED
