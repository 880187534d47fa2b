"""A rule of the air that goes beyond the ceiling, as a second person confirms it with a passkey.

Written by the platform, judged by the signer. Loudspeakers never see it: they see the hours of their placement.
"""

import hashlib
from collections.abc import Iterable
from datetime import date

import msgspec

from devicelink.audience import is_area_path
from devicelink.canonical import canonical as canonical_bytes
from devicelink.contents import check_hours
from devicelink.messages import Hours, HoursWindow
from devicelink.refusals import Reason, Refused

CONTEXT = b"loa-hours-1\n"
MAX_DAYS = 366
MAX_TEXT = 200
WEEK = (1, 2, 3, 4, 5, 6, 7)
DEFAULT_CEILING = Hours(windows=(HoursWindow(weekdays=WEEK, start=5 * 60, end=21 * 60),))


class Widening(msgspec.Struct, frozen=True, kw_only=True):
    """`rule` is the id of the proposal, `area` its path, `windows` in local time (UTC + `utc_offset` minutes).

    `from_day` and `to_day` are ISO dates, both included. `author` and `confirmer` are user ids.
    """

    rule: str
    area: str
    windows: tuple[HoursWindow, ...]
    document: str
    from_day: str
    to_day: str
    author: str
    confirmer: str
    utc_offset: int = 420


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """What the confirmer's passkey answered to the challenge; every field base64url without padding."""

    credential: str
    client_data: str
    authenticator_data: str
    signature: str


class Confirmed(msgspec.Struct, frozen=True, kw_only=True):
    """A widening with the assertion of the second person, as it is stored beside the rules row."""

    widening: Widening
    assertion: Assertion


def canonical(widening: Widening) -> bytes:
    """The bytes that are confirmed; how the windows are cut makes no difference. Look with `check_form` before."""
    return CONTEXT + canonical_bytes(msgspec.structs.replace(widening, windows=normal(widening.windows)))


def challenge(widening: Widening) -> bytes:
    """The WebAuthn challenge: SHA-256 of the canonical bytes."""
    return hashlib.sha256(canonical(widening)).digest()


def check_form(widening: Widening) -> None:
    """Whole windows, real dates, different people, at most a year: else `malformed` or `not_approved`."""
    if not is_area_path(widening.area) or not widening.windows or not 0 < len(widening.document) <= MAX_TEXT:
        raise Refused(Reason.MALFORMED, "widening: area, windows or document")
    check_hours(Hours(windows=widening.windows, utc_offset=widening.utc_offset))
    days = (_day(widening.to_day) - _day(widening.from_day)).days
    if not 0 <= days <= MAX_DAYS:
        raise Refused(Reason.NOT_APPROVED, f"widening: {days} days; at most {MAX_DAYS}")
    if widening.author == widening.confirmer:
        raise Refused(Reason.NOT_APPROVED, "widening: the author confirmed alone")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Refused(Reason.MALFORMED, "widening: dates") from error
    if day.isoformat() != text:
        raise Refused(Reason.MALFORMED, "widening: dates")
    return day


def minutes(windows: Iterable[HoursWindow], weekday: int) -> int:
    """The allowed minutes of a weekday as bits."""
    allowed = 0
    for window in windows:
        if weekday in window.weekdays:
            allowed |= (1 << window.end) - (1 << window.start)
    return allowed


def normal(windows: Iterable[HoursWindow]) -> tuple[HoursWindow, ...]:
    """The same minutes in one form: joined on each weekday, equal spans together, sorted."""
    given = tuple(windows)
    days: dict[tuple[int, int], list[int]] = {}
    for day in WEEK:
        for span in _spans(minutes(given, day)):
            days.setdefault(span, []).append(day)
    return tuple(
        HoursWindow(weekdays=tuple(found), start=start, end=end) for (start, end), found in sorted(days.items())
    )


def _spans(bits: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    position = 0
    while bits >> position:
        rest = bits >> position
        start = position + (rest & -rest).bit_length() - 1
        run = bits >> start
        end = start + ((run + 1) & -(run + 1)).bit_length() - 1
        found.append((start, end))
        position = end
    return found
