"""The loudspeaker of hamlet 5 decides what it obeys."""

import msgspec
import pytest
from devicelink import audience, freshness
from devicelink.freshness import Clock, MemoryLedger
from devicelink.golden import world
from devicelink.jws import encode64
from devicelink.keyring import Keyring, Verifier, fingerprint
from devicelink.messages import (
    Audience,
    Command,
    Hello,
    Hold,
    Keyset,
    Message,
    Placement,
    Plan,
    Role,
    Time,
    Volume,
    Welcome,
)
from devicelink.refusals import Reason, Refused


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def speaker(ledger: MemoryLedger) -> Verifier:
    return Verifier(
        root=world.ROOT,
        device=world.DEVICE,
        ledger=ledger,
        keyring=world.keyring(),
        placement=world.placement(),
    )


def refusal(
    speaker: Verifier,
    token: str,
    *kinds: type[Message],
    clock: Clock = world.CLOCK,
    nonce: str | None = None,
) -> Reason:
    with pytest.raises(Refused) as refused:
        speaker.verify(token, *kinds, clock=clock, nonce=nonce)
    return refused.value.reason


def test_a_good_plan_is_taken_and_taken_again(speaker: Verifier, ledger: MemoryLedger) -> None:
    token = world.signed(world.plan())
    first = speaker.verify(token, Plan, clock=world.CLOCK)
    assert not first.repeat
    ledger.keep(freshness.slot_of(first.message), first.mark)
    assert speaker.verify(token, Plan, clock=world.CLOCK).repeat
    assert refusal(speaker, world.signed(world.plan(end=world.NOW + 1)), Plan) is Reason.CONFLICTING_REVISION
    assert refusal(speaker, world.signed(world.plan(revision=world.NOW - 1)), Plan) is Reason.OLDER_REVISION


def test_a_plan_for_another_plan_set_is_not_ours(speaker: Verifier) -> None:
    token = world.signed(world.plan(audience=Audience(plan_set="ps-trany")))
    assert refusal(speaker, token, Plan) is Reason.WRONG_AUDIENCE


def test_the_neighbours_key_cannot_silence_us(speaker: Verifier) -> None:
    assert refusal(speaker, world.signed(world.hold(), "stop-neighbour"), Hold) is Reason.OUTSIDE_SCOPE


def test_a_scoped_key_cannot_speak_for_the_whole_country(speaker: Verifier) -> None:
    keys = (*world.keyset().keys, world.key("stop-here", Role.STOP, scope=world.COMMUNE))
    speaker.keyring = Keyring.of(world.keyset(keys=keys))
    speaker.verify(world.signed(world.hold(), "stop-here"), Hold, clock=world.CLOCK)
    everywhere = world.hold(audience=Audience(area="vn"))
    assert refusal(speaker, world.signed(everywhere, "stop-here"), Hold) is Reason.OUTSIDE_SCOPE


def test_an_emergency_inside_a_plan_is_refused(speaker: Verifier) -> None:
    token = world.signed(world.plan(airings=(world.airing(priority="emergency"),)))
    assert refusal(speaker, token, Plan) is Reason.WRONG_ROLE


def test_a_command_works_once_and_is_remembered_before_it_works(speaker: Verifier, ledger: MemoryLedger) -> None:
    token = world.signed(world.command())
    speaker.verify(token, Command, clock=world.CLOCK)
    assert ledger.events == {"command:c-0001": world.command().expires + world.DAY}
    assert refusal(speaker, token, Command) is Reason.DUPLICATE
    ledger.forget(world.command().expires + world.DAY)
    assert ledger.events == {}


def test_a_refused_command_is_not_remembered(speaker: Verifier, ledger: MemoryLedger) -> None:
    assert refusal(speaker, world.signed(world.command(), "plan-1"), Command) is Reason.WRONG_ROLE
    too_long = world.command(expires=world.NOW + 25 * world.HOUR)
    assert refusal(speaker, world.signed(too_long), Command) is Reason.LIMIT_EXCEEDED
    assert ledger.events == {}


def test_events_from_the_future_and_from_the_past(speaker: Verifier) -> None:
    soon = world.command(issued=world.NOW + world.MINUTE, expires=world.NOW + 2 * world.MINUTE)
    speaker.verify(world.signed(soon), Command, clock=world.CLOCK)
    later = world.command(id="c-2", issued=world.NOW + world.MINUTE + 1, expires=world.NOW + world.HOUR)
    assert refusal(speaker, world.signed(later), Command) is Reason.NOT_YET_VALID
    over = world.command(id="c-3", issued=world.NOW - world.HOUR, expires=world.NOW)
    assert refusal(speaker, world.signed(over), Command) is Reason.EXPIRED


@pytest.mark.parametrize("bound", [-1, 60_001])
def test_without_valid_time_only_answers_and_keysets_count(speaker: Verifier, bound: int) -> None:
    lost = Clock(now=0, bound=bound, floor=world.NOW - world.DAY)
    messages: list[Message] = [world.plan(), world.placement(), world.volume(), world.command(), world.hold()]
    for message in [*messages, world.changed()]:
        assert refusal(speaker, world.signed(message), type(message), clock=lost) is Reason.NO_VALID_TIME
    speaker.verify(world.signed(world.time()), Time, clock=lost, nonce=world.NONCE)
    speaker.verify(world.signed(world.keyset()), Keyset, clock=lost)


def test_an_answer_needs_our_nonce(speaker: Verifier) -> None:
    token = world.signed(world.welcome())
    speaker.verify(token, Welcome, clock=world.CLOCK, nonce=world.NONCE)
    assert refusal(speaker, token, Welcome, nonce="b3RoZXI") is Reason.WRONG_NONCE
    assert refusal(speaker, token, Welcome) is Reason.WRONG_NONCE


def test_time_never_goes_back_behind_the_floor(speaker: Verifier) -> None:
    old = world.time(time=world.CLOCK.floor - world.HOUR)
    assert refusal(speaker, world.signed(old), Time, nonce=world.NONCE) is Reason.EXPIRED


def test_an_old_time_key_cannot_take_us_back_into_its_own_days(speaker: Verifier) -> None:
    lost = Clock(now=0, bound=-1, floor=world.NOW - 3 * world.DAY)
    inside = world.time(time=world.NOW - world.DAY)
    token = world.signed(inside, "time-over")
    assert refusal(speaker, token, Time, clock=lost, nonce=world.NONCE) is Reason.KEY_NOT_VALID_NOW


def test_without_a_placement_only_what_leads_to_one_is_heard(speaker: Verifier) -> None:
    speaker.placement = None
    assert refusal(speaker, world.signed(world.plan()), Plan) is Reason.NO_PLACEMENT
    assert refusal(speaker, world.signed(world.hold()), Hold) is Reason.NO_PLACEMENT
    assert refusal(speaker, world.signed(world.volume()), Volume) is Reason.NO_PLACEMENT
    speaker.verify(world.signed(world.placement()), Placement, clock=world.CLOCK)


def test_moving_a_device_needs_a_key_for_both_places(speaker: Verifier) -> None:
    moved = world.placement(area=world.NEIGHBOUR, revision=world.NOW)
    assert refusal(speaker, world.signed(moved, "placement-neighbour"), Placement) is Reason.OUTSIDE_SCOPE
    speaker.verify(world.signed(moved), Placement, clock=world.CLOCK)
    stays = world.placement(revision=world.NOW)
    assert refusal(speaker, world.signed(stays, "placement-neighbour"), Placement) is Reason.OUTSIDE_SCOPE


def test_an_expired_keyset_alarms_but_never_silences(speaker: Verifier) -> None:
    old = world.keyset(revision=world.NOW, expires=world.NOW - world.DAY)
    taken = speaker.verify(world.signed(old), Keyset, clock=world.CLOCK)
    speaker.keyring = Keyring.of(taken.message)
    assert speaker.keyring.expired(world.NOW)
    assert speaker.keyring.expired(old.expires)
    assert not speaker.keyring.expired(old.expires - 1)
    speaker.verify(world.signed(world.plan()), Plan, clock=world.CLOCK)


def test_a_keyset_is_known_by_the_root_fingerprint(speaker: Verifier) -> None:
    speaker.root = fingerprint(world.ROOT)
    speaker.verify(world.signed(world.keyset()), Keyset, clock=world.CLOCK)
    forged = world.signed(world.keyset(root=encode64(world.public("mallory"))))
    assert refusal(speaker, forged, Keyset) is Reason.UNKNOWN_KEY
    other = world.signed_bytes(b"{}", "root", "keyset", by="mallory")
    assert refusal(speaker, other, Keyset) is Reason.MALFORMED
    speaker.root = world.ROOT
    assert refusal(speaker, other, Keyset) is Reason.BAD_SIGNATURE


def test_no_key_of_the_keyset_can_sign_a_keyset(speaker: Verifier) -> None:
    assert refusal(speaker, world.signed(world.keyset(), "plan-1"), Keyset) is Reason.UNKNOWN_KEY


def test_a_keyset_is_a_keyset_and_its_keys_are_keys(speaker: Verifier) -> None:
    plan = world.signed_bytes(msgspec.json.encode(world.plan()), "root", "plan")
    assert refusal(speaker, plan, Keyset) is Reason.UNKNOWN_TYPE
    short = msgspec.structs.replace(world.key("plan-1", Role.PLAN), public=encode64(bytes(31)))
    broken = world.keyset(revision=world.NOW, keys=(short,))
    assert refusal(speaker, world.signed(broken), Keyset) is Reason.MALFORMED


def test_no_device_is_spoken_to_in_the_words_of_a_device(speaker: Verifier) -> None:
    token = world.signed_bytes(b"{}", "plan-1", Hello.typ)
    assert refusal(speaker, token, Hello) is Reason.UNKNOWN_TYPE


@pytest.mark.parametrize(
    ("kid", "now", "obeyed"),
    [
        ("plan-over", world.NOW - world.DAY + world.MINUTE - 1, True),
        ("plan-over", world.NOW - world.DAY + world.MINUTE, False),
        ("plan-early", world.NOW + world.DAY - world.MINUTE, True),
        ("plan-early", world.NOW + world.DAY - world.MINUTE - 1, False),
    ],
)
def test_the_first_and_the_last_moment_of_a_key(speaker: Verifier, kid: str, now: int, obeyed: bool) -> None:
    """A minute is forgiven at both ends, since the clocks may be off by so much."""
    token = world.signed(world.plan(issued=now), kid)
    if obeyed:
        speaker.verify(token, Plan, clock=Clock(now=now))
    else:
        assert refusal(speaker, token, Plan, clock=Clock(now=now)) is Reason.KEY_NOT_VALID_NOW


def test_without_valid_time_the_floor_alone_ends_a_key(speaker: Verifier) -> None:
    over = world.time(time=world.NOW - 2 * world.DAY - 1)
    token = world.signed(over, "time-over")
    before = Clock(now=0, bound=-1, floor=over.time)
    speaker.verify(token, Time, clock=before, nonce=world.NONCE)
    after = Clock(now=0, bound=-1, floor=world.NOW - 2 * world.DAY)
    assert refusal(speaker, token, Time, clock=after, nonce=world.NONCE) is Reason.KEY_NOT_VALID_NOW


@pytest.mark.parametrize(("at", "obeyed"), [(-world.YEAR, True), (-world.YEAR - 1, False), (world.YEAR, False)])
def test_a_time_key_tells_only_the_time_of_its_own_days(speaker: Verifier, at: int, obeyed: bool) -> None:
    lost = Clock(now=0, bound=-1, floor=world.NOW - 2 * world.YEAR)
    token = world.signed(world.time(time=world.NOW + at))
    if obeyed:
        speaker.verify(token, Time, clock=lost, nonce=world.NONCE)
    else:
        assert refusal(speaker, token, Time, clock=lost, nonce=world.NONCE) is Reason.KEY_NOT_VALID_NOW


def test_a_restored_platform_still_moves_forward() -> None:
    assert freshness.next_revision(last=0, now=world.NOW) == world.NOW
    assert freshness.next_revision(last=world.NOW, now=world.NOW) == world.NOW + 1
    assert freshness.next_revision(last=world.NOW + world.DAY, now=world.NOW) == world.NOW + world.DAY + 1


def test_what_a_message_tells_about_the_age_of_the_world() -> None:
    assert freshness.issued_of(world.plan(issued=world.NOW - 5)) == world.NOW - 5
    assert freshness.issued_of(world.command()) == world.NOW
    assert freshness.issued_of(world.time(time=world.NOW + 7)) == world.NOW + 7
    assert freshness.issued_of(world.receipt()) == 0


def test_a_clock_is_valid_while_it_is_at_most_a_minute_off() -> None:
    assert [bound for bound in (-1, 0, 60_000, 60_001) if Clock(now=0, bound=bound).valid] == [0, 60_000]


def test_who_is_meant_follows_from_the_placement_alone() -> None:
    here = world.placement()
    ours = [
        Audience(device=world.DEVICE),
        Audience(plan_set=world.PLAN_SET),
        Audience(group=world.GROUPS[0]),
        Audience(area=world.HAMLET),
        Audience(area="vn"),
    ]
    others = [
        Audience(device=world.OTHER_DEVICE),
        Audience(plan_set="ps-trany"),
        Audience(group="g-ven-song"),
        Audience(area=world.NEIGHBOUR),
        Audience(area="vn.15.0437"),
    ]
    assert all(audience.matches(meant, here) for meant in ours)
    assert not any(audience.matches(meant, here) for meant in others)


@pytest.mark.parametrize("meant", [Audience(), Audience(area=""), Audience(area="vn", device=world.DEVICE)])
def test_an_audience_names_exactly_one(meant: Audience) -> None:
    with pytest.raises(Refused) as refused:
        audience.named(meant)
    assert refused.value.reason is Reason.MALFORMED
