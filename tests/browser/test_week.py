"""Lịch phát in a real browser: the week, one item, a move to 03:15, the sessions, the sheet for the wall."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.broadcasts.models import Programme, Schedule, State
from loa.broadcasts.queries.weeks import monday_of
from loa.broadcasts.tests.conftest import on_air, settle, speaker
from loa.devices.models import DeviceGroup
from loa.kernel import clock
from loa.people.models import User
from tests.browser.checks import take_picture, visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


@pytest.fixture
def town(page: Page, sign_in: SignIn, cast: Cast) -> Cast:
    """Relays all week, a notice on three days, a session; Lan is signed in."""
    speakers = [speaker(cast, cast.quy_mong, number) for number in range(1, 9)]
    DeviceGroup.objects.create(area=cast.quy_mong, name="Ven sông").members.set(speakers[3:6])
    settle(speakers, clock.now())
    Programme.objects.create(
        area=cast.quy_mong, name="Buổi chiều", starts="17:00", minutes=30, weekdays=[1, 2, 3, 4, 5, 6, 7]
    )
    monday = monday_of(clock.local(clock.now()).date())
    end = monday + timedelta(days=60)
    on_air(cast, "Nhạc hiệu, Quốc ca", "05:00", first_day=monday, last_day=end, recurring_part=True)
    on_air(cast, "Tiếp âm đài tỉnh", "05:30", seconds=1800, filling=True, first_day=monday, last_day=end)
    three = monday + timedelta(days=10)
    on_air(cast, "Lấy ý kiến bồi thường", "17:00", first_day=three, last_day=three + timedelta(days=2))
    on_air(cast, "Phòng cháy mùa khô", "17:05", pattern="once", first_day=three, last_day=None)
    sign_in(page, cast.lan)
    return cast


def next_week() -> str:
    return (monday_of(clock.local(clock.now()).date()) + timedelta(days=10)).isoformat()


def test_the_pages_of_the_week(page: Page, site: str, town: Cast) -> None:
    Schedule.objects.filter(version__title="Phòng cháy mùa khô").update(state=State.DRAFT)
    visit(page, f"{site}{reverse('broadcasts:week')}?ngay={next_week()}", name="week")
    expect(page.get_by_role("button", name="Gửi duyệt cả tuần")).to_be_visible()
    visit(page, f"{site}{reverse('broadcasts:programmes')}", name="programmes")
    visit(page, f"{site}{reverse('broadcasts:programme', args=[Programme.objects.get().pk])}", name="programme")


def test_a_move_to_a_quarter_past_three_is_refused_and_nothing_changes(page: Page, site: str, town: Cast) -> None:
    page.goto(f"{site}{reverse('broadcasts:week')}?ngay={next_week()}")
    page.get_by_role("link", name="Tiếp âm đài tỉnh").click()
    page.get_by_role("heading", name="Đổi giờ").wait_for()
    visit(page, page.url, name="week-item")
    page.get_by_text("Mọi lần lúc 05:30").click()
    page.get_by_label("Giờ mới").fill("3h15")
    page.get_by_role("button", name="Xem thay đổi").click()
    page.get_by_text("không phát trước 05:00").wait_for()
    page.get_by_text("Từ chối").first.wait_for()
    take_picture(page, "week-move")
    page.get_by_role("link", name="Giữ lịch cũ, 05:30").click()
    page.get_by_role("heading", name="Lịch phát").wait_for()


def test_an_item_dragged_to_another_day_shows_what_would_change(page: Page, site: str, town: Cast) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site}{reverse('broadcasts:week')}?ngay={next_week()}")
    thursday, friday = (page.locator("td[data-clock='17:00']").nth(day) for day in (3, 4))
    thursday.get_by_role("link", name="Phòng cháy mùa khô").drag_to(friday)
    difference = page.locator("section", has=page.locator("#h-diff"))
    expect(difference).to_contain_text("17:01, thứ Sáu")
    expect(page.get_by_role("button", name="Xin đổi sang 17:01")).to_be_visible()
    assert Schedule.objects.filter(replaces__isnull=False).count() == 0
    page.get_by_text("Chọn buổi còn chỗ").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Xin đổi sang 17:00")).to_be_visible()
    page.get_by_text("Chọn nơi phát", exact=True).click()
    page.get_by_text("Ven sông", exact=True).click()
    page.get_by_role("button", name="Xem nơi phát thay đổi").click()
    expect(difference).to_contain_text("Bớt 5 cụm")
    visit(page, page.url.replace("doi-noi/", ""), name="week-item-places", themes=["light"])


def test_the_sheet_for_the_wall(page: Page, site: str, town: Cast) -> None:
    page.goto(f"{site}{reverse('broadcasts:week_paper')}?tuan={next_week()}")
    page.get_by_text("Lấy ý kiến bồi thường").first.wait_for()
    take_picture(page, "week-paper")
