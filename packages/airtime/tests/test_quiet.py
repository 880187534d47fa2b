"""No way through hours, days off, longer nights, mutes and stops lets anything but an emergency sound where it may not:
over midnight, over New Year, over Tết and in leap months. What is right is said minute by minute, without airtime."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from airtime import lunar
from airtime.hours import Hours, Window, allowed_spans, between, may_sound, narrow, next_start
from airtime.rank import Rank, Urgency
from airtime.recurrence import Pattern, Recurrence, occurrences
from airtime.spans import Span
from airtime.timeline import Item, resolve
from hypothesis import given, settings
from hypothesis import strategies as st

VIETNAM = timezone(timedelta(hours=7))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SECOND = timedelta(seconds=1)

# Around them something is special: leap months (2023: 2, 2025: 6, 2028: 5), year borders, Tết, a leap day.
SPECIAL = (
    date(2023, 3, 22), date(2025, 7, 25), date(2028, 6, 23), date(2026, 12, 31), date(2027, 12, 31), date(2027, 2, 6),
    date(2030, 2, 2), date(2028, 2, 29), date(2026, 8, 20),
)  # fmt: skip


@dataclass(frozen=True)
class Village:
    """Everything that is said of one pole, as rows: windows as (weekdays, from, to minute, over midnight if to < from)
    of commune and cluster, silent lunar days, dated spans (minutes from noon of `day`) that open, mute and hold."""

    day: date
    commune: tuple[tuple[frozenset[int], int, int], ...]
    cluster: tuple[tuple[frozenset[int], int, int], ...]
    silent: tuple[tuple[int, int], ...]
    nights: tuple[tuple[int, int], ...]
    mutes: tuple[tuple[int, int], ...]
    holds: tuple[tuple[int, int], ...]

    @property
    def noon(self) -> datetime:
        return datetime.combine(self.day, time(12), VIETNAM)

    @property
    def horizon(self) -> Span:
        return Span(self.noon - DAY, self.noon + DAY)

    def silent_days(self) -> set[date]:
        first, last = self.day - 3 * DAY, self.day + 3 * DAY
        return {day for of_month, month in self.silent for day in lunar.days_of(of_month, month, first, last)}

    def spans(self, rows: tuple[tuple[int, int], ...]) -> tuple[Span, ...]:
        return tuple(Span(self.noon + start * MINUTE, self.noon + end * MINUTE) for start, end in rows)

    def hours(self) -> Hours:
        """What the loudspeaker carries."""
        silent = tuple(
            Span(datetime.combine(day, time(), VIETNAM), datetime.combine(day, time(), VIETNAM) + DAY)
            for day in self.silent_days()
        )
        closures = silent + self.spans(self.mutes)
        whole = Hours(VIETNAM, self._windows(self.commune), self.spans(self.nights), closures)
        if not self.cluster:
            return whole
        own = Hours(VIETNAM, self._windows(self.cluster))
        return Hours(VIETNAM, narrow(Hours(VIETNAM, whole.windows), own).windows, whole.extensions, closures)

    @staticmethod
    def _windows(rows: tuple[tuple[frozenset[int], int, int], ...]) -> tuple[Window, ...]:
        return tuple(window for days, start, end in rows for window in between(days, start, end))

    def quiet(self, instant: datetime) -> bool:
        """The definition, said as plainly as possible: may nothing sound there?"""
        if any(self._holds(rows, instant) for rows in (self.mutes, self.holds)):
            return True
        there = instant.astimezone(VIETNAM)
        if there.date() in self.silent_days():
            return True
        if self._holds(self.nights, instant):
            return False
        return not (_open(self.commune, there) and (not self.cluster or _open(self.cluster, there)))

    def _holds(self, rows: tuple[tuple[int, int], ...], instant: datetime) -> bool:
        return any(self.noon + start * MINUTE <= instant < self.noon + end * MINUTE for start, end in rows)


def _open(rows: tuple[tuple[frozenset[int], int, int], ...], there: datetime) -> bool:
    minute, today = there.hour * 60 + there.minute, there.isoweekday()
    yesterday = (today - 2) % 7 + 1
    for days, start, end in rows:
        if start <= end:
            if today in days and start <= minute < end:
                return True
        elif (today in days and minute >= start) or (yesterday in days and minute < end):
            return True
    return False


weekdays = st.frozensets(st.integers(1, 7), min_size=1)
rows = st.tuples(weekdays, st.integers(0, 1439), st.integers(0, 1440))
dated = st.builds(lambda start, length: (start, start + length), st.integers(-2_000, 2_000), st.integers(1, 1_500))
villages = st.builds(
    Village,
    day=st.sampled_from(SPECIAL),
    commune=st.lists(rows, max_size=3).map(tuple),
    cluster=st.lists(rows, max_size=2).map(tuple),
    silent=st.lists(st.tuples(st.integers(1, 30), st.integers(0, 12)), max_size=2).map(tuple),
    nights=st.lists(dated, max_size=2).map(tuple),
    mutes=st.lists(dated, max_size=2).map(tuple),
    holds=st.lists(dated, max_size=2).map(tuple),
)


@st.composite
def items(draw: st.DrawFn, village: Village) -> list[Item]:
    found = []
    for number in range(draw(st.integers(1, 8))):
        start = village.horizon.start + draw(st.integers(0, 2 * 86_400)) * SECOND
        rank = Rank(id=f"item-{number}", issued=village.noon - DAY, urgency=draw(st.sampled_from(Urgency)))
        slack = draw(st.sampled_from((0, 0, 900, 14_400))) * SECOND
        length = draw(st.integers(1, 10_800)) * SECOND
        found.append(Item(rank, start, length, start + slack, draw(st.booleans())))
    return found


def minutes_of(start: datetime, end: datetime) -> list[datetime]:
    """The start, every turn of a minute, and the last instant."""
    whole = start.replace(second=0, microsecond=0) + MINUTE
    count = max(0, -((whole - end) // MINUTE))
    turns = [whole + number * MINUTE for number in range(count)]
    return [start, *(turn for turn in turns if turn < end), end - timedelta(microseconds=1)]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nothing_but_an_emergency_sounds_where_it_may_not(data: st.DataObject) -> None:
    village = data.draw(villages)
    wanted = data.draw(items(village))
    urgent = {item.id for item in wanted if item.rank.urgency is Urgency.EMERGENCY}
    found = resolve(wanted, village.hours(), village.spans(village.holds), village.horizon)
    for segment in found.segments:
        if segment.item not in urgent:
            loud = [moment for moment in minutes_of(segment.start, segment.end) if village.quiet(moment)]
            assert not loud, (segment, loud[0])
    for one in found.displaced:
        assert one.start is None or one.item in urgent or not village.quiet(one.start)


@settings(max_examples=100, deadline=None)
@given(villages, st.integers(-1_440, 1_440), st.integers(1, 240))
def test_what_the_desk_allows_and_what_it_offers_instead_is_allowed_all_the_way(
    village: Village, minute: int, length: int
) -> None:
    hours, wish = village.hours(), village.noon + minute * MINUTE
    plain = Village(village.day, village.commune, village.cluster, village.silent, village.nights, village.mutes, ())
    for start in {
        wish if may_sound(hours, wish, length * MINUTE).allowed else None,
        next_start(hours, wish, length * MINUTE),
    }:
        if start is not None and start < village.noon + 2 * DAY:
            assert not any(plain.quiet(moment) for moment in minutes_of(start, start + length * MINUTE))


@settings(max_examples=60, deadline=None)
@given(villages, st.integers(1, 30), st.integers(0, 12), st.integers(0, 1439))
def test_what_comes_by_the_moon_is_no_exception(village: Village, day: int, month: int, minute: int) -> None:
    """Every year's rằm tháng Giêng, also in a leap month and over New Year."""
    since, until = village.horizon.start, village.horizon.end
    moon = Recurrence(
        Pattern.LUNAR,
        first_day=village.day - 400 * DAY,
        times=(time(minute // 60, minute % 60),),
        lunar_days=frozenset({day}),
        lunar_months=frozenset({month} - {0}),
    )
    starts = occurrences(moon, VIETNAM, since, until)
    wanted = [Item(Rank(id=f"moon-{start:%d%H%M}", issued=since), start, 20 * MINUTE) for start in starts]
    for segment in resolve(wanted, village.hours(), village.spans(village.holds), village.horizon).segments:
        assert not any(village.quiet(moment) for moment in minutes_of(segment.start, segment.end))


@settings(max_examples=60, deadline=None)
@given(villages)
def test_the_desk_and_the_pole_mean_the_same_minutes(village: Village) -> None:
    """The platform reckons in the time zone of Viet Nam, the pole with seven hours: no clock is ever changed there."""
    hours = village.hours()
    desk = Hours(ZoneInfo("Asia/Ho_Chi_Minh"), hours.windows, hours.extensions, hours.closures)
    for year in (2000, 2026, 2050):
        since = village.noon.replace(year=year, day=min(village.day.day, 28))
        assert allowed_spans(desk, since, since + 3 * DAY) == allowed_spans(hours, since, since + 3 * DAY)
