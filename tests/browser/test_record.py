"""Nhật ký hệ thống in a real browser: reading, searching, paging, taking it along."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.audit import actions as audit
from loa.kernel import clock
from loa.people.models import User
from tests.browser.checks import take_picture, visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


@pytest.fixture
def thanh(page: Page, sign_in: SignIn, cast: Cast) -> Cast:
    """A busy week of the commune, sealed and verified; Thành is signed in."""
    now = clock.now()
    commune, hamlet = cast.quy_mong.path, cast.thon_5.path
    for number in range(60):
        at = now - timedelta(hours=number + 1)
        facts = {"number": number + 1}
        audit.record(actor=cast.lan, verb="bulletin.saved", object=("bulletin", "x"), area=commune, facts=facts, now=at)
    names = {"before": "Thôn 5", "after": "Bản Khe Lếch"}
    audit.record(actor=cast.lan, verb="hamlet.renamed", object=("area", hamlet), area=hamlet, facts=names, now=now)
    audit.record(actor=None, verb="schedule.escalated", object=("schedule", "x"), area=commune, now=now)
    account = ("user", cast.lan.pk)
    audit.record(actor=cast.bao, verb="account.link_renewed", object=account, now=now)
    audit.keep_sealed(sweep=True, now=now)
    audit.keep_verified(now=now)
    sign_in(page, cast.thanh)
    return cast


def test_the_page_of_the_record(page: Page, site: str, thanh: Cast) -> None:
    address = f"{site}{reverse('people:record')}"
    visit(page, address, name="nhat-ky-he-thong")
    visit(page, f"{address}?nguoi=khong+co", name="nhat-ky-trong", themes=("light",))
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{address}#menu")
    take_picture(page, "nhat-ky-muc")
    expect(page.get_by_role("link", name="Nhật ký hệ thống")).to_be_in_viewport()
    page.goto(address)
    page.get_by_role("link", name="Cũ hơn").click()
    expect(page.get_by_role("heading", name="Các việc cũ hơn")).to_be_visible()
    page.get_by_role("link", name="Mới nhất").click()
    expect(page.get_by_role("heading", name="Các việc cũ hơn")).to_have_count(0)
    page.get_by_label("Người làm").fill("lan")
    page.get_by_label("Việc", exact=True).select_option(label="Địa bàn, giờ được phát")
    page.get_by_role("button", name="Xem", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="đơn vị Thôn 5").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thôn 5")


def test_taking_it_along_as_a_table(page: Page, site: str, thanh: Cast) -> None:
    page.goto(f"{site}{reverse('people:record')}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải về bảng tính").click()
    assert download.value.suggested_filename.startswith("nhat-ky-04531-")
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) == 64
