"""Two priority items in one session: Lan puts the province's and her own in order, on a phone and at a desk."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.broadcasts.models import Delivery, Programme, Schedule, Sending
from loa.broadcasts.tests.conftest import on_air, settle, speaker
from loa.kernel import clock
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


@pytest.fixture
def met(page: Page, sign_in: SignIn, cast: Cast) -> Programme:
    """Tomorrow's session holds an urgent item of the commune's own and one of the province."""
    settle([speaker(cast, cast.quy_mong, 1)], clock.now())
    tomorrow = clock.local(clock.now()).date() + timedelta(days=1)
    session = Programme.objects.create(
        area=cast.quy_mong, name="Buổi chiều", starts=time(17), minutes=30, weekdays=[1, 2, 3, 4, 5, 6, 7]
    )
    floats = {
        "programme": session, "floating": True, "pattern": "once", "first_day": tomorrow, "last_day": None,
        "slack_s": 3600, "version_priority": "priority",
    }  # fmt: skip
    on_air(cast, "Họp khẩn Ban chỉ huy phòng, chống thiên tai", "17:00", **floats)
    above = on_air(cast, "Mưa lớn, đề phòng lũ quét", "17:00", author=cast.minh_anh, area=cast.lao_cai, **floats)
    Schedule.objects.filter(pk=above.pk).update(area=cast.quy_mong)
    sending = Sending.objects.create(
        bulletin=above.bulletin, area=cast.lao_cai, state="sent", first_day=tomorrow, last_day=tomorrow,
        version=above.version, approval=above.approval, made_by=cast.minh_anh, made_at=cast.now,
    )  # fmt: skip
    Delivery.objects.create(sending=sending, area=cast.quy_mong, state="scheduled", schedule=above, made_at=clock.now())
    sign_in(page, cast.lan)
    return session


def test_lan_puts_two_priority_items_in_order(page: Page, site: str, met: Programme) -> None:
    visit(page, f"{site}{reverse('broadcasts:inbox')}", name="inbox")
    page.get_by_role("link", name="Xếp thứ tự").click()
    first = page.get_by_role("listitem").filter(has_text="1. ")
    expect(first).to_contain_text("Mưa lớn")
    visit(page, page.url, name="inbox-order")
    page.get_by_role("button", name="Xuống sau").click()
    expect(first).to_contain_text("Họp khẩn")
