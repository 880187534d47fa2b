"""Lan opens the files that people send her: the words stand on the page, what is not read aloud was left out."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import FilePayload, Page, expect

from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.tests.documents import makers
from loa.people.models import User
from tests.browser.checks import check_axe, check_sizes, check_width, take_picture
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]
BODY = (
    "Nhà máy nước sạch tạm ngừng cấp nước từ 8h đến 11h30 thứ Bảy ngày 22/8/2026, đoạn qua thôn 3.",
    "Đề nghị bà con chủ động trữ nước.",
)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
def desk(page: Page, site: str, sign_in: SignIn, cast: Cast) -> Page:
    """The page on which Lan writes."""
    bulletins.load_categories()
    sign_in(page, cast.lan)
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    return page


def choose(page: Page, name: str, data: bytes) -> None:
    file: FilePayload = {"name": name, "mimeType": WORD, "buffer": data}
    page.locator("#document-file").set_input_files(file)


def text(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_label("Chữ của bản tin")


def test_a_notice_in_word_fills_the_page_and_can_be_taken_back(desk: Page) -> None:
    desk.set_viewport_size({"width": 360, "height": 740})
    text(desk).fill("Chữ tôi viết dở.")
    choose(desk, "thong-bao.docx", makers.official(BODY))
    desk.get_by_text("Đã lấy chữ từ tệp “thong-bao.docx”").wait_for()
    expect(desk.get_by_label("Tên bản tin")).to_have_value("Thông báo về việc tạm ngừng cấp nước sinh hoạt")
    expect(text(desk)).to_have_value("\n".join(BODY))
    expect(desk.locator("#reading")).to_contain_text("thôn ba")
    desk.get_by_text("Đã bỏ: Tên cơ quan; Số, ký hiệu").click()
    for check in (check_axe, check_width, check_sizes):
        check(desk)
    take_picture(desk, "document-opened-360")
    desk.set_viewport_size({"width": 1280, "height": 800})
    take_picture(desk, "document-opened-1280")
    desk.get_by_role("button", name=re.compile("Lấy lại.*Nơi và ngày ký")).click()
    expect(text(desk)).to_have_value("\n".join(("Quy Mông, ngày 15 tháng 8 năm 2026", *BODY)))
    desk.get_by_role("button", name="Lấy lại chữ trước đó").click()
    expect(text(desk)).to_have_value("Chữ tôi viết dở.")
    expect(desk.get_by_label("Tên bản tin")).to_have_value("")


def test_the_words_of_a_file_are_kept_like_typed_ones(desk: Page) -> None:
    choose(desk, "thong-bao.docx", makers.official(BODY))
    desk.get_by_text("Đã lưu trên máy này").wait_for()
    desk.reload()
    expect(text(desk)).to_have_value("\n".join(BODY))
    desk.get_by_role("button", name="Giữ làm bản nháp").click()
    desk.get_by_text("Đã lưu lúc").wait_for()
    assert Bulletin.objects.get().versions.get().text == "\n".join(BODY)


def test_a_file_that_cannot_be_read_says_what_to_do_instead(desk: Page) -> None:
    text(desk).fill("Chữ tôi viết dở.")
    choose(desk, "cu.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"))
    desk.get_by_role("alert").filter(has_text="Word kiểu cũ").wait_for()
    expect(text(desk)).to_have_value("Chữ tôi viết dở.")
    take_picture(desk, "document-refused")
    desk.context.set_offline(True)
    choose(desk, "thong-bao.docx", makers.official(BODY))
    desk.get_by_role("alert").filter(has_text="Mất mạng").wait_for()
    desk.context.set_offline(False)
    choose(desk, "thong-bao.docx", makers.official(BODY))
    expect(text(desk)).to_have_value("\n".join(BODY))
    expect(desk.get_by_text("Mất mạng nên chưa đọc")).to_be_hidden()


def test_old_letters_are_converted_when_somebody_says_so(desk: Page) -> None:
    old = "ñy ban nh©n d©n x· Quy M«ng th«ng b¸o: nhµ m¸y n­íc s¹ch t¹m ngõng cÊp n­íc."
    new = "ủy ban nhân dân xã Quy Mông thông báo: nhà máy nước sạch tạm ngừng cấp nước."
    choose(desk, "cu.docx", makers.word(makers.p(old, font=".VnTime")))
    desk.get_by_text("Chữ kiểu cũ, cần chuyển sang Unicode").wait_for()
    expect(text(desk)).to_have_value("")
    check_axe(desk)
    take_picture(desk, "document-legacy")
    desk.get_by_role("button", name="Giữ nguyên").click()
    expect(text(desk)).to_have_value(old)
    desk.get_by_role("button", name="Bỏ chữ vừa lấy").click()
    text(desk).fill("")
    paste = """words => {
      const field = document.getElementById("id_text");
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", words);
      field.value = `Kính thưa bà con!\\n${words}`;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, clipboardData }));
    }"""
    desk.evaluate(paste, old)
    desk.get_by_role("button", name="Chuyển sang Unicode").click()
    expect(text(desk)).to_have_value(f"Kính thưa bà con!\n{new}")
