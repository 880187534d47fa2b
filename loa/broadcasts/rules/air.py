"""Air times against all rules of the air of a place: who counts, and each refusal in one sentence. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airtime.hours import Hours, may_sound
from airtime.limits import DayRules, Item, Rule, judge
from airtime.limits import Refused as Fault

from loa.areas.air import AirRules, Level
from loa.areas.codes import Exempt
from loa.broadcasts.rules import words
from loa.broadcasts.rules.times import Refused
from loa.kernel.clock import LOCAL, local

RulesOn = Callable[[date], AirRules]


@dataclass(frozen=True, slots=True)
class Kind:
    """What of something on the air the rules look at. `above`: it is a priority item of a level above the place."""

    music: bool = False
    above: bool = False
    yields: bool = False


SPEECH = Kind()


def item(start: datetime, duration: timedelta, kind: Kind, rules_on: RulesOn) -> Item:
    """One air time in the words of `airtime.limits`."""
    free = kind.above and Exempt.UPPER in rules_on(local(start).date()).exempts
    return Item(start, duration, counts=not free, music=kind.music, yields=kind.yields)


def limited(rules: Iterable[AirRules]) -> bool:
    """Whether any number limits these days."""
    return any(
        n is not None
        for one in rules
        for n in (one.limits.sessions_per_day, one.limits.minutes_per_session, one.limits.minutes_per_day)
    )


def refused(
    *,
    place: str,
    rules_on: RulesOn,
    there: Sequence[Item],
    wanted: Sequence[Item],
    now: datetime,
    changes: Sequence[date],
    sessions: bool = False,
) -> tuple[Refused, ...]:
    """The air times that may not be beside what is `there`, each with the words for it.

    `place` is a full name ("Xã Quy Mông"); `changes` the days on which other rules begin to hold;
    `sessions`: what is wanted are sessions of the week, not items.
    """
    known: dict[date, DayRules] = {}

    def days(day: date) -> DayRules:
        if day not in known:
            known[day] = rules_on(day).day_rules
        return known[day]

    return tuple(_told(place, rules_on, fault, now, changes, sessions) for fault in judge(days, LOCAL, there, wanted))


def _told(
    place: str, rules_on: RulesOn, fault: Fault, now: datetime, changes: Sequence[date], sessions: bool
) -> Refused:
    start = fault.item.start
    day = local(start).date()
    rules = rules_on(day)
    coming = max((turn for turn in changes if local(now).date() < turn <= day), default=None)
    name = f"Từ ngày {coming:%d/%m/%Y}, {words.inside(place)}" if coming else place
    return Refused(fault.rule.value, start, fault.nearest, _sentence(name, place, rules, fault, now, sessions))


def _sentence(place: str, own: str, rules: AirRules, fault: Fault, now: datetime, sessions: bool) -> str:
    """`place` begins the sentence, `own` is its full name alone."""
    start, duration, nearest = fault.item.start, fault.item.duration, fault.nearest
    off = rules.off
    if fault.rule is Rule.DAY_OFF and off.silent is not None:
        return words.day_off(place, off.silent.name, off.silent.document, start, nearest, now, music=False)
    if fault.rule is Rule.NO_MUSIC and off.no_music is not None:
        return words.day_off(place, off.no_music.name, off.no_music.document, start, nearest, now, music=True)
    if fault.rule in (Rule.OUTSIDE_HOURS, Rule.DAY_OFF, Rule.NO_MUSIC):
        document = _hours_by(rules, fault, own)
        return words.outside_hours(place, document, rules.hours, start, duration, nearest, now)
    document = _number_by(rules, fault, own)
    if fault.rule is Rule.TOO_MANY_SESSIONS and off.fewer is not None and off.sessions == fault.most:
        document = f"{off.fewer.name}, {off.fewer.document}"
    return words.too_much(fault.rule, place, document, fault.most, fault.found, start, nearest, now, session=sessions)


def _hours_by(rules: AirRules, fault: Fault, place: str) -> str:
    """The document that says no: of several levels the outermost whose own windows do not allow it."""
    item = fault.item

    def refuses(level: Level) -> bool:
        own = Hours(rules.hours.tz, level.ruling.windows)
        return not may_sound(own, item.start, item.duration).allowed

    by = rules.by(refuses)
    return by.named(place) if by is not None else rules.hours.document


def _number_by(rules: AirRules, fault: Fault, place: str) -> str:
    """The document that sets this number: of several levels the outermost."""
    limit = {
        Rule.TOO_MANY_SESSIONS: "sessions_per_day",
        Rule.SESSION_TOO_LONG: "minutes_per_session",
        Rule.DAY_TOO_LONG: "minutes_per_day",
    }[fault.rule]
    by = rules.by(lambda level: getattr(level.ruling.limits, limit) == fault.most)
    return by.named(place) if by is not None else rules.hours.document
