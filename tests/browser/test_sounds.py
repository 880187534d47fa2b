"""Lan records, sends files, goes on writing when her sign-in has run out: in a real browser, with real sounds."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings

from loa.broadcasts.models import Schedule, State
from loa.bulletins.models import Bulletin
from loa.media.models import Origin, Sound
from loa.media.tests import sounds
from loa.people.models import User
from tests.browser.checks import at_least, check_axe, check_width
from tests.browser.test_compose import SOUND, TEXT, town, work, write
from tests.cast import Cast

__all__ = ["town"]
pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]
TITLE = "Họp thôn 2"


@pytest.fixture
def compose(page: Page, site: str, town: Cast, settings: Settings, tmp_path: Path) -> Iterator[Page]:
    """The empty page, on a phone."""
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    page.get_by_label("Tên bản tin").fill(TITLE)
    page.get_by_label("Lĩnh vực").select_option("livelihood")
    return page


def choose(page: Page, file: Path) -> None:
    page.get_by_text("Tải tệp tiếng, video", exact=True).click()
    page.locator("#upload").set_input_files(file)


def test_a_recording_becomes_the_sound_of_the_draft_and_is_handed_in(compose: Page) -> None:
    page = compose
    page.get_by_text("Thu giọng tôi").click()
    page.get_by_role("button", name="Thu", exact=True).click()
    expect(page.locator(f"{SOUND} [data-recorder] .clock-big")).to_have_text(at_least(3))
    page.get_by_role("button", name="Thu xong").click()
    expect(page.locator("[data-what]")).to_contain_text(at_least(3, "Đoạn thu "))
    page.get_by_role("button", name="Dùng đoạn này").click()
    expect(page.locator("#sound-now")).to_contain_text(re.compile(r"Đang xử lý tiếng\s*\d+%"))
    expect(page).to_have_url(re.compile(r"/soan-ban-tin/[0-9a-f-]{36}/"))
    work()
    expect(page.locator("#sound-now .wave path").first).to_have_attribute("d", re.compile("^M2 .*V"))
    expect(page.locator("#sound-now")).to_contain_text(at_least(2, "Thu trên trình duyệt, dài "))
    check_axe(page)
    check_width(page)
    bulletin = Bulletin.objects.get()
    assert bulletin.versions.get().title == TITLE
    assert Sound.objects.get().origin == Origin.RECORDED
    expect(page.locator("#sound-now")).to_contain_text("Chưa dùng được")  # nobody speaks in this browser, it beeps
    page.get_by_label("Vì sao vẫn dùng tiếng này?").fill("Thử micro trước buổi phát, không thu lại được.")
    page.get_by_role("button", name="Gửi duyệt").click()
    page.get_by_role("heading", name="Ai sẽ duyệt").wait_for()
    assert Schedule.objects.get().state == State.SUBMITTED
    page.goto(page.url.split("/ban-tin/")[0] + reverse("broadcasts:compose"))
    page.get_by_label("Tên bản tin").wait_for()
    page.locator("form[data-draft-read]").wait_for()
    expect(page.get_by_label("Tên bản tin")).to_have_value("")


def test_a_film_from_a_telephone_is_taken_for_its_sound(compose: Page, tmp_path: Path) -> None:
    choose(compose, sounds.video(tmp_path / "hop.mp4", sounds.sine(3)))
    expect(compose.locator("#sound-now")).to_contain_text("Đang xử lý tiếng")
    work()
    expect(compose.locator("#sound-now")).to_contain_text("Tải tệp lên, dài 0:03")


def test_what_is_no_sound_is_refused_on_the_page_and_the_good_one_stays_at_hand(compose: Page, tmp_path: Path) -> None:
    page = compose
    empty = tmp_path / "rong.mp3"
    empty.touch()
    choose(page, empty)
    expect(page.locator(f"{SOUND} [data-upload] [data-error]")).to_contain_text("Tệp này rỗng")
    assert not Bulletin.objects.exists()
    choose(page, sounds.encoded(tmp_path / "hop.mp3", sounds.sine(2), "libmp3lame"))
    page.locator("#sound-now").get_by_text("Đang xử lý").wait_for()
    work()
    page.get_by_role("button", name="Nghe cả bản tin").wait_for()
    letter = tmp_path / "cong-van.mp3"
    letter.write_text("Kính gửi Ủy ban nhân dân xã\n" * 200)
    choose(page, letter)
    page.locator("#sound-now").get_by_text("Đang xử lý").wait_for()
    work()
    refused = page.locator("#sound-now")
    expect(refused).to_contain_text("không phải tệp tiếng mà Loa đọc được")
    expect(page.get_by_label("Tên bản tin")).to_have_value(TITLE)
    page.get_by_role("button", name="Dùng lại tiếng trước").click()
    page.get_by_role("button", name="Nghe cả bản tin").wait_for()
    assert Bulletin.objects.get().versions.get().sound == Sound.objects.get(state="ready")


def test_an_upload_goes_on_by_itself_when_the_line_is_back(compose: Page, tmp_path: Path) -> None:
    page = compose
    page.context.set_offline(True)
    choose(page, sounds.encoded(tmp_path / "hop.m4a", sounds.sine(2), "aac"))
    expect(page.locator(f"{SOUND} [data-upload] [data-rest]")).to_contain_text("có mạng thì tự tải tiếp")
    expect(page.locator("#drafts-state")).to_contain_text("Mất kết nối từ")
    page.context.set_offline(False)
    expect(page.locator("#sound-now")).to_contain_text("Đang xử lý tiếng")
    assert Sound.objects.count() == 1


def test_a_sign_in_that_ran_out_costs_no_word(page: Page, site: str, town: Cast, sign_in: SignIn) -> None:
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    write(page)
    expect(page.locator("#page-problem")).to_contain_text("Phiên làm việc đã hết")
    page.get_by_label("Chữ của bản tin").fill(f"{TEXT} Xin nhắc lại.")
    page.get_by_role("button", name="Giữ làm bản nháp").click()
    page.get_by_role("heading", name="Đăng nhập").wait_for()
    sign_in(page, town.lan)
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    expect(page.get_by_label("Chữ của bản tin")).to_have_value(f"{TEXT} Xin nhắc lại.")
    page.get_by_role("button", name="Giữ làm bản nháp").click()
    page.get_by_text("Đã lưu lúc").wait_for()
    assert Bulletin.objects.get().versions.get().text == f"{TEXT} Xin nhắc lại."


def test_of_two_open_pages_a_person_chooses_which_one_stays(page: Page, site: str, town: Cast) -> None:
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    write(page)
    page.get_by_role("button", name="Giữ làm bản nháp").click()
    expect(page).to_have_url(re.compile(r"/soan-ban-tin/[0-9a-f-]{36}/"))
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Chữ của bản tin").fill("Trang hai.")
    other.get_by_role("button", name="Giữ làm bản nháp").click()
    other.get_by_text("Đã lưu lúc").wait_for()
    page.get_by_label("Chữ của bản tin").fill("Trang một.")
    page.get_by_role("button", name="Giữ làm bản nháp").click()
    page.get_by_text("Hãy chọn giữ bản nào").wait_for()
    check_axe(page)
    page.get_by_role("link", name="Lấy bản kia").click()
    expect(page.get_by_label("Chữ của bản tin")).to_have_value("Trang hai.")
    page.locator("form[data-draft-read]").wait_for()
    expect(page.locator("#drafts-state")).to_be_hidden()


def test_one_press_cuts_the_silence_that_the_check_found(compose: Page, tmp_path: Path) -> None:
    """Both can be heard then, and the one before can be had back."""
    page = compose
    late = np.concatenate([sounds.sine(6, level=0.00001), sounds.sine(3)])
    choose(page, sounds.wav(tmp_path / "hop.wav", late))
    page.locator("#sound-now").get_by_text("Đang xử lý").wait_for()
    work()
    page.get_by_role("button", name="Cắt khoảng lặng").click()
    expect(page.locator("#sound-now")).to_contain_text(re.compile(r"Đang xử lý tiếng\s*\d+%"))
    work()
    page.get_by_role("button", name="Nghe tiếng trước khi sửa").wait_for()
    expect(page.get_by_role("button", name="Cắt khoảng lặng")).to_have_count(0)
    check_axe(page)
    check_width(page)
    mended = Bulletin.objects.get().versions.get().sound
    assert mended is not None
    assert mended.origin == Origin.EDITED
    assert mended.duration_ms < 4_000
    page.get_by_role("button", name="Dùng lại tiếng trước").click()
    page.get_by_role("button", name="Cắt khoảng lặng").wait_for()
    assert Bulletin.objects.get().versions.get().sound == mended.made_from
