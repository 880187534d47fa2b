"""What the domains below say: approvals, returned bulletins, repairs, SIM cards, the record; and one that fails."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from loa.areas.models import Extension
from loa.broadcasts import actions as broadcasts
from loa.broadcasts.models import PlanState, Schedule
from loa.broadcasts.tests.conftest import version
from loa.bulletins.models import State
from loa.devices.models import Device, Mute, PlanSet, RepairTicket
from loa.kernel.clock import local
from loa.kernel.ids import new_id
from loa.notifications import actions
from loa.notifications.actions import looking, reconciling
from loa.notifications.models import Letter, Look, Notification, Told
from loa.notifications.queries import SOURCES, of_broadcasts, of_devices, of_people, of_record
from loa.notifications.rules import KINDS, Need, Urgency
from loa.notifications.tests.conftest import stand
from loa.people.models import RoleGrant
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def noon(night: Cast, cast: Cast) -> Cast:
    """Thursday 16:50; everybody has an address."""
    return replace(night, now=cast.now)


def asks(cast: Cast, clock: str = "17:03", title: str = "Tạm ngừng cấp nước") -> Schedule:
    """Lan has handed something in."""
    own = version(cast, title)
    return Schedule.objects.create(
        area=cast.quy_mong, bulletin=own.bulletin, state="submitted", pattern="once",
        first_day=local(cast.now).date(), times=[clock], made_by=cast.lan, made_at=cast.now, submitted_at=cast.now,
    )  # fmt: skip


def names(kind: str) -> set[str]:
    return set(Told.objects.filter(notification__kind=kind, left_at=None).values_list("user__username", flat=True))


def pole(cast: Cast) -> Device:
    return stand(cast.quy_mong, "MobiFone", 1, cast.now)[0]


def test_the_approver_is_asked_at_once_and_the_deputy_when_it_is_late(noon: Cast) -> None:
    asks(noon)
    actions.reconcile(now=noon.now)
    row = Notification.objects.get()
    assert (row.title, row.urgency) == ("Xin duyệt: “Tạm ngừng cấp nước”", "urgent")
    assert row.more.startswith("Hoàng Thị Lan, Xã Quy Mông xin duyệt. Phát lần đầu: 17:03 hôm nay")
    assert names("approval") == {"thanh"}
    letter = Letter.objects.get()
    assert (letter.address, letter.subject) == ("thanh@loa.example", f"Khẩn: {row.title}")
    broadcasts.escalate(now=noon.now + 15 * MINUTE)
    actions.reconcile(now=noon.now + 15 * MINUTE)
    assert names("approval") == {"thanh", "phuc"}
    Schedule.objects.update(state="returned")
    actions.reconcile(now=noon.now + 16 * MINUTE)
    assert names("approval") == set()


def test_what_airs_tomorrow_wakes_nobody(noon: Cast) -> None:
    schedule = asks(noon, "05:10")
    schedule.first_day += DAY
    schedule.save()
    [need] = of_broadcasts.approvals(noon.now)
    assert need.presses is Urgency.SOON


def test_nobody_is_asked_about_their_own(noon: Cast) -> None:
    schedule = asks(noon)
    schedule.made_by = noon.thanh
    schedule.save()
    actions.reconcile(now=noon.now)
    assert names("approval") == {"phuc"}


def test_a_deputy_whose_approver_has_left_is_not_told(noon: Cast) -> None:
    asks(noon)
    RoleGrant.objects.filter(user=noon.thanh).update(ends=noon.now)
    actions.reconcile(now=noon.now)
    assert names("approval") == set()


def test_what_came_back_goes_to_its_writer_alone(noon: Cast) -> None:
    own = version(noon, "Lịch tiêm chủng")
    own.bulletin.state = State.RETURNED
    own.bulletin.save()
    actions.reconcile(now=noon.now)
    assert names("returned") == {"lan"}
    assert Told.objects.get().link == f"/soan-ban-tin/{own.bulletin_id}/"


def test_what_a_hamlet_handed_in_waits_for_a_time(noon: Cast) -> None:
    own = version(noon, "Họp thôn 5")
    bulletin = own.bulletin
    bulletin.area, bulletin.author = noon.thon_5, noon.xuan
    bulletin.state, bulletin.submitted_at = "submitted", noon.now
    bulletin.save()
    actions.reconcile(now=noon.now)
    assert names("untimed") == {"lan"}


def test_late_repairs_and_ending_cards_are_one_line_a_commune(noon: Cast) -> None:
    today = local(noon.now).date()
    poles = stand(noon.quy_mong, "MobiFone", 3, noon.now)
    Device.objects.update(sim_expires=today + 5 * DAY)
    for device in poles:
        RepairTicket.objects.create(device=device, cause="sound", due=today - DAY, opened_at=noon.now)
    actions.reconcile(now=noon.now)
    found = {row.kind: row for row in Notification.objects.all()}
    assert found["ticket"].title == "Xã Quy Mông: 3 phiếu sửa chữa quá hạn"
    assert found["sim"].title == "Xã Quy Mông: 3 SIM cần nạp tiền hoặc thêm dung lượng"
    told = Told.objects.get(user=noon.lan, notification=found["sim"])
    assert told.link == f"/thiet-bi/sim/?don-vi={noon.quy_mong.path}"
    assert told.letter_at == local(noon.now).replace(hour=5, minute=0) + DAY


def test_invented_poles_of_the_demonstration_need_no_money(noon: Cast) -> None:
    device = pole(noon)
    Device.objects.filter(pk=device.pk).update(
        sim_expires=local(noon.now).date(), sample=True, public_key="", state="waiting"
    )
    assert list(of_devices.sims(noon.now)) == []


def test_longer_evenings_wait_for_another_approver(noon: Cast) -> None:
    Extension.objects.create(
        id=new_id(), area=noon.quy_mong, starts=noon.now + DAY, ends=noon.now + DAY + timedelta(hours=2),
        reason="new_year_eve", words="Giao thừa", author_id=noon.lan.pk, author_name="Hoàng Thị Lan", made_at=noon.now,
    )  # fmt: skip
    actions.reconcile(now=noon.now)
    assert names("extension") == {"thanh"}


def test_what_ends_tomorrow_is_told_before(noon: Cast) -> None:
    device = pole(noon)
    Mute.objects.create(
        device=device, starts=noon.now - DAY, until=noon.now + DAY, reason="funeral", by=noon.lan, made_at=noon.now
    )
    RoleGrant.objects.filter(user=noon.phuc).update(ends=noon.now + 2 * DAY)
    mute, deputy = of_people.ending(noon.now)
    assert "sẽ kêu lại lúc 16:50 ngày 21/08/2026" in mute.title
    assert deputy.title.startswith("Triệu Văn Phúc hết thay Nguyễn Văn Thành")
    assert set(deputy.persons) == {noon.thanh.pk, noon.phuc.pk}


def test_a_signer_that_does_not_answer_is_one_cause_for_all(noon: Cast) -> None:
    for area in (noon.quy_mong, noon.tran_yen):
        device = stand(area, "Viettel", 2, noon.now)[0]
        own = PlanSet.objects.create(id=f"set-{area.code}", area=area, signature=area.code, made_at=noon.now)
        Device.objects.filter(area=area).update(plan_set=own)
        PlanState.objects.create(plan_set=own, touched_at=noon.now - 5 * MINUTE)
        assert device.pk
    [need] = of_broadcasts.plans(noon.now)
    assert need.rows == 4
    assert need.view(noon.quy_mong.path).title == "Thay đổi lịch phát chưa tới được 2 cụm loa"
    assert list(of_broadcasts.plans(noon.now - 4 * MINUTE)) == []


def test_a_record_that_was_touched_is_told_to_who_may_read_all_of_it(
    noon: Cast, settings: Settings, tmp_path: Path
) -> None:
    settings.LOA_AUDIT_HEADS = tmp_path / "heads.log"
    (tmp_path / "verified.json").write_text('{"at": "2026-08-20T09:00:00+00:00", "sealed": 9, "findings": 2}')
    actions.reconcile(now=noon.now)
    assert names("record") == {"bao"}
    (tmp_path / "verified.json").write_text('{"at": "2026-08-20T10:00:00+00:00", "sealed": 9, "findings": 0}')
    assert list(of_record.record(noon.now)) == []


def failing(now: datetime) -> list[Need]:
    raise RuntimeError("the table is away")


def test_a_source_that_fails_closes_nothing_and_silences_nobody(
    noon: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asks(noon)
    own = version(noon, "Lịch tiêm chủng")
    own.bulletin.state = State.RETURNED
    own.bulletin.save()
    actions.reconcile(now=noon.now)
    broken = [replace(one, read=failing) if one.name == "approvals" else one for one in SOURCES]
    monkeypatch.setattr(reconciling, "look", lambda now: looking.look(now, broken))
    own.bulletin.state = State.DRAFT
    own.bulletin.save()
    actions.reconcile(now=noon.now + MINUTE)
    assert Notification.objects.get(closed_at=None).kind == "approval"
    assert Look.objects.get(source="approvals").fault == "RuntimeError: the table is away"
    assert "needs of approvals could not be read" in caplog.text


def test_dear_questions_are_asked_less_often(noon: Cast) -> None:
    actions.reconcile(now=noon.now)
    actions.reconcile(now=noon.now + MINUTE)
    looks = dict(Look.objects.values_list("source", "at"))
    assert (looks["approvals"], looks["sims"]) == (noon.now + MINUTE, noon.now)
    actions.reconcile(now=noon.now - DAY)  # a clock that was set back keeps nobody from looking
    assert Look.objects.get(source="sims").at == noon.now - DAY


def test_every_kind_has_its_source_and_every_source_its_kind() -> None:
    told = [kind for source in SOURCES for kind in source.kinds]
    assert sorted(told) == sorted(KINDS)


def test_again_and_again_changes_nothing(noon: Cast) -> None:
    asks(noon)
    actions.reconcile(now=noon.now)
    done = actions.reconcile(now=noon.now + MINUTE)
    assert (done.opened, done.closed, done.stepped, done.letters, done.places) == (0, 0, 0, 0, set())
    assert (Notification.objects.count(), Told.objects.count(), Letter.objects.count()) == (1, 1, 1)
