"""One item of the calendar: put down elsewhere in the week, sounded at other places, marked once it has sounded."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Airing, Programme, Schedule, State
from loa.broadcasts.queries import weeks
from loa.broadcasts.queries.proved import Mark, marks
from loa.broadcasts.queries.weeks import monday_of
from loa.broadcasts.rules.times import midnight
from loa.broadcasts.tests.changes.conftest import confirm
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air
from loa.broadcasts.tests.test_today import swear, words
from loa.kernel import clock
from loa.kernel.clock import local, to_ms
from tests.cast import Cast


@pytest.fixture(autouse=True)
def ten_to_five(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, station: Station) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    client.force_login(cast.lan)


@pytest.fixture
def notice(cast: Cast) -> Schedule:
    return on_air(cast, "Họp thôn 2", "17:30", first_day=date(2026, 8, 24), last_day=None, pattern="once")


def put_down(client: Client, schedule: Schedule, start: int, there: str) -> tuple[int, str]:
    answer = client.get(f"/lich-phat/{schedule.pk}/?luc={start}&sang={there}")
    return answer.status_code, answer.content.decode()


def test_put_down_on_a_session_it_goes_to_the_first_room_there(client: Client, cast: Cast, notice: Schedule) -> None:
    Programme.objects.create(area=cast.quy_mong, name="Buổi chiều", starts=time(17), minutes=30, weekdays=[3])
    on_air(cast, "Nhạc hiệu", "17:00", seconds=60)
    status, page = put_down(client, notice, to_ms(at(cast, 17, 30, days=4)), "2026-08-26T17:00")
    assert status == 200
    assert "17:01, thứ Tư 26/08/2026" in page
    assert "Xin đổi sang 17:01" in page
    assert Schedule.objects.filter(replaces=notice).count() == 0


def test_put_down_at_night_it_is_refused_with_the_rule(client: Client, cast: Cast, notice: Schedule) -> None:
    status, page = put_down(client, notice, to_ms(at(cast, 17, 30, days=4)), "2026-08-26T03:15")
    assert status == 409
    assert "không phát trước 05:00" in page
    assert 'name="token"' not in page


@pytest.mark.parametrize("there", ["", "hôm qua", "2026-13-01T99:99", "2026-08-26T17:00+07:00", "9999-12-31T23:59"])
def test_nonsense_in_the_address_moves_nothing(client: Client, cast: Cast, notice: Schedule, there: str) -> None:
    status, page = put_down(client, notice, to_ms(at(cast, 17, 30, days=4)), there)
    assert status in (200, 422)
    assert "Khác biệt giờ phát" not in page


def place(client: Client, schedule: Schedule, **fields: object) -> tuple[int, str]:
    answer = client.post(f"/lich-phat/{schedule.pk}/doi-noi/", fields)
    return answer.status_code, answer.content.decode()


def test_fewer_places_hold_at_once(client: Client, station: Station, notice: Schedule) -> None:
    group = str(station.groups["Ven sông"].pk)
    status, page = place(client, notice, where="some", groups=[group])
    assert status == 200
    assert "Bớt 5 cụm" in page
    assert "3 cụm loa, 1 lần phát" in page
    notice.refresh_from_db()
    assert notice.target == {}
    assert confirm(client, page).status_code == 302
    notice.refresh_from_db()
    assert (notice.state, notice.target) == (State.APPROVED, {"groups": [group]})


def test_more_places_wait_for_approval(client: Client, station: Station, notice: Schedule) -> None:
    notice.target = {"groups": [str(station.groups["Ven sông"].pk)]}
    notice.save()
    page = place(client, notice, where="all")[1]
    assert "Thêm 5 cụm" in page
    assert "Xin đổi nơi phát" in page
    assert confirm(client, page).status_code == 302
    wanted = Schedule.objects.exclude(pk=notice.pk).get()
    assert (wanted.state, wanted.replaces, wanted.target) == (State.SUBMITTED, notice, {})


def test_no_place_is_no_place(client: Client, station: Station, notice: Schedule) -> None:
    status, page = place(client, notice, where="some")
    assert status == 422
    assert "Hãy chọn ít nhất một nhóm" in page
    every = [device.pk for device in station.speakers.values()]
    status, page = place(client, notice, where="all", without=every)
    assert status == 409
    assert "không ai nghe được" in page
    assert 'name="token"' not in page


def test_to_fall_silent_sooner_holds_at_once_longer_waits(client: Client, cast: Cast, notice: Schedule) -> None:
    address = f"/lich-phat/{notice.pk}/mat-lien-lac/"
    assert "Loa mất liên lạc quá 7 ngày" in client.get(f"/lich-phat/{notice.pk}/").content.decode()
    client.post(address, {"perishable": "1"})
    notice.refresh_from_db()
    assert (notice.state, notice.offline_for) == (State.APPROVED, 24)
    assert "Xin đổi thành quá 7 ngày" in client.get(f"/lich-phat/{notice.pk}/").content.decode()
    client.post(address)
    notice.refresh_from_db()
    wanted = Schedule.objects.exclude(pk=notice.pk).get()
    assert (notice.offline_for, wanted.state, wanted.offline_for) == (24, State.SUBMITTED, 168)
    client.force_login(cast.thanh)
    assert client.post(address, {"perishable": "1"}).status_code == 403


def test_only_those_who_plan_may_move_it(client: Client, cast: Cast, notice: Schedule) -> None:
    client.force_login(cast.mai)
    assert place(client, notice, where="all")[0] == 404
    client.force_login(cast.thanh)
    assert place(client, notice, where="all")[0] == 403
    assert "Khác biệt" not in put_down(client, notice, to_ms(at(cast, 17, 30, days=4)), "2026-08-26T17:00")[1]


def test_what_has_sounded_is_marked_in_the_week(
    client: Client, cast: Cast, station: Station, signer: TestSigner
) -> None:
    on_air(cast, "Nhạc hiệu", "05:00", seconds=60)
    on_air(cast, "Tin sáng", "06:00", seconds=60, first_day=local(cast.now).date(), last_day=None, pattern="once")
    on_air(cast, "Tin tối", "19:00", seconds=60, first_day=local(cast.now).date(), last_day=None, pattern="once")
    compiler.compile_plans(signer=signer, now=cast.now)
    day = {row.title: row for row in Airing.objects.filter(start__lt=at(cast, 0, days=1))}
    for number, device in station.speakers.items():
        rows = [words(day["Nhạc hiệu"]), *([words(day["Tin sáng"])] if number != 6 else [])]
        swear(cast, device, *rows)
    monday = monday_of(local(cast.now).date())
    with CaptureQueriesContext(connection) as queries:
        found = marks(cast.quy_mong, midnight(monday), cast.now)
    assert len(queries) == 4
    assert sorted(found.values(), key=lambda mark: mark.proved) == [Mark(8, 7), Mark(8, 8)]
    page = client.get("/lich-phat/").content.decode()
    assert "Đã phát 8/8" in page
    assert "Phát 7/8" in page
    assert page.count('class="mark-air') == 2
    assert weeks.week(cast.quy_mong, monday, cast.now + timedelta(days=7)).waiting == 0
