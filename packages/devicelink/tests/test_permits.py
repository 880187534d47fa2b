"""Nguyễn Văn Thành approved a notice for two hamlets of Quy Mông, mornings at 05:00 and 17:00, for a week."""

from typing import Any

import msgspec
import pytest
from devicelink.golden import world
from devicelink.messages import Audience, Part, Relay
from devicelink.permits import Permit, PermitTimes, PlanSetPlace, allows, canonical, covers_time, digest, relay_digest
from devicelink.refusals import Reason, Refused
from hypothesis import given, settings
from hypothesis import strategies as st

FIVE, SEVENTEEN = 300, 1020
MIDNIGHT = world.NOW - 6 * world.HOUR  # 1 January 2026, a Thursday
PLACE = PlanSetPlace(
    area=world.COMMUNE,
    plan_set=world.PLAN_SET,
    groups=frozenset(world.GROUPS),
    devices={
        world.DEVICE: (world.COMMUNE, world.HAMLET),
        world.OTHER_DEVICE: (world.COMMUNE, "vn.15.04378.h4", "vn63.136.04378"),
    },
)


def permit(**changes: Any) -> Permit:
    """On working days of the first week but one, twice a day."""
    times = PermitTimes(
        weekdays=(1, 2, 3, 4, 5),
        minutes=(FIVE, SEVENTEEN),
        from_day="2026-01-01",
        to_day="2026-01-07",
        except_days=("2026-01-05",),
        slack=20 * world.MINUTE,
    )
    return world.permit(**({"times": (times,)} | changes))


def at(day: int, minute: int) -> int:
    """An instant of January 2026, local time."""
    return MIDNIGHT + (day - 1) * world.DAY + minute * world.MINUTE


def refused(the_permit: Permit, **changes: Any) -> str:
    with pytest.raises(Refused) as caught:
        allows(the_permit, world.airing(**changes), PLACE, world.NOW)
    assert caught.value.reason is Reason.NOT_APPROVED
    return caught.value.detail


def test_what_was_approved_may_sound() -> None:
    for day, minute in [(1, SEVENTEEN), (2, FIVE), (7, FIVE)]:
        start = at(day, minute)
        allows(permit(), world.airing(start=start, latest=0), PLACE, world.NOW)
        late = start + 20 * world.MINUTE
        allows(permit(), world.airing(start=late, latest=late), PLACE, world.NOW)


@pytest.mark.parametrize(
    ("start", "latest"),
    [
        (at(2, FIVE) - 1, 0),
        (at(2, FIVE) + 20 * world.MINUTE + 1, 0),
        (at(2, FIVE), at(2, FIVE) + 21 * world.MINUTE),
        (at(3, FIVE), 0),  # a Saturday
        (at(5, FIVE), 0),  # excepted
        (at(8, FIVE), 0),  # after the last day
        (at(0, FIVE), 0),  # before the first day
        (at(2, 3 * 60 + 15), 0),  # 03:15
    ],
)
def test_other_times_were_not_approved(start: int, latest: int) -> None:
    assert "times" in refused(permit(), start=start, latest=latest)


def test_an_evening_instant_may_be_displaced_past_midnight() -> None:
    night = PermitTimes(
        at=(), weekdays=(4,), minutes=(1435,), from_day="2026-01-01", to_day="2026-01-01", slack=600_000
    )
    allows(permit(times=(night,)), world.airing(start=at(2, 3), latest=0), PLACE, world.NOW)
    assert "times" in refused(permit(times=(night,)), start=at(2, 6), latest=0)


def test_single_instants() -> None:
    times = (PermitTimes(at=(at(1, 700),), slack=1_000),)
    allows(permit(times=times), world.airing(start=at(1, 700) + 1_000, latest=0), PLACE, world.NOW)
    assert "times" in refused(permit(times=times), start=at(1, 700) + 1_001, latest=0)


def test_a_boundless_slack_is_cut_to_four_hours() -> None:
    times = (PermitTimes(at=(at(1, 700),), slack=world.YEAR),)
    assert "times" in refused(permit(times=times), start=at(1, 700) + 4 * world.HOUR + 1, latest=0)


def test_between_two_instants_only_the_slack_of_the_earlier_one_counts() -> None:
    two = permit(times=(PermitTimes(at=(at(1, 700), at(1, 720)), slack=1_000),))
    for start in (at(1, 700), at(1, 720)):
        allows(two, world.airing(start=start, latest=0), PLACE, world.NOW)
    for start in (at(1, 690), at(1, 710)):
        assert "times" in refused(two, start=start, latest=0)


@pytest.mark.parametrize("slack", [{}, {"slack": -world.HOUR}])
def test_without_slack_not_even_a_moment_later(slack: dict[str, int]) -> None:
    times = (PermitTimes(at=(at(1, 700),), **slack),)
    allows(permit(times=times), world.airing(start=at(1, 700), latest=0), PLACE, world.NOW)
    assert "times" in refused(permit(times=times), start=at(1, 700) + 1, latest=0)


def test_one_of_several_approved_times_is_enough() -> None:
    times = (PermitTimes(at=(at(1, 700),)), PermitTimes(at=(at(3, 700),)))
    allows(permit(times=times), world.airing(start=at(3, 700), latest=0), PLACE, world.NOW)
    assert covers_time(times, at(3, 700), at(3, 700))
    assert not covers_time(times, at(2, 700), at(2, 700))


def test_no_unapproved_sound_slips_in_between() -> None:
    parts = (Part(sha256=world.SOUND), Part(sha256=world.SIREN), Part(sha256=world.SOUND))
    assert "sound" in refused(permit(), parts=parts)


def test_a_relay_is_the_one_that_was_approved_down_to_its_address() -> None:
    vov = Relay(kind="stream", id="vov1", url="https://vov.example/vov1")
    relayed = world.airing(start=at(2, FIVE), latest=0, relays=(vov,), filling=True)
    long = relayed.duration
    allows(permit(relays=(relay_digest(vov),), relay_ms=long), relayed, PLACE, world.NOW)
    with pytest.raises(Refused, match="a longer relay than approved"):
        allows(permit(relays=(relay_digest(vov),), relay_ms=long - 1), relayed, PLACE, world.NOW)
    with pytest.raises(Refused, match="a relay that nobody approved"):
        allows(permit(), relayed, PLACE, world.NOW)
    other = msgspec.structs.replace(vov, url="https://vov.example/vov1?")
    with pytest.raises(Refused, match="a relay that nobody approved"):
        allows(permit(relays=(relay_digest(other),)), relayed, PLACE, world.NOW)


def test_what_was_approved_before_relays_were_known_keeps_its_digest() -> None:
    assert b"relays" not in canonical(permit())
    assert b"readings" not in canonical(permit())
    assert digest(permit(relays=("0" * 64,))) != digest(permit())


def test_nobody_approves_their_own_words() -> None:
    assert "two people" in refused(permit(approver="u-lan"))
    assert "two people" in refused(permit(author=""))
    assert "two people" in refused(permit(approver=""))


def test_no_approval_makes_an_emergency() -> None:
    assert "priority" in refused(permit(priority="emergency"), priority="emergency")
    assert "priority" in refused(permit(), priority="priority")
    assert "level" in refused(permit(), level="province")


def test_a_decision_of_tomorrow_allows_nothing_today() -> None:
    assert "future" in refused(permit(decided=world.NOW + world.HOUR))


def test_a_minute_between_the_clocks_of_platform_and_signer_is_forgiven() -> None:
    start = at(1, SEVENTEEN)
    allows(permit(decided=world.NOW + world.MINUTE), world.airing(start=start, latest=0), PLACE, world.NOW)
    assert "future" in refused(permit(decided=world.NOW + world.MINUTE + 1), start=start, latest=0)


def test_the_neighbours_commune_was_not_approved() -> None:
    elsewhere = PlanSetPlace(area=world.NEIGHBOUR, plan_set="ps-trany")
    with pytest.raises(Refused, match="places"):
        allows(permit(), world.airing(start=at(1, SEVENTEEN), latest=0), elsewhere, world.NOW)


@pytest.mark.parametrize(
    "target",
    [Audience(area="vn.15"), Audience(group=world.GROUPS[0]), Audience(plan_set=world.PLAN_SET)],
)
def test_targets_that_hold_the_whole_plan_set(target: Audience) -> None:
    allows(permit(targets=(target,)), world.airing(start=at(1, SEVENTEEN), latest=0), PLACE, world.NOW)


@pytest.mark.parametrize(
    "target",
    [
        Audience(area=world.NEIGHBOUR),
        Audience(group="g-ven-song"),
        Audience(plan_set="ps-quymong-ven-song"),
        # names of one kind never count as names of another
        Audience(group=world.PLAN_SET),
        Audience(group=world.COMMUNE),
        Audience(plan_set=world.GROUPS[0]),
        Audience(device=world.GROUPS[0]),
        Audience(device=world.PLAN_SET),
    ],
)
def test_targets_that_hold_none_of_the_plan_set(target: Audience) -> None:
    start = at(1, SEVENTEEN)
    assert "places" in refused(permit(targets=(target,)), start=start, latest=0)
    assert "places" in refused(permit(targets=(target,)), start=start, latest=0, only=(world.DEVICE,))


def test_one_of_several_targets_is_enough() -> None:
    start = at(1, SEVENTEEN)
    groups = permit(targets=(Audience(group="g-ven-song"), Audience(group=world.GROUPS[0])))
    allows(groups, world.airing(start=start, latest=0), PLACE, world.NOW)
    clusters = permit(targets=(Audience(area="vn.15.04378.h4"), Audience(device=world.DEVICE)))
    both = (world.DEVICE, world.OTHER_DEVICE)
    allows(clusters, world.airing(start=start, latest=0, only=both), PLACE, world.NOW)


@pytest.mark.parametrize("target", [Audience(area=world.HAMLET), Audience(device=world.DEVICE)])
def test_one_hamlet_or_one_cluster_has_to_be_named_in_only(target: Audience) -> None:
    one = permit(targets=(target,))
    start = at(1, SEVENTEEN)
    allows(one, world.airing(start=start, latest=0, only=(world.DEVICE,)), PLACE, world.NOW)
    assert "places" in refused(one, start=start, latest=0)
    assert "places" in refused(one, start=start, latest=0, only=(world.OTHER_DEVICE,))
    assert "places" in refused(one, start=start, latest=0, only=(world.DEVICE, world.OTHER_DEVICE))


def test_a_former_commune_is_a_place_too() -> None:
    former = permit(targets=(Audience(area="vn63.136.04378"),))
    allows(former, world.airing(start=at(1, SEVENTEEN), latest=0, only=(world.OTHER_DEVICE,)), PLACE, world.NOW)


def test_only_names_devices_of_this_plan_set() -> None:
    assert "places" in refused(permit(), start=at(1, SEVENTEEN), latest=0, only=(world.NEIGHBOUR_DEVICE,))


def test_the_digest_does_not_depend_on_order_but_on_everything_else() -> None:
    one = permit(sounds=(world.SOUND, world.SIREN), targets=(Audience(area="vn.15"), Audience(device="d")))
    other = permit(sounds=(world.SIREN, world.SOUND), targets=(Audience(device="d"), Audience(area="vn.15")))
    assert digest(one) == digest(other)
    assert msgspec.json.decode(canonical(one), type=Permit) == msgspec.json.decode(canonical(other), type=Permit)
    for changes in ({"priority": "priority"}, {"approver": "u-phuc"}, {"times": ()}, {"sounds": ()}, {"decided": 1}):
        assert digest(permit(**changes)) != digest(permit())


@settings(deadline=None)
@given(
    at=st.lists(st.integers(0, 60), max_size=4),
    minutes=st.lists(st.integers(0, 1439), max_size=4),
    slack=st.integers(0, 40),
    start=st.integers(-3 * 1440, 3 * 1440),
    late=st.integers(0, 50),
)
def test_times_agree_with_trying_every_instant(
    at: list[int], minutes: list[int], slack: int, start: int, late: int
) -> None:
    times = PermitTimes(
        at=tuple(MIDNIGHT + minute * world.MINUTE for minute in at),
        weekdays=(1, 2, 3, 4, 5),
        minutes=tuple(minutes),
        from_day="2025-12-31",
        to_day="2026-01-03",
        except_days=("2026-01-01",),
        slack=slack * world.MINUTE,
    )
    days = (-1, 1)  # of the days from 31 December to 3 January: no 1 January, no Saturday the 3rd
    instants = at + [day * 1440 + minute for day in days for minute in minutes]
    expected = any(instant <= start and start + late <= instant + slack for instant in instants)
    begin = MIDNIGHT + start * world.MINUTE
    assert covers_time((times,), begin, begin + late * world.MINUTE) is expected
