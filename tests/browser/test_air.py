"""Quy chế phát, gia hạn giờ phát, tạm tắt loa: looked at on a phone and on a desk, and a cluster muted by tapping."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from loa.areas.hours import DEFAULT_WINDOWS
from loa.areas.models import DayOff, Extension, OperatingRules
from loa.devices.models import Device, Mute
from loa.kernel import clock
from loa.people import signer
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


@pytest.fixture
def ruled(cast: Cast) -> Device:
    """A province that permits, a commune with two sessions, Giỗ Tổ, a wish for Tết, a cluster at thôn 5."""
    windows = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}]
    OperatingRules.objects.create(
        area=cast.lao_cai, starts=date(2026, 1, 1), document="Quyết định 30/QĐ-UBND", windows=windows,
        extension_days=2, extension_latest=1470, extension_reasons=["new_year_eve"],
    )  # fmt: skip
    OperatingRules.objects.create(
        area=cast.quy_mong, starts=date(2026, 2, 1), document="Quyết định 12/QĐ-UBND", windows=windows,
        max_sessions_per_day=2, max_minutes_per_session=45, volumes=[{"from": "05:00", "to": "06:00", "most": 50}],
    )  # fmt: skip
    DayOff.objects.create(
        area=cast.quy_mong, kind="lunar", name="Giỗ Tổ Hùng Vương", document="Hương ước", effect="no_music",
        every="lunar", month=3, day=10, starts=date(2026, 1, 1),
    )  # fmt: skip
    soon = clock.local(clock.now()).replace(hour=21, minute=30, second=0, microsecond=0) + timedelta(days=1)
    Extension.objects.create(
        id=uuid4(), area=cast.quy_mong, starts=soon, ends=soon + timedelta(hours=2), reason="new_year_eve",
        words="Tường thuật giao thừa", author_id=cast.lan.pk, author_name=cast.lan.full_name, made_at=clock.now(),
    )  # fmt: skip
    return Device.objects.create(
        area=cast.quy_mong, hamlet=cast.thon_5, number=8, name="Nhà văn hóa thôn 5", made_at=cast.now,
        state=Device.State.PLACED, public_key="A" * 43,
    )  # fmt: skip


def test_the_regulation_is_read_and_written(
    page: Page, site: str, sign_in: SignIn, cast: Cast, ruled: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signer, "host", lambda: signer.Host(DEFAULT_WINDOWS, ()))
    sign_in(page, cast.thanh)
    visit(page, f"{site}{reverse('broadcasts:air')}")
    page.get_by_text("Thêm ngày").click()
    page.get_by_label("Tên ngày").wait_for()
    visit(page, f"{site}{reverse('broadcasts:air_edit')}?mau=urban_ward", themes=("light",), name="quy-che-phat-sua")
    visit(page, f"{site}{reverse('broadcasts:extensions')}", themes=("light",))
    page.get_by_role("button", name="Duyệt gia hạn").click()
    page.get_by_text("Đã duyệt. Loa nhận giờ gia hạn").wait_for()
    page.get_by_role("heading", name="Đã duyệt, còn hiệu lực").wait_for()


def test_a_funeral_is_respected_in_a_few_taps(
    page: Page, site: str, sign_in: SignIn, cast: Cast, ruled: Device
) -> None:
    sign_in(page, cast.lan)
    visit(page, f"{site}{reverse('broadcasts:mutes')}", themes=("light",))
    page.get_by_role("link", name="Nhà văn hóa thôn 5").click()
    page.get_by_text("Đám tang").click()
    page.get_by_role("button", name="Tắt cụm loa này").click()
    page.get_by_role("button", name="Bật lại").wait_for()
    visit(page, f"{site}{reverse('broadcasts:mute', args=[ruled.pk])}", themes=("light",), name="tam-tat-loa-cum")
    page.get_by_role("button", name="Bật lại").click()
    page.get_by_text("phát lại bình thường").wait_for()
    assert Mute.objects.get().lifted_by == cast.lan
