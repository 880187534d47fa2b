"""Golden cases of releases, and of the commands that go with them."""

from devicelink.freshness import Mark, State, slot_of
from devicelink.golden import world
from devicelink.golden.case import ClockNow, Memory, MessageCase, message_case
from devicelink.golden.world import DAY, NOW, signed
from devicelink.jws import decode64
from devicelink.keyring import digest
from devicelink.messages import Audience, Manifest, Wheel

case = message_case


def releases() -> list[MessageCase]:
    """Which software to run: by the firmware role, one device, forward only unless signed as a way back."""
    return [*_orders(), *_contents(), *_commands()]


def _orders() -> list[MessageCase]:
    """By whom, for whom, when."""
    here = world.release()
    back = world.release(revision=NOW + 1, release="0.9.0", rollback=True)
    others = world.release(audience=Audience(device=world.OTHER_DEVICE))
    blind = ClockNow(now=0, bound=-1)
    return [
        case("a release", here),
        case("the same again", here, memory=held(here), verdict="repeat"),
        case("an older order", world.release(revision=1), memory=held(here), verdict="older_revision"),
        case("a way back", back, memory=held(here)),
        case("by the command key", signed(here, "command-1"), Manifest, verdict="wrong_role"),
        case("by the plan key", signed(here, "plan-1"), Manifest, verdict="wrong_role"),
        case("another device's release", others, verdict="wrong_audience"),
        case("for a whole commune", world.release(audience=Audience(area=world.COMMUNE)), verdict="malformed"),
        case("before it has a place", here, placement=None, verdict="no_placement"),
        case("no time", here, clock=blind, verdict="no_valid_time"),
        case("over", world.release(expires=NOW, not_before=NOW - DAY), verdict="expired"),
        case("valid for half a year", world.release(expires=NOW + 180 * DAY), verdict="limit_exceeded"),
    ]


def _contents() -> list[MessageCase]:
    """What it may name."""
    twice = world.release().wheels * 2
    return [
        case("back to the delivered software", world.release(release="", wheels=(), rollback=True)),
        case(
            "the delivered software, but not as a way back", world.release(release="", wheels=()), verdict="malformed"
        ),
        case("a version that is none", world.release(release="latest"), verdict="malformed"),
        case("a wheel with a path", _wheel(name="../../etc/loa-1-py3-none-any.whl"), verdict="malformed"),
        case("a wheel that is none", _wheel(name="loa.tar.gz"), verdict="malformed"),
        case("a wheel without size", _wheel(size=0), verdict="malformed"),
        case("a wheel twice", world.release(wheels=twice), verdict="malformed"),
        case("a release of a gigabyte", _wheel(size=10**9), verdict="limit_exceeded"),
    ]


def _commands() -> list[MessageCase]:
    return [
        case("a release is to be fetched", world.command(action="update")),
        case("a log is asked for", world.command(action="log", lines=200, since=NOW - DAY)),
        case("a log without end", world.command(action="log", lines=2_001), verdict="malformed"),
    ]


def held(message: State) -> Memory:
    """A device that holds this state."""
    payload = decode64(signed(message).split(".")[1])
    return Memory(marks={slot_of(message): Mark(revision=message.revision, digest=digest(payload))})


def _wheel(**changes: object) -> Manifest:
    fields = {"name": "loa_speaker-1.0.0-py3-none-any.whl", "sha256": world.SOUND, "size": 200_000} | changes
    return world.release(wheels=(Wheel(**fields),))  # type: ignore[arg-type]
