"""Operator outage at two in the morning: one cause, one notification, and nobody is woken for what can wait."""

from datetime import datetime, timedelta

import psycopg
import pytest
from django.db import connection

from loa.audit.models import Entry
from loa.devices.actions import update_incidents
from loa.devices.models import Device, DeviceStatus
from loa.kernel.clock import local
from loa.notifications import actions
from loa.notifications.models import Letter, Notification, Told
from loa.notifications.tests.conftest import come_back, silence, stand
from loa.notifications.tests.mailbox import Mailbox
from loa.people.models import User
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def outage(night: Cast) -> list[Device]:
    """A hundred poles with Viettel cards in two communes are silent since 02:00; those of MobiFone are not."""
    poles = [*stand(night.quy_mong, "Viettel", 60, night.now), *stand(night.tran_yen, "Viettel", 40, night.now)]
    stand(night.lao_cai, "MobiFone", 20, night.now)
    silence(poles, night.now)
    return poles


def minute(now: datetime) -> None:
    """What the platform does once a minute."""
    update_incidents(now=now)
    actions.reconcile(now=now)
    actions.send_letters(clock=lambda: now)


def told(user: User) -> Told | None:
    return Told.objects.filter(user=user, notification__kind="incident").first()


def at(night: Cast, clock: str) -> datetime:
    """This hour of that Friday."""
    hour, minutes = clock.split(":")
    return local(night.now).replace(hour=int(hour), minute=int(minutes))


def to(post: Mailbox, user: User) -> list[str]:
    return [str(letter["Subject"]).strip() for letter in post.letters if letter["To"] == user.email]


def test_hundred_poles_are_one_notification_and_everybody_sees_their_own(night: Cast, outage: list[Device]) -> None:
    minute(night.now + 5 * MINUTE)
    row = Notification.objects.get()
    assert (row.kind, row.rows, row.area) == ("incident", 100, night.lao_cai)
    assert row.title == "Nhà mạng Viettel gặp sự cố: 100 cụm loa mất liên lạc"
    lan, mai = told(night.lan), told(night.mai)
    assert lan is not None
    assert mai is not None
    assert (lan.rows, lan.title) == (60, "Nhà mạng Viettel gặp sự cố: 60 cụm loa mất liên lạc")
    assert (mai.rows, mai.place) == (40, night.tran_yen.path)
    assert told(night.son) is None
    minute(night.now + 6 * MINUTE)
    assert Notification.objects.count() == 1


def test_lan_sleeps_until_five_and_an_urgent_one_wakes_her(night: Cast, outage: list[Device], post: Mailbox) -> None:
    minute(night.now + 5 * MINUTE)
    assert post.letters == []
    DeviceStatus.objects.filter(device=outage[0]).update(threat_at=night.now + 6 * MINUTE)
    minute(night.now + 7 * MINUTE)
    assert to(post, night.lan) == ["Khẩn: Xã Quy Mông: 1 cụm loa đã từ chối lệnh giả"]
    assert to(post, night.mai) == []
    minute(at(night, "04:59"))
    assert len(to(post, night.lan)) == 1
    minute(at(night, "05:00"))
    assert to(post, night.lan)[1:] == ["Nhà mạng Viettel gặp sự cố: 60 cụm loa mất liên lạc"]
    assert to(post, night.mai) == ["Nhà mạng Viettel gặp sự cố: 40 cụm loa mất liên lạc"]


def test_what_the_letter_says(night: Cast, outage: list[Device], post: Mailbox) -> None:
    minute(night.now + 5 * MINUTE)
    minute(at(night, "05:00"))
    letter = next(one for one in post.letters if one["To"] == night.lan.email)
    row = Notification.objects.get()
    text = letter.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    html = letter.get_body(("html",)).get_content()  # type: ignore[attr-defined]
    assert "Kính gửi Hoàng Thị Lan," in text
    assert "Từ 02:05 ngày 21/08/2026." in text
    assert f"/thong-bao/{row.pk}/" in text
    assert f"/thong-bao/{row.pk}/" in html
    assert "Trấn Yên" not in text
    assert letter["From"] == "Loa <loa@laocai.example>"


def test_nobody_looks_so_the_technician_of_the_province_is_told(
    night: Cast, outage: list[Device], post: Mailbox
) -> None:
    minute(night.now + 5 * MINUTE)
    minute(at(night, "05:59"))
    assert told(night.son) is None
    minute(at(night, "06:00"))
    son = told(night.son)
    assert son is not None
    assert (son.rows, son.step) == (100, 2)
    minute(at(night, "06:02"))
    assert to(post, night.son) == ["Nhà mạng Viettel gặp sự cố: 100 cụm loa mất liên lạc"]
    letter = next(one for one in post.letters if one["To"] == night.son.email)
    text = letter.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert "Đã báo Hà Thị Mai, Hoàng Thị Lan nhưng chưa ai nhận việc" in text
    assert Entry.objects.filter(verb="notification.passed_on").count() == 1


def test_who_takes_it_in_hand_is_left_alone(night: Cast, outage: list[Device]) -> None:
    minute(night.now + 5 * MINUTE)
    row = Notification.objects.get()
    actions.take(actor=night.lan, notification=row.pk, now=at(night, "05:10"))
    actions.take(actor=night.mai, notification=row.pk, now=at(night, "05:20"))
    minute(at(night, "09:00"))
    assert told(night.son) is None
    actions.let_go(actor=night.mai, notification=row.pk, now=at(night, "09:10"))
    minute(at(night, "09:11"))
    assert told(night.son) is not None


def test_who_takes_one_commune_in_hand_does_not_take_the_other(night: Cast, outage: list[Device]) -> None:
    minute(night.now + 5 * MINUTE)
    actions.take(actor=night.lan, notification=Notification.objects.get().pk, now=at(night, "05:10"))
    minute(at(night, "06:00"))
    assert told(night.son) is not None


def test_who_looks_gets_the_time_once_more(night: Cast, outage: list[Device]) -> None:
    minute(night.now + 5 * MINUTE)
    row = Notification.objects.get()
    for person in (night.lan, night.mai):
        actions.mark_seen(actor=person, notification=row.pk, now=at(night, "05:50"))
    minute(at(night, "06:49"))
    assert told(night.son) is None
    minute(at(night, "06:50"))
    assert told(night.son) is not None


def test_what_was_looked_at_needs_no_letter(night: Cast, outage: list[Device], post: Mailbox) -> None:
    minute(night.now + 5 * MINUTE)
    actions.mark_seen(actor=night.lan, notification=Notification.objects.get().pk, now=night.now + 6 * MINUTE)
    minute(at(night, "05:00"))
    assert to(post, night.lan) == []


def test_it_closes_by_itself_and_nobody_is_written_to_any_more(
    night: Cast, outage: list[Device], post: Mailbox
) -> None:
    minute(night.now + 5 * MINUTE)
    come_back(outage, night.now + 30 * MINUTE)
    minute(night.now + 31 * MINUTE)
    row = Notification.objects.get()
    assert row.closed_at == night.now + 31 * MINUTE
    lan = told(night.lan)
    assert lan is not None
    assert lan.left_at == row.closed_at
    minute(at(night, "05:00"))
    assert post.letters == []


def test_the_part_that_is_well_again_leaves(night: Cast, outage: list[Device]) -> None:
    minute(night.now + 5 * MINUTE)
    come_back(outage[60:], night.now + 30 * MINUTE)
    minute(night.now + 31 * MINUTE)
    lan, mai = told(night.lan), told(night.mai)
    assert lan is not None
    assert mai is not None
    assert (lan.left_at, mai.left_at) == (None, night.now + 31 * MINUTE)
    silence(outage[60:], night.now + 40 * MINUTE)
    minute(night.now + 45 * MINUTE)
    mai = told(night.mai)
    assert mai is not None
    assert (mai.left_at, mai.told_at) == (None, night.now + 45 * MINUTE)


def test_twenty_things_of_the_night_are_one_letter_of_the_morning(
    night: Cast, outage: list[Device], post: Mailbox
) -> None:
    for pole in outage[:20]:
        DeviceStatus.objects.filter(device=pole).update(cause="clean_stop")
    Device.objects.filter(pk__in=[pole.pk for pole in outage[20:30]]).update(sim_expires=local(night.now).date())
    minute(night.now + 5 * MINUTE)
    assert Told.objects.filter(user=night.lan, left_at=None).count() > 2
    minute(at(night, "05:00"))
    [subject] = to(post, night.lan)
    assert "việc cần anh/chị xem" in subject
    assert Letter.objects.filter(user=night.lan).count() == 1


def test_of_two_workers_one_does_nothing(night: Cast, outage: list[Device]) -> None:
    """The other holds the lock; what it sees is the same."""
    update_incidents(now=night.now + 5 * MINUTE)
    held = connection.settings_dict
    other = psycopg.connect(dbname=held["NAME"], user=held["USER"] or None, host=held["HOST"] or None)
    with other, other.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('loa.notifications', 0))")
        assert actions.reconcile(now=night.now + 5 * MINUTE).opened == 0
    assert actions.reconcile(now=night.now + 5 * MINUTE).opened == 1
