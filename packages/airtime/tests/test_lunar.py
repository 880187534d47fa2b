"""The lunar calendar: what was printed, where Viet Nam goes its own way, and that no day is lost."""

from datetime import date, timedelta

import pytest
from airtime.lunar import Lunar, days_of, from_lunar, leap_month, new_year, to_lunar
from hypothesis import given
from hypothesis import strategies as st

# As in the printed calendars of these years.
TET = [
    "1976-01-31", "1980-02-16", "1990-01-27", "1995-01-31", "2000-02-05", "2001-01-24", "2002-02-12", "2003-02-01",
    "2004-01-22", "2005-02-09", "2006-01-29", "2008-02-07", "2009-01-26", "2010-02-14", "2011-02-03", "2012-01-23",
    "2013-02-10", "2014-01-31", "2015-02-19", "2016-02-08", "2017-01-28", "2018-02-16", "2019-02-05", "2020-01-25",
    "2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26",
    "2029-02-13", "2050-01-23",
]  # fmt: skip
# Where the calendar of China, kept at UTC+8, has another day: (Viet Nam, China).
OTHERWISE = [("1985-01-21", "1985-02-20"), ("2007-02-17", "2007-02-18"), ("2030-02-02", "2030-02-03")]
LEAP = {
    1976: 8, 1979: 6, 1982: 4, 1985: 2, 1987: 7, 1990: 5, 1993: 3, 1995: 8, 1998: 5, 2001: 4, 2004: 2, 2006: 7,
    2009: 5, 2012: 4, 2014: 9, 2017: 6, 2020: 4, 2023: 2, 2025: 6, 2028: 5, 2031: 3, 2033: 11, 2036: 6,
}  # fmt: skip
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize("tet", TET)
def test_tet_falls_on_the_printed_day(tet: str) -> None:
    day = date.fromisoformat(tet)
    assert new_year(day.year) == day
    assert to_lunar(day) == Lunar(day.year, 1, leap=False, day=1)


@pytest.mark.parametrize(("viet_nam", "china"), OTHERWISE)
def test_viet_nam_keeps_its_own_tet(viet_nam: str, china: str) -> None:
    day = date.fromisoformat(viet_nam)
    assert new_year(day.year) == day != date.fromisoformat(china)


def test_a_month_comes_twice_in_the_printed_years_and_in_no_others() -> None:
    assert {year: leap_month(year) for year in range(1976, 2038) if leap_month(year)} == LEAP


def test_the_death_day_of_the_kings_and_the_full_moons() -> None:
    assert from_lunar(2026, 3, 10) == date(2026, 4, 26)
    assert from_lunar(2027, 3, 10) == date(2027, 4, 16)
    assert from_lunar(2026, 8, 15) == date(2026, 9, 25)


def test_a_feast_does_not_come_again_in_a_leap_month_but_a_full_moon_does() -> None:
    year = (date(2025, 1, 29), date(2026, 2, 16))
    assert days_of(10, 6, *year) == (from_lunar(2025, 6, 10),)
    full = days_of(15, 0, *year)
    assert len(full) == 13
    assert from_lunar(2025, 6, 15, leap=True) in full


def test_the_last_evening_of_a_short_year_is_its_thirtieth() -> None:
    assert to_lunar(date(2026, 2, 16)).day == 29
    assert days_of(30, 12, date(2026, 2, 1), date(2026, 2, 28)) == (date(2026, 2, 16),)


@pytest.mark.parametrize(
    ("year", "month", "day", "leap"), [(2026, 6, 1, True), (2026, 13, 1, False), (2025, 1, 31, False)]
)
def test_a_day_that_is_not_is_refused(year: int, month: int, day: int, leap: bool) -> None:
    with pytest.raises(ValueError, match="no such lunar day"):
        from_lunar(year, month, day, leap=leap)


@given(day=DAYS)
def test_there_and_back(day: date) -> None:
    there = to_lunar(day)
    assert from_lunar(there.year, there.month, there.day, leap=there.leap) == day
    assert 1 <= there.day <= 30
    assert 1 <= there.month <= 12


@given(day=DAYS)
def test_the_next_day_follows(day: date) -> None:
    here, after = to_lunar(day), to_lunar(day + timedelta(days=1))
    if after.day == 1:
        assert here.day in (29, 30)
        assert (after.month, after.year) != (here.month, here.year) or after.leap
    else:
        assert after == Lunar(here.year, here.month, here.leap, here.day + 1)


@given(year=st.integers(1900, 2100))
def test_tet_lies_between_the_twentieth_of_january_and_of_february(year: int) -> None:
    assert date(year, 1, 20) <= new_year(year) <= date(year, 2, 21)
