"""Lan has the name of the station spoken, puts a template together, opens her sessions, fills a sentence in."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.broadcasts.models import Programme, Schedule
from loa.bulletins.models import Bulletin
from loa.kernel import clock
from loa.media.actions import lay_out_blocks
from loa.media.blocks import generators
from loa.media.models import Block, OwnTemplate, Sound, SoundState
from loa.people.models import User
from tests.browser.checks import visit
from tests.browser.test_compose import town, work
from tests.cast import Cast

__all__ = ["town"]
pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]
KEYS = ("gong_two", "opening_strings", "opening_bells", "siren_leave")


@pytest.fixture
def shelf(town: Cast, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the nation's blocks these four."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(generators, "NATIONAL", {key: generators.NATIONAL[key] for key in KEYS})
    lay_out_blocks(now=clock.now())
    work()


def test_an_opening_of_her_own_choice(page: Page, site: str, shelf: None) -> None:
    page.goto(f"{site}{reverse('broadcasts:library')}")
    page.get_by_role("link", name="Nhạc hiệu và mẫu").click()
    page.get_by_text("Chọn tiếng khác (1)").click()
    page.get_by_role("button", name=re.compile("Dùng tiếng này.*chuông")).click()
    page.get_by_text("Từ nay dùng “Mở đầu: chuông” làm mở đầu.").wait_for()
    page.get_by_role("button", name="Tạo lời xướng").click()
    page.get_by_text("Xướng tên đài: đang xử lý").wait_for()
    work()
    work()
    expect(page.get_by_role("button", name="Tạo lại lời xướng")).to_be_visible()
    assert Sound.objects.get(block=Block.STATION_CALL).state == SoundState.READY
    page.get_by_label("Tên mẫu").fill("Tin nhanh")
    page.get_by_label("Phần 5").select_option("")
    page.get_by_role("button", name="Thêm mẫu").click()
    page.get_by_text("mở đầu – bản tin", exact=True).wait_for()
    assert OwnTemplate.objects.get().parts == ["opening", 500, "speech", 500]
    visit(page, page.url, name="blocks")
    morning = Programme.objects.get(name="Buổi sáng")
    page.goto(f"{site}{reverse('broadcasts:programme', args=[morning.pk])}")
    visit(page, page.url, name="programme-frame")
    page.get_by_role("radio", name="Nhạc mở đầu, rồi xướng tên đài").check()
    page.get_by_role("button", name="Soạn phần mở đầu").click()
    page.get_by_role("heading", name="Mở đầu Buổi sáng").wait_for()
    work()
    page.get_by_role("button", name="Nghe cả bản tin").wait_for()
    assert Schedule.objects.get().recurring_part


def test_a_meeting_is_filled_in(page: Page, site: str, town: Cast) -> None:
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    page.get_by_role("link", name="Câu có sẵn").click()
    visit(page, page.url, name="prompts")
    page.get_by_role("link", name=re.compile("Dùng câu này.*Mời họp")).click()
    visit(page, page.url, name="prompt")
    for label, value in (("Thôn, tổ", "thôn 5"), ("Giờ", "7h30"), ("Ngày", "25/8/2026"), ("Nơi họp", "nhà văn hóa")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Soạn bản tin").click()
    page.get_by_role("heading", name="Mời họp").wait_for()
    text = "Mời bà con thôn 5 đến họp lúc 7h30 ngày 25/8/2026 tại nhà văn hóa."
    expect(page.get_by_label("Chữ của bản tin")).to_have_value(text)
    assert Bulletin.objects.get().versions.get().sound is not None
