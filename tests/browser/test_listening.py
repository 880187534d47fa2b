"""'Nghe': what a simulated loudspeaker renders is heard in the browser, and what is refused is said."""

from collections.abc import Callable, Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings

from loa.broadcasts.tests.conftest import speaker
from loa.config.policy import content_security_policy
from loa.devices.models import Device, DeviceStatus
from loa.kernel import clock
from loa.people.models import User
from tests.browser import gateway as gateways
from tests.browser.checks import visit
from tests.browser.gateway import Gateway
from tests.cast import Cast

SignIn = Callable[[Page, User], None]


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Gateway]:
    with gateways.running() as running:
        settings.LOA_GATEWAY_URL = running.url
        settings.LOA_SAMPLE_DATA = True
        settings.CONTENT_SECURITY_POLICY = content_security_policy(running.url)
        yield running


@pytest.fixture
def device(page: Page, gateway: Gateway, sign_in: SignIn, cast: Cast) -> Device:
    """One loudspeaker that is there; Sơn, the technician, looks at it."""
    now = clock.now()
    row = speaker(cast, cast.quy_mong, 3)
    DeviceStatus.objects.create(device=row, state="online", since=now, seen_at=now)
    sign_in(page, cast.son)
    return row


def page_of(site: str, device: Device) -> str:
    return f"{site}{reverse('devices:show', args=[device.pk])}"


def test_pressed_it_sounds_and_pressed_again_it_stops(page: Page, site: str, device: Device, gateway: Gateway) -> None:
    visit(page, page_of(site, device), name="thiet-bi-nghe")
    state = page.locator("[data-listen-state]")
    page.get_by_role("button", name="Nghe đang phát").click()
    expect(state).to_have_text("Đang nghe cụm 03 · Cụm 03, chậm khoảng 2 giây.")
    address, _, ticket = gateway.heard[0].partition("?ticket=")
    assert address == f"/edge/listen/{device.pk}"
    assert len(ticket) > 40
    page.get_by_role("button", name="Thôi nghe").click()
    expect(state).to_be_empty()
    expect(page.get_by_role("button", name="Nghe đang phát")).to_be_visible()
    page.watch.check()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (503, "Loa mô phỏng chưa sẵn sàng để nghe. Hãy thử lại sau vài giây."),
        (404, "Cụm loa này không cho nghe từ xa. Chỉ nghe được loa mô phỏng đang chạy."),
    ],
)
def test_a_refusal_is_told_in_words(
    page: Page, site: str, device: Device, gateway: Gateway, status: int, words: str
) -> None:
    gateway.refuse, gateway.refuse_status = {"code": "x", "detail": words}, status
    page.goto(page_of(site, device))
    page.get_by_role("button", name="Nghe đang phát").click()
    expect(page.locator("[data-listen-state]")).to_have_text(words)
    gateway.refuse = None
    page.get_by_role("button", name="Nghe đang phát").click()
    expect(page.locator("[data-listen-state]")).to_contain_text("Đang nghe cụm 03")


def test_a_real_loudspeaker_has_no_such_button(
    page: Page, site: str, device: Device, gateway: Gateway, settings: Settings
) -> None:
    settings.LOA_SAMPLE_DATA = False
    page.goto(page_of(site, device))
    expect(page.get_by_role("heading", name="Bây giờ")).to_be_visible()
    expect(page.get_by_role("button", name="Nghe đang phát")).to_have_count(0)
