"""The Vietnamese lunar calendar, from the movements of moon and sun as seen at UTC+7.

The rule, as Hồ Ngọc Đức describes it ("Thuật toán tính âm lịch", https://www.informatik.uni-leipzig.de/~duc/amlich/calrules.html):
a month begins on the local day of the new moon; the month that holds the winter solstice is the 11th; when thirteen
months lie between two such, the first of them in which the sun passes no major term (a multiple of 30 degrees) is a
leap month and bears the number of the one before. The rule is applied at UTC+7 throughout, also to years before 1968,
when other almanacs were in use. Instants of new moons and longitudes of the sun: J. Meeus, Astronomical Algorithms,
2nd ed., chapters 49 and 25; Delta T: F. Espenak and J. Meeus, Five Millennium Canon of Solar Eclipses.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import radians, sin

FIRST_YEAR, LAST_YEAR = 1800, 2199
_J2000 = 2451545.0  # noon of 1 January 2000, terrestrial time
_OF_ORDINAL = 1721424.5  # Julian day = ordinal of the date + this, at midnight UTC
_EAST = 7 / 24
_LUNATION = 29.530588861
_SOLSTICE = 9  # the sector of 270 degrees

# Coefficient (days), and multiples of M, M', F and the node; the power of E is the multiple of M.
_NEW_MOON = (
    (-0.40720, 0, 1, 0, 0), (0.17241, 1, 0, 0, 0), (0.01608, 0, 2, 0, 0), (0.01039, 0, 0, 2, 0),
    (0.00739, -1, 1, 0, 0), (-0.00514, 1, 1, 0, 0), (0.00208, 2, 0, 0, 0), (-0.00111, 0, 1, -2, 0),
    (-0.00057, 0, 1, 2, 0), (0.00056, 1, 2, 0, 0), (-0.00042, 0, 3, 0, 0), (0.00042, 1, 0, 2, 0),
    (0.00038, 1, 0, -2, 0), (-0.00024, -1, 2, 0, 0), (-0.00017, 0, 0, 0, 1), (-0.00007, 2, 1, 0, 0),
    (0.00004, 0, 2, -2, 0), (0.00004, 3, 0, 0, 0), (0.00003, 1, 1, -2, 0), (0.00003, 0, 2, 2, 0),
    (-0.00003, 1, 1, 2, 0), (0.00003, -1, 1, 2, 0), (-0.00002, -1, 1, -2, 0), (-0.00002, 1, 3, 0, 0),
    (0.00002, 0, 4, 0, 0),
)  # fmt: skip
# Year, seconds that terrestrial time is ahead of universal time; straight lines between.
_DELTA_T = ((1800, 14), (1850, 7), (1900, -3), (1920, 21), (1940, 24), (1960, 33), (1980, 51), (2000, 64), (2020, 71),
            (2050, 93), (2100, 203), (2200, 442))  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Lunar:
    """A day of the lunar calendar; `leap` is the second month of the same number."""

    year: int
    month: int
    leap: bool
    day: int


@dataclass(frozen=True, slots=True)
class _Month:
    start: int  # ordinal of its first day
    year: int
    month: int
    leap: bool


def to_lunar(day: date) -> Lunar:
    """The lunar date of a day. ValueError outside 1800 to 2199."""
    if not FIRST_YEAR < day.year < LAST_YEAR:
        raise ValueError(f"no lunar calendar for {day.year}")
    number = day.toordinal()
    found = _year_to(day.year if number < _eleventh(day.year)[1] else day.year + 1)
    month = found[bisect_right(found, number, key=lambda one: one.start) - 1]
    return Lunar(month.year, month.month, month.leap, number - month.start + 1)


def from_lunar(year: int, month: int, day: int, *, leap: bool = False) -> date:
    """The day with this lunar date. ValueError if there is none: no such leap month, or the month is shorter."""
    if FIRST_YEAR < year < LAST_YEAR:
        months = _year_to(year + (month >= 11))
        for at, one in enumerate(months):
            if (one.year, one.month, one.leap) == (year, month, leap):
                end = months[at + 1].start if at + 1 < len(months) else _eleventh(year + (month >= 11))[1]
                if 1 <= day <= end - one.start:
                    return date.fromordinal(one.start + day - 1)
    raise ValueError(f"no such lunar day: {day}/{month}{' leap' if leap else ''}/{year}")


def leap_month(year: int) -> int:
    """The number of the month that comes twice in this lunar year; 0 if none does."""
    months = (*_year_to(year), *_year_to(year + 1))
    return next((one.month for one in months if one.leap and one.year == year), 0)


def new_year(year: int) -> date:
    """Tết Nguyên đán: the first day of the first month."""
    return from_lunar(year, 1, 1)


@cache
def _year_to(year: int) -> tuple[_Month, ...]:
    """The months from the 11th of the year before up to, not including, the 11th of this one."""
    first, last = _eleventh(year - 1)[0], _eleventh(year)[0]
    starts = [_new_moon_day(number) for number in range(first, last + 1)]
    leap = _leap_of(starts) if last - first == 13 else 0
    months: list[_Month] = []
    for at, start in enumerate(starts[:-1]):
        month = (at + 10 - (leap and at >= leap)) % 12 + 1
        months.append(_Month(start, year - (month >= 11 and at < 4), month, bool(leap) and at == leap))
    return tuple(months)


def _leap_of(starts: list[int]) -> int:
    sectors = [_sector(start) for start in starts]
    return next(at for at in range(1, len(sectors)) if sectors[at] == sectors[at + 1])


@cache
def _eleventh(year: int) -> tuple[int, int]:
    """Number of the lunation that holds the winter solstice, and the ordinal of its first day."""
    last_day = date(year, 12, 31).toordinal()
    number = int((last_day + _OF_ORDINAL - 2451550.09766) / _LUNATION) + 1
    while _new_moon_day(number) > last_day or _sector(_new_moon_day(number)) >= _SOLSTICE:
        number -= 1
    return number, _new_moon_day(number)


@cache
def _new_moon_day(number: int) -> int:
    """Ordinal of the local day of this new moon; number 0 is that of 6 January 2000."""
    century = number / 1236.85
    anomaly = _turned(2.5534 + 29.10535670 * number - 0.0000014 * century**2)
    moon = _turned(201.5643 + 385.81693528 * number + 0.0107582 * century**2 + 0.00001238 * century**3)
    latitude = _turned(160.7108 + 390.67050284 * number - 0.0016118 * century**2 - 0.00000227 * century**3)
    node = _turned(124.7746 - 1.56375588 * number + 0.0020672 * century**2)
    eccentricity = 1 - 0.002516 * century - 0.0000074 * century**2
    mean = 2451550.09766 + _LUNATION * number + 0.00015437 * century**2 - 0.00000015 * century**3
    wobble = sum(
        size * eccentricity ** abs(a) * sin(a * anomaly + b * moon + c * latitude + d * node)
        for size, a, b, c, d in _NEW_MOON
    )
    planets = 0.000325 * sin(radians(299.77 + 0.107408 * number - 0.009173 * century**2))
    instant = mean + wobble + planets
    return int(instant - _delta_t(instant) + _EAST - _OF_ORDINAL)


def _sector(ordinal: int) -> int:
    """Which twelfth of its way (0 from the spring equinox on) the sun is in when this local day begins."""
    midnight = ordinal + _OF_ORDINAL - _EAST
    return int(_sun(midnight + _delta_t(midnight)) // 30)


def _sun(instant: float) -> float:
    """Apparent longitude of the sun in degrees, 0 to 360, to about a hundredth."""
    century = (instant - _J2000) / 36525
    anomaly = _turned(357.52911 + 35999.05029 * century - 0.0001537 * century**2)
    centre = (
        (1.914602 - 0.004817 * century - 0.000014 * century**2) * sin(anomaly)
        + (0.019993 - 0.000101 * century) * sin(2 * anomaly)
        + 0.000289 * sin(3 * anomaly)
    )
    true = 280.46646 + 36000.76983 * century + 0.0003032 * century**2 + centre
    return (true - 0.00569 - 0.00478 * sin(_turned(125.04 - 1934.136 * century))) % 360


def _delta_t(instant: float) -> float:
    """Days that terrestrial time is ahead of universal time."""
    year = 2000 + (instant - _J2000) / 365.25
    at = min(max(bisect_right(_DELTA_T, year, key=lambda row: row[0]), 1), len(_DELTA_T) - 1)
    (before, low), (after, high) = _DELTA_T[at - 1], _DELTA_T[at]
    return (low + (high - low) * (year - before) / (after - before)) / 86400


def _turned(degrees: float) -> float:
    return radians(degrees % 360)


def days_of(day: int, month: int, since: date, until: date) -> tuple[date, ...]:
    """The days in [since, until] that are the lunar `day` of `month`, or with month 0 of every month, leap ones too.

    A date with a month does not come again in its leap month; the 30th of a short month is its last day.
    """
    if until < since:
        return ()
    years = range(to_lunar(since).year, to_lunar(until).year + 1)
    months = [one for year in years for one in _of_year(year) if month in (0, one.month) and not (month and one.leap)]
    found = (_in_month(one, day) for one in months)
    return tuple(sorted(on for on in found if since <= on <= until))


def _of_year(year: int) -> list[_Month]:
    return [one for one in (*_year_to(year), *_year_to(year + 1)) if one.year == year]


def _in_month(one: _Month, day: int) -> date:
    on = date.fromordinal(one.start + day - 1)
    return on if to_lunar(on).month == one.month else on - timedelta(days=1)
