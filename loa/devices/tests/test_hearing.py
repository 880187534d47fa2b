"""The loudspeaker at the market listens to itself: what its signed words do on the platform."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from devicelink import messages, selftests
from devicelink.messages import Command
from devicelink.refusals import Refused
from django.test import Client

from loa.devices import actions
from loa.devices.models import Device, DeviceStatus, RepairTicket, SelfTest
from loa.devices.queries.hearing import panel
from loa.devices.rules.condition import Worry
from loa.devices.rules.hearing import Hearing, Trial, judge
from loa.devices.tests.conftest import Hardware
from loa.kernel import clock
from loa.kernel.clock import local, to_ms
from loa.kernel.errors import NotFound, Refusal
from tests.cast import Cast, cast  # noqa: F401

DAY = timedelta(days=1)


@pytest.fixture
def market(cast: Cast, hardware: Hardware) -> Device:  # noqa: F811
    device = actions.add_device(actor=None, area=cast.quy_mong, name="Chợ Quy Mông", now=cast.now - 90 * DAY)
    Device.objects.filter(pk=device.pk).update(public_key=hardware.public, state="placed")
    device.refresh_from_db()
    DeviceStatus.objects.create(device=device, state="online", cause="connected", since=cast.now, clock_bound=5)
    return device


def said(cast: Cast, hardware: Hardware, device: Device, days: float = 0, **facts: Any) -> None:  # noqa: F811
    """The loudspeaker says it, `days` after now."""
    at = cast.now + days * DAY
    usual: dict[str, Any] = {"verdict": "heard", "ear": "microphone", "level": -2_700, "volume": 60}
    report = messages.SelfTest(device=device.pk, boot="b-1", at=to_ms(at), **(usual | facts))
    actions.store_selftest(device=device.pk, report=selftests.signed(report, hardware.seed), now=at)


def test_it_is_kept_once_and_only_in_its_own_words(cast: Cast, hardware: Hardware, market: Device) -> None:  # noqa: F811
    said(cast, hardware, market)
    said(cast, hardware, market)
    assert SelfTest.objects.get().level == -27.0
    for wrong, code in ((Hardware(), "bad_signature"), (hardware, "not_yet_valid")):
        report = messages.SelfTest(device=market.pk, boot="b-1", at=to_ms(cast.now + DAY), verdict="heard")
        with pytest.raises(Refused) as refused:
            actions.store_selftest(device=market.pk, report=selftests.signed(report, wrong.seed), now=cast.now)
        assert refused.value.reason == code


def test_a_dead_amplifier_is_told_and_a_dead_microphone_is_not_taken_for_one(
    cast: Cast,  # noqa: F811
    hardware: Hardware,
    market: Device,
) -> None:
    for day in (0, 1):
        said(cast, hardware, market, day, verdict="microphone_dead", level=0)
    market.refresh_from_db()
    assert market.status.hearing == Hearing.DEAF
    for day in (2, 3):
        said(cast, hardware, market, day, verdict="not_heard", level=0)
    assert DeviceStatus.objects.get().hearing == Hearing.UNHEARD


def test_a_quarter_of_its_power_is_a_worry(cast: Cast, hardware: Hardware, market: Device) -> None:  # noqa: F811
    for day in range(8):
        said(cast, hardware, market, day, level=-2_700 if day < 5 else -3_400)
    assert DeviceStatus.objects.get().hearing == Hearing.WEAK
    found = panel(market, cast.now + 8 * DAY)
    assert len(found.dots) == 8
    assert found.judged.drop == pytest.approx(7)
    assert float(found.dots[0].y) < float(found.dots[-1].y)


def trials(levels: list[float], cast: Cast) -> list[Trial]:  # noqa: F811
    return [Trial(cast.now + day * DAY, "heard", level) for day, level in enumerate(levels)]


def test_a_trend_needs_time_and_one_lorry_is_none(cast: Cast) -> None:  # noqa: F811
    fading = [-27 - day * 0.12 + (0.4 if day % 3 else -0.3) for day in range(30)]
    found = judge(trials(fading, cast))
    assert found.hearing == Hearing.FALLING
    assert found.slope == pytest.approx(-0.84, abs=0.1)
    steady = [-27.0 + (0.5 if day % 2 else -0.5) for day in range(30)]
    assert judge(trials(steady, cast)).hearing == Hearing.WELL
    assert judge(trials([*steady, -45.0], cast)).hearing == Hearing.WELL
    assert judge(trials(fading[:9], cast)).slope is None
    storm = replace(trials([-27.0], cast)[0], verdict="could_not", level=None)
    assert judge([storm]).hearing == Hearing.UNKNOWN


def test_a_repair_ends_when_the_loudspeaker_hears_itself(cast: Cast, hardware: Hardware, market: Device) -> None:  # noqa: F811
    """The amplifier was stolen; Sơn hangs a new one, presses the button, and the ticket closes by itself."""
    due = local(cast.now).date() + 7 * DAY
    ticket = actions.open_ticket(actor=cast.lan, device=market, cause="sound", due=due, now=cast.now)
    actions.report_repaired(actor=cast.son, ticket=ticket, words="Lắp âm-li mới", now=cast.now)
    said(cast, hardware, market, 0.01, verdict="not_heard", level=0)
    assert actions.close_proven(now=cast.now + DAY) == 0
    said(cast, hardware, market, 0.02)
    assert actions.close_proven(now=cast.now + DAY) == 1
    closed = RepairTicket.objects.get()
    assert (closed.state, closed.proof["kind"]) == ("closed", "selftest")
    assert "tự nghe được" in closed.steps.order_by("-at", "-pk")[0].words


def test_who_looks_after_poles_asks_one_loudspeaker(
    client: Client,
    cast: Cast,  # noqa: F811
    market: Device,
    signer: list[messages.Message],
) -> None:
    client.force_login(cast.son)
    page = client.get(f"/thiet-bi/{market.pk}/").content.decode()
    assert "Chưa thử lần nào" in page
    assert client.post(f"/thiet-bi/{market.pk}/thu-loa/").status_code == 302
    (order,) = [message for message in signer if isinstance(message, Command)]
    assert (order.action, order.audience.device) == ("selftest", market.pk)
    assert order.expires - order.issued == 120_000
    with pytest.raises(NotFound):
        actions.ask_selftest(actor=cast.mai, device=market, now=cast.now)
    Device.objects.filter(pk=market.pk).update(state="claimed")
    market.refresh_from_db()
    with pytest.raises(Refusal):
        actions.ask_selftest(actor=cast.son, device=market, now=cast.now)


def test_the_page_shows_what_was_heard_and_what_to_do(
    client: Client,
    cast: Cast,  # noqa: F811
    hardware: Hardware,
    market: Device,
) -> None:
    today = (clock.now() - cast.now) / DAY
    for day in range(-12, 0):
        said(cast, hardware, market, today + day, level=-2_700 if day < -4 else -3_500)
    said(cast, hardware, market, today, verdict="could_not", reason="held", level=0)
    client.force_login(cast.lan)
    page = client.get(f"/thiet-bi/{market.pk}/").content.decode()
    assert "Tiếng yếu hơn lúc đầu 8 dB" in page
    assert "Chưa thử được: loa đang bị dừng" in page
    assert page.count("<circle") >= 12
    assert Worry.WEAK_SOUND in panel_worries(market)


def panel_worries(device: Device) -> tuple[Worry, ...]:
    from loa.devices.queries import row_of

    device = Device.objects.select_related("status").prefetch_related("groups").get(pk=device.pk)
    return row_of(device, device.made_at.date()).worries


def test_what_is_older_than_a_year_is_forgotten(cast: Cast, hardware: Hardware, market: Device) -> None:  # noqa: F811
    said(cast, hardware, market, -401)
    said(cast, hardware, market, -399)
    assert actions.forget_selftests(now=cast.now) == 1
