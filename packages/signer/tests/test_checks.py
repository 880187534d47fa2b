"""Whatever the platform asks, the signer looks for itself."""

from dataclasses import replace
from typing import Any

import pytest
from devicelink.golden import world
from devicelink.messages import (
    Audience,
    Hours,
    HoursExtension,
    HoursWindow,
    Keyset,
    Part,
    Placement,
    Plan,
    Relay,
    Role,
    SoundFile,
)
from devicelink.permits import Permit, PermitTimes, PlanSetPlace, digest, relay_digest
from devicelink.refusals import Reason, Refused
from devicelink.widening import WEEK
from signer.checks import Approval, Facts, SignedMessage, check, role_of, wanted
from signer.hours import Rule

DAY = (HoursWindow(weekdays=WEEK, start=300, end=1260),)


def permit(**changes: Any) -> Permit:
    """This evening at 17:00."""
    times = PermitTimes(at=(world.NOW + 11 * world.HOUR,), slack=15 * world.MINUTE)
    return world.permit(**({"times": (times,), "author": "11", "approver": "12"} | changes))


def facts(the_permit: Permit | None = None, **changes: Any) -> Facts:
    the_permit = the_permit or permit()
    row: dict[str, Any] = {
        "permit": the_permit,
        "digest": digest(the_permit),
        "author": "11",
        "approver": "12",
        "approver_may": True,
        "revoked": False,
    }
    place = PlanSetPlace(
        area=world.COMMUNE,
        plan_set=world.PLAN_SET,
        groups=frozenset(world.GROUPS),
        devices={world.DEVICE: (world.COMMUNE, world.HAMLET)},
    )
    return Facts(approvals={world.APPROVAL: Approval(**(row | changes))}, places={world.PLAN_SET: place})


def refusal(message: SignedMessage, known: Facts | None = None, scope: str = "vn") -> Reason:
    with pytest.raises(Refused) as refused:
        check(message, scope=scope, facts=known or facts(), now=world.NOW)
    return refused.value.reason


def plan_of(**changes: Any) -> Plan:
    return world.plan(airings=(world.airing(**changes),))


def test_an_approved_plan_is_signed() -> None:
    check(world.plan(), scope="vn", facts=facts(), now=world.NOW)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"revoked": True}, Reason.NOT_APPROVED),
        ({"approver_may": False}, Reason.NOT_APPROVED),
        ({"approver": "11"}, Reason.NOT_APPROVED),
        ({"approver": "13"}, Reason.NOT_APPROVED),
        ({"author": "13"}, Reason.NOT_APPROVED),
        ({"digest": "0" * 64}, Reason.WRONG_HASH),
    ],
)
def test_an_approval_that_is_none(record: dict[str, Any], reason: Reason) -> None:
    assert refusal(world.plan(), facts(**record)) is reason


def test_no_record_no_plan() -> None:
    unknown = Facts(places=facts().places)
    assert refusal(world.plan(), unknown) is Reason.NOT_APPROVED


def test_nobody_approves_their_own_words_whatever_permit_and_record_agree_on() -> None:
    alone = permit(approver="11")
    assert refusal(world.plan(), facts(alone, approver="11")) is Reason.NOT_APPROVED


def test_one_bad_airing_spoils_the_plan() -> None:
    good = world.airing()
    bad = world.airing(id="a-0002", parts=(Part(sha256=world.SIREN),))
    files = (*world.plan().files, SoundFile(sha256=world.SIREN, size=1, duration=1))
    assert refusal(world.plan(airings=(good, bad), files=files)) is Reason.NOT_APPROVED


def test_other_times_places_and_priorities() -> None:
    assert refusal(plan_of(start=world.NOW + 3 * world.HOUR, latest=0)) is Reason.NOT_APPROVED
    assert refusal(plan_of(priority="priority")) is Reason.NOT_APPROVED
    assert refusal(plan_of(level="centre")) is Reason.NOT_APPROVED
    assert refusal(plan_of(only=(world.NEIGHBOUR_DEVICE,))) is Reason.NOT_APPROVED
    elsewhere = facts(permit(area=world.NEIGHBOUR, targets=(Audience(area=world.NEIGHBOUR),)))
    assert refusal(world.plan(), elsewhere) is Reason.NOT_APPROVED


def test_the_night_is_not_signed_for_a_relay_approved_for_the_morning() -> None:
    """The relay of 05:00, mis-set to 03:15, to another source, to last longer: whoever writes that, no key signs it."""
    source = Relay(kind="stream", id="vov1", url="https://stream.vov.example/vov1")
    five, night = world.NOW + 23 * world.HOUR, world.NOW + 21 * world.HOUR + 15 * world.MINUTE
    known = facts(
        permit(
            times=(PermitTimes(at=(five,)),), sounds=(), relays=(relay_digest(source),), relay_ms=30 * world.MINUTE
        )
    )  # fmt: skip

    def relayed(start: int, **changes: Any) -> Plan:
        fields = {"parts": (), "filling": True, "relays": (source,), "duration": 30 * world.MINUTE, "latest": 0}
        return world.plan(airings=(world.airing(start=start, **(fields | changes)),), files=())

    check(relayed(five), scope="vn", facts=known, now=world.NOW)
    other = Relay(kind="stream", id="vov1", url="https://stream.other.example/")
    for plan in (relayed(night), relayed(five, relays=(other,)), relayed(five, duration=31 * world.MINUTE)):
        assert refusal(plan, known) is Reason.NOT_APPROVED


def test_what_was_approved_once_does_not_come_again_within_its_slack() -> None:
    """05:00 with room until 05:15 is one reading, not one every minute."""
    first = world.airing(latest=0)
    again = world.airing(id="a-0002", start=first.start + world.MINUTE, latest=0)
    assert refusal(world.plan(airings=(first, again))) is Reason.NOT_APPROVED
    assert refusal(world.plan(airings=(first, world.airing(id="a-0002", only=(world.DEVICE,))))) is Reason.NOT_APPROVED
    one, other = (world.airing(id=name, latest=0, only=(name,)) for name in (world.DEVICE, world.OTHER_DEVICE))
    known = facts()
    place = known.places[world.PLAN_SET]
    both = {world.DEVICE: (world.COMMUNE,), world.OTHER_DEVICE: (world.COMMUNE,)}
    known.places = {world.PLAN_SET: replace(place, devices=both)}
    check(world.plan(airings=(one, other)), scope="vn", facts=known, now=world.NOW)


ONCE = Part(sha256=world.SOUND)


@pytest.mark.parametrize(
    ("readings", "parts", "reason"),
    [
        (2, (ONCE, Part(sha256=world.SOUND, gap=1_500)), None),
        (2, (ONCE,) * 3, Reason.NOT_APPROVED),
        (1, (ONCE,), None),
        (1, (ONCE,) * 2, Reason.NOT_APPROVED),
        (3, (ONCE,) * 3, None),
        (3, (ONCE,) * 4, Reason.NOT_APPROVED),
        (9, (ONCE,) * 4, Reason.NOT_APPROVED),
        (0, (ONCE,), Reason.NOT_APPROVED),
        (2, (Part(sha256=world.SOUND, gap=10 * world.HOUR),), Reason.LIMIT_EXCEEDED),
    ],
)
def test_a_sound_comes_as_often_as_was_approved(readings: int, parts: tuple[Part, ...], reason: Reason | None) -> None:
    known = facts(permit(readings=readings))
    if reason is None:
        check(plan_of(parts=parts), scope="vn", facts=known, now=world.NOW)
    else:
        assert refusal(plan_of(parts=parts), known) is reason


def test_a_plan_brings_no_file_that_it_does_not_sound() -> None:
    files = (*world.plan().files, SoundFile(sha256=world.SIREN, size=1, duration=1))
    assert refusal(world.plan(files=files)) is Reason.LIMIT_EXCEEDED


def test_what_was_withdrawn_ends_some_day_where_the_network_is_gone() -> None:
    assert refusal(plan_of(offline_for=24 * 32)) is Reason.LIMIT_EXCEEDED


def test_an_emergency_is_no_bulletin_even_when_somebody_approved_one() -> None:
    assert refusal(plan_of(priority="emergency")) is Reason.WRONG_ROLE
    assert refusal(world.plan(), facts(permit(priority="emergency"))) is Reason.NOT_APPROVED


def test_a_plan_set_without_loudspeakers_has_no_plan() -> None:
    assert refusal(world.plan(audience=Audience(plan_set="ps-nowhere"))) is Reason.NO_PLACEMENT


def test_airings_lie_inside_their_plan() -> None:
    assert refusal(world.plan(end=world.NOW + world.HOUR)) is Reason.MALFORMED
    airing = world.airing()
    assert refusal(world.plan(end=airing.start)) is Reason.MALFORMED
    check(world.plan(end=airing.start + 1), scope="vn", facts=facts(), now=world.NOW)
    over = airing.latest + airing.duration
    assert refusal(world.plan(start=over)) is Reason.MALFORMED
    check(world.plan(start=over - 1), scope="vn", facts=facts(), now=world.NOW)


def test_a_key_of_one_commune_signs_for_that_commune_only() -> None:
    assert refusal(world.plan(), scope=world.NEIGHBOUR) is Reason.OUTSIDE_SCOPE
    assert refusal(world.placement(issued=world.NOW), scope=world.NEIGHBOUR) is Reason.OUTSIDE_SCOPE


@pytest.mark.parametrize(("minutes", "reason"), [(6, Reason.NOT_YET_VALID), (-6, Reason.EXPIRED)])
def test_nothing_is_dated_otherwise_than_now(minutes: int, reason: Reason) -> None:
    issued = world.NOW + minutes * world.MINUTE
    assert refusal(world.plan(issued=issued)) is reason
    assert refusal(world.volume(issued=issued)) is reason


@pytest.mark.parametrize("sign", [1, -1])
def test_five_minutes_between_two_clocks_are_forgiven(sign: int) -> None:
    at_most = sign * 5 * world.MINUTE
    check(world.volume(issued=world.NOW + at_most), scope="vn", facts=Facts(), now=world.NOW)
    late = refusal(world.volume(issued=world.NOW + at_most + sign), Facts())
    assert late is (Reason.NOT_YET_VALID if sign > 0 else Reason.EXPIRED)


def placed(hours: Hours, **changes: Any) -> Placement:
    return world.placement(issued=world.NOW, hours=hours, **changes)


def test_recorded_rules_narrow_on_the_way_down() -> None:
    narrow = Hours(windows=(HoursWindow(weekdays=WEEK, start=330, end=420),))
    wide = Hours(windows=DAY)
    known = Facts(rules={world.COMMUNE: Rule(narrow), "vn.15": Rule(wide)})
    check(placed(narrow), scope="vn", facts=known, now=world.NOW)
    assert refusal(placed(wide), known) is Reason.OUTSIDE_HOURS
    hamlet = Facts(rules={world.COMMUNE: Rule(narrow), world.HAMLET: Rule(wide)})
    assert refusal(placed(wide), hamlet) is Reason.OUTSIDE_HOURS
    check(placed(narrow), scope="vn", facts=hamlet, now=world.NOW)


def test_without_rules_the_night_is_quiet() -> None:
    check(placed(Hours(windows=DAY)), scope="vn", facts=Facts(), now=world.NOW)
    all_night = Hours(windows=(HoursWindow(weekdays=WEEK, start=0, end=1440),))
    assert refusal(placed(all_night), Facts()) is Reason.OUTSIDE_HOURS
    new_year = Hours(windows=DAY, extensions=(HoursExtension(start=world.NOW, end=world.NOW + world.HOUR),))
    assert refusal(placed(new_year), Facts()) is Reason.NOT_APPROVED


def test_windows_are_compared_by_what_they_allow_not_by_how_they_are_cut() -> None:
    halves = tuple(HoursWindow(weekdays=WEEK, start=start, end=end) for start, end in [(300, 700), (700, 1260)])
    check(placed(Hours(windows=halves)), scope="vn", facts=Facts(), now=world.NOW)
    check(placed(Hours(windows=DAY)), scope="vn", facts=Facts(ceiling=Hours(windows=halves)), now=world.NOW)
    sunday = Hours(windows=(HoursWindow(weekdays=(7,), start=299, end=300),))
    assert refusal(placed(sunday), Facts()) is Reason.OUTSIDE_HOURS
    assert refusal(placed(Hours(windows=DAY, utc_offset=0)), Facts()) is Reason.OUTSIDE_HOURS


def test_nobody_commands_a_whole_country() -> None:
    check(world.command(audience=Audience(area="vn.15")), scope="vn", facts=Facts(), now=world.NOW)
    assert refusal(world.command(audience=Audience(area="vn"))) is Reason.LIMIT_EXCEEDED
    assert refusal(world.volume(audience=Audience(area="vn"))) is Reason.LIMIT_EXCEEDED
    assert refusal(world.volume(audience=Audience(area="vn.15")), scope="vn.10") is Reason.OUTSIDE_SCOPE


def test_commands_are_bounded() -> None:
    assert refusal(world.command(action="format_disk")) is Reason.LIMIT_EXCEEDED
    assert refusal(world.command(expires=world.NOW + 25 * world.HOUR)) is Reason.LIMIT_EXCEEDED
    for life in (1, world.DAY):
        check(world.command(expires=world.NOW + life), scope="vn", facts=Facts(), now=world.NOW)
    for life in (0, world.DAY + 1):
        assert refusal(world.command(expires=world.NOW + life)) is Reason.LIMIT_EXCEEDED
    assert refusal(world.command(id="")) is Reason.MALFORMED
    assert refusal(world.volume(volume=101)) is Reason.LIMIT_EXCEEDED


def test_it_looks_up_what_it_will_ask_about_and_nothing_else() -> None:
    asked = wanted([world.plan(), world.volume(), world.placement(area=world.HAMLET)])
    assert (asked.approvals, asked.plan_sets) == ({world.APPROVAL}, {world.PLAN_SET})
    assert asked.paths == {"vn", "vn.15", world.COMMUNE, world.HAMLET}
    assert not asked.extended


def test_the_root_is_not_here() -> None:
    assert role_of(Plan) is Role.PLAN
    with pytest.raises(Refused) as refused:
        role_of(Keyset)
    assert refused.value.reason is Reason.WRONG_ROLE
