"""Golden cases of alerts, cancels and live sessions."""

from typing import Any

from devicelink.golden import world
from devicelink.golden.case import ClockNow, Memory, MessageCase, message_case, tampered
from devicelink.golden.world import DAY, HOUR, MINUTE, NOW, signed
from devicelink.jws import decode64, encode64
from devicelink.messages import (
    Alert,
    Audience,
    Cancel,
    Circle,
    Command,
    Message,
    Plan,
    Point,
    Polygon,
    Session,
    SessionEnd,
    Target,
    Voice,
    Where,
)

case = message_case
HERE = Point(latitude=21.75, longitude=104.85)  # where the device of the world hangs
FAR = Point(latitude=21.65, longitude=104.70)


def ring(south: float, west: float, north: float, east: float) -> Polygon:
    """A box."""
    corners = ((south, west), (south, east), (north, east), (north, west), (south, west))
    return Polygon(ring=tuple(Point(latitude=lat, longitude=lon) for lat, lon in corners))


AROUND, ELSEWHERE = ring(21.7, 104.8, 21.8, 104.9), ring(21.0, 104.0, 21.1, 104.1)


def alerts() -> list[MessageCase]:
    """What wakes a village, and what may not."""
    return [*_trusted(), *_places(), *_lives(), *_contents(), *_amounts()]


def _trusted() -> list[MessageCase]:
    good = signed(world.alert())
    blind = ClockNow(now=0, bound=-1)
    return [
        case("an alert", world.alert()),
        case("an exercise", world.alert(status="exercise")),
        case("a test", world.alert(status="test")),
        case("by the plan key", signed(world.alert(), "plan-1"), Alert, verdict="wrong_role"),
        case("by the live key", signed(world.alert(), "live-1"), Alert, verdict="wrong_role"),
        case("by the stop key", signed(world.alert(), "stop-1"), Alert, verdict="wrong_role"),
        case("a plan by the alert key", signed(world.plan(), "alert-1"), Plan, verdict="wrong_role"),
        case("a command by the alert key", signed(world.command(), "alert-1"), Command, verdict="wrong_role"),
        case("by a key nobody knows", signed(world.alert(), "mallory"), Alert, verdict="unknown_key"),
        case("another key's name", signed(world.alert(), "alert-1", by="plan-1"), Alert, verdict="bad_signature"),
        case("an exercise made actual", _made_actual(), Alert, verdict="bad_signature"),
        case("more severe on the way", tampered(good, 1, b"extreme", b"minor"), Alert, verdict="bad_signature"),
        case("a cancel called alert", tampered(signed(world.cancel()), 0, b'"cancel"', b'"alert"'), Alert,
             verdict="bad_signature"),
        case("by the neighbour's key", signed(world.alert(), "alert-neighbour"), Alert, verdict="outside_scope"),
        case("by the neighbour's key, for the neighbour", _neighbours(), Alert, verdict="outside_scope"),
        case("for the neighbour", world.alert(audience=Audience(area=world.NEIGHBOUR)), verdict="wrong_audience"),
        case("for the country", world.alert(audience=Audience(area="vn"))),
        case("for one device", world.alert(audience=Audience(device=world.DEVICE)), verdict="malformed"),
        case("for a group", world.alert(audience=Audience(group=world.GROUPS[0])), verdict="malformed"),
        case("for a plan set", world.alert(audience=Audience(plan_set=world.PLAN_SET)), verdict="malformed"),
        case("before it has a place", world.alert(), placement=None, verdict="no_placement"),
        case("without time", world.alert(), clock=blind, verdict="no_valid_time"),
    ]  # fmt: skip


def _places() -> list[MessageCase]:
    """Which of its texts is ours."""
    no = "wrong_audience"
    unknown = world.placement(latitude=None, longitude=None)
    return [
        case("our hamlet", _for(Where(areas=(world.HAMLET,)))),
        case("another hamlet", _for(Where(areas=("vn.15.04378.h4",))), verdict=no),
        case("our group", _for(Where(groups=world.GROUPS))),
        case("another group", _for(Where(groups=("g-other",))), verdict=no),
        case("this device", _for(Where(devices=(world.DEVICE,)))),
        case("another device", _for(Where(devices=(world.OTHER_DEVICE,))), verdict=no),
        case("a circle around us", _for(Where(circles=(Circle(centre=HERE, radius=1),)))),
        case("a circle that does not reach", _for(Where(circles=(Circle(centre=FAR, radius=15_000),))), verdict=no),
        case("a polygon around us", _for(Where(polygons=(AROUND,)))),
        case("a polygon elsewhere", _for(Where(polygons=(ELSEWHERE,))), verdict=no),
        case("a polygon, and nobody knows where we are", _for(Where(polygons=(AROUND,))), placement=unknown,
             verdict=no),
        case("the second text is ours", world.alert(targets=(_text("a", ELSEWHERE), _text("b", AROUND)))),
        case("an area outside the audience", _for(Where(areas=(world.NEIGHBOUR,))), verdict="malformed"),
        case("an area above the audience", _for(Where(areas=("vn.15",))), verdict="malformed"),
        case("an area that is none", _for(Where(areas=("vn..15",))), verdict="malformed"),
        case("an area twice", _for(Where(areas=(world.HAMLET, world.HAMLET))), verdict="malformed"),
        case("a device that is a star", _for(Where(devices=("*",))), verdict="malformed"),
        case("a group without name", _for(Where(groups=("",))), verdict="malformed"),
        case("an open ring", _for(Where(polygons=(Polygon(ring=AROUND.ring[:4]),))), verdict="malformed"),
        case("a ring of two corners", _for(Where(polygons=(_flat(),))), verdict="malformed"),
        case("a ring of 501 points", world.alert(targets=(_text("a", _long(501)), world.target())),
             verdict="limit_exceeded"),
        case("a latitude of 91", _for(_circle(latitude=91)), verdict="malformed"),
        case("a longitude of -181", _for(_circle(longitude=-181)), verdict="malformed"),
        case("a circle of nothing", _for(_circle(radius=0)), verdict="malformed"),
        case("a circle around half the world", _for(_circle(radius=500_001)), verdict="limit_exceeded"),
    ]  # fmt: skip


def _lives() -> list[MessageCase]:
    done = Memory(events={"alert:al-0001": NOW + 2 * DAY})
    cancelled = Memory(events={"cancel:ca-0001": NOW + 2 * DAY, "alert:al-0001": NOW + 2 * DAY})
    early, dull = {"issued": NOW - 2 * HOUR}, "limit_exceeded"
    return [
        case("again", world.alert(), memory=done, verdict="duplicate"),
        case("again with other words", world.alert(headline="Nước rút"), memory=done, verdict="duplicate"),
        case("after its cancel", world.alert(), memory=cancelled, verdict="duplicate"),
        case("another alert", world.alert(id="al-0002"), memory=done),
        case("an hour late", world.alert(issued=NOW - HOUR)),
        case("in its last millisecond", world.alert(**early, expires=NOW + 1)),
        case("over", world.alert(**early, expires=NOW), verdict="expired"),
        case("over before it began", world.alert(expires=NOW), verdict="malformed"),
        case("a minute ahead", world.alert(issued=NOW + MINUTE)),
        case("from the future", world.alert(issued=NOW + MINUTE + 1), verdict="not_yet_valid"),
        case("a life of a day", world.alert(expires=NOW + DAY)),
        case("a life of more than a day", world.alert(expires=NOW + DAY + 1), verdict=dull),
        case("until the year 2100", world.alert(expires=4_102_444_800_000), verdict="malformed"),
        case("an update", world.alert(id="al-0002", kind="update", references=("al-0001",)), memory=done),
        case("an update of one not seen yet", world.alert(id="al-0002", kind="update", references=("al-0001",))),
        case("an update that leaves us out", _left_out(), memory=done),
        case("an update of nothing", world.alert(kind="update"), verdict="malformed"),
        case("an update of itself", world.alert(kind="update", references=("al-0001",)), verdict="malformed"),
        case("an alert that replaces another", world.alert(references=("al-0000",)), verdict="malformed"),
        case("an update of a path", world.alert(kind="update", references=("../x",)), verdict="malformed"),
    ]


def _contents() -> list[MessageCase]:
    bad = "malformed"
    return [
        case("no text at all", world.alert(targets=()), verdict=bad),
        case("two texts of one name", world.alert(targets=(world.target(), world.target())), verdict=bad),
        case("a text with a path as name", world.alert(targets=(world.target(id="../x"),)), verdict=bad),
        case("an id with a space", world.alert(id="al 1"), verdict=bad),
        case("no id", world.alert(id=""), verdict=bad),
        case("no headline", world.alert(headline=" "), verdict=bad),
        case("a headline with a bell", world.alert(headline="Lũ\x07"), verdict=bad),
        case("an issuer on two lines", world.alert(issuer="a\nb"), verdict=bad),
        case("an event that is a path", world.alert(event="../etc"), verdict=bad),
        case("a siren that is a path", world.alert(siren="/dev/dsp"), verdict=bad),
        case("no siren", world.alert(siren="")),
        case("risk 6", world.alert(risk=6), verdict=bad),
        case("risk -1", world.alert(risk=-1), verdict=bad),
        case("a status nobody knows", _raw(b'"drill"', b'"actual"'), Alert, verdict=bad),
        case("a severity nobody knows", _raw(b'"total"', b'"extreme"'), Alert, verdict=bad),
        case("a latitude that is a word", _raw(b'"targets":[{"where":{"circles":[{"radius":1,"centre":"x"}]},',
                                              b'"targets":[{'), Alert, verdict=bad),
        case("a prompt that is no hash", _sound(prompts=("siren.ogg",)), verdict=bad),
        case("a voice that is no hash", _voice(sha256="../x"), verdict=bad),
        case("an empty voice", _voice(size=0), verdict=bad),
        case("a voice of no length", _voice(duration=0), verdict=bad),
        case("a voice in a language that is none", _voice(language="../vi"), verdict=bad),
        case("a voice in Mường", _voice(language="mtq")),
        case("one voice twice", _sound(voices=world.target().voices * 2), verdict=bad),
        case("repeated backwards", world.alert(repeat=-1), verdict=bad),
        case("kept backwards", world.alert(keep=-1), verdict=bad),
    ]  # fmt: skip


def _amounts() -> list[MessageCase]:
    much = "limit_exceeded"
    return [
        case("64 texts", world.alert(targets=_texts(64))),
        case("65 texts", world.alert(targets=_texts(65)), verdict=much),
        case("a voice of 60 KB", _voice(size=61_440)),
        case("a voice larger than 60 KB", _voice(size=61_441), verdict=much),
        case("a voice of 30 s", _voice(duration=30_000)),
        case("a voice of more than 30 s", _voice(duration=30_001), verdict=much),
        case("30 s in each of two languages", _two("vi", "hmn")),
        case("60 s in one language", _two("vi", "vi"), verdict=much),
        case("17 prompts", _sound(prompts=(world.PROMPT,) * 17), verdict=much),
        case("every minute", world.alert(repeat=MINUTE)),
        case("every 59 s", world.alert(repeat=MINUTE - 1), verdict=much),
        case("kept for a minute", world.alert(keep=MINUTE)),
        case("kept for longer", world.alert(keep=MINUTE + 1), verdict=much),
        case("a headline of 301 letters", world.alert(headline="L" * 301), verdict=much),
        case("larger than any alert", world.alert(source="x" * 65_536), verdict="too_large"),
    ]


def cancels() -> list[MessageCase]:
    """What ends an alert."""
    seen = Memory(events={"alert:al-0001": NOW + 2 * DAY})
    done = Memory(events={"cancel:ca-0001": NOW + 2 * DAY})
    elsewhere = Target(id="a", where=Where(areas=("vn.15.04378.h4",)))
    return [
        case("a cancel", world.cancel(), memory=seen),
        case("a cancel of an alert not seen yet", world.cancel()),
        case("a cancel again", world.cancel(), memory=done, verdict="duplicate"),
        case("it was wrong, said aloud", world.cancel(kind="cancel", targets=(world.target(),)), memory=seen),
        case("said aloud elsewhere only", world.cancel(targets=(elsewhere,)), memory=seen),
        case("a cancel by the stop key", signed(world.cancel(), "stop-1"), Cancel, verdict="wrong_role"),
        case("a cancel by the command key", signed(world.cancel(), "command-1"), Cancel, verdict="wrong_role"),
        case("a cancel by the neighbour", signed(world.cancel(), "alert-neighbour"), Cancel, verdict="outside_scope"),
        case("an alert called cancel", tampered(signed(world.alert()), 0, b'"alert"', b'"cancel"'), Cancel,
             verdict="bad_signature"),
        case("another alert's number", tampered(signed(world.cancel()), 1, b"al-0001", b"al-0002"), Cancel,
             verdict="bad_signature"),
        case("a cancel for the neighbour", world.cancel(audience=Audience(area=world.NEIGHBOUR)),
             verdict="wrong_audience"),
        case("a cancel for one device", world.cancel(audience=Audience(device=world.DEVICE)), verdict="malformed"),
        case("a cancel of nothing", world.cancel(alert=""), verdict="malformed"),
        case("a cancel that is over", world.cancel(issued=NOW - HOUR, expires=NOW), verdict="expired"),
        case("a cancel from the future", world.cancel(issued=NOW + MINUTE + 1), verdict="not_yet_valid"),
        case("a cancel for longer than a day", world.cancel(expires=NOW + DAY + 1), verdict="limit_exceeded"),
    ]  # fmt: skip


def lives() -> list[MessageCase]:
    """Who may speak live."""
    return [*_sessions(), *_ends()]


def _sessions() -> list[MessageCase]:
    bad, much = "malformed", "limit_exceeded"
    done = Memory(events={f"session:{world.SESSION}": NOW + 2 * DAY})
    return [
        case("a session", world.session()),
        case("for one hamlet of the commune", world.session(where=Where(areas=(world.HAMLET,)))),
        case("during an alert", world.session(alert="al-0001")),
        case("a session by the alert key", signed(world.session(), "alert-1"), Session, verdict="wrong_role"),
        case("a session by the neighbour", signed(world.session(), "live-neighbour"), Session,
             verdict="outside_scope"),
        case("a session by another key's name", signed(world.session(), "live-1", by="mallory"), Session,
             verdict="bad_signature"),
        case("another speaker's key", tampered(signed(world.session()), 1, *_keys()), Session,
             verdict="bad_signature"),
        case("a session again", world.session(), memory=done, verdict="duplicate"),
        case("for another hamlet", world.session(where=Where(areas=("vn.15.04378.h4",))), verdict="wrong_audience"),
        case("a session for the neighbour", world.session(audience=Audience(area=world.NEIGHBOUR)),
             verdict="wrong_audience"),
        case("outside its audience", world.session(where=Where(areas=(world.NEIGHBOUR,))), verdict=bad),
        case("a session that is over", world.session(issued=NOW - HOUR, start=NOW - HOUR, end=NOW, expires=NOW),
             verdict="expired"),
        case("a session without key", world.session(public=""), verdict=bad),
        case("a key of 31 bytes", world.session(public=encode64(bytes(31))), verdict=bad),
        case("a session with another id", world.session(id="live-1"), verdict=bad),
        case("it ends before it begins", world.session(end=NOW), verdict=bad),
        case("it outlives its certificate", world.session(expires=NOW + MINUTE), verdict=bad),
        case("a level nobody knows", world.session(level="emperor"), verdict=bad),
        case("an alert that is a path", world.session(alert="../x"), verdict=bad),
        case("four hours", _hours(4)),
        case("five hours", _hours(5), verdict=much),
        case("a buffer of 200 ms", world.session(buffer=200)),
        case("a buffer of 199 ms", world.session(buffer=199), verdict=much),
        case("a buffer of more than 5 s", world.session(buffer=5_001), verdict=much),
    ]  # fmt: skip


def _ends() -> list[MessageCase]:
    seen = Memory(events={f"session:{world.SESSION}": NOW + 2 * DAY})
    stopped = Memory(events={"session-end:se-0001": NOW + DAY, f"session:{world.SESSION}": NOW + DAY})
    return [
        case("the end of a session", world.session_end(), memory=seen),
        case("the end of one not seen yet", world.session_end()),
        case("a session after its end", world.session(), memory=stopped, verdict="duplicate"),
        case("the end again", world.session_end(), memory=stopped, verdict="duplicate"),
        case("the end by the stop key", signed(world.session_end(), "stop-1"), SessionEnd, verdict="wrong_role"),
        case("the end of nothing", world.session_end(session="all"), verdict="malformed"),
        case("an end that is over", world.session_end(issued=NOW - HOUR, expires=NOW), verdict="expired"),
    ]


def _for(where: Where) -> Alert:
    return world.alert(targets=(world.target(where=where),))


def _circle(latitude: float = 21.75, longitude: float = 104.85, radius: int = 1) -> Where:
    return Where(circles=(Circle(centre=Point(latitude=latitude, longitude=longitude), radius=radius),))


def _text(name: str, *polygons: Polygon) -> Target:
    return world.target(id=name, where=Where(polygons=polygons))


def _texts(count: int) -> tuple[Target, ...]:
    return tuple(Target(id=f"t-{number}") for number in range(count))


def _flat() -> Polygon:
    return Polygon(ring=(HERE, FAR, HERE, FAR, HERE))


def _long(points: int) -> Polygon:
    inside = tuple(Point(latitude=21.7, longitude=104.8 + number / 10_000) for number in range(points - 1))
    return Polygon(ring=(*inside, inside[0]))


def _sound(**changes: Any) -> Alert:
    return world.alert(targets=(world.target(**changes),))


def _voice(**changes: Any) -> Alert:
    fields: dict[str, Any] = {"sha256": world.VOICE, "size": 1_000, "duration": 9_000}
    return _sound(voices=(Voice(**(fields | changes)),))


def _two(*languages: str) -> Alert:
    voices = (
        Voice(sha256=f"{number}" * 64, size=60_000, duration=30_000, language=language)
        for number, language in enumerate(languages)
    )
    return _sound(voices=tuple(voices))


def _left_out() -> Message:
    """The update is for hamlet 4 only: here the alert that it replaces ends."""
    where = Where(areas=("vn.15.04378.h4",))
    return world.alert(id="al-0002", kind="update", references=("al-0001",), targets=(world.target(where=where),))


def _made_actual() -> str:
    return tampered(signed(world.alert(status="exercise")), 1, b"exercise", b"actual")


def _neighbours() -> str:
    return signed(world.alert(audience=Audience(area=world.NEIGHBOUR)), "alert-neighbour")


def _raw(new: bytes, old: bytes) -> str:
    payload = decode64(signed(world.alert()).split(".")[1])
    return world.signed_bytes(payload.replace(old, new, 1), "alert-1", "alert")


def _keys() -> tuple[bytes, bytes]:
    return encode64(world.public("session")).encode(), encode64(world.public("mallory")).encode()


def _hours(count: int) -> Session:
    return world.session(end=NOW + count * HOUR, expires=NOW + count * HOUR)
