"""What the gateway would tell of an alert, for tests."""

from datetime import datetime, timedelta
from typing import Any

from devicelink.messages import Alert, Audience, Cancel, Target
from devicelink.vouching import Word
from devicelink.widening import Assertion

from loa.alerts.wishes import Entry, Said, State, Wish
from loa.areas.models import Area
from loa.kernel.clock import to_ms
from loa.people.models import User

HOUR = 3_600_000


def word(user: User, at: int) -> Word:
    """A passkey's answer that nobody checks here."""
    said = Assertion(credential="c", client_data="d", authenticator_data="a", signature="s")
    return Word(part="author", user=str(user.pk), at=at, assertion=said)


def alert(area: Area, identifier: str = "a1", **other: Any) -> Alert:
    """A flood alert for the area that lives an hour."""
    facts: dict[str, Any] = {
        "audience": Audience(area=area.path), "id": identifier, "issued": 0, "expires": HOUR, "status": "actual",
        "event": "lu", "severity": "severe", "risk": 3, "siren": "flood", "headline": "Cảnh báo lũ",
        "targets": (Target(id="chung"),),
    }  # fmt: skip
    return Alert(**facts | other)


def cancel(of: Alert, identifier: str = "c1", **other: Any) -> Cancel:
    """What takes it back."""
    facts: dict[str, Any] = {
        "audience": of.audience, "id": identifier, "issued": 0, "expires": HOUR, "alert": of.id, "status": of.status,
        "headline": "Hủy cảnh báo lũ",
    }  # fmt: skip
    return Cancel(**facts | other)


def entry(
    message: Alert | Cancel,
    author: User,
    state: State,
    now: datetime,
    *,
    by: User | None = None,
    line: str = "",
    **other: Any,
) -> Entry:
    """A line of the journal about this message."""
    who = by or author
    wish = Wish(
        said=(Said(target="chung", language="vi", text="Nước lên."),), word=word(author, to_ms(now)),
        alert=message if isinstance(message, Alert) else None, cancel=None if isinstance(message, Alert) else message,
        alone=bool(other.pop("alone", False)), draft=str(other.pop("draft", "")),
    )  # fmt: skip
    return Entry(
        entry=line or f"{message.id}-{state}", id=message.id, at=to_ms(now), state=state,
        area=message.audience.area or "", wish=wish, by=str(who.pk), name=who.full_name, author=str(author.pk), **other,
    )  # fmt: skip


def later(now: datetime, seconds: float) -> datetime:
    """So many seconds after."""
    return now + timedelta(seconds=seconds)
