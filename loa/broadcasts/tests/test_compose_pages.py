"""Soạn bản tin as Lan fills it in at 16:50, with scripts and without."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from loa.broadcasts import actions
from loa.broadcasts.models import Programme, Schedule, State
from loa.broadcasts.tests.conftest import Station
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.devices.models import Mute
from loa.kernel import clock
from loa.kernel.clock import local
from loa.media import actions as media
from loa.media.models import Sound, SoundState
from tests.cast import Cast, hear
from tests.changes import send

TEXT = "UBND xã thông báo: ngừng cấp nước từ 8h đến 11h30 để thay van DN200."


@pytest.fixture(autouse=True)
def ten_to_five(cast: Cast, monkeypatch: pytest.MonkeyPatch, station: Station) -> None:
    bulletins.load_categories()
    monkeypatch.setattr(clock, "now", lambda: cast.now)


@pytest.fixture
def evening(cast: Cast) -> Programme:
    return Programme.objects.create(
        area=cast.quy_mong, name="Buổi chiều", starts="17:00", minutes=30, weekdays=[1, 2, 3, 4, 5, 6, 7]
    )


def fields(cast: Cast, **more: Any) -> dict[str, Any]:
    filled = {
        "title": "Ngừng cấp nước", "text": TEXT, "source": "voice", "voice": "espeak/vi", "category": "livelihood",
        "priority": "normal", "language": "vi", "where": "all", "slot": "other", "repeat": "once", "do": "keep",
    }  # fmt: skip
    return filled | more


def today(cast: Cast) -> str:
    return f"{local(cast.now):%d/%m/%Y}"


def ready(sound: Sound) -> None:
    Sound.objects.filter(pk=sound.pk).update(
        state=SoundState.READY, sha256="a" * 64, size=1000, duration_ms=40_000, wave=[50] * 200
    )


def test_a_notice_is_written_spoken_heard_and_sent_without_any_script(
    client: Client, cast: Cast, evening: Programme
) -> None:
    client.force_login(cast.lan)
    page = client.get("/soan-ban-tin/").content.decode()
    slot = f"{evening.pk}:{local(cast.now).date().isoformat()}"
    assert slot in page
    assert "Buổi này còn trống 30 phút" in page
    answer = client.post("/soan-ban-tin/", fields(cast, slot=slot, do="speak"))
    assert answer.status_code == 302
    bulletin = Bulletin.objects.get()
    [sound] = Sound.objects.all()
    assert "Đã nghe hết" not in client.get(answer.headers["Location"]).content.decode()
    ready(sound)
    at_work = client.get(answer.headers["Location"]).content.decode()
    assert "đê en hai trăm" in at_work
    hear(cast.lan, sound, cast.now)
    form = fields(cast, slot=slot, do="submit", sound=str(sound.pk), revision="1")
    unseen = client.post(f"/soan-ban-tin/{bulletin.pk}/", form)
    assert unseen.status_code == 409, "what was not shown is not sent"
    assert "<strong>17:00</strong>" in unseen.content.decode()
    assert Bulletin.objects.get().state == "draft"
    sent = send(client, f"/soan-ban-tin/{bulletin.pk}/", form)
    assert sent.status_code == 302, sent.content.decode()
    [schedule] = Schedule.objects.all()
    assert (schedule.state, schedule.programme, schedule.times) == (State.SUBMITTED, evening, ["17:00"])
    following = client.get(sent.headers["Location"]).content.decode()
    assert "Nguyễn Văn Thành" in following
    assert "Triệu Văn Phúc" in following
    assert f"/duyet/{bulletin.pk}/" in following


def test_a_refused_time_names_the_rule_and_loses_no_word(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    answer = client.post("/soan-ban-tin/", fields(cast, day=today(cast), clocks="22:30"))
    page = answer.content.decode()
    assert answer.status_code in (409, 422)
    assert "không phát sau 21:00" in page
    assert TEXT in page
    assert Bulletin.objects.get().versions.get().text == TEXT


def test_the_same_late_send_twice_makes_one_bulletin(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    name = str(uuid.uuid4())
    late = fields(cast, client_id=name, day="28/08/2026", clocks="17:30, 18h")
    for _ in range(2):
        answer = client.post("/soan-ban-tin/", late, headers={"Accept": "application/json"})
        assert answer.json()["id"] == name, answer.content
    bulletin = Bulletin.objects.get()
    assert str(bulletin.pk) == name
    assert bulletin.versions.count() == 1
    [schedule] = Schedule.objects.all()
    assert [text[:5] for text in schedule.times] == ["17:30", "18:00"]


def test_sending_without_sound_says_what_is_missing_and_keeps_the_draft(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    answer = client.post("/soan-ban-tin/", fields(cast, day="28/08/2026", clocks="17:30", do="submit"))
    assert answer.status_code == 422
    assert "Chưa có tiếng" in answer.content.decode()
    assert Bulletin.objects.get().state == "draft"


def test_the_preview_says_how_many_loudspeakers_and_the_real_air_times(
    client: Client, cast: Cast, station: Station
) -> None:
    client.force_login(cast.lan)
    group = station.groups["Ven sông"].pk
    part = client.post(
        "/soan-ban-tin/xem-truoc/",
        fields(cast, where="some", groups=[str(group)], day="28/08/2026", clocks="17:30", repeat="three"),
    ).content.decode()
    assert "<strong>3 cụm loa</strong>" in part
    assert "Sẽ phát 3 lần" in part
    refused = client.post("/soan-ban-tin/xem-truoc/", fields(cast, day="28/08/2026", clocks="03:15")).content.decode()
    assert "không phát trước 05:00" in refused
    assert not Bulletin.objects.exists()


def test_who_writes_sees_that_a_cluster_is_muted_and_that_emergencies_pass(
    client: Client, cast: Cast, station: Station
) -> None:
    pole = station.speakers[8]
    until = cast.now + timedelta(days=1)
    Mute.objects.create(device=pole, starts=cast.now, until=until, reason="funeral", by=cast.lan, made_at=cast.now)
    client.force_login(cast.lan)
    told = f"Cụm 08 · {pole.name}: loa này đang tắt đến 16:50 ngày 21/8/2026 (đám tang), tin khẩn cấp vẫn phát."
    page = client.post("/soan-ban-tin/xem-truoc/", fields(cast)).content.decode()
    assert told in page
    assert "1 trên 8 cụm loa đang tạm tắt: cụm 08" in page
    elsewhere = fields(cast, where="some", groups=[str(station.groups["Trung tâm"].pk)])
    assert "đang tắt" not in client.post("/soan-ban-tin/xem-truoc/", elsewhere).content.decode()


def test_a_word_that_was_put_right_stays_right(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    said = fields(cast, word=["DN200"], say=["đường ống hai trăm"])
    answer = client.post("/soan-ban-tin/", said)
    assert "đường ống hai trăm" in Bulletin.objects.get().versions.get().spoken
    assert 'value="đường ống hai trăm"' in client.get(answer.headers["Location"]).content.decode()


def test_news_that_goes_off_quickly_is_the_writers_choice(client: Client, cast: Cast) -> None:
    """Kept in the draft, and shown to the approver among what is approved."""
    client.force_login(cast.lan)
    asked = fields(cast, client_id=str(uuid.uuid4()), day="28/08/2026", clocks="17:30", perishable="on")
    address = client.post("/soan-ban-tin/", asked).headers["Location"]
    assert Schedule.objects.get().offline_for == 24
    assert 'id="id_perishable" checked' in client.get(address).content.decode()
    sound = media.synthesise(actor=cast.lan, area=cast.quy_mong, text=TEXT, voice="espeak/vi", now=cast.now)
    ready(sound)
    client.post(address, asked | {"sound": str(sound.pk)})
    hear(cast.lan, sound, cast.now)
    sent = send(client, address, asked | {"sound": str(sound.pk), "do": "submit"})
    assert sent.status_code == 302, sent.content.decode()
    client.force_login(cast.thanh)
    page = client.get(f"/duyet/{Bulletin.objects.get().pk}/").content.decode()
    assert "Loa mất liên lạc quá 24 giờ thì thôi không phát" in page


def test_words_changed_after_the_sound_was_made_are_not_sent(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    sound = media.synthesise(actor=cast.lan, area=cast.quy_mong, text="Chữ cũ.", voice="espeak/vi", now=cast.now)
    ready(sound)
    answer = client.post(
        "/soan-ban-tin/", fields(cast, sound=str(sound.pk), day="28/08/2026", clocks="17:30", do="submit")
    )
    assert "Chữ đã đổi sau khi tạo tiếng" in answer.content.decode()


def test_recalled_it_is_a_draft_again_and_can_be_sent_again(client: Client, cast: Cast, evening: Programme) -> None:
    test_a_notice_is_written_spoken_heard_and_sent_without_any_script(client, cast, evening)
    bulletin = Bulletin.objects.get()
    answer = client.post(f"/ban-tin/{bulletin.pk}/rut-lai/")
    assert answer.headers["Location"] == f"/soan-ban-tin/{bulletin.pk}/"
    assert Schedule.objects.get().state == State.DRAFT
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    assert Schedule.objects.get().state == State.SUBMITTED


def test_the_announcer_writes_for_her_hamlet_and_the_officer_finds_the_time(
    client: Client, cast: Cast, evening: Programme
) -> None:
    client.force_login(cast.xuan)
    page = client.get("/soan-ban-tin/").content.decode()
    assert "Gửi cán bộ xã" in page
    assert 'name="slot"' not in page
    client.post("/soan-ban-tin/", fields(cast, do="speak"))
    bulletin, sound = Bulletin.objects.get(), Sound.objects.get()
    assert bulletin.area == cast.thon_5
    ready(sound)
    hear(cast.xuan, sound, cast.now)
    client.post(f"/soan-ban-tin/{bulletin.pk}/", fields(cast, sound=str(sound.pk), revision="1", do="submit"))
    client.force_login(cast.lan)
    assert "Chọn giờ phát" in client.get(f"/ban-tin/{bulletin.pk}/").content.decode()
    slot = f"{evening.pk}:{local(cast.now).date().isoformat()}"
    assert slot in client.get(f"/soan-ban-tin/{bulletin.pk}/").content.decode()
    sent = send(client, f"/soan-ban-tin/{bulletin.pk}/", fields(cast, slot=slot, do="submit"))
    assert sent.status_code == 302, sent.content.decode()
    assert Schedule.objects.get().target == {"areas": [cast.thon_5.path]}
    client.force_login(cast.thanh)
    assert "1 cụm loa" in client.get(f"/duyet/{bulletin.pk}/").content.decode()


def test_withdrawn_it_says_so_and_cannot_be_written_on(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    client.post("/soan-ban-tin/", fields(cast))
    bulletin = Bulletin.objects.get()
    client.post(f"/ban-tin/{bulletin.pk}/thu-hoi/", {"reason": "Nhầm"})
    assert "Không còn cụm loa nào" in client.get(f"/ban-tin/{bulletin.pk}/").content.decode()
    assert client.get(f"/soan-ban-tin/{bulletin.pk}/").status_code == 302


def test_the_list_shows_what_came_back_and_why_but_nothing_to_the_neighbour(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    client.post("/soan-ban-tin/", fields(cast))
    assert "Ngừng cấp nước" in client.get("/ban-tin/?trang-thai=draft&tim=nước").content.decode()
    client.force_login(cast.mai)
    assert "Ngừng cấp nước" not in client.get("/ban-tin/").content.decode()
    assert client.get(f"/ban-tin/{Bulletin.objects.get().pk}/").status_code == 404
    assert client.get(f"/soan-ban-tin/{Bulletin.objects.get().pk}/").status_code == 404
