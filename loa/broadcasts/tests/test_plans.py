"""What a plan set is told, without a database: who hears what, for how long, and what an approval leaves out."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from airtime.hours import Hours
from airtime.spans import Span, to_ms
from devicelink.messages import Audience, Part, SoundFile
from devicelink.permits import Permit, PermitTimes
from devicelink.refusals import Reason

from loa.broadcasts.rules import plans
from loa.broadcasts.rules.plans import Entry, Horizon, Planner
from loa.broadcasts.rules.targets import Place, Target
from loa.broadcasts.rules.times import When, rule_of
from loa.kernel.clock import LOCAL

THURSDAY = date(2026, 8, 20)
NOW = datetime(2026, 8, 20, 16, 50, tzinfo=LOCAL)
QUY_MONG, THON_5, TRAN_YEN = "vn.15.04531", "vn.15.04531.h5", "vn.15.04537"
SOUND = "ab" * 32
CENTRE = Place("ps-1", QUY_MONG, frozenset({"grp-1"}), Hours(LOCAL, ()), {"a": (QUY_MONG,), "b": (QUY_MONG, THON_5)})
NEIGHBOUR = Place("ps-2", TRAN_YEN, frozenset(), Hours(LOCAL, ()), {"d": (TRAN_YEN,)})


def entry(schedule: str = "s-1", **changes: Any) -> Entry:
    """Every day at 17:00, written by Lan, approved by Thành for the whole commune."""
    permit = {
        "approval": f"approval of {schedule}", "content": SOUND, "area": QUY_MONG, "sounds": (SOUND,),
        "targets": (Audience(area=QUY_MONG),), "priority": "normal", "level": "commune", "author": "lan",
        "approver": "thanh", "decided": to_ms(NOW) - 1,
        "times": (PermitTimes(weekdays=(1, 2, 3, 4, 5, 6, 7), minutes=(1020,), from_day="2026-08-01",
                              to_day="2026-12-31", slack=900_000),),
    } | changes.pop("permit", {})  # fmt: skip
    fields: dict[str, Any] = {
        "schedule": schedule,
        "area": QUY_MONG,
        "target": Target(),
        "rule": rule_of(When("daily", date(2026, 8, 1), ("17:00",), last_day=date(2026, 12, 31), slack_s=900)),
        "permit": Permit(**permit),
        "title": "Lịch cắt điện",
        "issued": to_ms(NOW) - 1,
        "parts": (Part(sha256=SOUND),),
        "files": (SoundFile(sha256=SOUND, size=1_000, duration=60_000),),
        "duration": 60_000,
    }
    return Entry(**(fields | changes))


def body(*entries: Entry, place: Place = CENTRE) -> plans.Body:
    planner = Planner(Horizon(THURSDAY), NOW)
    planner.add(entries)
    return planner.body(place)


def test_today_and_seven_whole_days() -> None:
    found = body(entry())
    days = [datetime(2026, 8, 20, 17, tzinfo=LOCAL) + number * timedelta(days=1) for number in range(8)]
    assert [airing.start for airing in found.airings] == [to_ms(day) for day in days]
    assert {airing.latest - airing.start for airing in found.airings} == {900_000}
    assert {airing.offline_for for airing in found.airings} == {168}
    assert found.schedules == {airing.id: "s-1" for airing in found.airings}
    assert [file.sha256 for file in found.files] == [SOUND]
    plan = plans.plan_of(found, Horizon(THURSDAY), 7, NOW)
    assert (plan.start, plan.end, plan.revision, plan.issued) == (
        to_ms(datetime(2026, 8, 19, 18, tzinfo=LOCAL)), to_ms(datetime(2026, 8, 28, tzinfo=LOCAL)), 7, to_ms(NOW)
    )  # fmt: skip
    assert plan.audience == Audience(plan_set="ps-1")


def test_the_evening_before_stays_in_the_plan_as_far_as_it_was_approved() -> None:
    """Moved past midnight, an airing is still to come when the plans of the new day are made."""
    times = (PermitTimes(weekdays=(1, 2, 3, 4, 5, 6, 7), minutes=(1020, 1435), from_day="2026-08-01",
                         to_day="2026-12-31", slack=1_800_000),)  # fmt: skip
    rule = rule_of(When("daily", date(2026, 8, 1), ("17:00", "23:55"), last_day=date(2026, 12, 31), slack_s=1800))
    evening = datetime(2026, 8, 19, 23, 55, tzinfo=LOCAL)
    late: dict[str, Any] = {"rule": rule, "permit": {"times": times}}
    first = [body(entry(issued=to_ms(evening + after), **late)).airings[0].start for after in map(timedelta, (-1, 0.5))]
    assert first == [to_ms(evening), to_ms(datetime(2026, 8, 20, 17, tzinfo=LOCAL))]


def test_a_bulletin_sounds_only_on_the_days_on_which_it_is_true() -> None:
    friday, saturday = date(2026, 8, 21), date(2026, 8, 22)
    assert len(body(entry(valid_from=friday, valid_to=saturday)).airings) == 2
    assert len(body(entry(valid_from=saturday)).airings) == 6
    assert len(body(entry(valid_to=friday)).airings) == 2


def test_province_commune_and_hamlet_reach_the_plan_set_the_neighbours_do_not() -> None:
    above = {"area": "vn.15", "permit": {"area": "vn.15", "targets": (Audience(area="vn.15"),), "level": "province"}}
    below = {"area": THON_5, "permit": {"targets": (Audience(area=THON_5),)}}
    beside = {"area": TRAN_YEN, "permit": {"area": TRAN_YEN, "targets": (Audience(area=TRAN_YEN),)}}
    entries = (entry("up", **above), entry("down", **below), entry("beside", **beside))
    heard = {(found.schedule, airing.only) for found in entries for airing in body(found).airings}
    assert heard == {("up", ()), ("down", ("b",))}
    assert {airing.title for airing in body(entry("beside", **beside), place=NEIGHBOUR).airings} == {"Lịch cắt điện"}
    assert body(entry("down", **below), place=NEIGHBOUR).airings == ()


def test_what_no_approval_covers_is_left_out_and_said() -> None:
    found = body(entry(permit={"sounds": ()}), entry("s-2", duration=30_000))
    assert {airing.duration for airing in found.airings} == {30_000}
    assert {(left.schedule, left.reason, left.plan_set) for left in found.left} == {
        ("s-1", Reason.NOT_APPROVED, "ps-1")
    }
    assert len(found.left) == 8
    alone = body(entry(permit={"approver": "lan"}))
    assert (alone.airings, {left.reason for left in alone.left}) == ((), {Reason.NOT_APPROVED})


def test_a_loudspeaker_that_came_after_the_approval_stays_out_of_it() -> None:
    hamlet = Target(devices=("a", "b"))
    found = body(entry(target=hamlet, permit={"targets": (Audience(device="a"),)}))
    assert {airing.only for airing in found.airings} == {("a",)}
    assert body(entry(target=hamlet, permit={"targets": (Audience(device="x"),)})).airings == ()


def test_the_content_tells_two_plans_apart_and_nothing_else_does() -> None:
    one, again = body(entry("s-1"), entry("s-2", duration=1_000)), body(entry("s-2", duration=1_000), entry("s-1"))
    assert one.content == again.content
    assert one.content != body(entry("s-1")).content
    moved = replace(CENTRE, devices={**CENTRE.devices, "a": (QUY_MONG, THON_5)})
    assert body(entry(), place=moved).members != body(entry()).members
    quiet = replace(CENTRE.hours, closures=(Span(NOW, NOW + timedelta(days=1)),))
    assert body(entry(), place=replace(CENTRE, hours=quiet)).members != body(entry()).members


def test_the_planner_knows_every_airing_it_has_made() -> None:
    planner = Planner(Horizon(THURSDAY), NOW)
    planner.add([entry("s-1"), entry("s-2", area=TRAN_YEN)])
    made = planner.body(CENTRE)
    assert planner.alive() == {airing.id for airing in made.airings}


def test_a_plan_has_at_most_two_thousand_airings() -> None:
    always = rule_of(When("daily", THURSDAY, tuple(f"{n // 2:02}:{n % 2 * 30:02}" for n in range(48))))
    minutes = PermitTimes(
        weekdays=(1, 2, 3, 4, 5, 6, 7), minutes=tuple(range(0, 1440, 30)), from_day="2026-08-20", to_day="2026-12-31"
    )
    entries = [entry(f"s-{n}", rule=always, permit={"times": (minutes,)}) for n in range(6)]
    with pytest.raises(plans.TooLarge) as too_large:
        body(*entries)
    assert (too_large.value.limit, too_large.value.found, too_large.value.most) == ("airings", 2304, 2000)


def test_read_twice_is_the_same_sound_after_two_seconds() -> None:
    spoken = plans.Spoken("vi", SOUND, 1, 60_000)
    assert plans.row_of([spoken]) == ((Part(sha256=SOUND),), 60_000)
    twice = (Part(sha256=SOUND), Part(sha256=SOUND, gap=2_000))
    assert plans.row_of([spoken], 2) == (twice, 122_000)


def test_between_readings_the_station_says_that_it_says_it_again() -> None:
    spoken, link = plans.Spoken("vi", SOUND, 1, 60_000), plans.Spoken("", "f" * 64, 1, 900)
    said, between = Part(sha256=SOUND, gap=1_000), Part(sha256="f" * 64, gap=1_000)
    assert plans.row_of([spoken], 3, link) == ((Part(sha256=SOUND), between, said, between, said), 185_800)
    assert plans.row_of([spoken], 1, link) == ((Part(sha256=SOUND),), 60_000)


def test_plans_are_renewed_once_a_day_between_five_past_midnight_and_five_past_four() -> None:
    night = datetime(2026, 8, 21, tzinfo=LOCAL)
    sets = [f"ps-{number}" for number in range(200)]
    assert not any(plans.reissue_due(name, night + timedelta(minutes=5, microseconds=-1)) for name in sets)
    assert all(plans.reissue_due(name, night + timedelta(hours=4, minutes=5)) for name in sets)
    half = sum(plans.reissue_due(name, night + timedelta(hours=2)) for name in sets)
    assert 60 < half < 140
