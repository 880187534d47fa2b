"""The pages around the poles in a real browser: incidents, repairs, lists of new poles, many at once, SIM cards."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.devices import actions
from loa.devices.models import Device, DeviceStatus, Incident
from loa.kernel import clock
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]
LIST = "Số;Tên;Thôn;Vĩ độ;Kinh độ\r\n7;Nhà văn hóa thôn 5;Thôn 5;21.6;104.7\r\n7;Chợ;Thôn 9;;\r\n"


def poles(cast: Cast) -> list[Device]:
    """Five that fell silent with one operator, and two that are well."""
    now = clock.now()
    rows = []
    for number in range(1, 8):
        row = Device.objects.create(
            area=cast.quy_mong, number=number, name=f"Nhà văn hóa thôn {number}", made_at=now, public_key=f"k{number}",
            state=Device.State.PLACED, sim_operator="Viettel" if number < 6 else "MobiFone", monthly_mb=3000,
            sim_expires=now.date() + timedelta(days=3 * number), latitude=21.6, longitude=104.7,
        )  # fmt: skip
        facts = {"state": "silent", "cause": "silent_link"} if number < 6 else {"state": "online", "cause": "connected"}
        since = now - timedelta(minutes=9)
        DeviceStatus.objects.create(
            device=row, since=since, seen_at=now, clock_bound=9, uptime=10**9, used_mb=2900, **facts
        )
        rows.append(row)
    return rows


def test_incidents_and_repairs(page: Page, site: str, sign_in: SignIn, cast: Cast) -> None:
    now, rows = clock.now(), poles(cast)
    actions.plan_outage(
        actor=cast.lan, area=cast.thon_5, kind="power", starts=now, ends=now + timedelta(hours=5), now=now,
        reason="thay dây", source="Điện lực Trấn Yên",
    )  # fmt: skip
    actions.update_incidents(now=now)
    incident = Incident.objects.get()
    due = clock.local(now).date()
    ticket = actions.open_ticket(actor=cast.lan, device=rows[5], cause="sound", words="Loa rè", due=due, now=now)
    actions.describe_pole(actor=None, device=rows[5], horns=[90, 225], owner="Điện lực", nearest_house_m=25, now=now)
    sign_in(page, cast.son)
    area = f"?don-vi={cast.quy_mong.path}"
    for number, address in enumerate(
        [
            reverse("devices:list") + area,
            reverse("devices:incidents") + area,
            reverse("devices:incident", args=[incident.pk]),
            reverse("devices:plan_outage") + area,
            reverse("devices:tickets") + area,
            reverse("devices:ticket", args=[ticket.pk]),
            reverse("devices:new_ticket", args=[rows[6].pk]),
            reverse("devices:edit_pole", args=[rows[5].pk]),
            reverse("devices:show", args=[rows[5].pk]),
        ]
    ):
        visit(page, f"{site}{address}", themes=("light",), name=f"fleet-{number}")
    page.goto(f"{site}{reverse('devices:ticket', args=[ticket.pk])}")
    page.get_by_label("Đã làm gì").fill("Thay dây loa")
    page.get_by_role("button", name="Đã sửa, chờ loa phát").click()
    expect(page.get_by_text("Phiếu tự đóng khi loa phát xong một mục")).to_be_visible()


def test_new_poles_from_a_file_and_many_at_once(page: Page, site: str, sign_in: SignIn, cast: Cast) -> None:
    rows = poles(cast)
    sign_in(page, cast.son)
    area = f"?don-vi={cast.quy_mong.path}"
    visit(page, f"{site}{reverse('devices:new_batch')}{area}", themes=("light",), name="fleet-nhap")
    page.get_by_label("Tệp danh sách").set_input_files(
        {"name": "loa.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    )
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_text("Số 07 đã có ở dòng 2.")).to_be_visible()
    visit(page, page.url, themes=("light",), name="fleet-nhap-xem-truoc")
    for name in ("labels", "bulk", "sims"):
        visit(page, f"{site}{reverse(f'devices:{name}')}{area}", themes=("light",), name=f"fleet-{name}")
    visit(page, f"{site}/loa/{rows[0].complaint_id}/", themes=("light",), name="fleet-pole")
    page.goto(f"{site}{reverse('devices:bulk')}{area}")
    page.get_by_label("06 · Nhà văn hóa thôn 6").check()
    page.get_by_label("Âm lượng (%)").fill("95")
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_text("1 cụm bị từ chối")).to_be_visible()
    expect(page.get_by_text("tối đa 80%")).to_be_visible()
