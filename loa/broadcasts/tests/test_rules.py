"""The pure rules: times in words, targets, rooms in sessions, what a change needs."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from airtime.hours import Hours, Window
from airtime.spans import Span
from devicelink.messages import Audience
from hypothesis import given
from hypothesis import strategies as st

from loa.broadcasts.rules import plans, sessions, targets, times, words
from loa.broadcasts.rules.asked import Asked, Wish, digest, needs_approval
from loa.broadcasts.rules.sessions import Slot
from loa.broadcasts.rules.targets import Place, Target
from loa.broadcasts.rules.times import When
from loa.kernel.clock import LOCAL

EVERY = (1, 2, 3, 4, 5, 6, 7)
THURSDAY = date(2026, 8, 20)
MINUTE = timedelta(minutes=1)


def at(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2026, 8, day, hour, minute, tzinfo=LOCAL)


NOW = at(16, 50)


def hours(*windows: tuple[int, int]) -> Hours:
    return Hours(LOCAL, tuple(Window(EVERY, start * 60, end * 60) for start, end in windows))


@pytest.mark.parametrize(
    ("allowed", "start", "said"),
    [
        (hours((5, 21)), at(3, 15), "Xã Quy Mông không phát trước 05:00 (QĐ 12). Sớm nhất: 05:00."),
        (hours((5, 21)), at(21, 30), "Xã Quy Mông không phát sau 21:00 (QĐ 12). Sớm nhất: 05:00 ngày mai."),
        (hours((5, 21)), at(20, 59), "Xã Quy Mông không phát sau 21:00 (QĐ 12). Sớm nhất: 05:00 ngày mai."),
        (hours((5, 7), (17, 19)), at(12), "Xã Quy Mông không phát từ 07:00 đến 17:00 (QĐ 12). Sớm nhất: 17:00."),
        (hours((5, 7), (17, 19)), at(6, 59), "Xã Quy Mông không phát từ 07:00 đến 17:00 (QĐ 12). Sớm nhất: 17:00."),
        (
            Hours(LOCAL, (Window((1, 2, 3, 4, 5), 300, 1260),)),
            at(8, day=23),
            "Xã Quy Mông không phát vào Chủ nhật 23/08/2026 (QĐ 12). Sớm nhất: 05:00 thứ Hai 24/08/2026.",
        ),
        (hours((5, 24)), at(23, 59), "Xã Quy Mông không phát sau 24:00 (QĐ 12). Sớm nhất: 05:00 ngày mai."),
        (
            hours(),
            at(8),
            "Xã Quy Mông không phát vào thứ Năm 20/08/2026 (QĐ 12). "
            "Mục này dài 2 phút, không vừa khung giờ nào. Hãy cắt ngắn hoặc chia nhỏ.",
        ),
    ],
)
def test_a_refusal_names_rule_place_time_and_the_way_out(allowed: Hours, start: datetime, said: str) -> None:
    [refused] = times.check_hours(
        place="Xã Quy Mông", document="QĐ 12", hours=allowed, starts=[start], duration=2 * MINUTE, now=NOW
    )
    assert refused.message == said


def test_only_the_wrong_air_times_are_named() -> None:
    starts = [at(5), at(3, 15, 21), at(17, 0, 22)]
    found = times.check_hours(place="X", document="Y", hours=hours((5, 21)), starts=starts, duration=MINUTE, now=NOW)
    assert [row.start for row in found] == [at(3, 15, 21)]


@pytest.mark.parametrize(
    ("seconds", "said"), [(52, "52 giây"), (60, "1 phút"), (61, "2 phút"), (3600, "1 giờ"), (3900, "1 giờ 5 phút")]
)
def test_lengths_in_words(seconds: int, said: str) -> None:
    assert words.length(timedelta(seconds=seconds)) == said


# --- targets ---

HAMLET, FORMER = "vn.15.04531.h5", "vn63.10.04531"
CENTRE = Place(
    "ps-1", "vn.15.04531", frozenset({"grp-1"}), hours(), {"a": ("vn.15.04531",), "b": ("vn.15.04531", HAMLET)}
)
RIVER = Place("ps-2", "vn.15.04531", frozenset({"grp-2"}), hours(), {"c": ("vn.15.04531", FORMER)})
OTHER = Place("ps-3", "vn.15.04498", frozenset(), hours(), {"d": ("vn.15.04498",)})
PLACES = (CENTRE, RIVER, OTHER)
QUY_MONG = "vn.15.04531"


@pytest.mark.parametrize(
    ("target", "area", "meant"),
    [
        (Target(), QUY_MONG, "abc"),
        (Target(), "vn.15", "abcd"),
        (Target(), HAMLET, "b"),
        (Target(areas=(HAMLET,)), QUY_MONG, "b"),
        (Target(areas=(FORMER,)), QUY_MONG, "c"),
        (Target(groups=("grp-2",)), QUY_MONG, "c"),
        (Target(devices=("a",), groups=("grp-2",)), QUY_MONG, "ac"),
        (Target(without=("a",)), QUY_MONG, "bc"),
        (Target(groups=("grp-1",), without=("a",)), QUY_MONG, "b"),
        (Target(areas=("vn.15.04498",), without=("d",)), "vn.15", ""),
        (Target(devices=("d",)), QUY_MONG, ""),  # a loudspeaker of the neighbours, whoever named it
        (Target(devices=("a", "d"), areas=("vn.15.04498",)), QUY_MONG, "a"),
    ],
)
def test_who_is_meant(target: Target, area: str, meant: str) -> None:
    assert targets.devices_meant(target, area, PLACES) == set(meant)
    assert targets.from_json(targets.to_json(target)) == target


def test_the_approval_never_names_more_than_the_target() -> None:
    assert targets.audiences(Target(), QUY_MONG, PLACES) == (Audience(area=QUY_MONG),)
    assert targets.audiences(Target(areas=(FORMER,)), QUY_MONG, PLACES) == (Audience(device="c"),)
    assert targets.audiences(Target(without=("a",)), "vn.15", PLACES) == (
        Audience(area="vn.15.04498"),
        Audience(device="b"),
        Audience(device="c"),
    )
    assert targets.audiences(Target(groups=("grp-1", "grp-2"), without=("a",)), QUY_MONG, PLACES) == (
        Audience(device="b"),
        Audience(device="c"),
    )
    assert targets.audiences(Target(areas=(HAMLET,)), QUY_MONG, PLACES) == (Audience(area=HAMLET),)
    assert targets.audiences(Target(areas=(HAMLET,), without=("d",)), "vn.15", PLACES) == (Audience(device="b"),)
    assert targets.audiences(Target(areas=(QUY_MONG,), without=("d",)), "vn.15", PLACES) == (Audience(area=QUY_MONG),)
    assert targets.audiences(Target(areas=(FORMER,), without=("c",)), QUY_MONG, PLACES) == ()
    two = Target(groups=("grp-1", "grp-9"), without=("d",))
    assert targets.audiences(two, "vn.15", PLACES) == (Audience(group="grp-1"),)
    assert targets.audiences(Target(without=("a", "d")), "vn.15", PLACES) == (
        Audience(device="b"),
        Audience(device="c"),
    )


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        (Target(), ()),
        (Target(areas=(QUY_MONG,)), ()),
        (Target(groups=("grp-1",)), ()),
        (Target(areas=(HAMLET,)), ("b",)),
        (Target(without=("a",)), ("b",)),
        (Target(groups=("grp-2",)), None),
    ],
)
def test_whoever_comes_later_is_meant_only_with_the_whole_plan_set(
    target: Target, meant: tuple[str, ...] | None
) -> None:
    assert targets.reach(target, QUY_MONG, CENTRE) == meant


@pytest.mark.parametrize(
    ("approved", "sounds"),
    [
        (Audience(group="grp-1"), "ab"),
        (Audience(area=QUY_MONG), "ab"),
        (Audience(area=HAMLET), "b"),
        (Audience(device="a"), "a"),
        (Audience(group="grp-2"), ""),
        (Audience(area="vn.15.04498"), ""),
        # names of one kind never count as names of another
        (Audience(group="a"), ""),
        (Audience(group=QUY_MONG), ""),
        (Audience(device="grp-1"), ""),
        (Audience(device=QUY_MONG), ""),
    ],
)
def test_of_those_that_are_meant_only_the_approved_sound(approved: Audience, sounds: str) -> None:
    assert targets.allowed(("a", "b"), (Audience(device="d"), approved), CENTRE) == tuple(sounds)


def test_a_target_is_stored_without_what_it_does_not_name() -> None:
    assert targets.to_json(Target()) == {}
    whole = Target(areas=(HAMLET,), groups=("grp-1",), devices=("a", "b"), without=("c",))
    assert targets.from_json(targets.to_json(whole)) == whole
    assert targets.from_json({"devices": ["b", "a", "b"]}) == Target(devices=("a", "b"))


@pytest.mark.parametrize(
    "bad", [{"everyone": []}, {"areas": "vn"}, {"areas": [1]}, {"areas": ["vn", 1]}, {"groups": [""]}]
)
def test_a_target_that_makes_no_sense(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"target|list"):
        targets.from_json(bad)


def wish(when: When, target: Target | None = None, content: str = "c") -> Wish:
    return Wish(content, "normal", filling=False, target=target or Target(), area=QUY_MONG, rule=times.rule_of(when))


def test_what_needs_approval() -> None:
    week = When("daily", THURSDAY, ("17:00",), last_day=THURSDAY + timedelta(days=6))
    shorter = When("daily", THURSDAY, ("17:00",), last_day=THURSDAY + timedelta(days=2))
    later = When("daily", THURSDAY, ("17:05",), last_day=THURSDAY + timedelta(days=2))
    patient = When("daily", THURSDAY, ("17:00",), last_day=THURSDAY + timedelta(days=6), slack_s=60)
    assert not needs_approval(wish(week), wish(shorter), PLACES, NOW)
    assert not needs_approval(wish(week), wish(week, Target(without=("a",))), PLACES, NOW)
    assert needs_approval(wish(week), wish(later), PLACES, NOW)
    assert needs_approval(wish(week), wish(patient), PLACES, NOW)
    assert needs_approval(wish(shorter), wish(week), PLACES, NOW)
    assert needs_approval(wish(week), wish(week, content="d"), PLACES, NOW)
    assert needs_approval(wish(week, Target(devices=("a",))), wish(week), PLACES, NOW)
    assert needs_approval(wish(week), replace(wish(week), area="vn.15"), PLACES, NOW)
    assert needs_approval(replace(wish(week), offline_for=24), wish(week), PLACES, NOW)
    assert not needs_approval(wish(week), replace(wish(week), offline_for=24), PLACES, NOW)
    hamlet, cluster = Target(areas=(HAMLET,)), Target(devices=("b",))
    assert not needs_approval(wish(week, hamlet), wish(week, cluster), PLACES, NOW)  # the same one, named otherwise
    one_by_one = Target(devices=tuple(sorted(device for place in PLACES for device in place.devices)))
    assert needs_approval(wish(week, one_by_one), wish(week), PLACES, NOW), "who comes later was not approved"
    assert not needs_approval(wish(week), wish(week, one_by_one), PLACES, NOW)


def test_the_digest_covers_content_places_and_times() -> None:
    one = Asked("c", ("s",), "normal", "commune", (Audience(area="vn.15"),), ())
    changed = [
        Asked("d", ("s",), "normal", "commune", (Audience(area="vn.15"),), ()),
        Asked("c", ("t",), "normal", "commune", (Audience(area="vn.15"),), ()),
        Asked("c", ("s",), "priority", "commune", (Audience(area="vn.15"),), ()),
        Asked("c", ("s",), "normal", "commune", (Audience(area="vn.16"),), ()),
        Asked("c", ("s",), "normal", "commune", (Audience(area="vn.15"),), times.permit_times(
            times.rule_of(When("once", THURSDAY, ("17:00",))), NOW)),
        replace(one, offline_for=24),
    ]  # fmt: skip
    assert len({digest(asked) for asked in (one, *changed)}) == 7


# --- sessions ---

AFTERNOON = Slot("p", "Buổi chiều", time(17), 30, frozenset(EVERY))


def session(*busy: Span, slot: Slot = AFTERNOON, first: date = THURSDAY, number: int = 1) -> list[sessions.Session]:
    return list(sessions.sessions(slot, first, number, busy))


def test_minutes_left_and_the_first_gap() -> None:
    [full] = session(Span(at(17), at(17, 5)), Span(at(17, 6), at(17, 20)))
    assert sessions.left(full) == 11 * MINUTE
    assert sessions.first_gap(full, MINUTE, NOW) == at(17, 5)
    assert sessions.first_gap(full, 2 * MINUTE, NOW) == at(17, 20)
    assert sessions.first_gap(full, 11 * MINUTE, NOW) is None  # eleven in all, ten in a row
    assert sessions.first_gap(full, MINUTE, at(17, 25) + timedelta(seconds=1)) == at(17, 26)
    assert sessions.first_gap(full, 10 * MINUTE, NOW) == at(17, 20)  # up to the very end
    assert sessions.first_gap(full, 10 * MINUTE, at(17, 21)) is None


def test_all_that_is_left_may_be_used() -> None:
    [free] = session()
    assert sessions.first_gap(free, 30 * MINUTE, NOW) == at(17)
    assert sessions.first_gap(free, 31 * MINUTE, NOW) is None


def test_what_sounds_before_or_after_takes_no_room() -> None:
    [free] = session(Span(at(16), at(17)), Span(at(17, 30), at(18)), Span(at(17, day=21), at(17, 30, day=21)))
    assert free.busy == ()
    [both] = session(Span(at(16, 50), at(17, 5)), Span(at(17, 25), at(17, 40)))
    assert sessions.left(both) == 20 * MINUTE
    assert len(both.busy) == 2


def test_a_refusal_of_a_full_session_names_the_way_out() -> None:
    [full] = session(Span(at(17), at(17, 29)))
    offer = sessions.next_with_room([AFTERNOON], full.busy, 2 * MINUTE, NOW)
    said = "Buổi chiều 20/08 chỉ còn 1 phút, mục này dài 2 phút."
    assert sessions.full(full, 2 * MINUTE, offer, NOW) == f"{said} Buổi gần nhất còn chỗ: Buổi chiều, 17:00 ngày mai."
    assert sessions.full(full, 2 * MINUTE, None, NOW) == f"{said} Hai tuần tới không còn buổi nào đủ chỗ."


def test_a_common_gap_is_found_or_there_is_none() -> None:
    week = session(Span(at(17), at(17, 5)), Span(at(17, 5, 21), at(17, 12, 21)), number=2)
    assert sessions.common_gap(week, 5 * MINUTE, at(0)) == time(17, 12)
    assert sessions.common_gap(week, 18 * MINUTE, at(0)) == time(17, 12)
    assert sessions.common_gap(week, 19 * MINUTE, at(0)) is None
    assert sessions.common_gap([], MINUTE, at(0)) is None
    shut = session(Span(at(17), at(17, 30)), number=2)
    assert sessions.common_gap(shut, MINUTE, at(0)) is None


def test_the_rules_of_the_area_may_allow_less_than_the_slot() -> None:
    strict = Slot("p", "Buổi chiều", time(17), 30, frozenset(EVERY), limit=15)
    [found] = session(Span(at(17), at(17, 10)), slot=strict)
    assert sessions.left(found) == 5 * MINUTE
    assert sessions.first_gap(found, 6 * MINUTE, NOW) is None


def test_the_next_session_with_room() -> None:
    busy = [Span(at(17), at(17, 30)), Span(at(17, day=21), at(17, 29, day=21))]
    offer = sessions.next_with_room([AFTERNOON], busy, 2 * MINUTE, NOW)
    assert offer is not None
    assert offer[1] == at(17, day=22)
    never = Slot("p", "Cuối tuần", time(17), 30, frozenset())
    assert sessions.next_with_room([never], busy, MINUTE, NOW) is None


minutes = st.integers(0, 40)


@given(st.lists(st.tuples(st.integers(0, 2), minutes, st.integers(1, 12)), max_size=10), st.integers(1, 31))
def test_a_common_gap_is_free_on_every_day(rows: list[tuple[int, int, int]], length: int) -> None:
    busy = [
        Span(at(16, 55, 20 + day) + start * MINUTE, at(16, 55, 20 + day) + (start + long) * MINUTE)
        for day, start, long in rows
    ]
    found = session(*busy, number=3)
    clock = sessions.common_gap(found, length * MINUTE, at(0))
    if clock is None:
        return
    for one in found:
        start = datetime.combine(one.day, clock, LOCAL)
        assert one.span.start <= start
        assert start + length * MINUTE <= one.span.end
        assert not any(item.start < start + length * MINUTE and start < item.end for item in busy)


# --- plans ---


def test_ids_depend_on_schedule_and_instant_only() -> None:
    assert plans.airing_id("s", 1) == plans.airing_id("s", 1)
    assert len({plans.airing_id("s", 1), plans.airing_id("s", 2), plans.airing_id("t", 1)}) == 3
    assert len(plans.airing_id("s", 1)) == 26


def test_what_is_too_large_is_said_in_words() -> None:
    assert "256 KB" in plans.TooLarge("ps", "bytes", 300 * 1024, 256 * 1024).message
    assert "2100 lần phát" in plans.TooLarge("ps", "airings", 2100, 2000).message
