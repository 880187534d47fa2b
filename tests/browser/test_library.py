"""Lan finds a sound in a real browser, Thành lets others use it, Mai of Trấn Yên makes a draft of it."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.tests import stories
from loa.kernel import clock
from loa.media import store
from loa.media.models import Block, Origin, Sound
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


@pytest.fixture
def sounds(cast: Cast, settings: Any, tmp_path: Path) -> Sound:
    """A jingle, a machine's voice, and the water notice that Thành approved."""
    settings.MEDIA_ROOT = tmp_path
    bulletins.load_categories()
    stories.sound_of(cast, title="Nhạc hiệu sáng", block=Block.JINGLE, origin=Origin.UPLOADED, wave=[40, 60] * 100)
    stories.sound_of(cast, title="Thời tiết", origin=Origin.SYNTHESISED, voice="espeak/bac", wave=[30, 70] * 100)
    bulletin = stories.submitted(cast, sound=stories.sound_of(cast, wave=[20, 80] * 100).pk)
    stories.approve(cast, bulletin)
    sound = Sound.objects.get(title="Tạm ngừng cấp nước")
    path = store.path_of(sound.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"OggS")
    return sound


def test_a_sound_is_found_shared_and_used_again(
    page: Page, new_page: Callable[..., Page], site: str, cast: Cast, sign_in: SignIn, sounds: Sound
) -> None:
    sign_in(page, cast.lan)
    visit(page, f"{site}{reverse('broadcasts:library')}", name="library")
    page.get_by_label("Tìm theo tên hoặc lời đọc").fill("tam ngung cap")
    page.get_by_role("button", name="Tìm", exact=True).click()
    expect(page.get_by_role("link", name="Nhạc hiệu sáng")).to_have_count(0)
    page.get_by_role("link", name="Tạm ngừng cấp nước").click()
    expect(page.get_by_role("heading", name="Lưu giữ")).to_be_visible()
    visit(page, page.url, name="library-sound", themes=("light",))
    Sound.objects.filter(title="Thời tiết").update(made_at=clock.now() - timedelta(days=80))
    visit(page, f"{site}{reverse('broadcasts:library_going')}", name="library-going", themes=("light",))
    expect(page.get_by_text("Sẽ xóa ngày").first).to_be_visible()
    page.go_back()

    sign_in(page, cast.thanh)
    page.reload()
    page.get_by_label("Ghi nguồn là").fill("Xã Quy Mông, tỉnh Lào Cai")
    page.get_by_role("button", name="Cho đơn vị khác dùng").click()
    page.get_by_text("Đang cho dùng chung").wait_for()

    theirs = new_page()
    sign_in(theirs, cast.mai)
    visit(theirs, f"{site}{reverse('broadcasts:library')}?kho=chung", name="library-shared", themes=("light",))
    theirs.get_by_role("link", name="Tạm ngừng cấp nước").click()
    theirs.get_by_role("button", name="Dùng lại thành bản tin mới").click()
    expect(theirs.get_by_label("Tên bản tin")).to_have_value("Tạm ngừng cấp nước")
    expect(theirs.get_by_text("Nguồn: Xã Quy Mông, tỉnh Lào Cai, duyệt ngày")).to_be_visible()
    assert Bulletin.objects.get(area=cast.tran_yen).author == cast.mai


def test_a_draft_takes_its_sound_from_the_library(
    page: Page, site: str, cast: Cast, sign_in: SignIn, sounds: Sound
) -> None:
    sign_in(page, cast.lan)
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    page.get_by_label("Tên bản tin").fill("Mở đầu buổi sáng")
    page.get_by_role("button", name="Lấy từ thư viện").click()
    page.get_by_role("heading", name="Lấy tiếng từ thư viện").wait_for()
    page.get_by_role("button", name=re.compile("Đưa vào bản tin.*Nhạc hiệu sáng")).click()
    page.get_by_text("Đã đưa tiếng vào bản tin").wait_for()
    expect(page.get_by_label("Tên bản tin")).to_have_value("Mở đầu buổi sáng")
    expect(page.get_by_role("button", name="Nghe cả bản tin")).to_be_visible()
