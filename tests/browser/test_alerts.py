"""Khẩn cấp, in a real browser: looked at on a phone and on a desk, signed and confirmed with two keys."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import pytest
from devicelink.messages import Alert, Audience, Target
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.alerts import content
from loa.alerts.actions import drafting, drills, duty
from loa.alerts.models import AlertRecord, Draft, Drill, Receipt, Status
from loa.areas.models import Area
from loa.devices.models import Device, DeviceStatus
from loa.kernel import clock
from loa.people.models import User
from tests.browser.checks import visit
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]


@dataclass(frozen=True)
class Night:
    """A flood at night: an alert that sounds, one that waits, a draft, a drill."""

    sent: AlertRecord
    asked: AlertRecord
    draft: Draft
    drill: Drill


def _poles(area: Area, first: int, causes: list[str]) -> list[Device]:
    found = []
    for number, cause in enumerate(causes, first):
        row = Device.objects.create(
            area=area, number=number, name=f"Cụm {number:02} · Nhà văn hóa", state="placed", made_at=clock.now(),
            public_key=f"{area.code}-{number}",
        )  # fmt: skip
        state = "silent" if cause else "online"
        DeviceStatus.objects.create(device=row, state=state, cause=cause or "connected", since=clock.now())
        found.append(row)
    return found


def _record(area: Area, identifier: str, state: str, author: User, **other: object) -> AlertRecord:
    now = clock.now()
    message = Alert(
        audience=Audience(area=area.path), id=identifier, issued=0, expires=3_600_000, status="actual", event="lu",
        severity="severe", risk=3, siren="flood", repeat=600_000, headline="Cảnh báo lũ, rủi ro cấp 3",
        targets=(Target(id=content.GENERAL),),
    )  # fmt: skip
    text = "Cảnh báo khẩn cấp. Mực nước sông Thao tại trạm Yên Bái lúc 14 giờ là 32,1 mét, trên báo động III."
    return AlertRecord.objects.create(
        id=identifier, kind="alert", status="actual", state=state, area=area, event="lu", risk=3, severity="severe",
        headline=message.headline, content=msgspec.to_builtins(message), author=author, author_name=author.full_name,
        said=[{"target": content.GENERAL, "language": "vi", "text": text}], asked_at=now, step_at=now, **other,
    )  # fmt: skip


@pytest.fixture
def night(cast: Cast) -> Night:
    """Six loudspeakers of Quy Mông of which three sound, two of Trấn Yên that nobody hears."""
    now = clock.now()
    User.objects.filter(pk=cast.lan.pk).update(phone="0900000134")
    User.objects.filter(pk=cast.thanh.pk).update(phone="0900000135")
    here = _poles(cast.quy_mong, 1, ["", "", "", "", "power_lost", "silent_link"])
    _poles(cast.tran_yen, 1, ["power_lost", "power_lost"])
    row = _record(
        cast.lao_cai, "al-sent", "sent", cast.minh_anh, issued=now, expires=now + timedelta(hours=1), expected=8,
        confirmer_name=cast.thanh.full_name,
    )  # fmt: skip
    for device in here[:3]:
        Receipt.objects.create(record=row, device=device.pk, received_at=now, sounding_at=now, state="sounding")
    Receipt.objects.create(record=row, device=here[3].pk, received_at=now)
    asked = _record(cast.quy_mong, "al-asked", "waiting", cast.lan)
    wanted = content.Wanted(
        status="exercise", event="lu", risk=3, areas=(cast.quy_mong.path,), siren="flood", repeat=10,
        general=content.Words(content.GENERAL, {"vi": "Nước sông Thao lên nhanh. Bà con ven sông lên nơi cao."}),
        issuer="Ủy ban nhân dân xã Quy Mông", source="Đài khí tượng thủy văn tỉnh, lúc 14 giờ",
    )  # fmt: skip
    draft = drafting.draft_alert(actor=cast.lan, area=cast.quy_mong, wanted=wanted, now=now)
    day = clock.local(now).date()
    plan = drills.Plan("Kiểm tra quý III", Status.TEST, "lu", day, 540, 3)
    drill = drills.set_drill(actor=cast.lan, area=cast.quy_mong, plan=plan, now=now)
    duty.set_duty(
        actor=cast.thanh, person=cast.phuc, area=cast.quy_mong, starts=now, ends=now + timedelta(hours=12), now=now
    )
    return Night(row, asked, draft, drill)


def test_the_pages_of_alerts(page: Page, site: str, sign_in: SignIn, cast: Cast, night: Night) -> None:
    sign_in(page, cast.lan)
    for name in ("list", "compose", "drills", "roster"):
        visit(page, f"{site}{reverse(f'alerts:{name}')}", name=f"khan-cap-{name}")
    visit(page, f"{site}{reverse('alerts:draft', args=[night.draft.pk])}", name="khan-cap-draft")


def test_the_board_and_the_confirmation(page: Page, site: str, sign_in: SignIn, cast: Cast, night: Night) -> None:
    sign_in(page, cast.thanh)
    visit(page, f"{site}{reverse('alerts:board', args=['al-sent'])}", name="khan-cap-board")
    visit(page, f"{site}{reverse('alerts:confirm', args=['al-asked'])}", name="khan-cap-confirm")
    visit(page, f"{site}{reverse('alerts:roster')}", name="khan-cap-roster-set")


def test_who_sent_it_ends_it(page: Page, site: str, sign_in: SignIn, cast: Cast, night: Night) -> None:
    sign_in(page, cast.minh_anh)
    visit(page, f"{site}{reverse('alerts:board', args=['al-sent'])}", name="khan-cap-board-province")
    why = f"{reverse('alerts:end', args=['al-sent', 'cancel'])}?ly-do=Tin+sai"
    visit(page, f"{site}{why}", name="khan-cap-end")


def test_blanks_become_fields(page: Page, site: str, sign_in: SignIn, cast: Cast, night: Night) -> None:
    sign_in(page, cast.lan)
    page.goto(f"{site}{reverse('alerts:compose')}")
    page.get_by_label("Sông", exact=True).fill("sông Thao")
    page.get_by_label("Số mét", exact=True).fill("32,1")
    expect(page.locator("#id_text")).to_have_value(
        "Mực nước sông Thao tại [trạm] lúc [giờ đo] là 32,1 mét, trên báo động [cấp báo động]. Bà con ở vùng thấp, "
        "ven sông, ven suối khẩn trương di chuyển người và tài sản đến nơi cao."
    )
    page.locator("#id_event").select_option("dich-benh")
    expect(page.locator("#id_siren")).to_have_value("")
