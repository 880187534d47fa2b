"""Xem thử 5 phút in a real browser: to be read, to be printed, one press into the product."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from loa.config.policy import content_security_policy
from tests.browser import gateway as gateways
from tests.browser.checks import visit
from tests.cast import Cast


@pytest.fixture(autouse=True)
def sample_data(settings: Settings) -> Iterator[None]:
    with gateways.running() as gateway:
        settings.LOA_GATEWAY_URL = gateway.url
        settings.LOA_SAMPLE_DATA = True
        settings.CONTENT_SECURITY_POLICY = content_security_policy(gateway.url)
        yield


def test_the_way_and_its_first_step(page: Page, site: str, transactional_db: None, cast: Cast) -> None:
    visit(page, f"{site}/xem-thu/", themes=("light",))
    page.get_by_role("button", name="Gửi lệnh giả").click()
    expect(page.get_by_text("Chưa có loa mô phỏng nào đang liên lạc")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Vào với tên Nguyễn Văn Thành").first.click()
    expect(opened.value.get_by_role("heading", level=1, name="Duyệt")).to_be_visible()
    for name, heading in (("Xem tám cụm loa", "Hôm nay"), ("In Sổ nhật ký", "Sổ nhật ký phát thanh")):
        with page.context.expect_page() as opened:  # the same open page leads on, although somebody else is signed in
            page.get_by_role("region", name=name).get_by_role("button").click()
        expect(opened.value.get_by_role("heading", level=1, name=heading)).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("cell", name="Bàn Thị Xuân, Trưởng thôn 5")).to_be_visible()
    expect(page.get_by_role("button", name="Gửi lệnh giả")).to_be_hidden()
