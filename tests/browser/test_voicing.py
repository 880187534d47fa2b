"""Lan lets another voice read: the page has it spoken at once, and only what sounds otherwise is spoken anew."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.media.models import Sound
from loa.media.voices.base import Pcm
from loa.media.voices.espeak import Espeak
from tests.browser.test_compose import town, work
from tests.cast import Cast, hear

__all__ = ["town"]
pytestmark = pytest.mark.usefixtures("quiet_gateway")
SOUTH = "espeak/vi-vn-x-south"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sentences that the voice has really spoken."""
    heard: list[str] = []
    really = Espeak.synthesise

    def speak(self: Espeak, text: str, *, dialect: str, speed: float) -> Pcm:
        heard.append(text)
        return really(self, text, dialect=dialect, speed=speed)

    monkeypatch.setattr(Espeak, "synthesise", speak)
    return heard


def newest(page: Page) -> Sound:
    """What the worker makes of the last press, once the page has it."""
    page.get_by_text("Đang tạo tiếng").wait_for()
    sound = Sound.objects.get(state="waiting")
    work()
    page.get_by_role("button", name="Nghe cả bản tin").wait_for()
    sound.refresh_from_db()
    return sound


def test_voice_rests_and_one_changed_sentence(page: Page, site: str, town: Cast, said: list[str]) -> None:
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    page.get_by_label("Tên bản tin").fill("Họp thôn 2")
    words = page.get_by_label("Chữ của bản tin")
    words.fill("Họp thôn hai. Mang giấy tờ.")
    page.get_by_role("button", name="Tạo tiếng").click()
    assert newest(page).voice == "espeak/vi"
    page.get_by_label("Giọng", exact=True).select_option(SOUTH)
    south = newest(page)
    assert south.voice == SOUTH
    assert len(said) == 4
    hear(town.lan, south, south.made_at)

    page.get_by_label("Nghỉ giữa các câu").select_option("long")
    assert newest(page).pauses == 1.5
    assert len(said) == 4, "rests are no words"
    expect(page.locator("[data-hear-words]")).to_have_text("Đã nghe đủ 2 câu")

    words.fill("Họp thôn hai. Mang căn cước.")
    page.get_by_role("button", name="Tạo lại tiếng").click()
    assert newest(page).voice == SOUTH
    assert said[4:] == ["Mang căn cước."]
    expect(page.locator("[data-hear-words]")).to_have_text("Đã nghe 1 trên 2 câu")

    page.get_by_label("Tốc độ đọc").select_option("slow")
    assert newest(page).speed == 0.85
    assert len(said) == 7, "another speed is another sound"
    expect(page.locator("[data-hear-words]")).to_have_text("Đã nghe 0 trên 2 câu")
