"""Thành hears a machine's voice sentence by sentence: the button opens when every one was heard, in every language."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.broadcasts.actions import submit
from loa.broadcasts.actions.composing import put_on_air
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import settle, speaker
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Approval, Bulletin
from loa.bulletins.rules import Draft, Further
from loa.kernel import clock
from loa.media import actions as media
from loa.media.models import HeardSentence, Sound
from loa.people.models import User
from tests.browser.checks import visit
from tests.browser.test_compose import recorded
from tests.cast import Cast, hear

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]
MONG = "Hnub no peb sib tham."
WHY = "Bản thu duy nhất của già làng."
TEXT = "Họp thôn hai. Mời bà con đến nhà văn hóa. Nhớ mang theo giấy tờ."


@pytest.fixture
def bulletin(cast: Cast) -> Bulletin:
    """A notice of three sentences in a machine's voice that waits for approval, unheard."""
    return handed_in(cast, spoken(cast, TEXT))


def spoken(cast: Cast, text: str, language: str = "vi") -> Sound:
    """Real sound of a machine, taken for one that speaks this language."""
    made = media.synthesise(
        actor=cast.lan, area=cast.quy_mong, text=text, voice="espeak/vi", speed=1.3, now=clock.now()
    )
    media.ingest(sound_id=made.pk, now=clock.now())
    Sound.objects.filter(pk=made.pk).update(language=language)
    return made


def handed_in(cast: Cast, own: Sound, *languages: Further) -> Bulletin:
    """Lan's notice for the day after tomorrow; of what her machine says she has heard nothing."""
    bulletins.load_categories()
    now = clock.now()
    settle([speaker(cast, cast.quy_mong, number) for number in range(1, 3)], now)
    draft = Draft(
        title="Họp thôn 2", text=TEXT, spoken=TEXT, sound=own.pk, category="livelihood", languages=tuple(languages)
    )
    row = bulletins.create_draft(actor=cast.lan, bulletin_id=uuid.uuid4(), area=cast.quy_mong, draft=draft, now=now)
    when = When("once", clock.local(now).date() + timedelta(days=2), ("17:00",))
    put_on_air(actor=cast.lan, bulletin_id=row.pk, area=cast.quy_mong, when=when, target=Target(), now=now)
    submit(actor=cast.lan, bulletin_id=row.pk, now=now)
    return row


def test_one_sentence_then_the_others_then_the_button(
    page: Page, site: str, bulletin: Bulletin, cast: Cast, sign_in: SignIn
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, cast.thanh)
    address = f"{site}{reverse('broadcasts:approve_one', args=[bulletin.pk])}"
    visit(page, address, name="approve-unheard")
    approve, told = page.locator("[data-until-heard]"), page.locator("[data-hear-words]")
    expect(told).to_have_text("Đã nghe 0 trên 3 câu")
    expect(approve).to_have_attribute("aria-disabled", "true")
    page.locator("[data-until-heard]:not([disabled])").click(force=True)
    expect(page.get_by_role("button", name="Nghe các câu chưa nghe")).to_be_focused()
    page.get_by_role("button", name="Nghe nhanh 1,5 lần").click()
    second = page.get_by_role("button", name="Mời bà con đến nhà văn hóa")
    second.click()
    expect(second).to_have_attribute("aria-current", "true")
    expect(told).to_have_text("Đã nghe 1 trên 3 câu")
    assert HeardSentence.objects.filter(user=cast.thanh).count() == 1
    page.reload()
    expect(told).to_have_text("Đã nghe 1 trên 3 câu")
    page.get_by_role("button", name="Nghe các câu chưa nghe").press("Enter")
    expect(told).to_have_text("Đã nghe đủ 3 câu")
    expect(page.get_by_role("button", name="Nghe các câu chưa nghe")).to_be_hidden()
    expect(page.get_by_text("Chưa duyệt được")).to_be_hidden()
    page.get_by_role("button", name="Duyệt, phát").click()
    page.get_by_text("Đã duyệt").wait_for()
    assert Schedule.objects.get().state == State.APPROVED
    assert Approval.objects.get().heard_by == cast.thanh


def test_what_was_heard_without_network_is_told_when_it_is_back(
    page: Page, site: str, bulletin: Bulletin, cast: Cast, sign_in: SignIn
) -> None:
    sign_in(page, cast.lan)
    page.goto(f"{site}{reverse('broadcasts:approve_one', args=[bulletin.pk])}")
    page.get_by_role("button", name="Nghe nhanh 1,25 lần").click()
    page.route("**/da-nghe/", lambda route: route.abort())
    page.get_by_role("button", name="Họp thôn hai").click()
    page.get_by_text("Mất mạng: các câu đã nghe được giữ trên máy này").wait_for()
    assert not HeardSentence.objects.exists()
    page.unroute("**/da-nghe/")
    page.reload()
    expect(page.locator("[data-hear-words]")).to_have_text("Đã nghe 1 trên 3 câu")
    assert HeardSentence.objects.get().user == cast.lan


def test_each_of_three_languages_is_heard_and_nothing_is_skipped(
    page: Page, site: str, cast: Cast, sign_in: SignIn, tmp_path: Path
) -> None:
    mong = spoken(cast, "Hnub no peb sib tham.", "hmn")
    own, tay = spoken(cast, "Họp thôn hai. Nhớ mang giấy tờ."), recorded(cast, tmp_path)
    row = handed_in(cast, own, Further("hmn", text=MONG, sound=mong.pk), Further("tyz", sound=tay.pk, sound_reason=WHY))
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, cast.thanh)
    page.goto(f"{site}{reverse('broadcasts:approve_one', args=[row.pk])}")
    approve, first = page.locator("[data-until-heard]"), page.locator("[data-hear]").first
    expect(page.get_by_role("link", name="tiếng Mông (1 câu)")).to_be_visible()
    for number in range(2):
        expect(page.locator("[data-hear-words]").nth(number)).to_contain_text("Đã nghe 0")
    page.get_by_role("button", name="Nghe nhanh 1,5 lần").first.click()
    expect(page.get_by_role("button", name="Nghe nhanh 1,5 lần").last).to_have_attribute("aria-pressed", "true")

    assert skip(page, own) < 1_000, "milliseconds that really sounded"
    expect(first.locator("[data-hear-words]")).to_have_text("Đã nghe 0 trên 2 câu")

    first.get_by_role("button", name="Nghe các câu chưa nghe").click()
    expect(first.locator("[data-hear-words]")).to_have_text("Đã nghe đủ 2 câu")
    expect(approve).to_have_attribute("aria-disabled", "true")
    approve.click(force=True)
    left = page.locator(f'[data-hear][data-sound="{mong.pk}"]').get_by_role("button", name="Nghe các câu chưa nghe")
    expect(left).to_be_focused()
    left.press("Enter")
    expect(approve).not_to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Duyệt, phát").click()
    page.get_by_text("Đã duyệt").wait_for()
    approval = Approval.objects.get()
    assert approval.heard_by == cast.thanh
    assert approval.permit is not None
    assert len(approval.permit["sounds"]) == 3


def skip(page: Page, sound: Sound) -> int:
    """Begin to play, drag to just before the end and let it end; what the page takes for played (ms)."""
    player = page.locator(f'[data-player][data-src*="{sound.pk}"]')
    return int(player.evaluate(SKIP, f"loa-heard-{sound.pk}"))


SKIP = """async (box, name) => {
    const { audio } = box.player;
    const once = (what) => new Promise((done) => audio.addEventListener(what, done, { once: true }));
    const [playing, ended] = [once("playing"), once("ended")];
    box.querySelector("[data-play]").click();
    await playing;
    const seek = box.querySelector("[data-seek]");
    seek.value = Number(seek.max) - 300;
    seek.dispatchEvent(new Event("input", { bubbles: true }));
    await ended;
    const { spans } = JSON.parse(localStorage.getItem(name));
    return spans.reduce((sum, [from, to]) => sum + to - from, 0);
}"""


def test_what_did_not_change_was_heard_before(page: Page, site: str, cast: Cast, sign_in: SignIn) -> None:
    hear(cast.thanh, spoken(cast, "Họp thôn hai lúc tám giờ. Nhớ mang giấy tờ."), clock.now())
    row = handed_in(cast, spoken(cast, "Họp thôn hai lúc chín giờ. Nhớ mang giấy tờ."))
    sign_in(page, cast.thanh)
    page.goto(f"{site}{reverse('broadcasts:approve_one', args=[row.pk])}")
    expect(page.locator("[data-hear-words]")).to_have_text("Đã nghe 1 trên 2 câu")
    page.get_by_role("button", name="Họp thôn hai lúc chín giờ").click()
    expect(page.locator("[data-until-heard]")).not_to_have_attribute("aria-disabled", "true")
