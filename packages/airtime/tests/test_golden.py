"""The golden files, which also test the implementations in other languages."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from airtime.alternate import Active, Arrival, course
from airtime.hours import Hours, may_sound
from airtime.hours import from_wire as hours_from_wire
from airtime.preempt import Contender, decide
from airtime.rank import Level, Rank, Severity, Urgency
from airtime.recurrence import Pattern, Recurrence, occurrences
from airtime.spans import Span, to_ms
from airtime.timeline import Item, resolve

Case = dict[str, Any]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def written(moment: datetime | None, utc_offset: int = 420) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(timezone(timedelta(minutes=utc_offset))).isoformat(timespec="seconds")


def hours(case: Case) -> Hours:
    windows = [(row["weekdays"], row["start"], row["end"]) for row in case["windows"]]
    dated = (
        [(to_ms(instant(start)), to_ms(instant(end))) for start, end in case.get(kind, [])]
        for kind in ("extensions", "closures")
    )
    return hours_from_wire(case["utc_offset"], windows, *dated)


def rank(row: Case) -> Rank:
    return Rank(
        id=row["id"],
        issued=instant(row["issued"]),
        urgency=Urgency(row.get("priority", "normal")),
        severity=Severity(row.get("severity", "unknown")),
        level=Level(row.get("level", "commune")),
        position=row.get("position", 0),
    )


def item(row: Case) -> Item:
    latest = instant(row["latest"]) if "latest" in row else None
    return Item(
        rank(row), instant(row["start"]), timedelta(seconds=row["seconds"]), latest, bool(row.get("filling", False))
    )


def contender(row: Case) -> Contender:
    return Contender(rank(row), instant(row["ends"]), instant(row["latest"]), bool(row.get("filling", False)))


def run_timeline(case: Case) -> Case:
    holds = [Span(instant(start), instant(end)) for start, end in case["holds"]]
    horizon = Span(*map(instant, case["horizon"]))
    timeline = resolve(map(item, case["items"]), hours(case["hours"]), holds, horizon)
    return {
        "segments": [
            {
                "item": segment.item,
                "start": written(segment.start),
                "end": written(segment.end),
                "offset_seconds": segment.offset // timedelta(seconds=1),
            }
            for segment in timeline.segments
        ],
        "displaced": [
            {"item": row.item, "fate": row.fate, "reason": row.reason, "by": row.by, "start": written(row.start)}
            for row in timeline.displaced
        ],
    }


def run_recurrence(case: Case) -> list[str | None]:
    row = case["recurrence"]
    last = row.get("last_day")
    rule = Recurrence(
        pattern=Pattern(row["pattern"]),
        first_day=date.fromisoformat(row["first_day"]),
        last_day=None if last is None else date.fromisoformat(last),
        times=tuple(time.fromisoformat(clock) for clock in row["times"]),
        weekdays=frozenset(row.get("weekdays", ())),
        repeats=row.get("repeats", 0),
        gap=timedelta(seconds=row.get("gap_seconds", 0)),
        except_days=frozenset(date.fromisoformat(day) for day in row.get("except_days", ())),
        lunar_days=frozenset(row.get("lunar_days", ())),
        lunar_months=frozenset(row.get("lunar_months", ())),
        lunar_leap=row.get("lunar_leap", False),
    )
    tz = timezone(timedelta(minutes=case["utc_offset"]))
    since, until = instant(case["since"]), instant(case["until"])
    return [written(start, case["utc_offset"]) for start in occurrences(rule, tz, since.astimezone(UTC), until)]


def run_hours(case: Case) -> Case:
    verdict = may_sound(hours(case["hours"]), instant(case["start"]), timedelta(seconds=case["seconds"]))
    return {"allowed": verdict.allowed, "code": verdict.code, "nearest": written(verdict.nearest)}


def run_preempt(case: Case) -> Case:
    outcome = decide(contender(case["sounding"]), contender(case["wanting"]))
    return {
        "winner": outcome.winner,
        "loser": outcome.loser,
        "fate": outcome.fate,
        "reason": outcome.reason,
        "again": written(outcome.again),
    }


def arrival(row: Case) -> Arrival:
    own = ("at", "length", "cancelled")
    words = {"severity": Severity(row.get("severity", "unknown")), "level": Level(row.get("level", "commune"))}
    return Arrival(
        Active(**({name: value for name, value in row.items() if name not in own} | words)),
        **{name: row[name] for name in own if name in row},
    )


def run_alternate(case: Case) -> list[list[Any]]:
    """Times are plain numbers."""
    found = course(map(arrival, case["arrivals"]), case["until"])
    return [[stretch.id, stretch.start, stretch.end, stretch.whole] for stretch in found]


RUN = {
    "alternate": run_alternate,
    "timeline": run_timeline,
    "recurrence": run_recurrence,
    "hours": run_hours,
    "preempt": run_preempt,
}
FOLDER = Path(__file__).resolve().parents[1] / "golden"
CASES = [
    pytest.param(name, case, id=f"{name}-{case['name']}")
    for name in RUN
    for case in json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_golden(name: str, case: Case) -> None:
    assert RUN[name](case) == case["expected"]


def test_every_golden_file_is_run() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(RUN)
