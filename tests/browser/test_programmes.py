"""Lan puts an opening before a notice and hears it: the page says beforehand how long that will be."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.bulletins.models import Bulletin
from loa.kernel import clock
from loa.media.actions import lay_out_blocks
from loa.media.blocks import generators
from loa.media.models import Origin, Sound
from loa.people.models import User
from tests.browser.checks import visit
from tests.browser.test_compose import town, work, write
from tests.cast import Cast

__all__ = ["town"]
pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


@pytest.fixture
def gong(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the nation's blocks only this one."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(generators, "NATIONAL", {"gong_three": generators.NATIONAL["gong_three"]})


def test_a_gong_before_a_notice(page: Page, site: str, town: Cast, gong: None) -> None:
    lay_out_blocks(now=clock.now())
    work()
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    write(page)
    page.get_by_role("button", name="Tạo tiếng").click()
    page.get_by_text("Đang tạo tiếng").wait_for()
    work()
    page.get_by_role("button", name="Nghe cả bản tin").wait_for()
    page.get_by_text("Nhạc hiệu, lời xướng, nhạc nền").click()
    template = page.get_by_role("radio", name="Chuông - bản tin")
    expect(template.locator("xpath=..")).to_contain_text("0:03 tiếng chuông +")
    expect(page.get_by_role("radio", name="Bản tin có nhạc nền")).to_be_disabled()
    visit(page, page.url, name="compose-templates")
    page.get_by_text("Nhạc hiệu, lời xướng, nhạc nền").click()
    template.check()
    page.get_by_role("button", name="Dựng theo mẫu đã chọn").click()
    page.get_by_text("Đang xử lý tiếng").wait_for()
    work()
    page.get_by_text("Dựng theo mẫu, dài").wait_for()
    expect(page.get_by_role("radio", name="Chuông - bản tin")).to_be_checked()
    built = Bulletin.objects.get().versions.latest("number").sound
    assert built is not None
    assert built.origin == Origin.BUILT
    assert built.made_from is not None
    assert built.duration_ms == 3_000 + 300 + built.made_from.duration_ms
    assert Sound.objects.get(block="gong").duration_ms == 3_000
