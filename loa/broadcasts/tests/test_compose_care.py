"""What Lan must never lose, and what nobody may slip in: two pages at once, a second press, pasted marks, odd days."""

import json
import unicodedata
import uuid
from datetime import timedelta

import pytest
from django.test import Client

from loa.broadcasts.models import Programme, Schedule, State
from loa.broadcasts.tests.conftest import Station
from loa.broadcasts.tests.test_compose_pages import TEXT, evening, fields, ready, ten_to_five
from loa.bulletins.models import Bulletin
from loa.kernel.clock import local
from loa.media import actions as media
from loa.media.models import Sound
from tests.cast import Cast, hear
from tests.changes import send

__all__ = ["evening", "ten_to_five"]
HTMX = {"HX-Request": "true", "HX-Boosted": "true"}


@pytest.fixture(autouse=True)
def lan(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)


def handed_in(client: Client, cast: Cast, evening: Programme) -> tuple[Bulletin, dict[str, str]]:
    """A notice with its sound heard, submitted; and the form that did it."""
    slot = f"{evening.pk}:{local(cast.now).date().isoformat()}"
    name = str(uuid.uuid4())
    client.post("/soan-ban-tin/", fields(cast, client_id=name, slot=slot, do="speak"))
    sound, bulletin = Sound.objects.get(), Bulletin.objects.get(pk=name)
    ready(sound)
    hear(cast.lan, sound, cast.now)
    form = fields(cast, client_id=name, slot=slot, do="submit", sound=str(sound.pk), revision="1")
    assert send(client, f"/soan-ban-tin/{name}/", form).status_code == 302
    return bulletin, form


def test_pressing_send_twice_or_going_back_asks_once(client: Client, cast: Cast, evening: Programme) -> None:
    bulletin, form = handed_in(client, cast, evening)
    for address in (f"/soan-ban-tin/{bulletin.pk}/", "/soan-ban-tin/"):
        again = client.post(address, form)
        assert (again.status_code, again.headers["Location"]) == (302, f"/ban-tin/{bulletin.pk}/")
    assert [row.state for row in Schedule.objects.all()] == [State.SUBMITTED]


def test_a_word_taught_later_changes_nothing_of_what_waits(client: Client, cast: Cast, evening: Programme) -> None:
    bulletin, form = handed_in(client, cast, evening)
    before = bulletin.versions.get()
    media.put_word(actor=cast.lan, area=cast.quy_mong, written="DN200", spoken="ống phi hai trăm", now=cast.now)
    assert client.post(f"/soan-ban-tin/{bulletin.pk}/", form).headers["Location"] == f"/ban-tin/{bulletin.pk}/"
    after = bulletin.versions.get()
    assert (after.pk, after.spoken, after.sound) == (before.pk, before.spoken, before.sound)
    assert Sound.objects.get().spoken == before.spoken


def test_other_words_for_what_waits_are_refused_not_swallowed(client: Client, cast: Cast, evening: Programme) -> None:
    bulletin, form = handed_in(client, cast, evening)
    answer = client.post("/soan-ban-tin/", form | {"text": "Một bản tin khác."})
    assert answer.status_code == 409
    assert "đang chờ duyệt nên không sửa được" in answer.content.decode()
    assert bulletin.versions.get().text == TEXT


def test_other_times_for_what_waits_are_refused_not_swallowed(
    client: Client, cast: Cast, evening: Programme, station: Station
) -> None:
    """Sent late, from a telephone that was without network while the same notice was handed in elsewhere."""
    _, form = handed_in(client, cast, evening)
    tomorrow = f"{evening.pk}:{(local(cast.now) + timedelta(days=1)).date().isoformat()}"
    others: list[dict[str, object]] = [
        {"slot": tomorrow},
        {"slot": "other", "day": "28/08/2026", "clocks": "17:30"},
        {"repeat": "three"},
        {"perishable": "on"},
        {"without": [station.speakers[1].pk]},
    ]
    for other in others:
        late = client.post("/soan-ban-tin/", form | other, headers={"Accept": "application/json"})
        assert late.status_code == 409, other
        assert "bấm Rút lại để sửa" in late.json()["message"]
    nonsense = client.post("/soan-ban-tin/", form | {"slot": "other", "day": "28/08/2026", "clocks": "25:00"})
    assert (nonsense.status_code, "Giờ “25:00” không đúng" in nonsense.content.decode()) == (422, True)
    assert "bấm Rút lại để sửa" in client.post("/soan-ban-tin/", form | {"slot": tomorrow}).content.decode()
    [schedule] = Schedule.objects.all()
    assert (schedule.state, schedule.first_day) == (State.SUBMITTED, local(cast.now).date())


def test_of_two_pages_the_second_decides_and_nothing_is_overwritten_unasked(client: Client, cast: Cast) -> None:
    name = str(uuid.uuid4())
    client.post("/soan-ban-tin/", fields(cast, client_id=name))
    address = f"/soan-ban-tin/{name}/"
    client.post(address, fields(cast, client_id=name, text="Trang hai viết trước.", revision="1"))
    mine = fields(cast, client_id=name, text="Trang một viết sau.", revision="1")
    for _ in range(2):
        page = client.post(address, mine)
        assert page.status_code == 409
        assert "Trang hai viết trước." in page.content.decode()
        assert "Trang một viết sau." in page.content.decode()
        assert "đã được giữ trong bản nháp" not in page.content.decode()
    assert client.post(address, mine | {"do": "mine"}).status_code == 302
    assert Bulletin.objects.get().versions.get().text == "Trang một viết sau."


def test_only_an_accepted_form_lets_the_browser_forget(client: Client, cast: Cast) -> None:
    name = str(uuid.uuid4())
    taken = client.post("/soan-ban-tin/", fields(cast, client_id=name), headers=HTMX)
    assert taken.headers["X-Loa-Taken"] == name
    assert json.loads(taken.headers["HX-Location"])["path"] == f"/soan-ban-tin/{name}/"
    late = client.post("/soan-ban-tin/", fields(cast, client_id=name), headers={"Accept": "application/json"})
    assert late.json()["fields"]["revision"] == Bulletin.objects.get().revision
    client.logout()
    signed_out = client.post("/soan-ban-tin/", fields(cast, client_id=name), headers=HTMX, follow=True)
    assert "X-Loa-Taken" not in signed_out.headers


def test_a_word_found_right_stays_right(client: Client, cast: Cast) -> None:
    """The machine's own proposal, sent back with the form, is nobody's word."""
    preview = fields(cast, text="Hội HQT họp.", word="HQT", say="hát quy tê")
    assert "1 chỗ cần nghe lại" in client.post("/soan-ban-tin/xem-truoc/", preview).content.decode()
    right = preview | {"right": "HQT", "client_id": str(uuid.uuid4())}
    assert "chỗ cần nghe lại" not in client.post("/soan-ban-tin/xem-truoc/", right).content.decode()
    address = client.post("/soan-ban-tin/", right).headers["Location"]
    page = client.get(address).content.decode()
    assert "chỗ cần nghe lại" not in page
    assert 'name="right" value="HQT" checked' in page
    assert Bulletin.objects.get().versions.get().said == {"HQT": "hát quy tê"}


def test_a_word_can_be_taught_for_good_where_it_is_met(client: Client, cast: Cast) -> None:
    taught = fields(cast, word="DN200", say="ống phi hai trăm", right="DN200", always="DN200")
    part = client.post("/soan-ban-tin/luon-doc/", taught, headers=HTMX).content.decode()
    assert "ở xã Quy Mông luôn đọc như vậy" in part
    assert "ống phi hai trăm" in part
    assert "chỗ cần nghe lại" not in part
    assert 'name="word"' not in part
    assert not Bulletin.objects.exists()
    preview = client.post("/soan-ban-tin/xem-truoc/", fields(cast)).content.decode()
    assert "ống phi hai trăm" in preview
    client.force_login(cast.mai)
    assert "đê en hai trăm" in client.post("/soan-ban-tin/xem-truoc/", fields(cast)).content.decode()


def test_what_the_page_proposed_before_is_nobodys_word(client: Client, cast: Cast) -> None:
    """The lexicon was opened beside, and the page still shows how the word was read then."""
    shown = fields(cast, word="DN200", say="đê en hai trăm", was="đê en hai trăm")
    media.put_word(actor=cast.lan, area=cast.quy_mong, written="DN200", spoken="ống phi hai trăm", now=cast.now)
    assert "ống phi hai trăm" in client.post("/soan-ban-tin/xem-truoc/", shown).content.decode()
    changed = client.post("/soan-ban-tin/xem-truoc/", shown | {"say": "ống to"}).content.decode()
    assert "ống to" in changed
    assert "đê en hai trăm" in client.post("/soan-ban-tin/xem-truoc/", shown | {"right": "DN200"}).content.decode()


def test_without_script_teaching_answers_with_the_whole_page(client: Client, cast: Cast) -> None:
    page = client.post("/soan-ban-tin/luon-doc/", fields(cast, word="DN200", say="ống to", always="DN200"))
    assert (page.status_code, "ống to" in page.content.decode(), TEXT in page.content.decode()) == (200, True, True)


def test_what_cannot_be_taught_says_why_and_an_announcer_is_not_asked(client: Client, cast: Cast) -> None:
    wrong = fields(cast, word="DN200", say="ống 200", always="DN200")
    assert "Số cũng ghi bằng chữ" in client.post("/soan-ban-tin/luon-doc/", wrong, headers=HTMX).content.decode()
    assert "Luôn đọc như vậy ở xã Quy Mông" in client.post("/soan-ban-tin/xem-truoc/", fields(cast)).content.decode()
    client.force_login(cast.xuan)
    assert "Luôn đọc như vậy" not in client.post("/soan-ban-tin/xem-truoc/", fields(cast)).content.decode()
    refused = client.post("/soan-ban-tin/luon-doc/", wrong | {"say": "ống to"}, headers=HTMX).content.decode()
    assert "Chưa ghi được vào từ điển" in refused


def test_a_word_read_otherwise_is_remembered(client: Client, cast: Cast) -> None:
    spoken = fields(cast, word="DN200", say="ống phi hai trăm", client_id=str(uuid.uuid4()))
    page = client.get(client.post("/soan-ban-tin/", spoken).headers["Location"]).content.decode()
    assert "ống phi hai trăm" in page
    assert "ống phi hai trăm" in Bulletin.objects.get().versions.get().spoken


def test_pasted_text_is_kept_as_it_is_seen(client: Client, cast: Cast) -> None:
    pasted = unicodedata.normalize("NFD", "Họp thôn\u00a0hai") + "\u200b\u202e ẩn\x07 🎉"
    client.post("/soan-ban-tin/", fields(cast, text=pasted + "\u2028dòng hai", title=f"{pasted}"))
    version = Bulletin.objects.get().versions.get()
    assert version.text == "Họp thôn hai ẩn 🎉\ndòng hai"
    assert version.title == "Họp thôn hai ẩn 🎉"


def test_a_text_that_is_too_long_is_told_not_cut(client: Client, cast: Cast) -> None:
    page = client.post("/soan-ban-tin/", fields(cast, text="a" * 100_000))
    assert page.status_code == 422
    assert "Nội dung dài 100000 chữ cái, tối đa 30.000" in page.content.decode()
    assert "a" * 100_000 in page.content.decode()
    assert "maxlength" not in client.get("/soan-ban-tin/").content.decode().split('id="id_text"')[0][-200:]


def test_what_no_voice_reads_in_one_go_is_told_while_it_is_written(client: Client, cast: Cast) -> None:
    for letters, told in ((25_000, "giọng máy đọc tối đa 20.000"), (31_000, "dài 31000 chữ cái, tối đa 30.000")):
        page = client.post("/soan-ban-tin/xem-truoc/", fields(cast, text="họp." * (letters // 4))).content.decode()
        assert told in page[page.index('id="checks"') :]


@pytest.mark.parametrize(
    ("entered", "told"),
    [
        ({"day": "29/02/2027", "clocks": "17:00"}, "Hãy ghi ngày/tháng/năm"),
        ({"day": "31/12/9999", "clocks": "17:00"}, "Hãy ghi ngày/tháng/năm"),
        ({"day": "25/12/2026", "clocks": "25:00"}, "Giờ “25:00” không đúng"),
        ({"day": "25/12/2026", "clocks": ""}, "Hãy ghi giờ phát"),
        ({"day": "", "clocks": "17:00"}, "Hãy ghi ngày phát"),
        ({"day": "25/12/2026", "clocks": "17:00", "repeat": "daily", "until": "31/12/2028"}, "tối đa 1 năm"),
        ({"day": "25/12/2026", "clocks": "17:00", "repeat": "daily", "until": "20/12/2026"}, "từ ngày đầu trở đi"),
    ],
)
def test_a_day_or_time_that_is_none_is_told_while_it_is_written(
    client: Client, cast: Cast, entered: dict[str, str], told: str
) -> None:
    page = client.post("/soan-ban-tin/xem-truoc/", fields(cast, **entered)).content.decode()
    assert told in page[page.index("air-times") :]
    assert "Chưa chọn giờ phát" not in page


def test_what_nobody_would_hear_is_not_handed_in(
    client: Client, cast: Cast, evening: Programme, station: Station
) -> None:
    bulletin, form = handed_in(client, cast, evening)
    client.post(f"/ban-tin/{bulletin.pk}/rut-lai/")
    every = [device.pk for device in station.speakers.values()]
    page = client.post(f"/soan-ban-tin/{bulletin.pk}/", form | {"without": every, "revision": ""})
    assert page.status_code == 409
    assert "chưa có cụm loa nào" in page.content.decode()
    assert Schedule.objects.get().state == State.DRAFT


def test_reading_twice_counts_the_pause_between(client: Client, cast: Cast) -> None:
    tomorrow = f"{local(cast.now) + timedelta(days=1):%d/%m/%Y}"
    asked = fields(cast, readings="2", day=tomorrow, clocks="17:00")
    page = client.post("/soan-ban-tin/xem-truoc/", asked).content.decode()
    assert "Đọc 2 lần liền, nghỉ hai giây ở giữa." in page
