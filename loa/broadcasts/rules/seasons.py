"""The part of the year in which a session is held: from one day to another, of the solar or the lunar year. Pure."""

from dataclasses import dataclass
from datetime import date

from airtime.lunar import to_lunar

_LONGEST = {month: 30 if month in (4, 6, 9, 11) else 29 if month == 2 else 31 for month in range(1, 13)}
_LUNAR_MONTH = 30


class BadSeason(ValueError):
    """Days that no year has; the message is complete Vietnamese."""


@dataclass(frozen=True, slots=True)
class Season:
    """From `first` to `last`, both (month, day) and both included; `last` before `first` runs over New Year.

    In the lunar year a leap month counts like the month whose number it bears.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    lunar: bool = False

    def holds(self, day: date) -> bool:
        """Whether the session is held on this day."""
        here = (day.month, day.day)
        if self.lunar:
            found = to_lunar(day)
            here = (found.month, found.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last

    @property
    def words(self) -> str:
        """ "từ 16/4 đến 15/10"."""
        (month, day), (other, until) = self.first, self.last
        return f"từ {day}/{month} đến {until}/{other}{' âm lịch' if self.lunar else ''}"


def read(first: str, last: str, *, lunar: bool = False) -> Season | None:
    """The season that is stored as "MM-DD", None for all year. BadSeason."""
    if not first and not last:
        return None
    return Season(_day(first, lunar), _day(last, lunar), lunar)


def _day(text: str, lunar: bool) -> tuple[int, int]:
    month, _, day = text.partition("-")
    if not (month.isascii() and month.isdecimal() and day.isascii() and day.isdecimal()):
        raise BadSeason("Hãy ghi cả ngày đầu và ngày cuối của mùa, ví dụ 16/4 và 15/10.")
    found = int(month), int(day)
    longest = _LUNAR_MONTH if lunar else _LONGEST.get(found[0], 0)
    if found[0] not in _LONGEST or not 1 <= found[1] <= longest:
        raise BadSeason(f"Không có ngày {found[1]}/{found[0]}{' âm lịch' if lunar else ''}. Hãy xem lại.")
    return found


def stored(day: tuple[int, int]) -> str:
    """ "MM-DD"."""
    return f"{day[0]:02}-{day[1]:02}"


def together(one: Season | None, other: Season | None, year: int) -> bool:
    """Whether there is a day of these two years on which both are held: then their sessions may meet."""
    if one is None or other is None:
        return True
    start, end = date(year, 1, 1).toordinal(), date(year + 1, 12, 31).toordinal()
    days = (date.fromordinal(number) for number in range(start, end + 1))
    return any(one.holds(day) and other.holds(day) for day in days)
