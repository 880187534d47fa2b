"""What approved airings yield to the numbers of a place when its plan is made: rules may have become stricter since, a
mourning may have been ordered, and what the province sends counts too. Pure.

Hours are left to the loudspeaker, which knows them and swears to why it kept quiet. Sessions, minutes and music it
cannot judge, so what goes beyond them is not told to it.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec
from airtime.limits import DayRules, Item, Rule, judge
from airtime.spans import from_ms
from devicelink.audience import inside
from devicelink.canonical import canonical
from devicelink.messages import Airing

from loa.areas.air import AirRules, Book
from loa.broadcasts.rules.air import Kind, item, limited
from loa.broadcasts.rules.targets import Place
from loa.kernel.clock import LOCAL

JUDGED_HERE = frozenset({Rule.NO_MUSIC, Rule.TOO_MANY_SESSIONS, Rule.SESSION_TOO_LONG, Rule.DAY_TOO_LONG})


class Row(NamedTuple):
    """One airing with what the rules look at."""

    airing: Airing
    music: bool


class Kept(NamedTuple):
    """The airing as it may be told, None if to nobody; `rule` is why some or all do not hear it, None if all do."""

    airing: Airing | None
    rule: Rule | None = None


def keep(rows: Sequence[Row], place: Place, book: Book) -> list[Kept]:
    """What of these airings this plan set is told, in their order."""
    silent: dict[int, tuple[set[str], Rule]] = {}
    for path, devices in _stands(place).items():
        if _bound(book, path):
            for at, rule in _refused(rows, devices, path, book).items():
                known = silent.setdefault(at, (set(), rule))
                known[0].update(devices)
    return [_kept(row.airing, silent.get(at), place) for at, row in enumerate(rows)]


def digest(place: Place, book: Book, first: date, days: int) -> str:
    """Of all that `keep` asks of the rules of these days; "" where no number holds. The same whatever days the book
    knows besides."""
    on = [first + timedelta(days=n) for n in range(days)]
    facts = [[path, numbers] for path in sorted(_stands(place)) if any(numbers := _numbers(book, path, on))]
    return hashlib.sha256(canonical(facts)).hexdigest() if facts else ""


def _numbers(book: Book, path: str, days: Iterable[date]) -> list[list[object]]:
    """[] for a day on which none holds."""
    if not _bound(book, path):
        return []
    return [_of_day(book.near(path, day)) for day in days]


def _of_day(rules: AirRules) -> list[object]:
    day = rules.day_rules
    if day.music and not limited([rules]):
        return []
    return [day.sessions, day.session_minutes, day.day_minutes, day.music, sorted(rules.exempts)]


def _stands(place: Place) -> dict[str, frozenset[str]]:
    """The devices by where they stand: their hamlet, or the commune."""
    found: dict[str, set[str]] = {}
    for device, areas in place.devices.items():
        path = max((area for area in areas if inside(place.area, area)), key=len, default=place.area)
        found.setdefault(path, set()).add(device)
    return {path: frozenset(devices) for path, devices in found.items()}


def _bound(book: Book, path: str) -> bool:
    rules = [book.on(path, day) for day in book.kinds_of_days(path)]
    return limited(rules) or any(one.off.no_music is not None for one in rules)


def _refused(rows: Sequence[Row], devices: Iterable[str], path: str, book: Book) -> dict[int, Rule]:
    """Row -> the rule that it goes beyond for these devices. Priority comes first, then what was approved first."""
    here = set(devices)
    heard = [at for at, row in enumerate(rows) if not row.airing.only or here.intersection(row.airing.only)]
    heard.sort(
        key=lambda at: (rows[at].airing.priority != "priority", rows[at].airing.issued, rows[at].airing.start, at)
    )
    items = [_item(rows[at], path, book) for at in heard]
    numbers = {id(one): at for one, at in zip(items, heard, strict=True)}
    faults = judge(_days(book, path), LOCAL, (), items, nearest=False)
    return {numbers[id(fault.item)]: fault.rule for fault in faults if fault.rule in JUDGED_HERE}


def _days(book: Book, path: str) -> Callable[[date], DayRules]:
    known: dict[date, DayRules] = {}

    def rules(day: date) -> DayRules:
        if day not in known:
            known[day] = book.near(path, day).day_rules
        return known[day]

    return rules


def _item(row: Row, path: str, book: Book) -> Item:
    airing = row.airing
    above = airing.level != "commune" and airing.priority == "priority"
    kind = Kind(music=row.music, above=above, yields=airing.filling)
    return item(from_ms(airing.start), timedelta(milliseconds=airing.duration), kind, lambda day: book.near(path, day))


def _kept(airing: Airing, silent: tuple[set[str], Rule] | None, place: Place) -> Kept:
    if silent is None:
        return Kept(airing)
    devices, rule = silent
    left = tuple(sorted(set(airing.only or place.devices) - devices))
    return Kept(msgspec.structs.replace(airing, only=left) if left else None, rule)
