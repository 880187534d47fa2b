"""The pages of alerts, as the server makes them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from loa.alerts.actions import drafting, drills, duty
from loa.alerts.actions.records import record_alert, record_heard
from loa.alerts.models import AlertRecord, BreakGlass, Draft, Drill, Duty
from loa.alerts.queries import alerts, reports
from loa.alerts.tests.telling import alert, entry, later
from loa.alerts.tests.test_duty import plan
from loa.alerts.tests.test_records import sent
from loa.alerts.wishes import Report
from loa.devices.models import Device, DeviceStatus
from loa.kernel import clock
from loa.kernel.clock import to_ms
from loa.media.models import Sound
from loa.people.models import User
from tests.cast import Cast

pytestmark = pytest.mark.django_db
LIST, COMPOSE = "/khan-cap/", "/khan-cap/soan/"


@pytest.fixture(autouse=True)
def at_ten_to_five(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)


@pytest.fixture
def poles(cast: Cast) -> list[Device]:
    """Three loudspeakers of Quy Mông (one without power), one of Trấn Yên."""
    places = (cast.quy_mong, cast.quy_mong, cast.quy_mong, cast.tran_yen)
    rows = [
        Device.objects.create(
            area=place, number=number, name=f"Cụm 0{number}", state=Device.State.PLACED, made_at=cast.now,
            public_key=f"k{number}",
        )
        for number, place in enumerate(places, 1)
    ]  # fmt: skip
    for row in rows:
        DeviceStatus.objects.create(device=row, state="online", cause="connected", since=cast.now)
    DeviceStatus.objects.filter(device=rows[2]).update(state="silent", cause="power_lost")
    return rows


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def typed(**other: object) -> dict[str, object]:
    return {
        "status": "actual", "event": "lu", "risk": "3", "whole": "on", "text": "Nước sông Thao lên nhanh.",
        "issuer": "UBND xã Quy Mông", "siren": "flood", "life": "60", "repeat": "10", "voice": "",
    } | other  # fmt: skip


def drafted(cast: Cast, **other: object) -> Draft:
    answer = client_of(cast.lan).post(COMPOSE, typed(**other))
    assert answer.status_code == 302, answer.content.decode()
    return Draft.objects.latest("made_at")


def test_an_officer_drafts_an_alert_and_nothing_sounds(cast: Cast, poles: list[Device]) -> None:
    row = drafted(cast)
    assert (row.author, row.status, row.headline) == (cast.lan, "actual", "Cảnh báo lũ, rủi ro cấp 3")
    message = drafting.message_of(row)
    assert (message.issued, message.expires, message.repeat) == (0, 3_600_000, 600_000)
    assert message.audience.area == cast.quy_mong.path
    assert not AlertRecord.objects.exists()
    page = client_of(cast.lan).get(reverse("alerts:draft", args=[row.pk])).content.decode()
    assert "3 cụm loa" in page
    assert "1 cụm đang mất liên lạc" in page
    assert "Nước sông Thao lên nhanh." in page


def test_some_places_have_words_of_their_own(cast: Cast) -> None:
    row = drafted(cast, own_area_1=cast.thon_5.path, own_text_1="Bà con bến đò lên bờ ngay.")
    first, general = drafting.message_of(row).targets
    assert (first.id, first.where.areas, general.where.areas) == ("rieng-1", (cast.thon_5.path,), ())
    assert [one.target for one in drafting.words_of(row)] == ["rieng-1", "chung"]


def test_only_some_places(cast: Cast) -> None:
    row = drafted(cast, whole="", areas=[cast.thon_5.path])
    assert drafting.message_of(row).audience.area == cast.thon_5.path
    assert drafting.message_of(row).targets[0].where.areas == ()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"text": ""}, "Hãy ghi lời đọc"),
        ({"text": "Nước tại [trạm] lên."}, "còn chỗ trống"),
        ({"whole": ""}, "ít nhất một nơi nhận"),
        ({"own_text_1": "Lên bờ."}, "cần cả nơi và lời"),
    ],
)
def test_what_is_missing_is_said(cast: Cast, wrong: dict[str, object], words: str) -> None:
    answer = client_of(cast.lan).post(COMPOSE, typed(**wrong))
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_nobody_sounds_what_another_commune_recorded(cast: Cast) -> None:
    theirs = Sound.objects.create(area=cast.tran_yen, made_by=cast.mai, made_at=cast.now, title="Của Trấn Yên")
    answer = client_of(cast.lan).post(COMPOSE, typed(recorded=str(theirs.pk)))
    assert answer.status_code == 404
    assert not Draft.objects.exists()


def test_an_exercise_is_one_everywhere(cast: Cast) -> None:
    row = drafted(cast, status="exercise")
    page = client_of(cast.lan).get(reverse("alerts:draft", args=[row.pk])).content.decode()
    assert row.headline.startswith("DIỄN TẬP")
    assert "ĐÂY LÀ DIỄN TẬP, không phải cảnh báo thực." in page
    assert "btn-alert" not in page.split('id="h-sign"')[1]


def test_a_test_has_no_siren(cast: Cast) -> None:
    assert drafting.message_of(drafted(cast, status="test")).siren == ""


def test_a_draft_is_for_its_own_place(cast: Cast) -> None:
    row = drafted(cast)
    assert client_of(cast.mai).get(reverse("alerts:draft", args=[row.pk])).status_code == 404
    assert client_of(cast.xuan).get(COMPOSE).status_code == 403


def test_alone_is_offered_only_where_it_was_allowed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from loa.alerts.web import drafts

    monkeypatch.setattr(drafts, "passkey_of", lambda user: {"keys": "k", "rp_id": "localhost"})
    row = drafted(cast)
    address = reverse("alerts:draft", args=[row.pk])
    assert "Phát một mình" not in client_of(cast.lan).get(address).content.decode()
    duty.set_break_glass(actor=cast.thanh, area=cast.quy_mong, allowed=True, document="QĐ 12", now=cast.now)
    page = client_of(cast.lan).get(address)
    assert "Phát một mình" in page.content.decode()
    assert page.context["wish_alone"]["alone"] is True
    assert page.context["wish"]["alone"] is False


def test_the_question_is_asked_until_somebody_answers(cast: Cast) -> None:
    client = client_of(cast.thanh)
    assert "Chưa trả lời" in client.get(LIST).content.decode()
    answer = {"area": cast.quy_mong.path, "allowed": "no", "document": "QĐ 12/QĐ-UBND"}
    client.post(reverse("alerts:break_glass"), answer)
    assert BreakGlass.objects.get().allowed is False
    assert "Chưa trả lời" not in client.get(LIST).content.decode()


def test_the_approver_is_asked_and_the_author_is_not(cast: Cast) -> None:
    record_alert(entry=entry(alert(cast.quy_mong), cast.lan, "waiting", cast.now))
    address = reverse("alerts:confirm", args=["a1"])
    page = client_of(cast.thanh).get(address).content.decode()
    assert "Quyết định" in page
    own = client_of(cast.lan).get(address).content.decode()
    assert "Rút lại" in own
    assert cast.thanh.full_name in own
    assert client_of(cast.mai).get(address).status_code == 404
    assert "Chờ anh/chị xác nhận" in client_of(cast.thanh).get("/hom-nay/", follow=True).content.decode()
    assert "Chờ anh/chị xác nhận" not in client_of(cast.lan).get("/hom-nay/", follow=True).content.decode()


def test_every_page_says_that_an_alert_is_on(cast: Cast) -> None:
    sent(cast)
    assert 'data-alert-now="a1"' in client_of(cast.lan).get(LIST).content.decode()
    assert 'data-alert-now="a1"' not in client_of(cast.mai).get(LIST).content.decode()


def test_the_board_says_who_is_silent_why_and_whom_to_ring(cast: Cast, poles: list[Device]) -> None:
    User.objects.filter(pk=cast.lan.pk).update(phone="0912345678")
    row = sent(cast)
    at = to_ms(cast.now) + 41_000
    record_heard([
        Report(id="a1", device=poles[0].pk, received=at, sounding=at + 500, state="sounding", at=at + 500),
        Report(id="a1", device=poles[1].pk, received=at),
    ])  # fmt: skip
    board = alerts.board_of(row, cast.now)
    count = board.count
    assert (count.expected, count.received, count.sounding, count.late, count.silent) == (3, 2, 1, 1, 1)
    page = client_of(cast.thanh).get(reverse("alerts:board", args=["a1"])).content.decode()
    assert "Mất điện (1)" in page
    assert "0912345678" in page
    assert "đã nhận, chưa kêu" in page
    assert cast.tran_yen.full_name not in page.split("tbl-board")[1]


def test_a_note_is_written_beside_the_silent(cast: Cast, poles: list[Device]) -> None:
    sent(cast)
    client = client_of(cast.lan)
    fields = {"area": cast.quy_mong.path, "text": "Đã báo bằng loa tay lúc 14:20"}
    client.post(reverse("alerts:note", args=["a1"]), fields)
    assert "loa tay lúc 14:20" in client.get(reverse("alerts:board", args=["a1"])).content.decode()


def test_a_cancel_says_why_and_an_end_needs_no_reason(cast: Cast) -> None:
    row = sent(cast)
    client = client_of(cast.lan)
    assert "Vì sao hủy" in client.get(reverse("alerts:end", args=["a1", "cancel"])).content.decode()
    page = client.get(reverse("alerts:end", args=["a1", "cancel"]), {"ly-do": "Phát nhầm phạm vi"})
    assert page.context["wish"]["cancel"]["alert"] == "a1"
    assert "Phát nhầm phạm vi" in page.context["wish"]["cancel"]["headline"]
    assert client.get(reverse("alerts:end", args=["a1", "end"])).context["wish"]["cancel"]["kind"] == "end"
    row.ended_at = cast.now
    row.save()
    assert "đã hủy hoặc kết thúc rồi" in client.get(reverse("alerts:end", args=["a1", "end"])).content.decode()


def test_only_signed_proofs_count_in_the_report(cast: Cast, poles: list[Device]) -> None:
    from loa.broadcasts.models import PlayProof

    row = sent(cast)
    at = to_ms(cast.now) + 41_000
    record_heard([Report(id="a1", device=one.pk, received=at, sounding=at) for one in poles[:2]])
    PlayProof.objects.create(
        device=poles[0], boot="b", count=1, airing="a1", planned=later(cast.now, 41), started=later(cast.now, 41),
        rendered_ms=9_000, outcome="played", plan=0, clock_bound=10, hash="0" * 64, stored_at=cast.now,
        area=cast.quy_mong,
    )  # fmt: skip
    sheet = reports.sheet_of(row, alerts.board_of(row, cast.now), cast.now)
    assert sheet.tables[0].sums == ("", "Tổng", 3, 2, 2, 0, 1, 1, "")
    answer = client_of(cast.thanh).get(reverse("alerts:report", args=["a1", "xlsx"]))
    assert answer.content[:2] == b"PK"


def test_a_watch_is_set_on_the_page(cast: Cast) -> None:
    fields = {"person": cast.lan.pk, "day": "20/8/2026", "start": "17:00", "hours": "12"}
    client = client_of(cast.thanh)
    assert client.post("/khan-cap/truc-ban/", fields).status_code == 302
    row = Duty.objects.get()
    assert row.ends - row.starts == timedelta(hours=12)
    assert cast.lan.full_name in client.get("/khan-cap/truc-ban/").content.decode()
    client.post(reverse("alerts:take_duty_back", args=[row.pk]))
    assert Duty.objects.get().taken_back_at == cast.now
    assert client_of(cast.lan).post("/khan-cap/truc-ban/", fields).status_code == 403


def test_a_drill_is_planned_held_and_compared(cast: Cast, poles: list[Device]) -> None:
    client = client_of(cast.lan)
    fields = {"title": "Kiểm tra quý", "status": "test", "event": "lu", "day": "20/8/2026", "at": "09:00", "every": "3"}
    assert client.post("/khan-cap/dien-tap/", fields).status_code == 302
    drill = Drill.objects.get()
    assert "Bắt đầu" in client.get("/khan-cap/dien-tap/").content.decode()
    row = client.post(f"{COMPOSE}?buoi={drill.pk}", typed(status="test"))
    draft = Draft.objects.get()
    assert (row.status_code, draft.drill) == (302, drill)
    message = drafting.message_of(draft)
    told = entry(message, cast.lan, "sent", cast.now, alone=True, draft=str(draft.pk), jws="j")
    record_alert(entry=told)
    drill.refresh_from_db()
    assert drill.record_id == message.id
    assert Drill.objects.filter(record=None, day__gt=drill.day, every=3).count() == 1
    page = client.get(reverse("alerts:drill", args=[drill.pk])).content.decode()
    assert "Đây là lần đầu" in page
    assert "Chưa rõ nguyên nhân" in page
    client.post(reverse("alerts:drill", args=[drill.pk]), {"area": cast.quy_mong.path, "text": "Cả xã mất điện"})
    assert "Đã rõ nguyên nhân" in client.get(reverse("alerts:drill", args=[drill.pk])).content.decode()


def test_a_drill_of_elsewhere_does_not_exist(cast: Cast) -> None:
    row = drills.set_drill(actor=cast.lan, area=cast.quy_mong, plan=plan(), now=cast.now)
    assert client_of(cast.mai).get(reverse("alerts:drill", args=[row.pk])).status_code == 404
