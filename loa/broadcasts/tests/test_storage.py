"""`loa storage`: what a year of loudspeakers needs on the disk."""

import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from loa.broadcasts.actions import months
from loa.broadcasts.models import Airing, PlayProof
from loa.broadcasts.queries import storage as stored
from loa.broadcasts.rules.storage import Kind, forecast, full_on
from loa.broadcasts.tests.test_playlog import day, morning  # noqa: F401 - fixtures
from tests.cast import Cast

# ruff: noqa: F811 - fixtures of the log are used by their names

TODAY = date(2026, 8, 20)
GB = 1_000_000_000


def test_what_is_kept_for_ever_grows_and_what_is_kept_two_years_stops_growing() -> None:
    ever, young, old = Kind("a", 0, 1_000, None, 10), Kind("b", 0, 1_000, 100, 40), Kind("c", 5_000, 1_000, 730, 800)
    rows = forecast((ever, young, old), TODAY)
    assert [row.first for row in rows[:2]] == [date(2026, 9, 1), date(2026, 10, 1)]
    assert len(rows) == 12
    assert rows[-1].by_kind == (365_000, 60_000, 5_000)
    assert rows[0].by_kind == (30_000, 30_000, 5_000)


def test_a_disk_is_called_full_while_a_tenth_is_free() -> None:
    kind = (Kind("a", 10 * GB, GB, None, 30),)
    assert full_on(kind, free=500 * GB, whole=1_000 * GB, today=TODAY) is None
    assert full_on(kind, free=200 * GB, whole=1_000 * GB, today=TODAY) == date(2026, 12, 1)
    assert full_on(kind, free=90 * GB, whole=1_000 * GB, today=TODAY) == date(2026, 9, 1)


def test_proofs_are_counted_in_all_their_parts(cast: Cast, morning: dict[str, Airing]) -> None:
    later = cast.now + timedelta(hours=12)
    whole = stored.kinds(later)[0]
    assert whole.a_day > 0
    months.make_ahead(now=cast.now)
    parted = stored.kinds(later)[0]
    assert parted.held > 0
    PlayProof.objects.all().delete()
    assert stored.kinds(later)[0].a_day == 0


@pytest.mark.django_db
def test_the_command_tells_people_and_programs() -> None:
    told, read = StringIO(), StringIO()
    call_command("storage", stdout=told)
    call_command("storage", "--json", stdout=read)
    assert "Bằng chứng phát" in told.getvalue()
    assert "Đĩa còn trống" in told.getvalue()
    facts = json.loads(read.getvalue())
    assert len(facts["months"]) == 12
    assert {kind["name"] for kind in facts["kinds"]} >= {"Tệp âm thanh", "Nhật ký hệ thống"}
