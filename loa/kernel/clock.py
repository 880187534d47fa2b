"""The one place that reads the wall clock. Everything below the edges takes `now` as an argument."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """The present instant, aware, UTC. Called at the edges only: web, api, tasks, management, gateway."""
    return datetime.now(UTC)


def local(instant: datetime) -> datetime:
    """The same instant in Vietnamese local time."""
    return instant.astimezone(LOCAL)


def to_ms(instant: datetime) -> int:
    """Integer Unix milliseconds, the form of the wire."""
    return round(instant.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """Inverse of `to_ms`."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
