"""What a well-signed message may say: bounds that hold whoever signed it."""

import re

from devicelink import emergencies, lives, updates
from devicelink.audience import is_area_path, named
from devicelink.forms import IDENTIFIER, SHA256
from devicelink.freshness import MAX_REVISION
from devicelink.limits import (
    MAX_HOLD_MS,
    MAX_INSTANT_MS,
    MAX_INTEGER,
    MAX_LOG_LINES,
    MAX_PLAN_AIRINGS,
    MAX_PLAN_MS,
    MAX_RELEASE_BYTES,
    MAX_RELEASE_LIFE_MS,
    MAX_WHEELS,
    PRIORITIES,
)
from devicelink.messages import (
    Airing,
    Alert,
    Audience,
    Cancel,
    Command,
    Hold,
    Hours,
    Keyset,
    Manifest,
    Message,
    Placement,
    Plan,
    Relay,
    Session,
    SessionEnd,
    SoundFile,
    Time,
    Volume,
    VolumeCap,
    Welcome,
    Wheel,
)
from devicelink.refusals import Reason, Refused
from devicelink.topics import is_device_id

ADDRESS = re.compile(r"https?://[!-~]{1,490}|/relay/[A-Za-z0-9_.:-]{1,80}")
SELF_TEST = "selftest"
MAX_KEYS = 256
MAX_PARTS = 64
MAX_WINDOWS = 64
MAX_RELAYS = 4
LOWEST_KHZ, HIGHEST_KHZ = 64_000, 108_000  # ultra-short wave: OIRT to CCIR
MAX_SMALL = 32_767

_ONLY = {
    **dict.fromkeys(("placement", "time", "welcome", "receipt", "release"), "device"),
    **dict.fromkeys(("alert", "cancel"), "area"),
    "plan": "plan_set",
}


def check_form(message: Message) -> None:
    """Fields contradict each other or the documented form: `malformed`; an emergency out of place: `wrong_role`."""
    audience = getattr(message, "audience", None)
    if isinstance(audience, Audience):
        _check_audience(message.typ, audience)
    if not 0 <= getattr(message, "revision", 0) <= MAX_REVISION:
        raise Refused(Reason.MALFORMED, "revision out of range")
    if isinstance(message, Keyset):
        _check_keyset(message)
    elif isinstance(message, Placement):
        _check_placement(message)
    elif isinstance(message, Plan):
        _check_plan(message)
    elif isinstance(message, Manifest):
        _check_manifest(message)
    elif isinstance(message, Command) and not (
        0 <= message.lines <= MAX_LOG_LINES and 0 <= message.since < MAX_INSTANT_MS
    ):
        raise Refused(Reason.MALFORMED, "command: lines or since")
    elif isinstance(message, Alert | Cancel):
        emergencies.check_form(message)
    elif isinstance(message, Session | SessionEnd):
        lives.check_form(message)
    elif isinstance(message, Time | Welcome) and not 0 <= message.time < MAX_INSTANT_MS:
        raise Refused(Reason.MALFORMED, "a time that no calendar holds")


def check_limits(message: Message) -> None:
    """Sizes and spans beyond what any key may order: `limit_exceeded`."""
    if isinstance(message, Hold) and message.until - message.issued > MAX_HOLD_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, "a hold lasts at most 24 hours")
    if isinstance(message, Volume) and not 0 <= message.volume <= 100:
        raise Refused(Reason.LIMIT_EXCEEDED, "volume is 0-100")
    if isinstance(message, Placement) and not all(
        0 <= volume <= 100 for volume in (message.max_volume, message.emergency_volume)
    ):
        raise Refused(Reason.LIMIT_EXCEEDED, "max_volume and emergency_volume are 0-100")
    if isinstance(message, Command) and message.action == SELF_TEST and message.audience.device is None:
        raise Refused(Reason.LIMIT_EXCEEDED, "nobody makes a village whistle: a self-test is asked of one device")
    if isinstance(message, Plan):
        _check_plan_size(message)
    elif isinstance(message, Manifest):
        _check_manifest_size(message)
    elif isinstance(message, Alert | Cancel):
        emergencies.check_limits(message)
    elif isinstance(message, Session):
        lives.check_limits(message)


def _check_audience(typ: str, audience: Audience) -> None:
    kind, value = named(audience)
    if kind == "device" and not is_device_id(value):
        raise Refused(Reason.MALFORMED, "audience: not a device id")
    if kind == "area" and not is_area_path(value):
        raise Refused(Reason.MALFORMED, "audience: not an area path")
    if kind != _ONLY.get(typ, kind):
        raise Refused(Reason.MALFORMED, f"audience: a {typ} is never for a {kind}")


def _check_keyset(keyset: Keyset) -> None:
    kids = {key.kid for key in keyset.keys}
    publics = {key.public for key in keyset.keys}
    count = len(keyset.keys)
    if count > MAX_KEYS or len(kids) != count or len(publics) != count or "root" in kids:
        raise Refused(Reason.MALFORMED, "keyset: kids and public keys are unique, none is called root")
    for key in keyset.keys:
        if not is_area_path(key.scope) or not key.valid_from < key.valid_to:
            raise Refused(Reason.MALFORMED, f"keyset: scope or validity of {key.kid}")


def _check_placement(placement: Placement) -> None:
    if placement.audience.device != placement.device or not is_device_id(placement.device):
        raise Refused(Reason.MALFORMED, "placement: audience and device differ")
    if not is_area_path(placement.area) or not placement.plan_set:
        raise Refused(Reason.MALFORMED, "placement: area or plan set")
    check_hours(placement.hours)
    if len(placement.volumes) > MAX_WINDOWS or not all(_is_cap(cap) for cap in placement.volumes):
        raise Refused(Reason.MALFORMED, "placement: volumes")


def _is_cap(cap: VolumeCap) -> bool:
    return 0 <= cap.start < cap.end <= 1440 and 0 <= cap.most <= 100


def check_hours(hours: Hours) -> None:
    """Windows lie inside one day on real weekdays and spans run forward, else `malformed`."""
    lists = (hours.windows, hours.extensions, hours.closures)
    if abs(hours.utc_offset) > 14 * 60 or any(len(rows) > MAX_WINDOWS for rows in lists):
        raise Refused(Reason.MALFORMED, "hours: offset or number of windows")
    for window in hours.windows:
        if not 0 <= window.start <= window.end <= 1440 or not set(window.weekdays) <= set(range(1, 8)):
            raise Refused(Reason.MALFORMED, "hours: window")
    for span in (*hours.extensions, *hours.closures):
        if not 0 <= span.start < span.end < MAX_INSTANT_MS or span.end - span.start > MAX_PLAN_MS:
            raise Refused(Reason.MALFORMED, "hours: extension or closure")


def _check_plan(plan: Plan) -> None:
    if not 0 <= plan.start < plan.end < MAX_INSTANT_MS:
        raise Refused(Reason.MALFORMED, "plan: span")
    for file in plan.files:
        _check_file(file)
    if len({airing.id for airing in plan.airings}) != len(plan.airings):
        raise Refused(Reason.MALFORMED, "plan: two airings share an id")
    files = {file.sha256 for file in plan.files}
    for airing in plan.airings:
        _check_airing(airing, files)


def _check_manifest(manifest: Manifest) -> None:
    """No wheels mean the delivered software: then there is no release to name, and it is a way back."""
    delivered = not manifest.wheels and manifest.rollback
    if delivered != (manifest.release == "") or not (delivered or updates.VERSION.fullmatch(manifest.release)):
        raise Refused(Reason.MALFORMED, "release: version")
    if not IDENTIFIER.fullmatch(manifest.order) or not 0 <= manifest.not_before < manifest.expires < MAX_INSTANT_MS:
        raise Refused(Reason.MALFORMED, "release: order or span")
    names = {wheel.name for wheel in manifest.wheels}
    if len(names) != len(manifest.wheels) or not all(map(_is_wheel, manifest.wheels)):
        raise Refused(Reason.MALFORMED, "release: a wheel's name, hash or size")
    if not all(updates.PYTHON.fullmatch(version) for version in manifest.python):
        raise Refused(Reason.MALFORMED, "release: python")


def _is_wheel(wheel: Wheel) -> bool:
    return (
        updates.WHEEL.fullmatch(wheel.name) is not None
        and SHA256.fullmatch(wheel.sha256) is not None
        and 0 < wheel.size <= MAX_INTEGER
    )


def _check_manifest_size(manifest: Manifest) -> None:
    if len(manifest.wheels) > MAX_WHEELS or sum(wheel.size for wheel in manifest.wheels) > MAX_RELEASE_BYTES:
        raise Refused(Reason.LIMIT_EXCEEDED, "release: more or larger than any")
    if manifest.expires - manifest.issued > MAX_RELEASE_LIFE_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, "release: valid for longer than 90 days")


def _check_file(file: SoundFile) -> None:
    if not SHA256.fullmatch(file.sha256) or not 0 <= file.size <= MAX_INTEGER or not 0 <= file.duration <= MAX_PLAN_MS:
        raise Refused(Reason.MALFORMED, "plan: hash, size or duration of a file")


def _check_airing(airing: Airing, files: set[str]) -> None:
    if airing.priority not in PRIORITIES:
        raise Refused(Reason.WRONG_ROLE, f"a plan cannot carry priority {airing.priority[:20]!r}")
    if not IDENTIFIER.fullmatch(airing.id) or not 0 < airing.duration <= MAX_PLAN_MS:
        raise Refused(Reason.MALFORMED, f"airing {airing.id[:80]!r}: id or duration")
    if not all(0 <= instant < MAX_INSTANT_MS for instant in (airing.start, airing.latest, airing.issued)):
        raise Refused(Reason.MALFORMED, f"airing {airing.id}: start, latest or issued")
    if not 0 <= airing.offline_for <= MAX_SMALL or abs(airing.rank) > MAX_SMALL:
        raise Refused(Reason.MALFORMED, f"airing {airing.id}: offline_for or rank")
    if not (airing.parts or airing.relays) or len(airing.parts) > MAX_PARTS:
        raise Refused(Reason.MALFORMED, f"airing {airing.id}: number of parts")
    for part in airing.parts:
        if part.sha256 not in files or not 0 <= part.gap <= MAX_PLAN_MS:
            raise Refused(Reason.MALFORMED, f"airing {airing.id}: a part that is not among the files, or its gap")
    _check_relays(airing)


def _check_relays(airing: Airing) -> None:
    if not airing.relays:
        return
    if len(airing.relays) > MAX_RELAYS or not airing.filling or not 0 <= airing.silent_after <= MAX_PLAN_MS:
        raise Refused(Reason.MALFORMED, f"airing {airing.id}: relays are few, filling, and their silence has a limit")
    for relay in airing.relays:
        if not IDENTIFIER.fullmatch(relay.id) or not _is_reachable(relay):
            raise Refused(Reason.MALFORMED, f"airing {airing.id}: a relay without a source of its kind")


def _is_reachable(relay: Relay) -> bool:
    """Exactly the field of its kind is set."""
    given = (bool(relay.url), bool(relay.frequency), bool(relay.input))
    if relay.kind == "stream":
        return given == (True, False, False) and ADDRESS.fullmatch(relay.url) is not None
    if relay.kind == "fm":
        return given == (False, True, False) and LOWEST_KHZ <= relay.frequency <= HIGHEST_KHZ
    return given == (False, False, True) and IDENTIFIER.fullmatch(relay.input) is not None


def _check_plan_size(plan: Plan) -> None:
    if len(plan.airings) > MAX_PLAN_AIRINGS:
        raise Refused(Reason.LIMIT_EXCEEDED, f"{len(plan.airings)} airings")
    if plan.end - plan.start > MAX_PLAN_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, "a plan spans at most 31 days")
