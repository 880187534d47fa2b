"""Lịch phát: Lan looks at the week, moves things, is refused with the rule, copies last week."""

from datetime import date, time, timedelta

import pytest
from django.test import Client

from loa.areas.models import DayOff
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Programme, Schedule, State
from loa.broadcasts.queries import weeks
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.tests.changes.conftest import confirm
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air
from loa.bulletins.models import Bulletin, Version
from loa.kernel import clock
from loa.kernel.clock import local, to_ms
from tests.cast import Cast


@pytest.fixture(autouse=True)
def ten_to_five(cast: Cast, monkeypatch: pytest.MonkeyPatch, station: Station) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)


@pytest.fixture
def relay(cast: Cast) -> Schedule:
    """The provincial relay, every morning of the year."""
    return on_air(cast, "Tiếp âm đài tỉnh", "05:30", seconds=1800, first_day=date(2026, 8, 1))


def test_the_week_names_what_goes_on_all_week_and_the_holiday(client: Client, cast: Cast, relay: Schedule) -> None:
    client.force_login(cast.lan)
    page = client.get("/lich-phat/?tuan=2026-09-02").content.decode()
    assert "Tiếp âm đài tỉnh · cả tuần" in page
    assert "Quốc khánh" in page
    assert "05:00–21:00" in page


def test_a_phone_shows_what_sounded_on_the_day_that_it_shows(
    client: Client, cast: Cast, relay: Schedule, signer: TestSigner
) -> None:
    compiler.compile_plans(signer=signer, now=cast.now)
    client.force_login(cast.lan)
    for day, shown in ((local(cast.now).date(), True), (local(cast.now).date() + timedelta(days=1), False)):
        page = client.get(f"/lich-phat/?ngay={day}").content.decode()
        assert "mark-week" in page
        assert ("mark-day" in page) is shown


def test_three_days_in_a_row_are_counted(cast: Cast) -> None:
    on_air(cast, "Lấy ý kiến", "17:00", first_day=date(2026, 9, 3), last_day=date(2026, 9, 5))
    found = weeks.week(cast.quy_mong, date(2026, 8, 31), cast.now)
    [line] = found.lines
    assert [[(item.number, item.many) for item in cell.items] for cell in line.cells] == [
        [], [], [], [(1, 3)], [(2, 3)], [(3, 3)], [],
    ]  # fmt: skip


def test_what_follows_in_one_session_is_one_row_and_a_day_off_is_named(client: Client, cast: Cast) -> None:
    Programme.objects.create(
        area=cast.quy_mong, name="Buổi trưa", starts=time(11), minutes=20, weekdays=[1, 2, 3, 4, 5, 6, 7]
    )
    day = date(2026, 8, 26)
    on_air(cast, "Lịch tiêm chủng", "11:00", first_day=date(2026, 8, 1))
    for clock_, title in (("11:01", "Cấp nước"), ("11:02", "Cắt điện")):
        on_air(cast, title, clock_, pattern="once", first_day=day, last_day=None)
    DayOff.objects.create(
        area=cast.quy_mong, kind="mourning", name="Quốc tang", document="Thông báo 3", effect="no_music", starts=day,
        ends=day,
    )  # fmt: skip
    found = weeks.week(cast.quy_mong, date(2026, 8, 24), cast.now)
    assert [(line.at, line.whole is None) for line in found.lines] == [("11:00", False), ("11:01", True)]
    assert [item.title for item in found.lines[1].cells[2].items] == ["Cấp nước", "Cắt điện"]
    client.force_login(cast.lan)
    assert "không phát nhạc (Quốc tang)" in client.get("/lich-phat/?tuan=2026-08-24").content.decode()


def test_what_stands_in_a_session_between_relays_is_in_the_order_of_the_clock(cast: Cast) -> None:
    Programme.objects.create(
        area=cast.quy_mong, name="Buổi chiều", starts="17:00", minutes=30, weekdays=[1, 2, 3, 4, 5, 6, 7]
    )
    for title, at_clock in (("Nhạc hiệu", "17:00"), ("Cảm ơn", "17:04")):
        on_air(cast, title, at_clock, first_day=date(2026, 8, 1))
    on_air(cast, "Khám sức khỏe", "17:20", first_day=date(2026, 9, 3), last_day=date(2026, 9, 5))
    found = weeks.week(cast.quy_mong, date(2026, 8, 31), cast.now)
    assert [(line.at, line.whole is None) for line in found.lines] == [
        ("17:00", False), ("17:04", False), ("17:20", True),
    ]  # fmt: skip


def test_a_group_sees_only_what_it_hears(client: Client, cast: Cast, station: Station) -> None:
    on_air(cast, "Riêng Ven sông", "17:00", target=Target(groups=(str(station.groups["Ven sông"].pk),)))
    client.force_login(cast.lan)
    for name, heard in (("Ven sông", True), ("Trung tâm", False)):
        page = client.get(f"/lich-phat/?nhom={station.groups[name].pk}").content.decode()
        assert ("Riêng Ven sông" in page) is heard
    assert client.get("/lich-phat/?nhom=khong-co").status_code == 404


def move(client: Client, schedule: Schedule, start: int, **more: str) -> tuple[int, str]:
    fields = {"at": str(start), "scope": "all", "clock": "03:15"} | more
    answer = client.post(f"/lich-phat/{schedule.pk}/doi-gio/", fields)
    return answer.status_code, answer.content.decode()


def test_half_past_five_to_quarter_past_three_is_refused_with_the_rule(
    client: Client, cast: Cast, relay: Schedule
) -> None:
    client.force_login(cast.lan)
    start = to_ms(at(cast, 5, 30, days=1))
    status, page = move(client, relay, start)
    assert status == 409
    assert "không phát trước 05:00" in page
    assert "Sớm nhất: 05:00" in page
    assert "05:30–06:00" in page
    assert "<del" in page
    assert 'name="token"' not in page
    assert Schedule.objects.count() == 1


def test_the_difference_is_shown_and_then_kept_as_a_request(client: Client, cast: Cast, relay: Schedule) -> None:
    client.force_login(cast.lan)
    start = at(cast, 5, 30, days=1)
    fields = {"scope": "one", "clock": "6h15", "day": f"{local(start):%d/%m/%Y}"}
    status, page = move(client, relay, to_ms(start), **fields)
    assert status == 200
    assert "06:15–06:45" in page
    assert Schedule.objects.count() == 1
    assert confirm(client, page).status_code == 302
    moved = Schedule.objects.exclude(pk=relay.pk).get()
    assert (moved.state, moved.replaces, moved.times) == (State.SUBMITTED, relay, ["06:15:00"])


def test_all_of_them_at_another_hour_wait_for_approval(client: Client, cast: Cast, relay: Schedule) -> None:
    client.force_login(cast.lan)
    assert confirm(client, move(client, relay, to_ms(at(cast, 5, 30, days=1)), clock="06:30")[1]).status_code == 302
    asked = Schedule.objects.exclude(pk=relay.pk).get()
    assert (asked.state, asked.times) == (State.SUBMITTED, ["06:30"])


def test_one_airing_is_taken_out_the_others_stay(client: Client, cast: Cast, relay: Schedule) -> None:
    client.force_login(cast.lan)
    start = to_ms(at(cast, 5, 30, days=1))
    page = client.post(f"/lich-phat/{relay.pk}/bo-lan/", {"at": str(start)}).content.decode()
    assert "không phát" in page
    assert confirm(client, page).status_code == 302
    relay.refresh_from_db()
    assert relay.dropped == [start]
    assert client.get(f"/lich-phat/{relay.pk}/?luc={start}").status_code == 404


def test_last_week_is_copied_and_sent_in_one_go(client: Client, cast: Cast) -> None:
    old = on_air(cast, "Tiết kiệm điện", "17:10", pattern="once", first_day=local(cast.now).date(), last_day=None)
    Version.objects.filter(pk__in=[old.version_id]).update(submitted_at=cast.now)
    Bulletin.objects.filter(pk=old.bulletin_id).update(state="approved")
    client.force_login(cast.lan)
    monday = weeks.monday_of(local(cast.now).date()) + timedelta(days=7)
    shown = client.post("/lich-phat/chep-tuan/", {"tuan": monday.isoformat()}).content.decode()
    assert "không phát" in shown
    assert Schedule.objects.count() == 1
    confirm(client, shown)
    page = client.get(f"/lich-phat/?tuan={monday}").content.decode()
    assert "1 mục của tuần này chưa gửi duyệt" in page
    client.post("/lich-phat/gui-duyet/", {"tuan": monday.isoformat()})
    assert Schedule.objects.get(first_day=local(cast.now).date() + timedelta(days=7)).state == State.SUBMITTED


def test_sessions_are_made_changed_and_closed_and_the_rules_hold(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    new = {"name": "Buổi chiều", "starts": "17h", "minutes": "30", "weekdays": ["1", "2", "3"]}
    late = client.post("/lich-phat/buoi/", new | {"starts": "22:00"})
    assert late.status_code == 422
    assert "không phát sau 21:00" in late.content.decode()
    assert client.post("/lich-phat/buoi/", new).status_code == 302
    row = Programme.objects.get()
    assert (row.starts, row.weekdays) == (time(17), [1, 2, 3])
    client.post(f"/lich-phat/buoi/{row.pk}/", new | {"minutes": "45"})
    client.post(f"/lich-phat/buoi/{row.pk}/dong/")
    row.refresh_from_db()
    assert row.minutes == 45
    assert row.closed_at is not None


def test_the_wall_gets_its_sheet(client: Client, cast: Cast, relay: Schedule) -> None:
    client.force_login(cast.lan)
    assert "Tiếp âm đài tỉnh" in client.get("/lich-phat/in/").content.decode()


def test_the_approver_looks_but_moves_nothing(client: Client, cast: Cast, relay: Schedule) -> None:
    client.force_login(cast.thanh)
    assert "Đổi giờ" not in client.get(f"/lich-phat/{relay.pk}/").content.decode()
    assert move(client, relay, to_ms(at(cast, 5, 30, days=1)))[0] == 403


def test_the_neighbour_sees_only_her_own_week(client: Client, cast: Cast, relay: Schedule) -> None:
    client.force_login(cast.mai)
    assert "Tiếp âm đài tỉnh" not in client.get("/lich-phat/").content.decode()
    assert client.get(f"/lich-phat/{relay.pk}/").status_code == 404
