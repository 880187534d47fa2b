"""Giờ được phát, in a real browser with a passkey, and with the real signer behind it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from devicelink import jws
from devicelink.keyfiles import KeyFolder
from devicelink.messages import Placement
from django.conf import settings as django_settings
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django import Settings
from signer import confirmers, keys, serve
from signer.confirmers import Confirmer, Site
from signer.facts import Database
from signer.journal import Journal
from signer.work import Desk

from loa.areas.models import OperatingRules
from loa.audit.models import Entry
from loa.devices import actions as devices
from loa.devices.models import Device, SignedDocument
from loa.kernel import clock
from loa.people.models import RulesProposal, User
from tests.browser.checks import visit
from tests.browser.passkeys import key_of
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


@dataclass(frozen=True)
class Host:
    """The signer's host and what its operator does there."""

    folder: Path

    def know(self, user: User, fingerprint: str, scope: str) -> None:
        """`loa keys confirmers add`: the fingerprint that the person read out is the one on the operator's screen."""
        from loa.people import passkeys

        (key,) = passkeys.of(user)
        assert key.fingerprint == fingerprint
        now = serve.now_ms()
        confirmers.add(
            self.folder,
            Confirmer(
                user=str(user.pk),
                name=user.full_name,
                scope=scope,
                credential=key.credential,
                public=key.public,
                valid_from=now - 1,
                valid_to=now + 86_400_000,
            ),
        )


@pytest.fixture
def host(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings, site: str, transactional_db: None
) -> Iterator[Host]:
    """A signer with real keys that reads the test's database over a connection of its own."""
    base = tmp_path_factory.mktemp("h")
    folders = keys.Folders(base / "root", base / "signer", base / "gateway")
    keys.init(folders, now=serve.now_ms() - 1000)
    confirmers.write_site(folders.signer, Site(rp_id="localhost", origins=(site,)))
    database = Database(_address())
    desk = Desk(KeyFolder(folders.signer), database, Journal(folders.signer / "journal"), serve.now_ms)
    server = serve.Server(base / "s", desk, {os.geteuid()})
    thread = threading.Thread(target=server.run)
    thread.start()
    settings.ENV = replace(django_settings.ENV, signer_socket=base / "s", signer_keys=folders.signer)
    yield Host(folders.signer)
    server.stop()
    thread.join(10)
    database.close()


def _address() -> str:
    given = connection.settings_dict
    return f"postgresql://{given['USER']}@/{given['NAME']}?host={given['HOST']}"


@pytest.fixture
def market(cast: Cast) -> Device:
    """A loudspeaker of Quy Mông that is placed."""
    return Device.objects.create(
        area=cast.quy_mong, number=1, name="Chợ", made_at=cast.now, state=Device.State.PLACED, public_key="A" * 43
    )


def register(page: Page, site: str) -> str:
    """Adds a passkey by the pages; returns the fingerprint that the account page shows."""
    page.goto(f"{site}{reverse('mfa_add_webauthn')}")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Xác nhận").click()
    page.wait_for_url(f"**{reverse('mfa_add_webauthn')}")  # with its script
    page.get_by_role("button", name="Thêm khóa").click()
    page.wait_for_url(f"**{reverse('mfa_view_recovery_codes')}")
    page.goto(f"{site}{reverse('people:account')}")
    return page.locator("main code").inner_text()


def propose(page: Page, site: str, cast: Cast, end: str, ends: str) -> None:
    page.goto(f"{site}{reverse('broadcasts:hours', args=[cast.quy_mong.path])}")
    page.get_by_label("Đến", exact=True).first.fill(end)
    page.get_by_label("Văn bản ban hành").fill("Quyết định 12/QĐ-UBND ngày 03/02/2026")
    page.locator("#id_ends").fill(ends)
    page.get_by_role("button", name="Xem trước khi ghi").click()


def placed_until(device: Device) -> int:
    """The end of the hours in the placement that is signed for this loudspeaker."""
    newest = SignedDocument.objects.filter(typ="placement", subject=f"device/{device.pk}").order_by("-revision")[0]
    return jws.decode(jws.parse(newest.jws).payload, Placement).hours.windows[0].end


def test_an_evening_by_two_people_and_a_key(
    page: Page, new_page: Callable[..., Page], site: str, sign_in: SignIn, host: Host, cast: Cast, market: Device
) -> None:
    tomorrow = f"{clock.local(clock.now()) + timedelta(days=1):%d/%m/%Y}"  # midnight may pass meanwhile
    cast.bao.set_password(PASSWORD)
    cast.bao.save()
    sign_in(page, cast.thanh)
    address = f"{site}{reverse('broadcasts:hours', args=[cast.quy_mong.path])}"
    propose(page, site, cast, "23:00", tomorrow)
    page.get_by_text("21:00–23:00 hằng ngày").wait_for()
    page.locator(".many").get_by_text("1 cụm loa", exact=True).wait_for()
    page.get_by_role("button", name="Gửi đề nghị").click()
    page.get_by_text("Đã gửi đề nghị").wait_for()
    visit(page, address)
    assert page.get_by_role("button", name="Xác nhận bằng khóa").count() == 0

    second = new_page()
    sign_in(second, cast.bao)
    second.goto(address)
    second.get_by_text("chưa có khóa đăng nhập").wait_for()
    devtools, authenticator = key_of(second)
    shown = register(second, site)
    second.goto(address)
    second.get_by_text("Bộ phận ký chưa ghi nhận khóa").wait_for()
    host.know(cast.bao, shown, "vn")
    visit(second, address)

    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    second.get_by_role("button", name="Xác nhận bằng khóa").click()
    second.get_by_text("khóa không trả lời hoặc đã bấm hủy").wait_for()
    assert not OperatingRules.objects.exists()
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})
    second.get_by_role("button", name="Xác nhận bằng khóa").click()
    second.get_by_text("Khung giờ mới đã được ghi").wait_for()
    assert RulesProposal.objects.get().decided_by == cast.bao
    assert Entry.objects.filter(verb__startswith="rules.").count() == 3

    assert devices.refresh_places(now=clock.now()) == 1
    assert placed_until(market) == 23 * 60
    page.goto(address)
    page.get_by_text("tất cả đã được giao khung giờ").wait_for()


def test_narrower_hours_are_saved_by_one_and_reach_the_placement(
    page: Page, site: str, sign_in: SignIn, host: Host, cast: Cast, market: Device
) -> None:
    assert devices.refresh_places(now=clock.now()) == 1
    sign_in(page, cast.thanh)
    propose(page, site, cast, "20:00", "")
    page.get_by_text("20:00–21:00 hằng ngày").wait_for()
    visit_shown(page)
    page.get_by_role("button", name="Ghi", exact=True).click()
    page.get_by_text("Đã ghi. Loa nhận khung giờ mới").wait_for()
    assert devices.refresh_places(now=clock.now()) == 1
    assert placed_until(market) == 20 * 60


def visit_shown(page: Page) -> None:
    """The page between: it comes from a form, so it cannot be opened by its address."""
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 1280, "height": 800})


def test_an_insider_s_row_holds_up_nobody_else(host: Host, cast: Cast, market: Device) -> None:
    """Somebody writes the whole night into the table: that commune keeps its hours, the others get theirs."""
    other = Device.objects.create(
        area=cast.tran_yen, number=1, name="Chợ", made_at=cast.now, state=Device.State.PLACED, public_key="B" * 43
    )
    assert devices.refresh_places(now=clock.now()) == 2
    yesterday = clock.local(clock.now()).date() - timedelta(days=1)
    for area, end in ((cast.quy_mong, "24:00"), (cast.tran_yen, "19:00")):
        windows = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "00:00" if end == "24:00" else "05:00", "to": end}]
        OperatingRules.objects.create(area=area, starts=yesterday, document="x", windows=windows)
    time.sleep(0.002)
    assert devices.refresh_places(now=clock.now()) == 1
    assert placed_until(other) == 19 * 60
    assert placed_until(market) == 21 * 60
