"""Hôm nay and Duyệt as Lan and Thành see them at 16:50."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Airing, Schedule, State
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air, sound
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin, Version
from loa.bulletins.rules import Draft
from loa.kernel import clock
from loa.kernel.clock import local
from tests.cast import Cast


@pytest.fixture(autouse=True)
def ten_to_five(cast: Cast, monkeypatch: pytest.MonkeyPatch, station: Station) -> None:
    bulletins.load_categories()
    monkeypatch.setattr(clock, "now", lambda: cast.now)


@pytest.fixture
def asked_for(cast: Cast) -> tuple[Bulletin, Schedule]:
    bulletin = handed_in(cast, "Họp thôn 2", "17:30")
    return bulletin, Schedule.objects.get(bulletin=bulletin)


def handed_in(cast: Cast, title: str, clock: str) -> Bulletin:
    """A notice of Lan for today, submitted."""
    own = sound(cast, 52)
    draft = Draft(title=title, text="Mời họp.", spoken="Mời họp.", sound=own.pk, category="livelihood")
    bulletin = bulletins.create_draft(
        actor=cast.lan, bulletin_id=uuid.uuid4(), area=cast.quy_mong, draft=draft, now=cast.now
    )
    when = When(pattern="once", first_day=local(cast.now).date(), times=(clock,))
    actions.propose(
        actor=cast.lan, schedule_id=uuid.uuid4(), bulletin_id=bulletin.pk, when=when, target=Target(), now=cast.now
    )
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    bulletin.refresh_from_db()
    return bulletin


def ticked(client: Client) -> list[str]:
    """The schedules that are ticked on the list."""
    boxes = client.get("/duyet/").content.decode().split('<input type="checkbox" name="seen" ')[1:]
    assert len(boxes) == 2
    return [box.split('"', 2)[1].partition(":")[0] for box in boxes if "checked" in box.partition(">")[0]]


def seen_on(page: str) -> list[str]:
    return [part.split('"', 1)[0] for part in page.split('name="seen" value="')[1:]]


def test_the_approver_decides_on_exactly_what_the_page_showed(
    client: Client, cast: Cast, asked_for: tuple[Bulletin, Schedule]
) -> None:
    bulletin, schedule = asked_for
    client.force_login(cast.thanh)
    page = client.get(f"/duyet/{bulletin.pk}/").content.decode()
    assert "17:30 hôm nay" in page
    assert "Cả xã Quy Mông, 8 cụm loa" in page
    answer = client.post("/duyet/chap-thuan/", {"seen": seen_on(page)})
    assert answer.status_code == 302
    schedule.refresh_from_db()
    assert schedule.state == State.APPROVED


def test_a_second_press_is_no_error_and_the_next_one_is_offered(
    client: Client, cast: Cast, asked_for: tuple[Bulletin, Schedule]
) -> None:
    bulletin, _ = asked_for
    other = handed_in(cast, "Tiêm chủng", "18:30")
    client.force_login(cast.thanh)
    page = client.get(f"/duyet/{bulletin.pk}/").content.decode()
    assert "Còn 1 bản tin khác chờ duyệt: Tiêm chủng" in page
    for _ in range(2):
        answer = client.post("/duyet/chap-thuan/", {"seen": seen_on(page), "one": "1"})
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/duyet/{other.pk}/")
    assert Schedule.objects.filter(state=State.APPROVED).count() == 1
    monday = local(cast.now).date() - timedelta(days=local(cast.now).weekday())
    assert "Tiêm chủng" in client.get(f"/duyet/?tuan={monday}").content.decode()
    assert "Tiêm chủng" not in client.get(f"/duyet/?tuan={monday + timedelta(days=7)}").content.decode()
    assert client.get("/duyet/?tuan=hom-qua").status_code == 404


def test_of_several_only_what_was_heard_is_ticked(
    client: Client, cast: Cast, asked_for: tuple[Bulletin, Schedule]
) -> None:
    heard, _ = asked_for
    other = handed_in(cast, "Tiêm chủng", "18:30")
    client.force_login(cast.thanh)
    assert ticked(client) == []
    client.post(f"/duyet/da-nghe/{heard.versions.get().pk}/", {"heard_ms": "20000"})
    assert ticked(client) == []
    client.post(f"/duyet/da-nghe/{heard.versions.get().pk}/", {"heard_ms": "52000"})
    assert ticked(client) == [str(heard.schedules.get().pk)]
    client.force_login(cast.phuc)
    assert ticked(client) == [], "what another has heard is nothing to me"
    assert other.state == "submitted"


def test_twenty_bulletins_that_wait_ask_the_database_no_more_than_two(client: Client, cast: Cast) -> None:
    client.force_login(cast.thanh)
    handed_in(cast, "Tin 1", "17:30")
    handed_in(cast, "Tin 2", "17:31")
    client.get("/duyet/")  # what is read once a process has been read
    with CaptureQueriesContext(connection) as two:
        assert "Các mục sẽ duyệt" in client.get("/duyet/").content.decode()
    for number in range(3, 21):
        handed_in(cast, f"Tin {number}", f"17:{number + 29}")
    with CaptureQueriesContext(connection) as twenty:
        page = client.get("/duyet/").content.decode()
    assert len(seen_on(page)) == 20
    assert len(twenty) <= len(two)


def test_a_part_of_every_week_that_is_on_the_air_counts_as_heard(
    client: Client, cast: Cast, asked_for: tuple[Bulletin, Schedule]
) -> None:
    call, today = on_air(cast, "Nhạc hiệu", "05:00", recurring_part=True), local(cast.now).date()
    own = call.version
    assert own is not None
    Version.objects.filter(pk=own.pk).update(submitted_at=cast.now)
    Bulletin.objects.filter(pk=own.bulletin_id).update(state="approved")
    later = When("daily", today, ("05:10",), last_day=today + timedelta(days=9))
    wanted = actions.change(actor=cast.lan, schedule_id=call.pk, when=later, target=Target(), now=cast.now)
    client.force_login(cast.thanh)
    assert ticked(client) == [str(wanted.pk)]


def test_who_chose_an_air_time_is_not_offered_to_approve_it(
    client: Client, cast: Cast, asked_for: tuple[Bulletin, Schedule]
) -> None:
    bulletin, schedule = asked_for
    handed_in(cast, "Tiêm chủng", "18:30")
    Schedule.objects.filter(pk=schedule.pk).update(made_by=cast.thanh)
    client.force_login(cast.thanh)
    page = client.get(f"/duyet/{bulletin.pk}/").content.decode()
    assert seen_on(page) == []
    assert "Anh/chị đã xếp giờ phát này nên người khác duyệt." in page
    assert str(schedule.pk) not in " ".join(seen_on(client.get("/duyet/").content.decode()))
    client.force_login(cast.phuc)
    assert seen_on(client.get(f"/duyet/{bulletin.pk}/").content.decode()) != []


def test_a_page_that_is_out_of_date_approves_nothing(
    client: Client, cast: Cast, asked_for: tuple[Bulletin, Schedule]
) -> None:
    _, schedule = asked_for
    client.force_login(cast.thanh)
    answer = client.post("/duyet/chap-thuan/", {"seen": f"{schedule.pk}:{'0' * 64}"})
    assert answer.status_code == 409
    assert "đã đổi" in answer.content.decode()
    schedule.refresh_from_db()
    assert schedule.state == State.SUBMITTED


def test_the_writer_sees_no_button_that_approves(
    client: Client, cast: Cast, asked_for: tuple[Bulletin, Schedule]
) -> None:
    client.force_login(cast.lan)
    page = client.get(f"/duyet/{asked_for[0].pk}/").content.decode()
    assert "Người soạn không tự duyệt" in page
    assert 'name="seen"' not in page


def test_giving_back_without_a_reason_says_what_is_missing(
    client: Client, cast: Cast, asked_for: tuple[Bulletin, Schedule]
) -> None:
    bulletin, _ = asked_for
    client.force_login(cast.thanh)
    refused = client.post(f"/duyet/{bulletin.pk}/tra-lai/", {"reason": "", "note": " "})
    assert refused.status_code == 409
    assert "Hãy nêu lý do" in refused.content.decode()
    answer = client.post(f"/duyet/{bulletin.pk}/tra-lai/", {"reason": "Sai ngày giờ, số liệu", "note": "Ghi 11h30."})
    assert answer.status_code == 302
    bulletin.refresh_from_db()
    assert bulletin.state == "returned"


def test_the_writer_learns_who_opened_it(client: Client, cast: Cast, asked_for: tuple[Bulletin, Schedule]) -> None:
    bulletin, _ = asked_for
    client.force_login(cast.thanh)
    client.get(f"/duyet/{bulletin.pk}/")
    client.force_login(cast.lan)
    assert "Nguyễn Văn Thành" in client.get(f"/duyet/{bulletin.pk}/").content.decode()


def test_the_neighbour_finds_nothing_of_quy_mong(
    client: Client, cast: Cast, asked_for: tuple[Bulletin, Schedule]
) -> None:
    bulletin, _ = asked_for
    client.force_login(cast.mai)
    assert client.get(f"/duyet/{bulletin.pk}/").status_code == 404
    assert client.get("/hom-nay/?don-vi=vn.15.04531").status_code == 404
    assert client.post(f"/duyet/{bulletin.pk}/tra-lai/", {"reason": "x"}).status_code == 404


def test_today_tells_the_approver_what_waits_and_the_writer_what_came_back(
    client: Client, cast: Cast, asked_for: tuple[Bulletin, Schedule]
) -> None:
    bulletin, schedule = asked_for
    client.force_login(cast.thanh)
    page = client.get("/hom-nay/").content.decode()
    assert "“Họp thôn 2” chờ anh/chị duyệt" in page
    assert "Phát lần đầu lúc 17:30 hôm nay." in page
    assert f'href="/duyet/{bulletin.pk}/"' in page
    assert "Duyệt<br> bản tin" in page
    handed_in(cast, "Tiêm chủng", "18:30")
    assert "2 bản tin chờ anh/chị duyệt" in client.get("/hom-nay/").content.decode()
    actions.return_(actor=cast.thanh, schedule_id=schedule.pk, reason="Sai giờ họp", now=cast.now)
    client.force_login(cast.lan)
    page = client.get("/hom-nay/").content.decode()
    assert "“Họp thôn 2” bị trả lại" in page
    assert "Nguyễn Văn Thành: “Sai giờ họp”" in page
    assert f'href="/soan-ban-tin/{bulletin.pk}/"' in page
    assert "chờ anh/chị duyệt" not in page


def test_today_tells_the_officer_what_a_hamlet_has_handed_in(client: Client, cast: Cast) -> None:
    own = sound(cast, 20, cast.thon_5)
    draft = Draft(title="Họp chi bộ", text="Mời họp.", spoken="Mời họp.", sound=own.pk, category="livelihood")
    row = bulletins.create_draft(actor=cast.xuan, bulletin_id=uuid.uuid4(), area=cast.thon_5, draft=draft, now=cast.now)
    bulletins.submit(actor=cast.xuan, bulletin_id=row.pk, now=cast.now)
    for person, told in ((cast.lan, True), (cast.xuan, False), (cast.mai, False)):
        client.force_login(person)
        page = client.get("/hom-nay/").content.decode()
        assert ("“Họp chi bộ” chưa có giờ phát" in page) is told
        assert (f'href="/soan-ban-tin/{row.pk}/"' in page) is told


def test_each_line_of_today_opens_its_airing(client: Client, cast: Cast, signer: TestSigner) -> None:
    schedule = on_air(cast, "Họp thôn 2", "17:30")
    compiler.compile_plans(signer=signer, now=cast.now)
    airing = Airing.objects.filter(start=at(cast, 17, 30)).get()
    address = f"/so-nhat-ky/muc/{airing.pk}/?don-vi={cast.quy_mong.path}"
    client.force_login(cast.lan)
    assert f'<a href="{address}">Họp thôn 2</a>' in client.get("/hom-nay/").content.decode()
    page = client.get(address).content.decode()
    assert "8 cụm loa sẽ phát mục này." in page
    assert "Chưa có bằng chứng" not in page
    calendar = f"/lich-phat/{schedule.pk}/?luc={clock.to_ms(airing.start)}"
    assert f'href="{calendar}"' in page
    assert client.get(calendar).status_code == 200


def test_the_announcer_sees_the_day_of_the_own_hamlet(client: Client, cast: Cast, signer: TestSigner) -> None:
    on_air(cast, "Họp thôn 2", "17:30")
    compiler.compile_plans(signer=signer, now=cast.now)
    client.force_login(cast.xuan)
    page = client.get("/hom-nay/").content.decode()
    assert "0 trên 1 cụm loa đang liên lạc." in page
    assert "Họp thôn 2" in page


def test_today_says_who_will_not_sound_and_why(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    page = client.get("/").headers["Location"]
    shown = client.get(page).content.decode()
    assert "Loa sẽ không kêu" in shown
    assert "Trung tâm" in shown
    assert at(cast, 17) - cast.now < timedelta(hours=1)
