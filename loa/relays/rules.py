"""What a relay is, pure: the ways to receive it, its form on the wire, what it costs of a SIM's month."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from urllib.parse import urlsplit

from devicelink.contents import HIGHEST_KHZ, LOWEST_KHZ
from devicelink.messages import Relay
from devicelink.permits import relay_digest

FM, STREAM, LINE = "fm", "stream", "line"
WAYS = (FM, STREAM, LINE)
USUAL_WAYS = (FM, STREAM)  # what costs no data first
PLATFORM, DEVICE = "platform", "device"
LONGEST_ADDRESS = 400
USUAL_KBIT_S = 64
USUAL_SILENCE_S = 90  # a minute's silence is no fault
PLATFORM_KBIT_S = 36  # what the platform makes of any stream: Opus, 32 kbit/s, and its time stamps
IN_TOUCH_A_DAY = 2_000_000  # a beat of some 600 bytes each 30 s with its headers, documents, proofs: an estimate
OVERHEAD = 1.06  # headers of HTTP, TLS, TCP and IP over packets of 1,400 bytes

_ADDRESS = re.compile(r"https?://[!-~]+")
_INPUT = re.compile(r"[A-Za-z0-9_.:-]{1,40}")


@dataclass(frozen=True, slots=True)
class Receivable:
    """A source as far as it decides anything: see `relays.models.RelaySource`."""

    id: str
    url: str = ""
    fetch: str = PLATFORM
    kbit_s: int = USUAL_KBIT_S
    frequency_khz: int | None = None
    input: str = ""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a source cannot be kept as it was entered: code, field and complete Vietnamese."""

    code: str
    field: str
    message: str


def unfit(source: Receivable) -> Unfit | None:
    """The first fault of what a person entered, None if there is none."""
    if not (source.url or source.frequency_khz or source.input):
        return Unfit(
            "no_way", "url", "Hãy cho biết nhận nguồn này bằng cách nào: địa chỉ mạng, tần số FM hoặc đầu vào."
        )
    if source.url and not is_address(source.url):
        message = "Địa chỉ luồng phải bắt đầu bằng http:// hoặc https://, không có dấu cách, không có mật khẩu."
        return Unfit("address", "url", message)
    if source.frequency_khz is not None and not LOWEST_KHZ <= source.frequency_khz <= HIGHEST_KHZ:
        message = f"Tần số FM phải từ {LOWEST_KHZ / 1000:g} đến {HIGHEST_KHZ / 1000:g} MHz."
        return Unfit("frequency", "frequency", message)
    if source.input and not _INPUT.fullmatch(source.input):
        return Unfit("input", "input", "Tên đầu vào chỉ gồm chữ không dấu, số và các dấu . _ : -")
    if source.url and not 8 <= source.kbit_s <= 512:
        return Unfit("kbit", "kbit_s", "Tốc độ luồng phải từ 8 đến 512 kbit/s.")
    return None


def is_address(url: str) -> bool:
    """True for what may stand in a plan: http(s), a host, no password inside."""
    if len(url) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False


def ways_of(source: Receivable) -> tuple[str, ...]:
    """The ways in which it can be received at all."""
    there = {FM: source.frequency_khz, STREAM: source.url, LINE: source.input}
    return tuple(way for way in WAYS if there[way])


def relays(source: Receivable, ways: Sequence[str] = USUAL_WAYS) -> tuple[Relay, ...]:
    """The source as a plan tells it to devices that receive in these ways, in their order.

    A source that has none of them is taken in the way that it has: an input of a station is never forgotten.
    """
    there = ways_of(source)
    chosen = [way for way in dict.fromkeys(ways) if way in there] or list(there)
    return tuple(_relay(source, way) for way in chosen)


def digests(source: Receivable) -> tuple[str, ...]:
    """What an approval of this source names: every form it may take on the wire, so that who fetches it, and in which
    way a group receives it, may change without asking again. Another address or frequency may not.
    """
    forms = [_relay(replace(source, fetch=fetch), way) for fetch in (PLATFORM, DEVICE) for way in ways_of(source)]
    return tuple(sorted({relay_digest(form) for form in forms}))


def served_at(name: str, url: str) -> str:
    """Where the platform serves this stream to devices. Another address is another place: it was not approved."""
    return f"/relay/{name}.{hashlib.sha256(url.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Week:
    """Bytes that a loudspeaker fetches in a week: of relays, and of files (each once, however often it sounds)."""

    streamed: int
    files: int


def stream_bytes(source: Receivable, ways: Sequence[str], seconds: int) -> int:
    """What a relay of so many seconds costs on the network, when the first way of the order works all the time."""
    if relays(source, ways)[0].kind != STREAM:
        return 0
    kbit_s = PLATFORM_KBIT_S if source.fetch == PLATFORM else source.kbit_s
    return round(kbit_s * 125 * seconds * OVERHEAD)


def month_mb(week: Week) -> int:
    """Expected MB (10^6 bytes) in a month of 30 days, rounded up: relays, files, and keeping in touch."""
    fetched = (week.streamed + week.files * OVERHEAD) * 30 / 7
    return ceil((fetched + IN_TOUCH_A_DAY * 30) / 1_000_000)


def order_of(choices: Iterable[tuple[datetime, Sequence[str]]]) -> tuple[str, ...]:
    """The ways of a device in several groups: of (when it was decided, ways) the latest; the usual ones if none was."""
    found = max(((at, tuple(ways)) for at, ways in choices), default=None)
    return found[1] if found else USUAL_WAYS


def _relay(source: Receivable, way: str) -> Relay:
    if way == FM:
        return Relay(kind="fm", id=source.id, frequency=source.frequency_khz or 0)
    if way == LINE:
        return Relay(kind="line", id=source.id, input=source.input)
    url = served_at(source.id, source.url) if source.fetch == PLATFORM else source.url
    return Relay(kind="stream", id=source.id, url=url)
