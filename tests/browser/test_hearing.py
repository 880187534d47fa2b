"""Thành hears a machine's voice sentence by sentence: the button opens when every one was heard, also after a gap."""

import uuid
from collections.abc import Callable
from datetime import timedelta

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
from loa.bulletins.rules import Draft
from loa.kernel import clock
from loa.media import actions as media
from loa.media.models import HeardSentence
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]
TEXT = "Họp thôn hai. Mời bà con đến nhà văn hóa. Nhớ mang theo giấy tờ."


@pytest.fixture
def bulletin(cast: Cast) -> Bulletin:
    """A notice of three sentences in a machine's voice that waits for approval, unheard."""
    bulletins.load_categories()
    settle([speaker(cast, cast.quy_mong, number) for number in range(1, 3)], clock.now())
    now = clock.now()
    own = media.synthesise(actor=cast.lan, area=cast.quy_mong, text=TEXT, voice="espeak/vi", speed=1.3, now=now)
    media.ingest(sound_id=own.pk, now=now)
    draft = Draft(title="Họp thôn 2", text=TEXT, spoken=TEXT, sound=own.pk, category="livelihood")
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
    expect(told).to_have_text("Đã nghe 1 trên 3 câu", timeout=20_000)
    assert HeardSentence.objects.filter(user=cast.thanh).count() == 1
    page.reload()
    expect(told).to_have_text("Đã nghe 1 trên 3 câu")
    page.get_by_role("button", name="Nghe các câu chưa nghe").press("Enter")
    expect(told).to_have_text("Đã nghe đủ 3 câu", timeout=30_000)
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
    page.get_by_text("Mất mạng: các câu đã nghe được giữ trên máy này").wait_for(timeout=20_000)
    assert not HeardSentence.objects.exists()
    page.unroute("**/da-nghe/")
    page.reload()
    expect(page.locator("[data-hear-words]")).to_have_text("Đã nghe 1 trên 3 câu", timeout=20_000)
    assert HeardSentence.objects.get().user == cast.lan
