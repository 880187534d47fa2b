"""Bảo looks after the voices in a real browser: hears them, adds a service, puts it first, takes it away."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.media.models import InstalledVoice
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


def test_the_page_of_voices(page: Page, site: str, cast: Cast, sign_in: SignIn) -> None:
    sign_in(page, cast.bao)
    page.goto(f"{site}{reverse('people:people')}")
    page.get_by_role("link", name="Giọng đọc").first.click()
    with page.expect_response(lambda answer: "nghe.wav" in answer.url) as sound:
        page.get_by_role("button", name="Nghe Giọng máy dự phòng", exact=True).click()
    assert sound.value.ok
    for name, identifier in (("Giọng Công ty A", "cong-ty-a"), ("Giọng Công ty B", "cong-ty-b")):
        page.get_by_label("Tên mọi người thấy").fill(name)
        page.get_by_label("Mã ngắn").fill(identifier)
        page.get_by_label("Địa chỉ").fill("https://doc.example.vn/v1")
        page.get_by_label("Tên giọng của dịch vụ").fill("mai")
        page.get_by_label("Giấy phép hoặc hợp đồng").fill("hợp đồng 12/2026")
        page.get_by_label("Khóa", exact=False).last.fill("bi-mat")
        page.get_by_role("button", name="Thêm giọng").click()
        page.get_by_text(f"Đã thêm giọng “{name}”").wait_for()
    visit(page, page.url, name="voices")
    page.get_by_role("button", name="Lên trước Giọng Công ty B").click()
    page.get_by_text("được dùng sớm hơn").wait_for()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Giọng Công ty B")
    page.locator("summary").filter(has_text="Gỡ Giọng Công ty A").click()
    page.get_by_role("button", name="Gỡ giọng này").first.click()
    page.get_by_text("Đã gỡ giọng “Giọng Công ty A”").wait_for()
    assert [row.pk for row in InstalledVoice.objects.all()] == ["cong-ty-b"]
