"""Phát trực tiếp in a real browser: from its microphone through the real gateway to a listener of the real engine."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from devicelink import batches
from devicelink.jws import decode64
from django.conf import settings as django
from playwright.sync_api import Page, expect
from pytest_django import Settings

from loa.config.policy import content_security_policy
from loa.gateway.live.wire import duration
from loa.gateway.tests.conftest import RunningGateway, Surroundings, engine, folder, surroundings, wait_until
from loa.gateway.tests.live.conftest import Hall, certificate, hall
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

__all__ = ["engine", "folder", "hall", "surroundings"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def air(
    surroundings: Surroundings, engine: object, hall: Hall, site: str, settings: Settings, tmp_path: Path
) -> Iterator[RunningGateway]:
    env = replace(surroundings, site_url=site, ticket_keys=django.ENV.ticket_keys, gateway_state=tmp_path)
    with RunningGateway(env, engine, hall) as running:  # type: ignore[arg-type]
        url = f"http://127.0.0.1:{running.port}"
        settings.LOA_GATEWAY_URL = url
        settings.CONTENT_SECURITY_POLICY = content_security_policy(url)
        wait_until(lambda: running.hub.leader.active)
        yield running


@pytest.mark.parametrize("width", [360, 1280])
def test_a_voice_from_the_browser_reaches_the_loudspeakers_as_signed_opus(
    air: RunningGateway,
    hall: Hall,
    new_page: Callable[..., Page],
    site: str,
    sign_in: Callable[[Page, User], None],
    cast: Cast,
    width: int,
) -> None:
    page = new_page(viewport={"width": width, "height": 800}, permissions=["microphone"])
    name = f"spk-{uuid.uuid4().hex[:8]}"
    pole = air.hang_device(name, path="vn.15.04531.h5").come()
    sign_in(page, cast.lan)
    visit(page, f"{site}/phat-truc-tiep/")
    page.set_viewport_size({"width": width, "height": 800})
    expect(page.get_by_text("1/1 cụm loa sẵn sàng")).to_be_visible()
    page.get_by_role("button", name="Bắt đầu nói").click()
    session = certificate(pole)
    assert session.speaker == "Hoàng Thị Lan"
    expect(page.get_by_text("Đang phát trực tiếp. Hãy nói.")).to_be_visible()
    sound: list[bytes] = []
    stamps: list[int] = []
    while len(sound) < 60:
        payload = pole.message().payload
        if batches.is_batch(payload):
            batch = batches.unpack(payload, decode64(session.public))
            stamps.append(batch.captured)
            sound += [packet for packet in batch.packets if packet]
    assert {duration(packet) for packet in sound} == {20.0}
    assert all(199_000 < later - one < 201_000 for one, later in pairwise(stamps))
    expect(page.get_by_text("Đang phát trực tiếp: Hoàng Thị Lan")).to_be_visible()
    page.get_by_role("button", name="Kết thúc, tắt micrô").click()
    expect(page.get_by_text("Đã kết thúc: người nói bấm kết thúc.")).to_be_visible()
    wait_until(lambda: any(one.session == session.id and one.spoken >= 1_000 for one, _ in hall.spoken))
    air.do(lambda: air.hub.world.remove(name))


def test_a_single_yes_is_asked_on_one_page_and_given_on_another(
    air: RunningGateway,
    new_page: Callable[..., Page],
    site: str,
    sign_in: Callable[[Page, User], None],
    cast: Cast,
) -> None:
    lan, thanh = new_page(), new_page(viewport={"width": 360, "height": 700})
    sign_in(lan, cast.lan)
    sign_in(thanh, cast.thanh)
    lan.goto(f"{site}/phat-truc-tiep/")
    lan.locator("#once-reason").fill("Gọi dân chạy lũ")
    lan.get_by_role("button", name="Xin nói một lần").click()
    expect(lan.get_by_text("Đã gửi tới người có quyền cho phép")).to_be_visible()
    visit(thanh, f"{site}/phat-truc-tiep/")
    expect(thanh.get_by_text("Gọi dân chạy lũ")).to_be_visible()
    thanh.get_by_role("button", name="Cho phép", exact=True).click()
    expect(thanh.get_by_text("Đã cho phép.")).to_be_visible()
    lan.goto(f"{site}/phat-truc-tiep/")
    expect(lan.get_by_text("Nguyễn Văn Thành duyệt")).to_be_visible()
