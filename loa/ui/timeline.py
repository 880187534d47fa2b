"""Turns a day's segments into a strip of percentages, ready to be drawn as SVG without any style attribute."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from loa.kernel import clock

KINDS = ("done", "part", "live", "next", "moved", "hold")
NARROWEST = 0.3  # percent: a 30-second notice in a 16-hour day must still be seen


@dataclass(frozen=True, slots=True)
class Segment:
    """Something that sounds, sounded or will sound; `kind` is one of KINDS, `title` is shown on hover."""

    kind: str
    starts: datetime
    ends: datetime
    title: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One drawn piece: left edge and width as SVG percentages."""

    kind: str
    x: str
    width: str
    title: str


@dataclass(frozen=True, slots=True)
class Hour:
    """One word of the axis; `wide` ones are left out on a phone."""

    label: str
    wide: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """The whole strip of one group. `label` says in words what it shows, since screen readers see nothing else."""

    label: str
    bars: tuple[Bar, ...]
    hour_lines: tuple[str, ...]
    axis: tuple[Hour, ...]
    now_x: str


def strip(
    label: str, starts: datetime, ends: datetime, segments: Iterable[Segment], now: datetime | None = None
) -> Strip:
    """Draw `segments` between `starts` and `ends` (aware, same day); what lies outside is cut off or left out."""
    bars = tuple(_bar(segment, starts, ends) for segment in segments if segment.ends > starts and segment.starts < ends)
    hours = _even_hours(starts, ends)
    inside = now is not None and starts <= now <= ends
    return Strip(
        label=label,
        bars=bars,
        hour_lines=tuple(_percent(_share(hour, starts, ends)) for hour in hours if starts < hour < ends),
        axis=tuple(Hour(f"{clock.local(hour).hour}h", wide=bool(index % 2)) for index, hour in enumerate(hours)),
        now_x=_percent(_share(now, starts, ends)) if now is not None and inside else "",
    )


def _bar(segment: Segment, starts: datetime, ends: datetime) -> Bar:
    if segment.kind not in KINDS:
        raise ValueError(f"unknown kind of segment {segment.kind!r}")
    left = _share(max(segment.starts, starts), starts, ends)
    right = _share(min(segment.ends, ends), starts, ends)
    return Bar(segment.kind, _percent(left), _percent(max(right - left, NARROWEST)), segment.title)


def _share(moment: datetime, starts: datetime, ends: datetime) -> float:
    return (moment - starts) / (ends - starts) * 100


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _even_hours(starts: datetime, ends: datetime) -> list[datetime]:
    """Every second hour, counted from the start."""
    steps = int((ends - starts) / timedelta(hours=2))
    return [starts + timedelta(hours=2 * step) for step in range(steps + 1)]
