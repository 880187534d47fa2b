"""What a well-signed message may say: the last allowed value passes, the first beyond it is refused."""

from typing import Any

import msgspec
import pytest
from devicelink.contents import check_form, check_limits
from devicelink.freshness import MAX_REVISION
from devicelink.golden import world
from devicelink.limits import MAX_INSTANT_MS, MAX_PLAN_MS
from devicelink.messages import (
    Airing,
    Audience,
    Hours,
    HoursExtension,
    HoursWindow,
    Key,
    Message,
    Part,
    Relay,
    Role,
    SoundFile,
    VolumeCap,
)
from devicelink.refusals import Reason, Refused

WINDOW = HoursWindow(weekdays=(1,), start=300, end=360)
EXTENSION = HoursExtension(start=world.NOW, end=world.NOW + world.HOUR)


def verdict(message: Message) -> Reason | None:
    try:
        check_form(message)
        check_limits(message)
    except Refused as refused:
        return refused.reason
    return None


def hours(**changes: Any) -> Message:
    return world.placement(hours=Hours(**({"windows": (WINDOW,)} | changes)))


def days(count: int, **changes: Any) -> Message:
    return world.plan(end=world.NOW + count * world.DAY, **changes)


def keys(count: int) -> tuple[Key, ...]:
    """Distinct keys; what their bytes are is not looked at here."""
    one = world.key("plan-1", Role.PLAN)
    return tuple(msgspec.structs.replace(one, kid=f"k{at}", public=f"p{at}") for at in range(count))


def many(count: int) -> tuple[Airing, ...]:
    return tuple(msgspec.structs.replace(world.airing(), id=f"a-{number}") for number in range(count))


def parts(count: int) -> tuple[Airing]:
    return (world.airing(parts=(Part(sha256=world.SOUND),) * count),)


def one(**changes: Any) -> Message:
    return world.plan(airings=(world.airing(**changes),))


def volumes(*caps: tuple[int, int, int]) -> Message:
    return world.placement(volumes=tuple(VolumeCap(start=start, end=end, most=most) for start, end, most in caps))


def relay(**changes: Any) -> Message:
    """VOV1 over the network, nothing to fall back to."""
    source = Relay(**({"kind": "stream", "id": "vov1", "url": "https://vov.example/vov1"} | changes))
    return one(relays=(source,), parts=(), filling=True)


def sound(**changes: Any) -> Message:
    fields: dict[str, Any] = {"sha256": world.SOUND, "size": 1, "duration": 1}
    return world.plan(files=(SoundFile(**(fields | changes)),))


@pytest.mark.parametrize(
    "message",
    [
        world.volume(volume=0),
        world.volume(volume=100),
        world.volume(revision=0),
        world.volume(revision=MAX_REVISION),
        world.placement(max_volume=0),
        world.placement(max_volume=100),
        world.hold(until=world.NOW + world.DAY),
        volumes((0, 360, 0), (1439, 1440, 100)),
        volumes(*[(0, 1, 50)] * 64),
        hours(closures=(EXTENSION,) * 64),
        relay(),
        relay(kind="fm", url="", frequency=64_000),
        relay(kind="fm", url="", frequency=108_000),
        relay(kind="line", url="", input="hw:1-0.a"),
        one(relays=(Relay(kind="line", id="mic", input="line1"),) * 4, filling=True, silent_after=0),
        hours(utc_offset=14 * 60),
        hours(utc_offset=-14 * 60),
        hours(windows=(WINDOW,) * 64),
        hours(extensions=(EXTENSION,) * 64),
        hours(windows=(HoursWindow(weekdays=(1, 7), start=0, end=1440),)),
        world.keyset(keys=keys(256)),
        days(31),
        world.plan(airings=parts(64)),
        world.plan(airings=many(2_000)),
        world.plan(airings=(world.airing(start=0, latest=0, duration=1, offline_for=0),)),
        hours(windows=(HoursWindow(weekdays=(1,), start=300, end=300),)),
        world.volume(audience=Audience(group="nhóm 4/5")),  # only areas are paths
        one(duration=MAX_PLAN_MS),
        one(offline_for=32_767, rank=-32_767),
        one(start=MAX_INSTANT_MS - 1, latest=MAX_INSTANT_MS - 1, issued=MAX_INSTANT_MS - 1),
        one(parts=(Part(sha256=world.SOUND, gap=MAX_PLAN_MS),)),
        sound(size=0, duration=MAX_PLAN_MS),
        world.time(time=MAX_INSTANT_MS - 1),
        hours(extensions=(HoursExtension(start=0, end=MAX_PLAN_MS),)),
    ],
)
def test_the_last_that_is_allowed(message: Message) -> None:
    assert verdict(message) is None


@pytest.mark.parametrize(
    "message",
    [
        volumes((360, 360, 50)),
        volumes((-1, 360, 50)),
        volumes((0, 1441, 50)),
        volumes((0, 360, 101)),
        volumes(*[(0, 1, 50)] * 65),
        hours(closures=(HoursExtension(start=world.NOW, end=world.NOW),)),
        hours(closures=(EXTENSION,) * 65),
        relay(url="file:///etc/passwd"),
        relay(url="https://vov.example/a b"),
        relay(url=""),
        relay(frequency=99_000),
        relay(id="a b"),
        relay(kind="fm", url="", frequency=63_999),
        relay(kind="fm", url="", frequency=108_001),
        relay(kind="line", url="", input=""),
        relay(kind="line", url="", input="/dev/snd/pcmC0D0c"),
        one(relays=(Relay(kind="line", id="mic", input="line1"),), filling=False),
        one(relays=(Relay(kind="line", id="mic", input="line1"),), filling=True, silent_after=-1),
        one(relays=(Relay(kind="line", id="mic", input="line1"),) * 5, filling=True),
        world.volume(revision=-1),
        world.volume(revision=MAX_REVISION + 1),
        world.volume(audience=Audience(device="spk.*")),
        world.volume(audience=Audience(area="vn..15")),
        hours(utc_offset=14 * 60 + 1),
        hours(utc_offset=-14 * 60 - 1),
        hours(windows=(WINDOW,) * 65),
        hours(extensions=(EXTENSION,) * 65),
        hours(windows=(HoursWindow(weekdays=(0,), start=0, end=60),)),
        hours(windows=(HoursWindow(weekdays=(8,), start=0, end=60),)),
        hours(windows=(HoursWindow(weekdays=(1,), start=0, end=1441),)),
        hours(windows=(HoursWindow(weekdays=(1,), start=-1, end=60),)),
        hours(windows=(HoursWindow(weekdays=(1,), start=61, end=60),)),
        hours(extensions=(HoursExtension(start=world.NOW, end=world.NOW),)),
        world.placement(device=world.OTHER_DEVICE),
        world.placement(device="spk.*", audience=Audience(device="spk.*")),
        world.placement(area="vn..15"),
        world.placement(plan_set=""),
        world.keyset(keys=keys(257)),
        world.keyset(keys=(world.key("root", Role.PLAN),)),
        world.keyset(keys=(*keys(1), msgspec.structs.replace(keys(1)[0], public="other"))),
        world.keyset(keys=(*keys(1), msgspec.structs.replace(keys(1)[0], kid="other"))),
        world.keyset(keys=(world.key("k", Role.PLAN, scope="vn..15"),)),
        world.keyset(keys=(world.key("k", Role.PLAN, valid_from=world.NOW, valid_to=world.NOW),)),
        world.plan(end=world.NOW),
        world.plan(airings=parts(65)),
        world.plan(airings=parts(0)),
        world.plan(airings=(world.airing(parts=(Part(sha256=world.SIREN),)),)),
        world.plan(airings=(world.airing(parts=(Part(sha256=world.SOUND, gap=-1),)),)),
        world.plan(airings=(world.airing(duration=0),)),
        world.plan(airings=(world.airing(start=-1),)),
        world.plan(airings=(world.airing(offline_for=-1),)),
        world.plan(airings=(world.airing(id="a b"),)),
        one(duration=MAX_PLAN_MS + 1),
        one(offline_for=32_768),
        one(rank=32_768),
        one(start=MAX_INSTANT_MS),
        one(latest=MAX_INSTANT_MS),
        one(latest=-1),
        one(issued=MAX_INSTANT_MS),
        one(issued=-1),
        one(parts=(Part(sha256=world.SOUND, gap=MAX_PLAN_MS + 1),)),
        sound(size=-1),
        sound(duration=-1),
        sound(duration=MAX_PLAN_MS + 1),
        world.plan(start=-1),
        world.plan(start=MAX_INSTANT_MS - 1, end=MAX_INSTANT_MS),
        world.time(time=MAX_INSTANT_MS),
        world.time(time=-1),
        world.welcome(time=MAX_INSTANT_MS),
        hours(extensions=(HoursExtension(start=-1, end=1),)),
        hours(extensions=(HoursExtension(start=0, end=MAX_PLAN_MS + 1),)),
        hours(extensions=(HoursExtension(start=MAX_INSTANT_MS - 1, end=MAX_INSTANT_MS),)),
        world.plan(airings=(world.airing(), world.airing())),
        world.plan(files=(*world.plan().files, SoundFile(sha256="../../etc/passwd", size=1, duration=1))),
    ],
)
def test_the_first_that_makes_no_sense(message: Message) -> None:
    assert verdict(message) is Reason.MALFORMED


@pytest.mark.parametrize(
    "message",
    [
        world.volume(volume=-1),
        world.volume(volume=101),
        world.placement(max_volume=-1),
        world.placement(max_volume=101),
        world.hold(until=world.NOW + world.DAY + 1),
        days(32),
        world.plan(airings=many(2_001)),
    ],
)
def test_the_first_that_no_key_may_order(message: Message) -> None:
    assert verdict(message) is Reason.LIMIT_EXCEEDED
