"""One loudspeaker in a real browser: it tells its trouble by itself, is corrected, is moved, is claimed, loses its key;
an empty group is dissolved."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Route, expect
from pytest_django import Settings

from loa.config.policy import content_security_policy
from loa.devices import actions
from loa.devices.models import Device, DeviceGroup, DeviceStatus
from loa.kernel import clock
from loa.people.models import User
from tests.browser import gateway as gateways
from tests.browser.checks import visit
from tests.browser.gateway import Gateway, listening
from tests.cast import Cast

SignIn = Callable[[Page, User], None]


@dataclass(frozen=True)
class Stand:
    """What the technician stands before: the page, a loudspeaker, the live line."""

    page: Page
    site: str
    device: Device
    gateway: Gateway

    def at(self, name: str) -> str:
        """The address of one of its pages."""
        return f"{self.site}{reverse(f'devices:{name}', args=[self.device.pk])}"


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Gateway]:
    with gateways.running() as running:
        settings.LOA_GATEWAY_URL = running.url
        settings.CONTENT_SECURITY_POLICY = content_security_policy(running.url)
        yield running


@pytest.fixture
def stand(page: Page, site: str, gateway: Gateway, sign_in: SignIn, cast: Cast) -> Stand:
    """Sơn before the loudspeaker of the market."""
    now = clock.now()
    device = Device.objects.create(
        area=cast.quy_mong, number=2, name="Chợ Quy Mông", made_at=now, state=Device.State.PLACED, public_key="A" * 43
    )
    DeviceStatus.objects.create(device=device, state="online", cause="connected", since=now, seen_at=now, clock_bound=5)
    actions.save_group(actor=None, area=cast.quy_mong, name="Ven sông", members=[], now=now)
    sign_in(page, cast.son)
    return Stand(page, site, device, gateway)


def test_a_card_that_dies_is_told_while_the_page_is_open(stand: Stand) -> None:
    visit(stand.page, stand.at("show"))
    expect(stand.page.get_by_text("Không phát ra tiếng")).to_have_count(0)
    listening(stand.page).get_by_label("Âm lượng: 60%").focus()
    DeviceStatus.objects.filter(device=stand.device).update(trouble="no_card")
    stand.gateway.tell("device.beat", stand.device.area.path, id=stand.device.pk)
    expect(stand.page.get_by_text("cạc âm thanh không trả lời")).to_be_visible()
    expect(stand.page.get_by_label("Âm lượng: 60%")).to_be_focused()


def test_what_is_known_of_it_is_corrected(stand: Stand) -> None:
    """Before any hardware hangs there: nothing has to be signed."""
    Device.objects.filter(pk=stand.device.pk).update(state=Device.State.WAITING, public_key="")
    visit(stand.page, stand.at("correct"))
    stand.page.get_by_label("Vị trí trên bản đồ").fill("104.7548, 21.6312")
    stand.page.get_by_role("button", name="Lưu").click()
    expect(stand.page.get_by_text("Vĩ độ đứng trước")).to_be_visible()
    stand.page.get_by_label("Vị trí trên bản đồ").fill("21.6312, 104.7548")
    stand.page.get_by_label("Ngày hết hạn SIM").fill("31/12/2027")
    stand.page.get_by_role("button", name="Lưu").click()
    expect(stand.page.get_by_text("Đã lưu thông tin của Chợ Quy Mông.")).to_be_visible()
    expect(stand.page.get_by_text("21.6312, 104.7548")).to_be_visible()


def test_it_moves_to_another_commune_after_saying_what_will_happen(stand: Stand) -> None:
    """Before any hardware hangs there: nothing has to be signed."""
    Device.objects.filter(pk=stand.device.pk).update(state=Device.State.WAITING, public_key="")
    page = stand.page
    page.goto(stand.at("correct"))
    page.get_by_role("link", name="Chuyển sang xã khác").click()
    page.get_by_label("Tên xã, phường nơi đến").fill("tran yen")
    page.get_by_role("button", name="Tìm").click()
    expect(page.get_by_role("link", name="Xã Trấn Yên")).to_be_visible()
    visit(page, page.url, name="device-move-search", themes=["light"])
    page.get_by_role("link", name="Xã Trấn Yên").click()
    expect(page.get_by_text("Khi chuyển, điều sau sẽ xảy ra")).to_be_visible()
    visit(page, page.url, name="device-move")
    page.get_by_label("Vị trí trên bản đồ").fill("21.7012, 104.8001")
    page.get_by_role("button", name="Chuyển sang xã Trấn Yên").click()
    page.get_by_role("button", name="Xác nhận thay đổi").click()
    expect(page.get_by_text("Đã chuyển Chợ Quy Mông sang xã Trấn Yên.")).to_be_visible()
    expect(page.get_by_text("21.7012, 104.8001")).to_be_visible()


def test_an_empty_group_is_dissolved_in_two_taps(stand: Stand) -> None:
    page, area = stand.page, stand.device.area
    actions.save_group(actor=None, area=area, name="Bến đò", members=[], now=clock.now())
    DeviceGroup.objects.get(name="Ven sông").members.add(stand.device)
    page.goto(f"{stand.site}{reverse('devices:list')}?don-vi={area.path}")
    page.get_by_text("Việc khác với thiết bị").click()
    page.get_by_role("link", name="Nhóm loa", exact=True).click()
    expect(page.get_by_text("Chưa xóa được. Nhóm Ven sông còn 1 cụm loa.")).to_be_visible()
    visit(page, page.url, name="device-groups")
    page.get_by_text("Xóa nhóm Bến đò", exact=True).click()
    page.get_by_role("button", name="Xóa ngay").click()
    expect(page.get_by_text("Đã xóa nhóm Bến đò.")).to_be_visible()
    expect(page.get_by_role("heading", name="Bến đò")).to_have_count(0)


def test_a_stolen_one_loses_its_key_in_two_taps_and_a_reason(stand: Stand) -> None:
    stand.page.goto(stand.at("correct"))
    stand.page.get_by_text("Thu hồi khóa", exact=True).click()
    stand.page.locator("#id_revoke-reason").fill("Mất trộm đêm qua")
    stand.page.get_by_role("button", name="Thu hồi ngay").click()
    expect(stand.page.get_by_text("Đã thu hồi khóa của Chợ Quy Mông.")).to_be_visible()


def test_the_code_stays_on_the_page_until_the_hardware_has_come(stand: Stand) -> None:
    visit(stand.page, stand.at("claim"))
    stand.page.get_by_role("button", name="Lấy mã ghép nối").click()
    expect(stand.page.locator(".claim-code")).to_be_visible()
    code = listening(stand.page).locator(".claim-code").inner_text()
    stand.gateway.tell("device.beat", stand.device.area.path, id=stand.device.pk)
    Device.objects.filter(pk=stand.device.pk).update(state=Device.State.CLAIMED)
    stand.gateway.tell("device.claimed", stand.device.area.path, id=stand.device.pk)
    expect(stand.page.get_by_text("Thiết bị đã nhập mã")).to_be_visible()
    assert stand.page.locator(".claim-code").inner_text() == code
    stand.page.get_by_role("link", name="So mã khóa").click()
    expect(stand.page.get_by_role("heading", name="So mã khóa")).to_be_visible()


def test_hardware_that_comes_before_the_live_line_is_open_is_told_too(stand: Stand) -> None:
    held: list[Route] = []
    stand.page.goto(stand.at("claim"))
    listening(stand.page)  # so that what is held is the line of the next page
    stand.page.route("**/edge/events?*", lambda route: held.append(route))
    with stand.page.expect_request("**/edge/events?*"):
        stand.page.get_by_role("button", name="Lấy mã ghép nối").click()
    expect(stand.page.get_by_text("Nhận được khóa thì trang này báo ngay")).to_be_visible()
    Device.objects.filter(pk=stand.device.pk).update(state=Device.State.CLAIMED)
    held[-1].continue_()
    expect(stand.page.get_by_text("Thiết bị đã nhập mã")).to_be_visible()
