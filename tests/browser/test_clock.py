"""The page of the day in a real browser says what to do while the gateway doubts its clock."""

from collections.abc import Callable, Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings

from loa.config.policy import content_security_policy
from loa.people.models import User
from tests.browser import gateway as gateways
from tests.browser.checks import visit
from tests.browser.gateway import Gateway
from tests.cast import Cast

STEPPED, APART = "Giờ của máy chủ vừa bị chỉnh đột ngột", "Giờ của các máy chủ không khớp nhau"


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Gateway]:
    with gateways.running() as running:
        settings.LOA_GATEWAY_URL = running.url
        settings.CONTENT_SECURITY_POLICY = content_security_policy(running.url)
        yield running


def test_a_doubt_is_told_when_the_page_opens_and_goes_by_itself(
    page: Page, site: str, gateway: Gateway, sign_in: Callable[[Page, User], None], cast: Cast
) -> None:
    gateway.clock = "stepped"
    sign_in(page, cast.lan)
    visit(page, f"{site}{reverse('broadcasts:today')}", name="today-clock", themes=("light",))
    expect(page.get_by_text(STEPPED)).to_be_visible()
    expect(page.get_by_text("báo ngay người quản trị hệ thống xem lại giờ")).to_be_visible()
    page.get_by_role("link", name="Lịch cả tuần").first.click()
    expect(page.get_by_text(STEPPED)).to_have_count(0)
    page.go_back()
    expect(page.get_by_text(STEPPED)).to_be_visible()
    gateway.tell("gateway.clock", "vn", clock="")
    expect(page.get_by_text(STEPPED)).to_be_hidden()
    gateway.tell("gateway.clock", "vn", clock="database")
    expect(page.get_by_text(APART)).to_be_visible()
    expect(page.get_by_text(STEPPED)).to_be_hidden()
