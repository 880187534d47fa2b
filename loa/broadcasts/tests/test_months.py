"""Two years of proofs: parts by month, what is left of them, and that nothing is lost on the way."""

# ruff: noqa: F811 - fixtures of the log are used by their names

from datetime import date, datetime

import pytest
from django.db import connection

from loa.broadcasts.actions import months
from loa.broadcasts.models import Airing, PlanDay, PlayProof, PlaySum, SummedMonth
from loa.broadcasts.queries import books as read
from loa.broadcasts.rules.books import kept_since
from loa.broadcasts.tests.conftest import Station, at
from loa.broadcasts.tests.test_playlog import day, morning  # noqa: F401 - fixtures
from loa.broadcasts.tests.test_today import swear, words
from loa.kernel.clock import local
from loa.kernel.errors import Invalid
from tests.cast import Cast

AUGUST = date(2026, 8, 1)


def lying_in(part: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from broadcasts_playproof_{part}")
        return int(cursor.fetchone()[0])


@pytest.fixture
def later(cast: Cast) -> datetime:
    """The month after the last one in which August is kept."""
    return datetime(2028, 9, 10, 3, tzinfo=cast.now.tzinfo)


def test_what_came_before_its_month_had_a_part_moves_into_it(cast: Cast, morning: dict[str, Airing]) -> None:
    held = PlayProof.objects.count()
    assert lying_in("rest") == held > 0
    assert months.make_ahead(now=cast.now) == [AUGUST, date(2026, 9, 1), date(2026, 10, 1)]
    assert (lying_in("rest"), lying_in("2026_08")) == (0, held)
    assert months.make_ahead(now=cast.now) == []
    assert months.months() == [AUGUST, date(2026, 9, 1), date(2026, 10, 1)]


def test_the_same_proof_is_stored_once_in_a_part_too(
    cast: Cast,
    station: Station,
    day: dict[str, Airing],
) -> None:
    months.make_ahead(now=cast.now)
    for _ in range(2):
        swear(cast, station.speakers[1], words(day["Nhạc hiệu"]))
    assert lying_in("2026_08") == 1


def test_months_begin_at_midnight_in_viet_nam(cast: Cast, morning: dict[str, Airing]) -> None:
    months.make_ahead(now=cast.now)
    PlayProof.objects.update(planned=datetime(2026, 8, 31, 16, 59, 59, tzinfo=cast.now.tzinfo))
    held = lying_in("2026_08")
    assert held == PlayProof.objects.count()
    PlayProof.objects.update(planned=datetime(2026, 8, 31, 17, tzinfo=cast.now.tzinfo))
    assert (lying_in("2026_08"), lying_in("2026_09")) == (0, held)


@pytest.mark.parametrize(
    ("today", "since"),
    [
        (date(2028, 8, 31), date(2026, 8, 1)),
        (date(2028, 9, 1), date(2026, 9, 1)),
        (date(2026, 1, 1), date(2024, 1, 1)),
        (date(2026, 12, 31), date(2024, 12, 1)),
    ],
)
def test_two_years_are_kept_whole(today: date, since: date) -> None:
    assert kept_since(today) == since


def test_after_two_years_the_report_still_says_the_same(
    cast: Cast,
    morning: dict[str, Airing],
    later: datetime,
) -> None:
    months.make_ahead(now=cast.now)
    first, last = AUGUST, local(cast.now).date()
    before = read.sums(cast.quy_mong, first, last, at(cast, 0, days=1))
    assert months.forget(now=datetime(2028, 8, 31, tzinfo=cast.now.tzinfo)) == []
    assert months.forget(now=later) == [AUGUST]
    assert AUGUST not in months.months()
    assert not PlayProof.objects.exists()
    assert not Airing.objects.filter(start__lt=later).exists()
    assert read.sums(cast.quy_mong, first, last, later) == before
    assert before.airings == 2
    with pytest.raises(Invalid) as told:
        read.lines(cast.quy_mong, first, last, later)
    assert told.value.code == "only_sums"
    assert "báo cáo" in told.value.message


def test_a_month_goes_only_when_every_commune_is_summed_up(
    cast: Cast,
    station: Station,
    morning: dict[str, Airing],
    later: datetime,
) -> None:
    """Killed after the first of two communes, the next call goes on with the second."""
    months.make_ahead(now=cast.now)
    sample = PlanDay.objects.filter(plan_set__area=cast.quy_mong).first()
    assert sample is not None
    elsewhere = sample.plan_set
    elsewhere.pk, elsewhere.area, elsewhere.signature = "ps-tran-yen", cast.tran_yen, "other"
    elsewhere.save(force_insert=True)
    PlanDay.objects.create(plan_set=elsewhere, day=sample.day, airings=[])
    assert months.forget(now=later, at_once=1) == []
    assert SummedMonth.objects.count() == 1
    assert AUGUST in months.months()
    assert months.forget(now=later, at_once=1) == [AUGUST]
    assert SummedMonth.objects.count() == 2
    assert PlaySum.objects.filter(area=cast.quy_mong).exists()
    assert not PlaySum.objects.filter(area=cast.tran_yen).exists()
