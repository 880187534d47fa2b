"""What is over is told too: to those who know of it, once it has been over for a while, and to nobody else."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loa.areas.models import Area
from loa.devices.actions import plan_outage, update_incidents
from loa.devices.models import Device, DeviceStatus, Hold, Incident, IncidentMember
from loa.kernel import clock
from loa.kernel.clock import local
from loa.notifications import actions
from loa.notifications.models import Letter, Notification, Told
from loa.notifications.tests.conftest import come_back, silence, stand
from loa.notifications.tests.mailbox import Mailbox
from loa.people.models import RoleGrant, User
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
OVER = "Đã xong: Nhà mạng Viettel gặp sự cố: {} cụm loa mất liên lạc"


@pytest.fixture
def outage(night: Cast) -> list[Device]:
    """Ten poles with Viettel cards, six at Quy Mông and four at Trấn Yên, are silent since 02:00; others are not."""
    poles = [*stand(night.quy_mong, "Viettel", 6, night.now), *stand(night.tran_yen, "Viettel", 4, night.now)]
    stand(night.lao_cai, "MobiFone", 20, night.now)
    silence(poles, night.now)
    return poles


def minute(now: datetime) -> None:
    """What the platform does once a minute."""
    update_incidents(now=now)
    actions.reconcile(now=now)
    actions.send_letters(clock=lambda: now)


def at(night: Cast, clock: str) -> datetime:
    """This hour of that Friday."""
    hour, minutes = clock.split(":")
    return local(night.now).replace(hour=int(hour), minute=int(minutes))


def to(post: Mailbox, user: User) -> list[str]:
    return [" ".join(str(one["Subject"]).split()) for one in post.letters if one["To"] == user.email]


def test_who_got_the_letter_and_who_looked_hear_that_it_is_over_and_nobody_else(
    night: Cast, outage: list[Device], post: Mailbox
) -> None:
    minute(night.now + 5 * MINUTE)
    row = Notification.objects.get()
    actions.mark_seen(actor=night.mai, notification=row.pk, now=night.now + 20 * MINUTE)
    minute(at(night, "05:00"))
    assert (len(to(post, night.lan)), len(to(post, night.mai))) == (1, 0), "Mai knows it from the page"
    come_back(outage[2:], at(night, "05:25"))
    minute(at(night, "05:26"))
    come_back(outage, at(night, "05:30"))
    minute(at(night, "05:31"))
    minute(at(night, "05:33"))
    assert len(to(post, night.lan)) == 1, "it has to stay so for a while"
    minute(at(night, "05:36"))
    assert to(post, night.lan)[1:] == [OVER.format(6)], "what it was, not the two that were left"
    assert to(post, night.mai) == [OVER.format(4)]
    minute(at(night, "06:30"))
    assert len(post.letters) == 3
    assert {one["To"] for one in post.letters} == {night.lan.email, night.mai.email}


def test_what_the_letter_says(night: Cast, outage: list[Device], post: Mailbox) -> None:
    minute(night.now + 5 * MINUTE)
    minute(at(night, "05:00"))
    come_back(outage, at(night, "05:30"))
    for clock_time in ("05:31", "05:36"):
        minute(at(night, clock_time))
    letter = post.letters[-1]
    text = letter.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert "Xong lúc 05:31; bắt đầu từ 02:05 ngày 21/08/2026. Anh/chị không cần làm gì nữa." in text
    assert f"/thong-bao/{Notification.objects.get().pk}/" in text


def test_what_nobody_heard_of_ends_without_a_word(night: Cast, outage: list[Device], post: Mailbox) -> None:
    minute(night.now + 5 * MINUTE)
    come_back(outage, night.now + 30 * MINUTE)
    minute(night.now + 31 * MINUTE)
    minute(at(night, "05:00"))
    minute(at(night, "05:30"))
    assert post.letters == []
    assert not Told.objects.exclude(over_at=None).exists(), "nothing waits for ever"


def test_what_is_over_at_night_is_told_in_the_morning(night: Cast, outage: list[Device], post: Mailbox) -> None:
    minute(night.now + 5 * MINUTE)
    actions.mark_seen(actor=night.lan, notification=Notification.objects.get().pk, now=night.now + 6 * MINUTE)
    come_back(outage, night.now + 30 * MINUTE)
    minute(night.now + 31 * MINUTE)
    minute(at(night, "04:59"))
    assert post.letters == []
    minute(at(night, "05:00"))
    assert to(post, night.lan) == [OVER.format(6)]


def test_what_comes_back_at_once_was_not_over(night: Cast, outage: list[Device], post: Mailbox) -> None:
    minute(night.now + 5 * MINUTE)
    minute(at(night, "05:00"))
    come_back(outage, at(night, "05:30"))
    minute(at(night, "05:31"))
    silence(outage, at(night, "05:32"))
    minute(at(night, "05:35"))
    minute(at(night, "05:36"))
    minute(at(night, "05:41"))
    assert not [subject for subject in to(post, night.lan) if subject.startswith("Đã xong")]


def test_whose_commune_is_well_again_first_hears_it_first(night: Cast, outage: list[Device], post: Mailbox) -> None:
    minute(night.now + 5 * MINUTE)
    minute(at(night, "05:00"))
    come_back(outage[6:], at(night, "05:30"))
    minute(at(night, "05:31"))
    minute(at(night, "05:36"))
    assert to(post, night.mai)[1:] == [OVER.format(4)]
    assert len(to(post, night.lan)) == 1


def test_who_has_left_the_commune_or_wants_no_letters_is_not_told(
    night: Cast, outage: list[Device], post: Mailbox
) -> None:
    minute(night.now + 5 * MINUTE)
    minute(at(night, "05:00"))
    quiet = {"quiet_from": at(night, "21:00").time(), "quiet_until": at(night, "05:00").time()}
    actions.prefer(actor=night.mai, letters=False, silent=(), now=at(night, "05:10"), **quiet)
    come_back(outage, at(night, "05:30"))
    minute(at(night, "05:31"))
    RoleGrant.objects.filter(user=night.lan).update(ends=at(night, "05:32"))
    minute(at(night, "05:36"))
    assert (len(to(post, night.lan)), len(to(post, night.mai))) == (1, 1)


def test_the_end_comes_in_one_letter_with_what_is_new(night: Cast, outage: list[Device], post: Mailbox) -> None:
    minute(night.now + 5 * MINUTE)
    minute(at(night, "05:00"))
    come_back(outage, at(night, "05:30"))
    minute(at(night, "05:31"))
    DeviceStatus.objects.filter(device=outage[0]).update(threat_at=at(night, "05:36"))
    minute(at(night, "05:36"))
    letter = [one for one in post.letters if one["To"] == night.lan.email][-1]
    assert "từ chối lệnh giả" in str(letter["Subject"])
    assert OVER.format(6) in letter.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert Letter.objects.filter(user=night.lan).count() == 2


def test_the_page_says_what_it_was_and_that_it_was_told(
    night: Cast, outage: list[Device], post: Mailbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute(night.now + 5 * MINUTE)
    minute(at(night, "05:00"))
    come_back(outage, at(night, "05:30"))
    minute(at(night, "05:31"))
    monkeypatch.setattr(clock, "now", lambda: at(night, "05:32"))
    client.force_login(night.lan)
    address = f"/thong-bao/{Notification.objects.get().pk}/"
    assert "Thư báo xong sẽ gửi lúc 05:36 ngày 21/08." in client.get(address).content.decode()
    minute(at(night, "05:36"))
    page = client.get(address).content.decode()
    assert "Đã gửi thư báo xong lúc 05:36 ngày 21/08." in page
    assert (
        "Nhà mạng Viettel gặp sự cố: 6 cụm loa mất liên lạc" in client.get("/thong-bao/?xem=da-xong").content.decode()
    )


def test_each_place_reads_what_concerns_it(night: Cast, outage: list[Device]) -> None:
    minute(night.now + 5 * MINUTE)
    minute(at(night, "06:00"))
    told = {row.user: row.more for row in Told.objects.select_related("user")}
    assert told[night.son].startswith("Xã Quy Mông 6, Xã Trấn Yên 4 cụm loa. Gọi nhà mạng Viettel.")
    assert told[night.lan].startswith("Gọi nhà mạng Viettel.")


def stop(area: Area, by: User, now: datetime, hours: float, revision: int = 1) -> Hold:
    """What the gateway's journal brings of a stop; no hours: it is over."""
    return Hold.objects.create(
        entry=uuid.uuid4(), subject=f"area/{area.path}", audience={"area": area.path}, area=area, revision=revision,
        until=now + timedelta(hours=hours) if hours else None, jws="x", by=by, by_name=by.full_name, at=now,
        reason="Lễ tang",
    )  # fmt: skip


def test_a_stop_of_everything_is_told_at_once_and_so_is_its_end(night: Cast, post: Mailbox) -> None:
    stop(night.quy_mong, night.thanh, night.now, 2)
    minute(night.now + MINUTE)
    assert to(post, night.lan) == ["Khẩn: Xã Quy Mông: đang dừng toàn bộ loa"]
    assert to(post, night.thanh) == [], "he did it himself"
    assert to(post, night.mai) == []
    told = Told.objects.get(user=night.lan)
    assert (
        "Nguyễn Văn Thành dừng lúc 02:00 ngày 21/08, loa tự phát lại lúc 04:00 ngày 21/08. Lý do: Lễ tang" in told.more
    )
    minute(night.now + 121 * MINUTE)
    minute(night.now + 126 * MINUTE)
    assert to(post, night.lan)[1:] == ["Đã xong: Xã Quy Mông: đang dừng toàn bộ loa"]
    assert to(post, night.thanh) == []


def test_one_tap_that_resumes_earlier_ends_it_too(night: Cast, post: Mailbox) -> None:
    stop(night.quy_mong, night.thanh, night.now, 2)
    minute(night.now + MINUTE)
    stop(night.quy_mong, night.thanh, night.now + 10 * MINUTE, 0, revision=2)
    minute(night.now + 11 * MINUTE)
    minute(night.now + 16 * MINUTE)
    assert to(post, night.lan)[1:] == ["Đã xong: Xã Quy Mông: đang dừng toàn bộ loa"]


def test_a_stop_of_the_province_reaches_the_people_of_its_communes(night: Cast, post: Mailbox) -> None:
    stand(night.quy_mong, "Viettel", 2, night.now)
    stand(night.tran_yen, "Viettel", 2, night.now)
    stop(night.lao_cai, night.minh_anh, night.now, 2)
    minute(night.now + MINUTE)
    names = set(Told.objects.values_list("user__username", flat=True))
    assert {"lan", "thanh", "mai", "son"} <= names
    assert "minhanh" not in names
    assert to(post, night.lan) == ["Khẩn: Tỉnh Lào Cai: đang dừng toàn bộ loa"]


def test_a_relay_that_is_back_is_told(night: Cast, post: Mailbox) -> None:
    poles = stand(night.quy_mong, "Viettel", 3, night.now)
    DeviceStatus.objects.filter(pk__in=poles).update(trouble="no_relay")
    minute(at(night, "05:10"))
    minute(at(night, "05:12"))
    assert to(post, night.lan) == ["Xã Quy Mông: 3 cụm loa mất nguồn tiếp âm"]
    DeviceStatus.objects.filter(pk__in=poles).update(trouble="")
    minute(at(night, "05:20"))
    minute(at(night, "05:25"))
    assert to(post, night.lan)[1:] == ["Đã xong: Xã Quy Mông: 3 cụm loa mất nguồn tiếp âm"]


def test_a_power_cut_that_was_announced_tells_nobody_anything_until_it_lasts_too_long(
    night: Cast, post: Mailbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Điện lực has said so beforehand, Lan has noted it: from the poles that fall silent to the letters, nothing."""
    poles = stand(night.quy_mong, "Viettel", 4, night.now)
    stand(night.quy_mong, "MobiFone", 2, night.now)
    begins, ends = at(night, "08:00"), at(night, "11:00")
    plan_outage(
        actor=night.lan, area=night.quy_mong, kind="power", reason="Thay dây", source="Điện lực Trấn Yên",
        starts=begins, ends=ends, now=night.now,
    )  # fmt: skip
    DeviceStatus.objects.filter(pk__in=poles[:2]).update(state="silent", cause="power_lost", since=begins)
    silence(poles[2:], begins + MINUTE)
    for clock_time in ("08:05", "08:10", "08:40", "09:30", "11:29"):
        minute(at(night, clock_time))
    assert not Notification.objects.exists()
    assert post.letters == []
    monkeypatch.setattr(clock, "now", lambda: at(night, "09:30"))
    client.force_login(night.lan)
    assert "Không có việc nào đang chờ" in client.get("/thong-bao/").content.decode()
    minute(at(night, "11:31"))
    assert Notification.objects.get().title == "Xã Quy Mông: 4 cụm loa mất điện hoặc đang chạy ắc quy"
    minute(at(night, "11:33"))
    assert to(post, night.lan) == ["Xã Quy Mông: 4 cụm loa mất điện hoặc đang chạy ắc quy"]
    come_back(poles, at(night, "11:40"))
    minute(at(night, "11:41"))
    minute(at(night, "11:46"))
    assert to(post, night.lan)[1:] == ["Đã xong: Xã Quy Mông: 4 cụm loa mất điện hoặc đang chạy ắc quy"]


def lost(area: Area, operator: str, count: int, now: datetime) -> None:
    """An incident with so many loudspeakers."""
    row = Incident.objects.create(fault="network", area=area, operator=operator, opened_at=now)
    poles = stand(area, operator, count, now)
    IncidentMember.objects.bulk_create(IncidentMember(incident=row, device=one, joined_at=now) for one in poles)


def test_the_notice_of_three_thousand_asks_as_often_as_that_of_ten(night: Cast) -> None:
    asked = []
    for number, (operator, count) in enumerate((("Viettel", 10), ("MobiFone", 3000))):
        lost(night.quy_mong, operator, count, night.now)
        with CaptureQueriesContext(connection) as seen:
            assert actions.reconcile(now=night.now + number * MINUTE).opened == 1
        asked.append(len(seen))
    few, many = asked
    assert many <= few, asked
    assert Told.objects.get(user=night.lan, rows=3000).title.endswith("3000 cụm loa mất liên lạc")
