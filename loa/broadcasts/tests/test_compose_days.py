"""On which days Lan has it sound: by the moon, every Monday except ..., three days in a row; and what gives way."""

from datetime import date, timedelta

import pytest
from django.test import Client

from loa.broadcasts.models import Obligation, Programme, Schedule
from loa.broadcasts.queries import asked
from loa.broadcasts.rules import duties
from loa.broadcasts.tests.conftest import Station, at, on_air
from loa.broadcasts.tests.test_compose_pages import TEXT, fields
from loa.broadcasts.tests.test_rundowns_on_air import afternoon as afternoon
from loa.broadcasts.tests.test_rundowns_on_air import floating
from loa.bulletins import actions as bulletins
from loa.kernel import clock
from loa.kernel.clock import local, to_ms
from tests.cast import Cast

PREVIEW = "/soan-ban-tin/xem-truoc/"


@pytest.fixture(autouse=True)
def ten_to_five(cast: Cast, monkeypatch: pytest.MonkeyPatch, station: Station, client: Client) -> None:
    bulletins.load_categories()
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    client.force_login(cast.lan)


def test_every_new_and_full_moon(client: Client, cast: Cast) -> None:
    moon = fields(cast, day="20/08/2026", clocks="05:10", repeat="lunar", until="30/09/2026", lunar_days="1, 15")
    assert (
        "Sẽ phát 3 lần:</strong> 05:10 thứ Năm 27/08/2026; 05:10 thứ Sáu 11/09/2026; 05:10 thứ Sáu 25/09/2026"
        in _shown(client, moon)
    )
    assert "Ngày âm lịch từ 1 đến 30" in _shown(client, moon | {"lunar_days": "31"})
    seventh = _shown(client, moon | {"lunar_days": "15", "lunar_months": "7"})
    assert "Sẽ phát 1 lần:</strong> 05:10 thứ Năm 27/08/2026" in seventh
    page = client.get(client.post("/soan-ban-tin/", moon).headers["Location"]).content.decode()
    assert 'value="1, 15"' in page
    assert Schedule.objects.get().lunar_days == [1, 15]


def test_every_monday_and_wednesday_except(client: Client, cast: Cast) -> None:
    series = fields(
        cast, day="20/08/2026", clocks="05:10", repeat="weekdays", weekdays=["1", "3"], until="09/09/2026",
        except_days="24/8/2026", except_holidays="on",
    )  # fmt: skip
    shown = _shown(client, series)
    assert "Sẽ phát 3 lần" in shown
    assert "24/08" not in shown
    assert "02/09" not in shown
    page = client.get(client.post("/soan-ban-tin/", series).headers["Location"]).content.decode()
    assert 'value="24/08/2026"' in page
    row = Schedule.objects.get()
    assert [f"{day:%d/%m}" for day in row.except_days] == ["24/08", "31/08", "01/09", "02/09"]
    assert "Hãy ghi ngày/tháng/năm" in _shown(client, series | {"except_days": "hôm nào đó"})


def test_what_comes_first_shows_what_goes_to_the_next_session(client: Client, cast: Cast, afternoon: Programme) -> None:
    today = local(cast.now).date()
    floating(
        cast, afternoon, "Họp thôn", 29 * 60, pattern="once", first_day=today, last_day=None,
        spill=[to_ms(at(cast, 17, days=1))],
    )  # fmt: skip
    Schedule.objects.update(made_at=cast.now - timedelta(hours=1))
    wish = fields(cast, slot=f"{afternoon.pk}:{today}", text=TEXT * 20, title="Bão số 5", priority="priority")
    shown = _shown(client, wish)
    assert "“Họp thôn” dồn sang buổi sau vì buổi này hết giờ" in shown
    assert "Sẽ phát 1 lần:</strong> 17:00 hôm nay" in shown
    later = _shown(client, wish | {"priority": "normal"})
    assert "Buổi chiều đã hết chỗ nên bản tin này dồn sang 17:00 ngày mai" in later
    blank = client.get("/soan-ban-tin/").content.decode()
    first = blank.index('name="slot"')
    assert f"{afternoon.pk}:{today}" in blank[first : first + 200]
    assert "Phát theo khung của buổi" in blank


def test_what_must_be_made_public_says_what_its_days_lack(client: Client, cast: Cast) -> None:
    wish = fields(cast, day="20/08/2026", clocks="17:30", category="policy")
    assert duties.ASK in _shown(client, wish)
    assert "mới đủ 1 ngày" in _shown(client, wish | {"public": "on"})
    assert "Đủ 3 ngày liên tiếp phải công khai" in _shown(client, wish | {"public": "on", "repeat": "three"})
    row = on_air(cast, "Thu hồi đất", "17:00", pattern="once", first_day=local(cast.now).date(), last_day=None)
    Obligation.objects.create(
        bulletin=row.bulletin, area=cast.quy_mong, first_day=row.first_day, days=3, times_a_day=1, basis="Luật",
        made_by=cast.lan, made_at=cast.now,
    )  # fmt: skip
    assert row.version is not None
    assert "mới đủ 1 ngày" in " ".join(asked.request_of(row, row.version, cast.now).warnings)


@pytest.mark.parametrize(
    ("days", "often", "planned", "enough"),
    [
        (3, 1, "20 21 22", True),
        (3, 1, "20 21 23", False),
        (3, 2, "20 20 21 21 22 22", True),
        (3, 2, "20 20 21 22 22 23 23", False),
        (3, 1, "", False),
    ],
)
def test_so_many_days_in_a_row_so_often_each(days: int, often: int, planned: str, enough: bool) -> None:
    found = duties.short([date(2026, 8, int(day)) for day in planned.split()], days, often)
    assert (found == "") is enough


def _shown(client: Client, asked_for: dict[str, object]) -> str:
    return client.post(PREVIEW, asked_for).content.decode()
