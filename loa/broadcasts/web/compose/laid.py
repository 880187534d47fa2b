"""What a bulletin would do to the sessions that it is meant for: where the rundown has it, what gives way, and whether
the days meet what the law asks of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from loa.broadcasts.actions import drafting
from loa.broadcasts.models import Programme, Schedule
from loa.broadcasts.queries import insertions, sources
from loa.broadcasts.queries.slots import slot_of
from loa.broadcasts.rules import duties, words
from loa.broadcasts.rules.times import midnight
from loa.broadcasts.web.compose.desk import Desk
from loa.broadcasts.web.compose.wish import Wish
from loa.bulletins.models import Version
from loa.kernel.clock import local

UNNAMED = "Bản tin này"


@dataclass(frozen=True, slots=True)
class Laid:
    """What would float in a session: when it would sound in the coming days and what gives way, in sentences. `full`:
    one of the sessions has no room for it, nor the next one."""

    schedule: Schedule
    starts: tuple[datetime, ...]
    moves: tuple[str, ...]
    full: bool


def in_rundown(wish: Wish, length: timedelta, desk: Desk, leave_out: Iterable[object]) -> Laid | None:
    """None where the session has no rundown, or times of its own were chosen. Raises Invalid."""
    programme = Programme.objects.filter(pk=wish.programme, area=desk.air).first() if wish.programme else None
    if programme is None or wish.when is None:
        return None
    schedule = drafting.floating(
        actor=desk.user, area=desk.air, programme=programme, when=wish.when, duration=length, now=desk.now
    )
    if schedule is None:
        return None
    version = Version(title=wish.draft.title or UNNAMED, priority=wish.draft.priority)
    found = insertions.insertion(schedule, version, desk.now, length=length, leave_out=filter(None, leave_out))
    full = any(start > desk.now for start in found.unplaced)
    return Laid(schedule, found.starts, (*_sent_on(schedule, programme, found.starts, desk.now), *found.moves), full)


def _sent_on(schedule: Schedule, programme: Programme, starts: Sequence[datetime], now: datetime) -> Iterator[str]:
    """That it sounds in a later session than the one that was chosen."""
    rule = sources.rule_of(schedule)
    asked_for = {local(start).date() for start in rule.starts(midnight(schedule.first_day), rule.end(now))}
    later = [start for start in starts if local(start).date() not in asked_for or not _inside(programme, start)]
    if later:
        yield f"{programme.name} đã hết chỗ nên bản tin này dồn sang {words.moment(later[0], now)}."


def _inside(programme: Programme, start: datetime) -> bool:
    span = slot_of(programme, None, programme.changes.all()).on(local(start).date())
    return span is not None and span.start <= start < span.end


def owed(wish: Wish, starts: Sequence[datetime], desk: Desk) -> Iterator[tuple[bool, str, str]]:
    """Whether it is fine, what to say, and where the page mends it: about what has to be made public."""
    if not desk.plans:
        return
    if not wish.public:
        if starts and wish.draft.category in duties.ASKED_OF:
            yield False, duties.ASK, "h-kind"
        return
    short = duties.short([local(start).date() for start in starts], duties.CONSECUTIVE_DAYS, duties.TIMES_A_DAY)
    if starts and short:
        yield False, short, "h-when"
    elif starts:
        yield True, f"Đủ {duties.CONSECUTIVE_DAYS} ngày liên tiếp phải công khai", ""
