"""Golden cases of messages, by what they try."""

from devicelink.golden import alarms, world
from devicelink.golden.case import ClockNow, Memory, MessageCase, fingerprint_of_root, message_case, tampered
from devicelink.golden.releases import held, releases
from devicelink.golden.world import DAY, HOUR, MINUTE, NONCE, NOW, signed, signed_bytes
from devicelink.jws import decode64, encode64
from devicelink.limits import MAX_INSTANT_MS
from devicelink.messages import (
    Audience,
    Changed,
    Command,
    Hold,
    Hours,
    HoursExtension,
    HoursWindow,
    Key,
    Keyset,
    Placement,
    Plan,
    Receipt,
    Role,
    SoundFile,
    Time,
    Volume,
    Welcome,
)

case = message_case
ORDER_OF_CURVE = 2**252 + 27742317777372353535851937790883648493
END_OF_CALENDAR = MAX_INSTANT_MS
BLIND = ClockNow(now=0, bound=-1)


def envelopes() -> list[MessageCase]:
    """Form, type, key, role, signature; then what was signed."""
    return [*_forms(), *_signers(), *_payloads()]


def _forms() -> list[MessageCase]:
    """What is refused before any key is looked for."""
    good = signed(world.volume())
    head, body, signature = good.split(".")
    return [
        case("a good message", world.volume()),
        case("an unknown field is ignored", _json(b'{"new_in_2":true,', b"{"), Volume),
        case("empty", "", Volume, verdict="malformed"),
        case("two parts", f"{head}.{body}", Volume, verdict="malformed"),
        case("four parts", f"{good}.", Volume, verdict="malformed"),
        case("padded base64", f"{head}.{body}.{signature}==", Volume, verdict="malformed"),
        case("ordinary base64 alphabet", f"{head}.{body}.{'+/' * 43}", Volume, verdict="malformed"),
        case("stray bits at the end of base64", f"{head}.{body}.{_stray(signature)}", Volume, verdict="malformed"),
        case("line break inside", f"{head}.{body[:9]}\n{body[9:]}.{signature}", Volume, verdict="malformed"),
        case("not ASCII", f"{head}.{body}.loa-của-thôn", Volume, verdict="malformed"),
        case("signature too short", f"{head}.{body}.{encode64(decode64(signature)[:63])}", Volume, verdict="malformed"),
        case("header is no JSON", f"{encode64(b'{')}.{body}.{signature}", Volume, verdict="malformed"),
        case("header nests without end", f"{encode64(b'[' * 300)}.{body}.{signature}", Volume, verdict="malformed"),
        case("header with one field more", _head(b',"crit":["b64"]}', b"}"), Volume, verdict="malformed"),
        case("header without kid", _head(b"", b',"kid":"command-1"'), Volume, verdict="malformed"),
        case("alg none", _head(b'"none"', b'"EdDSA"'), Volume, verdict="malformed"),
        case("alg HS256", _head(b'"HS256"', b'"EdDSA"'), Volume, verdict="malformed"),
        case("larger than any message", good, Volume, padding=351_000, verdict="too_large"),
        case("version to come", signed(world.volume(), version=2), Volume, verdict="unknown_version"),
        case("version that never was", signed(world.volume(), version=0), Volume, verdict="unknown_version"),
        case("type to come", signed_bytes(b"{}", "alert-1", "evacuation"), Volume, verdict="unknown_type"),
        case("known type, but not awaited here", signed(world.plan()), Volume, verdict="unknown_type"),
        case("upward type", signed_bytes(b"{}", "command-1", "hello"), Volume, verdict="unknown_type"),
    ]


def _signers() -> list[MessageCase]:
    """Whose key it is, what that may sign, and whether it did."""
    good = signed(world.volume())
    head, body, _ = good.split(".")
    return [
        case("key that nobody knows", signed(world.volume(), "mallory"), Volume, verdict="unknown_key"),
        case("no keyset yet", world.volume(), keyset=None, verdict="unknown_key"),
        case("the root signs no ordinary message", signed(world.volume(), "root"), Volume, verdict="unknown_key"),
        case("key that is over", signed(world.plan(), "plan-over"), Plan, verdict="key_not_valid_now"),
        case("key of tomorrow", signed(world.plan(), "plan-early"), Plan, verdict="key_not_valid_now"),
        case("plan by the time key", signed(world.plan(), "time-1"), Plan, verdict="wrong_role"),
        case("hold by the plan key", signed(world.hold(), "plan-1"), Hold, verdict="wrong_role"),
        case("command by the stop key", signed(world.command(), "stop-1"), Command, verdict="wrong_role"),
        case("placement by the alert key", signed(world.placement(), "alert-1"), Placement, verdict="wrong_role"),
        case("payload changed", tampered(good, 1, b'"volume":60', b'"volume":99'), Volume, verdict="bad_signature"),
        case("type changed", tampered(good, 0, b'"volume"', b'"command"'), Command, verdict="bad_signature"),
        case("another key's name", signed(world.plan(), "plan-1", by="plan-over"), Plan, verdict="bad_signature"),
        case("signature of nothing", f"{head}.{body}.{encode64(bytes(64))}", Volume, verdict="bad_signature"),
        case("signature plus the order of the curve", _malleable(good), Volume, verdict="bad_signature"),
    ]


def _payloads() -> list[MessageCase]:
    """The signature holds, the words do not."""
    return [
        case("well signed, but no JSON", _raw(b"volume=60"), Volume, verdict="malformed"),
        case("well signed, field missing", _json(b"", b',"volume":60'), Volume, verdict="malformed"),
        case("well signed, wrong kind of value", _json(b'"60"', b"60"), Volume, verdict="malformed"),
        case("well signed, nests without end", _raw(b'{"x":' + b"[" * 3_000), Volume, verdict="malformed"),
        case("well signed, negative revision", world.volume(revision=-1), verdict="malformed"),
        case("well signed, revision beyond 2^53", world.volume(revision=2**53), verdict="malformed"),
    ]


def audiences() -> list[MessageCase]:
    """Scope, audience, placement, valid time."""
    return [*_addressees(), *_unplaced(), *_timeless()]


def _addressees() -> list[MessageCase]:
    area, group = Audience(area=world.COMMUNE), Audience(group=world.GROUPS[0])
    neighbour, both = Audience(area=world.NEIGHBOUR), Audience(device=world.DEVICE, area="vn")
    return [
        case("for the commune", world.volume(audience=area)),
        case("for the province", world.hold(audience=Audience(area="vn.15"))),
        case("for the hamlet itself", world.hold(audience=Audience(area=world.HAMLET))),
        case("for a group of ours", world.volume(audience=group)),
        case("for our plan set", world.volume(audience=Audience(plan_set=world.PLAN_SET))),
        case("neighbour's key", signed(world.hold(), "stop-neighbour"), Hold, verdict="outside_scope"),
        case("neighbour's key, for us alone", _stop(Audience(device=world.DEVICE)), Hold, verdict="outside_scope"),
        case("neighbour's key, for the country", _stop(Audience(area="vn")), Hold, verdict="outside_scope"),
        case("neighbour's key, for the neighbour", _stop(neighbour), Hold, verdict="outside_scope"),
        case("for the neighbour", world.hold(audience=neighbour), verdict="wrong_audience"),
        case("for a longer number", world.hold(audience=Audience(area="vn.15.043")), verdict="wrong_audience"),
        case("for another hamlet", world.hold(audience=Audience(area="vn.15.04378.h4")), verdict="wrong_audience"),
        case("for another device", world.volume(audience=_device(world.OTHER_DEVICE)), verdict="wrong_audience"),
        case("for another group", world.volume(audience=Audience(group="g-other")), verdict="wrong_audience"),
        case("for another plan set", world.plan(audience=Audience(plan_set="ps-other")), verdict="wrong_audience"),
        case("for two at once", world.volume(audience=both), verdict="malformed"),
        case("for nobody", world.volume(audience=Audience()), verdict="malformed"),
        case("for all by a star", world.volume(audience=Audience(area="*")), verdict="malformed"),
        case("a plan is never for an area", world.plan(audience=area), verdict="malformed"),
        case("time is never for an area", world.time(audience=area), nonce=NONCE, verdict="malformed"),
    ]


def _unplaced() -> list[MessageCase]:
    return [
        case("no placement: plan", world.plan(), placement=None, verdict="no_placement"),
        case("no placement: hold", world.hold(), placement=None, verdict="no_placement"),
        case("no placement: volume", world.volume(), placement=None, verdict="no_placement"),
        case("no placement: another's", _other_placement(), placement=None, verdict="wrong_audience"),
        case("no placement: placement", world.placement(), placement=None),
        case("no placement: time", world.time(), placement=None, nonce=NONCE),
    ]


def _timeless() -> list[MessageCase]:
    return [
        case("no time: plan", world.plan(), clock=BLIND, verdict="no_valid_time"),
        case("no time: hold", world.hold(), clock=BLIND, verdict="no_valid_time"),
        case("no time: command", world.command(), clock=BLIND, verdict="no_valid_time"),
        case("no time: placement", world.placement(), clock=BLIND, verdict="no_valid_time"),
        case("clock off by 61 s", world.volume(), clock=ClockNow(bound=61_000), verdict="no_valid_time"),
        case("clock off by 60 s", world.volume(), clock=ClockNow(bound=60_000)),
        case("no time: answer", world.time(), clock=BLIND, nonce=NONCE),
        case("no time: keyset", world.keyset(), clock=BLIND),
    ]


def states() -> list[MessageCase]:
    """Revisions, and what states may say."""
    had = held(world.plan())
    return [
        case("the first plan", world.plan()),
        case("a newer plan", world.plan(revision=NOW + 1), memory=had),
        case("the same plan again", world.plan(), memory=had, verdict="repeat"),
        case("an older plan", world.plan(revision=NOW - 1), memory=had, verdict="older_revision"),
        case("same number, other words", world.plan(end=NOW + DAY), memory=had, verdict="conflicting_revision"),
        case("another audience counts for itself", _low_volume(), memory=held(world.volume())),
        case("issued a minute ahead", world.plan(issued=NOW + MINUTE)),
        case("issued in the future", world.plan(issued=NOW + MINUTE + 1), verdict="not_yet_valid"),
        case("an emergency in a plan", _airing(priority="emergency"), verdict="wrong_role"),
        case("a priority nobody knows", _airing(priority="urgent"), verdict="wrong_role"),
        case("a file that is not listed", world.plan(files=()), verdict="malformed"),
        case("an airing without sound", _airing(parts=()), verdict="malformed"),
        case("an airing of no length", _airing(duration=0), verdict="malformed"),
        case("an airing of a month", _airing(duration=31 * DAY)),
        case("an airing longer than a month", _airing(duration=31 * DAY + 1), verdict="malformed"),
        case("an airing in the year 287396", _airing(start=2**53 - 1, latest=0), verdict="malformed"),
        case("an airing that waits for the year 2100", _airing(latest=END_OF_CALENDAR), verdict="malformed"),
        case(
            "a plan until the year 2100",
            world.plan(start=END_OF_CALENDAR - 1, end=END_OF_CALENDAR),
            verdict="malformed",
        ),
        case("an airing with a path as id", _airing(id="../../etc"), verdict="malformed"),
        case("one id twice", world.plan(airings=(world.airing(), world.airing())), verdict="malformed"),
        case("a hash that is a path", _bad_file(), verdict="malformed"),
        case("a plan that ends before it begins", world.plan(end=NOW - 1), verdict="malformed"),
        case("a plan of half a year", world.plan(end=NOW + 180 * DAY), verdict="limit_exceeded"),
        case("a hold of a day", world.hold(until=NOW + DAY)),
        case("a hold of more than a day", world.hold(until=NOW + DAY + 1), verdict="limit_exceeded"),
        case("a release", world.hold(revision=NOW + 1, until=0), memory=held(world.hold())),
        case("volume 101", world.volume(volume=101), verdict="limit_exceeded"),
        case("volume -1", world.volume(volume=-1), verdict="limit_exceeded"),
    ]


def placements() -> list[MessageCase]:
    """Where the device belongs."""
    here, moved = world.placement(), world.placement(revision=NOW, area=world.NEIGHBOUR)
    stolen = signed(moved, "placement-neighbour")
    return [
        case("the first placement", here, placement=None),
        case("a newer placement", world.placement(revision=NOW), memory=held(here)),
        case("a move by a key for both places", moved),
        case("a move by the new place alone", stolen, Placement, verdict="outside_scope"),
        case("a first one by a neighbour", _by_neighbour(here), Placement, placement=None, verdict="outside_scope"),
        case("another's placement, addressed to us", _swapped(), verdict="malformed"),
        case("another's placement", _other_placement(), verdict="wrong_audience"),
        case("an older placement", world.placement(revision=1), memory=held(here), verdict="older_revision"),
        case("a window past midnight", _window(start=1_200, end=1_500), verdict="malformed"),
        case("a window that runs backwards", _window(start=700, end=600), verdict="malformed"),
        case("an eighth weekday", _window(weekdays=(8,)), verdict="malformed"),
        case("louder than loud", world.placement(max_volume=120), verdict="limit_exceeded"),
        case("an evening that never ends", _evening(NOW, NOW + 32 * DAY), verdict="malformed"),
        case("an evening of the year 2100", _evening(END_OF_CALENDAR - 1, END_OF_CALENDAR), verdict="malformed"),
        case("no plan set", world.placement(plan_set=""), verdict="malformed"),
    ]


def events() -> list[MessageCase]:
    """Once, in any order, within its life."""
    done = Memory(events={"command:c-0001": NOW + 2 * DAY})
    return [
        case("a command", world.command()),
        case("another command after it", world.command(id="c-0002"), memory=done),
        case("the same command again", world.command(), memory=done, verdict="duplicate"),
        case("the same id, other words", world.command(action="refresh"), memory=done, verdict="duplicate"),
        case("the same id of another type", world.changed(id="c-0001"), memory=done),
        case("a minute ahead", world.command(issued=NOW + MINUTE)),
        case("from the future", world.command(issued=NOW + MINUTE + 1), verdict="not_yet_valid"),
        case("in its last millisecond", world.command(expires=NOW + 1)),
        case("over", world.command(issued=NOW - HOUR, expires=NOW), verdict="expired"),
        case("over and known", world.command(issued=1, expires=2), memory=done, verdict="expired"),
        case("a life of a day", world.command(expires=NOW + DAY)),
        case("a life of more than a day", world.command(expires=NOW + DAY + 1), verdict="limit_exceeded"),
        case("a self-test of one device", world.command(action="selftest")),
        case(
            "a self-test of a village",
            world.command(action="selftest", audience=Audience(area=world.COMMUNE)),
            verdict="limit_exceeded",
        ),
        case("a hint", world.changed()),
        case("a hint about nothing known", _hint(), Changed, verdict="malformed"),
    ]


def answers() -> list[MessageCase]:
    """Answers to what the device just asked."""
    late = ClockNow(now=0, bound=-1, floor=NOW - 3 * DAY)
    today, long_ago = (signed(world.time(time=instant), "time-over") for instant in (NOW, NOW - 60 * DAY))
    welcome, receipt = signed(world.welcome(), "stop-1"), signed(world.receipt(), "plan-1")
    return [
        case("the time", world.time(), nonce=NONCE),
        case("a welcome", world.welcome(), nonce=NONCE),
        case("a receipt", world.receipt(), nonce=NONCE),
        case("another question's answer", world.time(nonce="b3RoZXI"), nonce=NONCE, verdict="wrong_nonce"),
        case("an answer to no question", world.time(), verdict="wrong_nonce"),
        case("an empty nonce", world.time(nonce=""), nonce="", verdict="wrong_nonce"),
        case("another device's answer", _others_time(), nonce=NONCE, verdict="wrong_audience"),
        case("a time before the floor", world.time(time=NOW - 2 * DAY), nonce=NONCE, verdict="expired"),
        case("a minute before the floor", world.time(time=world.CLOCK.floor - MINUTE), nonce=NONCE),
        case("a key that is over tells the time", today, Time, clock=late, nonce=NONCE, verdict="key_not_valid_now"),
        case("a key that is over tells its own time", long_ago, Time, clock=late, nonce=NONCE, verdict="expired"),
        case("a welcome by the stop key", welcome, Welcome, nonce=NONCE, verdict="wrong_role"),
        case("a receipt by the plan key", receipt, Receipt, nonce=NONCE, verdict="wrong_role"),
    ]


def keysets() -> list[MessageCase]:
    """The root and its keysets."""
    here, keys = world.keyset(), world.keyset().keys
    same, conflict = Role.STOP, "conflicting_revision"
    twin = world.key("plan-1", same)
    shared = Key(kid="two", public=keys[0].public, role=same, scope="vn", valid_from=0, valid_to=1)
    return [
        case("by the root", here),
        case("known by the root's fingerprint", here, root=fingerprint_of_root()),
        case("the very first", here, keyset=None, placement=None, clock=BLIND, root=fingerprint_of_root()),
        case("expired: alarm, never silence", world.keyset(expires=NOW - DAY)),
        case("the same again", here, memory=held(here), verdict="repeat"),
        case("older", world.keyset(revision=1), memory=held(here), verdict="older_revision"),
        case("same number, other keys", world.keyset(keys=keys[:3]), memory=held(here), verdict=conflict),
        case("from the future", world.keyset(issued=NOW + HOUR), verdict="not_yet_valid"),
        case("by another root", signed_bytes(b"{}", "root", "keyset", by="mallory"), Keyset, verdict="bad_signature"),
        case("naming another root", _other_root(), Keyset, root=fingerprint_of_root(), verdict="unknown_key"),
        case("by the plan key", signed(here, "plan-1"), Keyset, verdict="unknown_key"),
        case("two keys of one name", world.keyset(keys=(*keys, twin)), verdict="malformed"),
        case("one key for two roles", world.keyset(keys=(*keys, shared)), verdict="malformed"),
        case("a key called root", world.keyset(keys=(world.key("root", same),)), verdict="malformed"),
        case("a key for everywhere", world.keyset(keys=(world.key("s", same, scope="*"),)), verdict="malformed"),
    ]


FILES = {
    "envelopes": envelopes,
    "audiences": audiences,
    "states": states,
    "placements": placements,
    "events": events,
    "answers": answers,
    "keysets": keysets,
    "releases": releases,
    "alerts": alarms.alerts,
    "cancels": alarms.cancels,
    "lives": alarms.lives,
}


def _json(new: bytes, old: bytes) -> str:
    """A volume whose payload was changed before it was signed."""
    payload = decode64(signed(world.volume()).split(".")[1])
    if old not in payload:
        raise ValueError(f"{old!r} is not in the payload")
    return signed_bytes(payload.replace(old, new, 1), "command-1", "volume")


def _head(new: bytes, old: bytes) -> str:
    return tampered(signed(world.volume()), 0, old, new)


def _raw(payload: bytes) -> str:
    return signed_bytes(payload, "command-1", "volume")


def _stray(signature: str) -> str:
    """The same bytes, but with unused bits set in the last character."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return signature[:-1] + alphabet[alphabet.index(signature[-1]) | 1]


def _malleable(token: str) -> str:
    """The other signature that a careless verifier accepts."""
    head, body, signature = token.split(".")
    raw = decode64(signature)
    scalar = int.from_bytes(raw[32:], "little") + ORDER_OF_CURVE
    return f"{head}.{body}.{encode64(raw[:32] + scalar.to_bytes(32, 'little'))}"


def _stop(audience: Audience) -> str:
    return signed(world.hold(audience=audience), "stop-neighbour")


def _device(name: str) -> Audience:
    return Audience(device=name)


def _by_neighbour(placement: Placement) -> str:
    return signed(placement, "placement-neighbour")


def _others_time() -> Time:
    return world.time(audience=_device(world.OTHER_DEVICE))


def _low_volume() -> Volume:
    return world.volume(audience=Audience(area=world.COMMUNE), revision=5)


def _airing(**changes: object) -> Plan:
    return world.plan(airings=(world.airing(**changes),))


def _bad_file() -> Plan:
    return world.plan(airings=(), files=(SoundFile(sha256="../secret", size=1, duration=1),))


def _other_placement() -> Placement:
    return world.placement(audience=_device(world.OTHER_DEVICE), device=world.OTHER_DEVICE)


def _swapped() -> Placement:
    return world.placement(device=world.OTHER_DEVICE)


def _window(**changes: object) -> Placement:
    fields: dict[str, object] = {"weekdays": (1,), "start": 300, "end": 600}
    window = HoursWindow(**(fields | changes))  # type: ignore[arg-type]
    return world.placement(hours=Hours(windows=(window,)))


def _evening(start: int, end: int) -> Placement:
    return world.placement(hours=Hours(windows=(), extensions=(HoursExtension(start=start, end=end),)))


def _hint() -> str:
    payload = decode64(signed(world.changed()).split(".")[1]).replace(b'"plan"', b'"firmware"')
    return signed_bytes(payload, "time-1", "changed")


def _other_root() -> str:
    return signed(world.keyset(root=encode64(world.public("mallory"))), "root", by="mallory")
