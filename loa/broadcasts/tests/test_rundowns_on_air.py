"""Quy Mông's afternoon has a rundown: what is approved for it is laid in the plans as it is on the page."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from airtime.spans import from_ms

from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.changes.dryrun import dry_run
from loa.broadcasts.changes.kinds.rundowns import FillPart
from loa.broadcasts.models import Airing, Programme, RundownItem, Schedule, SessionChange
from loa.broadcasts.queries import rooms
from loa.broadcasts.rules.times import midnight
from loa.broadcasts.tests.changes.conftest import lines, see
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air
from loa.kernel.clock import local, to_ms
from loa.kernel.errors import Refusal
from loa.relays import actions as relays
from loa.relays.actions import Entered
from tests.cast import Cast


@pytest.fixture
def afternoon(cast: Cast) -> Programme:
    """17:00, half an hour: the call, the bulletins, the closing."""
    row = Programme.objects.create(
        area=cast.quy_mong, name="Buổi chiều", starts=time(17), minutes=30, weekdays=[1, 2, 3, 4, 5, 6, 7]
    )
    for position, (kind, minutes) in enumerate((("fixed", 1), ("bulletins", 25), ("fixed", 4)), 1):
        RundownItem.objects.create(
            programme=row, position=position, kind=kind, title=f"Mục {position}", minutes=minutes, over_run="push",
            under_run="early",
        )  # fmt: skip
    return row


def floating(cast: Cast, programme: Programme, title: str, seconds: float, item: int = 0, **more: object) -> Schedule:
    row = on_air(
        cast, title, "17:00", seconds=seconds, programme=programme, floating=True, slack_s=5400, **more  # type: ignore[arg-type]
    )  # fmt: skip
    if item:
        RundownItem.objects.filter(programme=programme, position=item).update(bulletin=row.bulletin)
    return row


def heard(station: Station, days: int = 0) -> list[tuple[str, str]]:
    day = local(at(station.cast, 0, days=days)).date()
    return [
        (airing.title, f"{local(from_ms(airing.start)):%H:%M:%S}")
        for airing in station.plan(1).airings
        if local(from_ms(airing.start)).date() == day
    ]


def test_the_plan_has_the_session_in_the_order_of_its_rundown(
    cast: Cast, station: Station, signer: TestSigner, afternoon: Programme
) -> None:
    floating(cast, afternoon, "Kết", 30, 3)
    floating(cast, afternoon, "Họp thôn", 60)
    floating(cast, afternoon, "Bão số 5", 90, version_priority="priority")
    floating(cast, afternoon, "Nhạc hiệu", 30, 1)
    outcome = compiler.compile_plans(signer=signer, now=cast.now)
    assert not outcome.refused
    expected = [
        ("Nhạc hiệu", "17:00:00"), ("Bão số 5", "17:00:30"), ("Họp thôn", "17:02:00"), ("Kết", "17:03:00"),
    ]  # fmt: skip
    assert heard(station, 1) == expected
    tomorrow = at(cast, 0, days=1)
    shown = rooms.occurrences(cast.quy_mong, tomorrow, tomorrow + timedelta(days=1), now=cast.now)
    assert [(row.version.title, f"{local(row.span.start):%H:%M:%S}") for row in shown] == expected


def test_what_sounds_already_is_not_moved_by_what_comes_late(
    cast: Cast, station: Station, signer: TestSigner, afternoon: Programme
) -> None:
    first = floating(cast, afternoon, "Họp thôn", 300)
    compiler.compile_plans(signer=signer, now=cast.now)
    floating(cast, afternoon, "Bão số 5", 60, version_priority="priority")
    compiler.compile_plans(signer=signer, now=at(cast, 17, 2))
    assert heard(station) == [("Họp thôn", "17:00:00"), ("Bão số 5", "17:05:00")]
    again = Airing.objects.get(schedule=first, start=at(cast, 17))
    assert again.dropped_at is None
    assert heard(station, 1) == [("Bão số 5", "17:00:00"), ("Họp thôn", "17:01:00")]


def test_a_moved_airing_keeps_its_name_and_its_row(
    cast: Cast, station: Station, signer: TestSigner, afternoon: Programme
) -> None:
    row = floating(cast, afternoon, "Họp thôn", 300)
    compiler.compile_plans(signer=signer, now=cast.now)
    before = set(Airing.objects.filter(schedule=row).values_list("pk", flat=True))
    floating(cast, afternoon, "Bão số 5", 60, version_priority="priority")
    compiler.compile_plans(signer=signer, now=cast.now)
    after = dict(Airing.objects.filter(schedule=row).values_list("pk", "start"))
    assert set(after) == before
    assert at(cast, 17, 1, days=1) in after.values()


def test_a_session_that_is_not_held_sounds_nothing_and_a_longer_one_has_more_room(
    cast: Cast, station: Station, signer: TestSigner, afternoon: Programme
) -> None:
    floating(cast, afternoon, "Họp thôn", 900, position=1)
    floating(cast, afternoon, "Tiêm phòng", 900, position=2)
    tomorrow = local(cast.now).date() + timedelta(days=1)
    SessionChange.objects.create(programme=afternoon, day=tomorrow, dropped=True, made_by=cast.lan, made_at=cast.now)
    SessionChange.objects.create(
        programme=afternoon, day=tomorrow + timedelta(days=1), minutes=45, starts=time(17, 15), made_by=cast.lan,
        made_at=cast.now,
    )  # fmt: skip
    compiler.compile_plans(signer=signer, now=cast.now)
    assert heard(station, 1) == []
    assert heard(station, 2) == [("Họp thôn", "17:15:00"), ("Tiêm phòng", "17:30:00")]
    assert heard(station, 3) == [("Họp thôn", "17:00:00"), ("Tiêm phòng", "17:15:00")]


def test_what_has_no_room_sounds_in_the_session_that_was_approved_for_it(
    cast: Cast, station: Station, signer: TestSigner, afternoon: Programme
) -> None:
    Programme.objects.create(
        area=cast.quy_mong, name="Buổi sáng", starts=time(5), minutes=30, weekdays=[1, 2, 3, 4, 5, 6, 7]
    )
    floating(cast, afternoon, "Dài", 1500, position=1)
    today = local(cast.now).date()
    floating(
        cast,
        afternoon,
        "Dồn",
        600,
        position=2,
        pattern="once",
        first_day=today,
        last_day=None,
        spill=[to_ms(at(cast, 5, days=1))],
    )
    outcome = compiler.compile_plans(signer=signer, now=cast.now)
    assert not outcome.refused
    assert ("Dồn", "17:25:00") not in heard(station)
    assert heard(station, 1)[0] == ("Dồn", "05:00:00")
    assert Airing.objects.get(title="Dồn").start == at(cast, 5, days=1)


def test_in_summer_and_in_winter_it_begins_at_other_hours(
    cast: Cast, station: Station, signer: TestSigner, afternoon: Programme
) -> None:
    Programme.objects.filter(pk=afternoon.pk).update(season_from="04-16", season_to="08-22")
    floating(cast, afternoon, "Họp thôn", 60)
    compiler.compile_plans(signer=signer, now=cast.now)
    days = {local(from_ms(airing.start)).date() for airing in station.plan(1).airings}
    assert max(days) == date(2026, 8, 22)


def test_last_week_is_copied_into_its_sessions_not_to_its_minutes(
    cast: Cast, station: Station, afternoon: Programme
) -> None:
    today = local(cast.now).date()
    once: dict[str, Any] = {"pattern": "once", "first_day": today, "last_day": None}
    floating(cast, afternoon, "Một", 120, position=1, **once)
    floating(cast, afternoon, "Hai", 120, position=2, spill=[to_ms(at(cast, 17, days=1))], **once)
    monday = midnight(today - timedelta(days=today.weekday()) + timedelta(days=7))
    made = actions.copy_last_week(actor=cast.lan, area=cast.quy_mong, monday=monday, now=cast.now)
    assert {(row.floating, tuple(row.times), row.first_day) for row in made} == {
        (True, ("17:00:00",), today + timedelta(days=7))
    }
    assert sorted(len(row.spill) for row in made) == [0, 1]
    week = monday, monday + timedelta(days=7)
    shown = rooms.occurrences(cast.quy_mong, *week, now=cast.now)
    assert [f"{local(row.span.start):%H:%M}" for row in shown] == ["17:00", "17:02"]


@pytest.mark.parametrize(
    ("over", "under", "said_s", "music", "closing"),
    [
        ("cut", "early", 720, ("17:12:30", 480), "17:20:30"),
        ("push", "early", 720, ("17:12:30", 600), "17:22:30"),
        ("cut", "early", 120, ("17:02:30", 600), "17:12:30"),
        ("cut", "fill", 120, ("17:02:30", 600), "17:12:30"),
        ("cut", "wait", 120, ("17:10:30", 600), "17:20:30"),
    ],
    ids=["music is cut", "all is pushed", "next comes sooner", "music fills", "silence until it is due"],
)
def test_too_long_and_too_short_reach_the_plan_and_what_a_loudspeaker_plays(
    cast: Cast, station: Station, signer: TestSigner, over: str, under: str, said_s: int, music: tuple[str, int],
    closing: str,
) -> None:  # fmt: skip
    row = Programme.objects.create(
        area=cast.quy_mong, name="Buổi chiều", starts=time(17), minutes=30, weekdays=[1, 2, 3, 4, 5, 6, 7]
    )
    kinds = (("fixed", 1), ("bulletins", 10), ("filling", 10), ("fixed", 4))
    for position, (kind, minutes) in enumerate(kinds, 1):
        rules = {"over_run": over, "under_run": under} if kind == "bulletins" else {}
        facts = {"over_run": "push", "under_run": "early", **rules}
        RundownItem.objects.create(
            programme=row, position=position, kind=kind, title=f"Mục {position}", minutes=minutes, **facts
        )
    floating(cast, row, "Nhạc hiệu", 30, 1, recurring_part=True)
    floating(cast, row, "Họp thôn", said_s)
    floating(cast, row, "Nhạc", 600, 3, recurring_part=True, filling=True)
    floating(cast, row, "Kết", 60, 4, recurring_part=True)
    outcome = compiler.compile_plans(signer=signer, now=cast.now)
    assert not outcome.refused
    expected = [("Nhạc hiệu", "17:00:00"), ("Họp thôn", "17:00:30"), ("Nhạc", music[0]), ("Kết", closing)]
    assert heard(station, 1) == expected
    tomorrow = local(at(cast, 0, days=1)).date()
    played = dry_run(cast.quy_mong, tomorrow, cast.now).groups[0].sounds
    assert [(one.title, f"{local(one.start):%H:%M:%S}") for one in played if not one.silent] == expected
    [song] = [one for one in played if one.title == "Nhạc"]
    assert (song.end - song.start).total_seconds() == music[1]


def test_a_relay_in_a_rundown_is_a_source_that_is_approved_once(
    cast: Cast, station: Station, afternoon: Programme
) -> None:
    relay = RundownItem.objects.create(
        programme=afternoon, position=4, kind="relay", title="Tiếp âm VOV", minutes=10, over_run="push",
        under_run="early",
    )  # fmt: skip
    source = relays.add_source(
        actor=cast.minh_anh, area=cast.lao_cai, now=cast.now,
        entered=Entered(name="VOV1", permission="Quyết định 12", url="https://stream.vov.example/vov1"),
    )  # fmt: skip
    change = FillPart(area=cast.quy_mong.path, programme=afternoon.pk, item=relay.pk, source=source.pk)
    assert [line.split(",")[0] for line in lines(see(cast, change))] == ["Tiếp âm VOV1: không phát → 17:00–17:10"]
    made = actions.put_in_relay(actor=cast.lan, item_id=relay.pk, source_id=source.pk, now=cast.now)
    [version] = made.bulletin.versions.all()
    assert (version.relay, version.relay_minutes) == (source, 10)
    assert (made.floating, made.filling, made.recurring_part) == (True, True, True)
    assert actions.put_in_relay(actor=cast.lan, item_id=relay.pk, source_id=source.pk, now=cast.now) == made
    call = afternoon.items.get(position=1)
    with pytest.raises(Refusal, match="không phải mục tiếp âm"):
        actions.put_in_relay(actor=cast.lan, item_id=call.pk, source_id=source.pk, now=cast.now)
