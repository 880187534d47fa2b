"""The bell of every page, what it leads to, and how somebody wants to be written to."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.kernel import clock
from loa.notifications.models import Letter, Notification, Told
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quiet_gateway")]


def tell(cast: Cast) -> Notification:
    """Lan and, as nobody took it, Sơn are told that there is no power."""
    now = clock.now()
    row = Notification.objects.create(
        kind="incident", key="power", area=cast.quy_mong, urgency="soon", since=now, opened_at=now, stepped_at=now,
        title="Xã Quy Mông: 3 cụm loa mất điện hoặc đang chạy ắc quy", rows=3,
        more="Hỏi điện lực giờ có điện lại. Có điện thì loa tự chạy.",
    )  # fmt: skip
    for step, person in enumerate((cast.lan, cast.son)):
        Told.objects.create(
            notification=row, user=person, step=step, place=cast.quy_mong.path, title=row.title, rows=3,
            link=f"{reverse('devices:list')}?don-vi={cast.quy_mong.path}", told_at=now,
        )  # fmt: skip
    Letter.objects.create(
        user=cast.lan, address="lan@loa.example", subject=row.title, text=f"Kính gửi,\n\n{row.more}", html="",
        made_at=now, next_at=now, state=Letter.State.SENT,
    )  # fmt: skip
    return row


def test_the_bell_leads_to_the_rows(page: Page, site: str, sign_in: Callable[[Page, User], None], cast: Cast) -> None:
    row = tell(cast)
    sign_in(page, cast.lan)
    visit(page, f"{site}{reverse('notifications:list')}", name="thong-bao")
    expect(page.locator(".bell")).to_contain_text("1 chưa xem")
    page.get_by_role("link", name=row.title).click()
    page.get_by_role("button", name="Tôi đang lo việc này").click()
    expect(page.get_by_role("button", name="Tôi không lo việc này nữa")).to_be_visible()
    expect(page.locator(".bell")).not_to_contain_text("chưa xem")
    visit(page, f"{site}{reverse('notifications:one', args=[row.pk])}", name="thong-bao-mot")
    page.get_by_role("link", name="Xem chi tiết").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thiết bị")
    visit(page, f"{site}{reverse('notifications:settings')}", name="thong-bao-cai-dat")
