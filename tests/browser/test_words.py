"""Lan teaches the machine a name of her commune in a real browser: on the page of the lexicon, and while she writes."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.bulletins import actions as bulletins
from loa.kernel import clock
from loa.media import actions as media
from loa.media.models import LexiconEntry
from loa.people.models import User
from tests.browser.checks import take_picture, visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


def heard(page: Page, button: str) -> bool:
    """Whether pressing the button brings sound."""
    with page.expect_response(lambda answer: "nghe-thu.wav" in answer.url) as sound:
        page.get_by_role("button", name=button, exact=True).click()
    return sound.value.ok


def test_the_page_of_words(page: Page, site: str, cast: Cast, sign_in: SignIn) -> None:
    media.put_word(actor=cast.minh_anh, area=cast.lao_cai, written="HTX", spoken="hợp tác", now=clock.now())
    sign_in(page, cast.lan)
    visit(page, f"{site}{reverse('media:words')}", name="words-empty", themes=("light",))
    page.get_by_label("Viết là").fill("Khe Lếch")
    page.get_by_label("Đọc là").fill("khe lệch")
    assert heard(page, "Nghe cách đọc đang ghi")
    page.get_by_role("button", name="Thêm từ").click()
    page.get_by_text("Từ nay “Khe Lếch” đọc là “khe lệch”").wait_for()
    visit(page, page.url, name="words")
    assert heard(page, "Nghe Khe Lếch")
    page.get_by_role("link", name="Sửa Khe Lếch").click()
    page.get_by_label("Đọc là").fill("khe 2")
    page.get_by_role("button", name="Lưu cách đọc").click()
    page.get_by_text("Số cũng ghi bằng chữ").wait_for()
    take_picture(page, "words-refused")
    page.get_by_label("Tìm chữ viết hoặc cách đọc").press_sequentially("hop tac")
    row = page.get_by_role("row").filter(has_text="Tỉnh Lào Cai")
    expect(row).to_contain_text("hợp tác")
    expect(page.get_by_text("Không có từ riêng nào khớp")).to_be_visible()
    row.get_by_role("link", name="Đọc khác HTX").click()
    expect(page.get_by_label("Đọc là")).to_have_value("hợp tác")
    page.get_by_label("Đọc là").fill("hợp tác xã nhà")
    page.get_by_role("button", name="Lưu cách đọc").click()
    expect(page.get_by_text("Ở đây đọc khác").first).to_be_visible()
    page.get_by_role("button", name="Xóa HTX").click()
    page.get_by_text("Đã xóa cách đọc riêng của “HTX”").wait_for()
    assert LexiconEntry.objects.filter(area=cast.quy_mong).get().spoken == "khe lệch"


def test_a_word_is_taught_in_one_press_where_it_is_met(page: Page, site: str, cast: Cast, sign_in: SignIn) -> None:
    bulletins.load_categories()
    sign_in(page, cast.lan)
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    page.get_by_label("Chữ của bản tin").fill("Nhà máy thay van HQT và KQZ trong sáng nay.")
    expect(page.locator("#reading mark")).to_have_count(2)
    page.get_by_label("“HQT” đọc là").fill("hát quy tê mới")
    page.get_by_role("button", name="Luôn đọc như vậy ở xã Quy Mông cho chữ HQT").click()
    told = page.get_by_role("status").filter(has_text="Đã ghi vào từ điển đọc")
    expect(told).to_be_focused()
    expect(page.locator("#spoken")).to_contain_text("thay van hát quy tê mới")
    expect(page.locator("#reading mark")).to_have_count(1)
    page.set_viewport_size({"width": 360, "height": 740})
    take_picture(page, "compose-taught-360")
    page.get_by_label("“KQZ” đọc là").fill("số 1")
    page.get_by_role("button", name="Luôn đọc như vậy ở xã Quy Mông cho chữ KQZ").click()
    expect(page.get_by_role("alert").filter(has_text="Chưa ghi được vào từ điển")).to_be_focused()
    assert LexiconEntry.objects.get().written == "HQT"
    page.get_by_role("link", name="Từ điển đọc của xã Quy Mông").click()
    expect(page.get_by_role("row").filter(has_text="HQT")).to_contain_text("hát quy tê mới")
