"""Sổ nhật ký phát thanh in a real browser: the page, another day, the paper."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.broadcasts.models import Airing, PlanDay, PlayProof
from loa.broadcasts.rules.times import midnight
from loa.broadcasts.tests.conftest import on_air, settle, speaker
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Category
from loa.devices.models import Device, Transition
from loa.kernel import clock
from loa.kernel.clock import local, to_ms
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]
TITLES = ("Nhạc hiệu", "Thông báo tạm ngừng cấp nước sinh hoạt tại thôn 3 để thay van")


@pytest.fixture
def yesterday(page: Page, sign_in: SignIn, cast: Cast) -> Cast:
    """Two items on eight loudspeakers; the eighth had no power."""
    bulletins.load_categories()
    speakers = [speaker(cast, cast.quy_mong, number) for number in range(1, 9)]
    settle(speakers, clock.now())
    day = midnight(local(clock.now()).date() - timedelta(days=1))
    Transition.objects.create(device=speakers[7], at=day, state="silent", cause="power_lost")
    airings = [_aired(cast, title, day + timedelta(hours=5 + at)) for at, title in enumerate(TITLES)]
    listed = [{"id": airing.pk, "at": to_ms(airing.start)} for airing in airings]
    PlanDay.objects.create(plan_set_id=str(speakers[0].plan_set_id), day=local(day).date(), airings=listed)
    for count, airing in enumerate(airings, 1):
        PlayProof.objects.bulk_create(_proof(device, airing, count) for device in speakers[:7])
    sign_in(page, cast.lan)
    return cast


def _aired(cast: Cast, title: str, start: datetime) -> Airing:
    schedule = on_air(cast, title, f"{local(start):%H:%M}", version_category=Category.objects.first())
    return Airing.objects.create(
        pk=f"a-{title[:4]}", schedule=schedule, approval_id=str(schedule.approval_id), title=title, start=start,
        latest=start, duration_ms=52_000, priority="normal", level="commune", issued_at=start,
    )  # fmt: skip


def _proof(device: Device, airing: Airing, count: int) -> PlayProof:
    return PlayProof(
        device=device, boot="b", count=count, airing=airing.pk, planned=airing.start, started=airing.start,
        rendered_ms=52_000, outcome="played", plan=1, clock_bound=20, hash="0" * 64, stored_at=airing.start,
    )  # fmt: skip


def test_the_book_and_its_paper(page: Page, site: str, yesterday: Cast) -> None:
    day = local(clock.now()).date() - timedelta(days=1)
    visit(page, f"{site}{reverse('broadcasts:playlog')}", name="so-nhat-ky-hom-nay")
    expect(page.get_by_text("Ngày này chưa phát mục nào")).to_be_visible()
    page.get_by_role("link", name="Hôm trước").click()
    expect(page.get_by_label("Ngày", exact=True)).to_have_value(f"{day:%d/%m/%Y}")
    expect(page.get_by_text("Cụm 08 Cụm 08: mất điện")).to_have_count(2)
    visit(page, page.url, name="so-nhat-ky")
    page.get_by_role("link", name="Xem từng cụm").first.click()
    page.get_by_text("7 trong 8 cụm loa đã phát hết mục này.").wait_for()
    visit(page, page.url, name="so-nhat-ky-tung-cum", themes=("light",))
    visit(page, f"{site}{reverse('broadcasts:playlog_print')}?ngay={day}", name="so-nhat-ky-in", themes=("light",))
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="In trang này")).to_be_hidden()
    expect(page.get_by_role("columnheader", name="Người soạn, người duyệt")).to_be_visible()
