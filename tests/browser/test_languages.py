"""Lan puts Mông before Vietnamese for Quy Mông, and adds it to a notice, on a telephone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from loa.areas.models import AreaLanguages
from loa.bulletins import actions as bulletins
from loa.bulletins import queries
from loa.bulletins.models import Bulletin
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


def test_mong_first(page: Page, site: str, sign_in: SignIn, cast: Cast) -> None:
    bulletins.load_categories()
    page.set_viewport_size({"width": 360, "height": 780})
    sign_in(page, cast.lan)
    visit(page, f"{site}/lich-phat/ngon-ngu/")
    page.set_viewport_size({"width": 360, "height": 780})
    page.get_by_label("Phát thêm ngôn ngữ").select_option("hmn")
    page.get_by_role("button", name="Thêm vào cuối").click()
    page.get_by_role("button", name=re.compile("Lên.*Tiếng Mông")).click()
    expect(page.locator("ol.rows strong").first).to_have_text("Tiếng Mông")
    page.get_by_role("button", name="Lưu thứ tự này").click()
    page.get_by_role("button", name="Xác nhận thay đổi").click()
    expect(page.get_by_text("Tiếng Mông, rồi tiếng Việt.")).to_be_visible()
    assert AreaLanguages.objects.get().languages == ["hmn", "vi"]
    visit(page, f"{site}/soan-ban-tin/")
    page.get_by_label("Tên bản tin").fill("Tạm ngừng cấp nước")
    page.get_by_text("Thêm ngôn ngữ", exact=True).click()
    page.get_by_label("Chọn ngôn ngữ").select_option("hmn")
    page.get_by_label("Chữ của ngôn ngữ này").fill("Tsis muaj dej.")
    page.get_by_role("button", name="Thêm ngôn ngữ này").click()
    expect(page.get_by_role("heading", name="Tiếng Mông")).to_be_visible()
    version = queries.newest(Bulletin.objects.get())
    assert [(one.language, one.text) for one in queries.further(version)] == [("hmn", "Tsis muaj dej.")]
    visit(page, page.url)
    page.get_by_role("button", name=re.compile("Bỏ.*tiếng Mông")).click()
    expect(page.get_by_role("heading", name="Tiếng Mông")).to_have_count(0)
