"""Ways out beside the loudspeakers: the pages on a phone and on a desk."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.channels.actions import keeping, lists, posting
from loa.channels.actions.keeping import Entered
from loa.channels.actions.lists import Person
from loa.channels.actions.posting import Notice
from loa.channels.models import Channel, Outcome
from loa.kernel import clock
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quiet_gateway")]


def told(cast: Cast) -> None:
    """A drill went out: one arrived, one did not, one waits."""
    now = clock.now()
    options = {"host": "smpp.example", "port": "2775", "system_id": "loa", "sender": "LOA"}
    entered = Entered("SMS của xã", options, {"password": "p"})
    keeping.add_channel(actor=cast.bao, area=cast.quy_mong, kind="sms", entered=entered, now=now)
    for name, phone in (("Bàn Thị Xuân", "0912345678"), ("Triệu Văn Minh", "0987654321"), ("Hà Văn Tư", "0977777777")):
        person = Person(name, "hamlet_head", "Ký giấy đồng ý", date(2026, 8, 1), phone)
        lists.add_recipient(actor=cast.bao, area=cast.quy_mong, person=person, now=now)
    text = "Nước sông Hồng lên nhanh. Bà con thôn 4, thôn 5 sơ tán ngay lên nhà văn hóa."
    notice = Notice("drill:1", "alert", "exercise", "Cảnh báo lũ", text, now + timedelta(hours=2))
    posting.post(notice=notice, area=cast.quy_mong, now=now)
    first, second, _ = Outcome.objects.order_by("name")
    Outcome.objects.filter(pk=first.pk).update(state="delivered", code="ok", sent_at=now, done_at=now)
    Outcome.objects.filter(pk=second.pk).update(state="failed", code="number", done_at=now)
    Channel.objects.update(worked_at=now, fault="throttled", fault_at=now)


def test_the_administrator_sets_up_a_channel(
    page: Page, site: str, sign_in: Callable[[Page, User], None], cast: Cast
) -> None:
    sign_in(page, cast.bao)
    where = f"?don-vi={cast.quy_mong.path}"
    visit(page, f"{site}{reverse('channels:channels')}{where}", name="kenh-bao-tin-chua-co")
    told(cast)
    visit(page, f"{site}{reverse('channels:channels')}{where}", name="kenh-bao-tin")
    visit(page, f"{site}{reverse('channels:add')}{where}&loai=zalo", name="kenh-them-zalo")
    page.goto(f"{site}{reverse('channels:channels')}{where}")
    page.get_by_role("link", name="Sửa, gửi thử").click()
    visit(page, page.url, name="kenh-mot")
    page.get_by_label("Số điện thoại").fill("0912345678")
    page.get_by_role("button", name="Gửi một tin thử").click()
    expect(page.get_by_text("Chờ gửi", exact=True).first).to_be_visible()


def test_the_officer_keeps_the_list_and_sees_who_was_not_reached(
    page: Page, site: str, sign_in: Callable[[Page, User], None], cast: Cast
) -> None:
    told(cast)
    sign_in(page, cast.lan)
    visit(page, f"{site}{reverse('channels:recipients')}", name="nguoi-nhan-tin")
    page.goto(f"{site}{reverse('channels:channels')}")
    page.get_by_role("link", name="Cảnh báo lũ").click()
    visit(page, page.url, name="tin-da-gui")
    expect(page.get_by_text("Số điện thoại không đúng hoặc không nhận được tin.")).to_be_visible()
