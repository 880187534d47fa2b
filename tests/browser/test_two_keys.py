"""An alert in real browsers: the author's key, another person's key, the real signer, a loudspeaker that hears it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from devicelink import jws
from devicelink.messages import Alert
from django.conf import settings as django
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings
from signer import confirmers, serve
from signer.confirmers import Confirmer

from loa.alerts.models import AlertRecord
from loa.config.policy import content_security_policy
from loa.devices.models import Device
from loa.gateway.alerts.doors import Outside, asking
from loa.gateway.tests.conftest import RunningGateway, Surroundings, elsewhere, engine, folder, surroundings, wait_until
from loa.gateway.tests.whole import RealPlatform
from loa.people import passkeys
from loa.people.models import User
from tests.browser.passkeys import key_of
from tests.browser.test_hours import Host, host, register
from tests.cast import PASSWORD, Cast

__all__ = ["engine", "folder", "host", "surroundings"]
pytestmark = pytest.mark.django_db(transaction=True)


class Platform(RealPlatform):
    """The database of the test and the signer beside it."""

    def outside(self, keys: Path, media: Path) -> Outside:
        return replace(super().outside(keys, media), sign=asking(django.ENV.signer_socket))


@pytest.fixture
def gateway(
    surroundings: Surroundings, engine: object, host: Host, site: str, settings: Settings, tmp_path: Path
) -> Iterator[RunningGateway]:
    env = elsewhere(
        surroundings, site_url=site, ticket_keys=django.ENV.ticket_keys, gateway_keys=host.folder.parent / "gateway",
        gateway_state=tmp_path / "state",
    )  # fmt: skip
    with RunningGateway(env, engine, Platform()) as running:  # type: ignore[arg-type]
        url = f"http://127.0.0.1:{running.port}"
        settings.LOA_GATEWAY_URL = url
        settings.CONTENT_SECURITY_POLICY = content_security_policy(url)
        wait_until(lambda: running.hub.leader.active)
        yield running


def admit(host: Host, page: Page, site: str, user: User, scope: str) -> None:
    """A key in this person's browser, which the operator of the signer's host lets vouch for alerts."""
    key_of(page)
    shown = register(page, site)
    (key,) = passkeys.of(user)
    assert key.fingerprint == shown
    now = serve.now_ms()
    confirmers.add(
        host.folder,
        Confirmer(
            user=str(user.pk), name=user.full_name, scope=scope, credential=key.credential, public=key.public,
            valid_from=now - 1, valid_to=now + 86_400_000, rights=("alert",),
        ),
    )  # fmt: skip


def test_two_people_with_their_keys_wake_the_village_and_end_it(
    gateway: RunningGateway,
    host: Host,
    page: Page,
    new_page: Callable[..., Page],
    site: str,
    sign_in: Callable[[Page, User], None],
    cast: Cast,
) -> None:
    pole = gateway.hang_device("spk-market", path=cast.thon_5.path).come()
    Device.objects.create(
        id="spk-market", area=cast.quy_mong, number=1, name="Chợ", made_at=cast.now, state="placed", public_key="A" * 43
    )
    for user in (cast.lan, cast.thanh):
        user.set_password(PASSWORD)
        user.save()
    second = new_page()
    sign_in(page, cast.lan)
    admit(host, page, site, cast.lan, cast.quy_mong.path)
    sign_in(second, cast.thanh)
    admit(host, second, site, cast.thanh, cast.quy_mong.path)

    page.goto(f"{site}{reverse('alerts:compose')}")
    page.locator("#id_text").fill("Nước sông Thao lên nhanh. Bà con ven sông lên nơi cao.")
    page.locator("#id_voice").select_option("")
    page.get_by_role("button", name="Nghe lại và ký").click()
    page.locator("form[data-alert-ask] button").first.click()
    page.wait_for_url("**/khan-cap/al-*/**")

    wait_until(lambda: AlertRecord.objects.filter(state="waiting").exists())
    row = AlertRecord.objects.get()
    second.goto(f"{site}{reverse('alerts:confirm', args=[row.pk])}")
    expect(second.get_by_text("Nước sông Thao lên nhanh.")).to_be_visible()
    second.locator("form[data-alert-confirm] button").click()
    second.wait_for_url(f"**{reverse('alerts:board', args=[row.pk])}")
    token = pole.document("alert")
    assert token is not None
    heard = jws.decode(jws.parse(pole.signed("alert")).payload, Alert)
    assert (heard.id, heard.status) == (row.pk, "actual")
    wait_until(lambda: AlertRecord.objects.filter(pk=row.pk, state="sent", confirmer=cast.thanh).exists())
