"""The sound of a further language has what the main one has: a voice, repairs, the editor, a way back, an approver."""

import dataclasses
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from loa.broadcasts import actions
from loa.broadcasts.queries import asked
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.test_compose_pages import fields, ready, ten_to_five
from loa.broadcasts.tests.test_language_pages import kept, rows
from loa.bulletins import actions as bulletins
from loa.bulletins import queries
from loa.bulletins.models import Approval, Bulletin, Version
from loa.bulletins.rules import Further
from loa.bulletins.tests import stories
from loa.bulletins.tests.test_unheard import machine
from loa.kernel.clock import local
from loa.media import actions as media
from loa.media.editing.edits import Cut, Edits, to_json
from loa.media.models import Origin, Sound, SoundState
from loa.media.quality.profiles import profile
from loa.media.quality.rules import judge
from loa.media.quality.tests.test_rules import GOOD
from tests.cast import Cast, hear
from tests.changes import send

__all__ = ["ten_to_five"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_to_five")]
SLOW_START = {"lead_ms": 5_000, "places": {"lead": [(0, 5_000)]}}
CLIPPED = {"cut_share": 0.03, "places": {"clipped": [(12_000, 14_000)]}}
WHY = "Bản thu duy nhất của già làng."


@pytest.fixture(autouse=True)
def lan(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)


def report(**figures: Any) -> dict[str, Any]:
    return judge(dataclasses.replace(GOOD, **figures), profile("speech_horn")).plain()


def in_mong(client: Client, cast: Cast, sound: Sound, **more: Any) -> tuple[str, dict[str, Any]]:
    """A draft with this recording in Mông: its address and the form as the page sends it back."""
    name = str(uuid.uuid4())
    own = stories.sound_of(cast)
    form = fields(cast, client_id=name, sound=str(own.pk), **more)
    client.post("/soan-ban-tin/", form | {"new_lang": "hmn", "new_lang_text": "Tsis muaj dej."})
    url = f"/soan-ban-tin/{name}/"
    client.post(url, form | rows(name) | {"lang_recorded_hmn": str(sound.pk), "do": "sound"})
    assert kept(name) == [("hmn", "Tsis muaj dej.", sound.pk)]
    return url, form


def name_of(url: str) -> str:
    return url.strip("/").rpartition("/")[2]


def mong(url: str) -> Further:
    return queries.further(queries.newest(Bulletin.objects.get(pk=name_of(url))))[0]


def test_one_press_repairs_it_and_the_way_back_stays(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = stories.sound_of(cast, quality=report(**SLOW_START))
    url, form = in_mong(client, cast, sound)
    page = client.get(url).content.decode()
    assert 'value="trim:hmn"' in page
    monkeypatch.setattr("loa.media.actions.editing.file_of", lambda *_: None)
    pressed = client.post(url, form | rows(name_of(url)) | {"do": "trim:hmn"})
    assert pressed.status_code == 302, pressed.content.decode()
    assert f"truoc-hmn={sound.pk}" in pressed.headers["Location"]
    made = Sound.objects.get(pk=str(mong(url).sound))
    assert (made.origin, made.made_from) == (Origin.EDITED, sound)
    making = client.get(pressed.headers["Location"]).content.decode()
    assert 'value="cancel:hmn"' in making
    assert f"/soan-ban-tin/{name_of(url)}/tieng/hmn/?truoc-hmn={sound.pk}" in making
    ready(made)
    assert 'value="before:hmn"' in client.get(url).content.decode()
    client.post(url, form | rows(name_of(url)) | {"do": "before:hmn", "lang_before_hmn": str(sound.pk)})
    assert mong(url).sound == sound.pk


def test_a_fault_asks_for_a_reason_which_the_approver_reads_first(client: Client, cast: Cast) -> None:
    url, form = in_mong(client, cast, stories.sound_of(cast, quality=report(**CLIPPED)))
    name = name_of(url)
    page = client.get(url).content.decode()
    assert 'name="lang_reason_hmn"' in page
    assert "Tiếng Mông: tiếng bị vỡ" in page
    asks = form | {"day": "28/08/2026", "clocks": "17:30", "do": "submit"}
    refused = client.post(url, asks | rows(name))
    assert (refused.status_code, Bulletin.objects.get().state) == (422, "draft")
    assert send(client, url, asks | rows(name) | {"lang_reason_hmn": WHY}).status_code == 302
    client.force_login(cast.thanh)
    page = client.get(f"/duyet/{name}/").content.decode()
    assert "Tiếng Mông chưa đạt, người soạn vẫn gửi" in page
    assert page.index(WHY) < page.index('id="h-hear"')


def test_another_sound_needs_a_reason_of_its_own(client: Client, cast: Cast) -> None:
    url, form = in_mong(client, cast, stories.sound_of(cast, quality=report(**CLIPPED)))
    client.post(url, form | rows(name_of(url)) | {"lang_reason_hmn": WHY})
    assert mong(url).sound_reason == WHY
    other = {"lang_uploaded_hmn": str(stories.sound_of(cast).pk), "lang_reason_hmn": WHY, "do": "sound"}
    client.post(url, form | rows(name_of(url)) | other)
    assert mong(url).sound_reason == ""


def test_the_editor_opens_on_it_and_what_is_saved_is_its_sound(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = stories.sound_of(cast)
    url, form = in_mong(client, cast, sound)
    main = queries.newest(Bulletin.objects.get()).sound_id
    editor = client.post(url, form | rows(name_of(url)) | {"do": "mend:hmn"}).headers["Location"]
    assert editor == f"{url}sua-tieng/hmn/"
    assert client.get(editor).status_code == 200
    assert client.get(f"{url}sua-tieng/km/").status_code == 404
    monkeypatch.setattr("loa.media.actions.editing.file_of", lambda *_: None)
    edits = json.dumps(to_json(Edits((Cut(0, 1_000),))))
    saved = client.post(editor, {"edits": edits, "id": str(uuid.uuid4())})
    assert saved.json()["go"] == f"{url}?truoc-hmn={sound.pk}"
    assert str(mong(url).sound) == saved.json()["id"]
    assert queries.newest(Bulletin.objects.get()).sound_id == main


def test_a_voice_that_speaks_it_reads_as_it_is_asked_to(client: Client, cast: Cast) -> None:
    """The main words are recorded in Tày; those in Vietnamese are spoken by a real voice, read by our rules."""
    name = str(uuid.uuid4())
    recorded = stories.sound_of(cast)
    form = fields(cast, client_id=name, language="tyz", text="Bấu mì nặm.", sound=str(recorded.pk))
    client.post("/soan-ban-tin/", form | {"new_lang": "vi", "new_lang_text": "Ngừng cấp nước lúc 8h."})
    url = f"/soan-ban-tin/{name}/"
    assert "Ngừng cấp nước lúc tám giờ." in client.get(url).content.decode()
    voice = {"lang-vi-voice": "espeak/vi-vn-x-south", "lang-vi-tempo": "slow", "lang-vi-rests": "long"}
    client.post(url, form | rows(name) | voice | {"do": "speak:vi"})
    sound = Sound.objects.get(origin=Origin.SYNTHESISED)
    assert (sound.voice, sound.speed, sound.pauses) == ("espeak/vi-vn-x-south", 0.85, 1.5)
    assert (sound.spoken, sound.language) == ("Ngừng cấp nước lúc tám giờ.", "vi")
    media.ingest(sound_id=sound.pk, now=cast.now)
    sound.refresh_from_db()
    assert (sound.state, len(sound.sentences)) == (SoundState.READY, 1)
    page = client.get(url).content.decode()
    assert "Nghe tiếng Việt" in page
    assert "Tiếng Việt: giọng máy có thể đọc sai" in page
    asks = form | voice | {"do": "submit", "day": "28/08/2026", "clocks": "17:30"}
    refused = client.post(url, asks | rows(name) | {"lang-vi-tempo": "fast"}).content.decode()
    assert "Tiếng Việt: giọng, tốc độ hoặc quãng nghỉ đã đổi" in refused
    assert send(client, url, asks | rows(name)).status_code == 302
    hear(cast.thanh, sound, cast.now)
    tokens = {one.schedule.pk: one.digest for one in asked.waiting(cast.quy_mong, cast.now)}
    actions.approve(actor=cast.thanh, seen=tokens, now=cast.now)
    approval = Approval.objects.get()
    assert approval.heard_by == cast.thanh
    assert approval.permit is not None
    assert approval.permit["sounds"] == [recorded.sha256, sound.sha256]


def test_what_is_being_spoken_can_be_called_off(client: Client, cast: Cast) -> None:
    name = str(uuid.uuid4())
    form = fields(cast, client_id=name, language="tyz", sound=str(stories.sound_of(cast).pk))
    client.post("/soan-ban-tin/", form | {"new_lang": "vi", "new_lang_text": "Ngừng cấp nước."})
    url = f"/soan-ban-tin/{name}/"
    voice = {"lang-vi-voice": "espeak/vi"}
    client.post(url, form | rows(name) | voice | {"do": "speak:vi"})
    assert client.post(url, form | rows(name) | voice | {"do": "cancel:vi"}).status_code == 302
    assert kept(name) == [("vi", "Ngừng cấp nước.", None)]
    assert not Sound.objects.filter(origin=Origin.SYNTHESISED).exists()


def test_a_voice_that_does_not_speak_it_is_refused(client: Client, cast: Cast) -> None:
    url, form = in_mong(client, cast, stories.sound_of(cast))
    assert "Chưa có giọng máy nào đọc tiếng Mông" in client.get(url).content.decode()
    forced = client.post(url, form | rows(name_of(url)) | {"lang-hmn-voice": "espeak/vi", "do": "speak:hmn"})
    assert forced.status_code == 422
    assert not Sound.objects.filter(origin=Origin.SYNTHESISED).exists()


def test_a_recording_in_mong_does_not_build_the_programme_anew(client: Client, cast: Cast) -> None:
    url, form = in_mong(client, cast, stories.sound_of(cast))
    main = queries.newest(Bulletin.objects.get()).sound_id
    brought = {"template": "gong", "lang_recorded_hmn": str(stories.sound_of(cast).pk), "do": "sound"}
    client.post(url, form | rows(name_of(url)) | brought)
    assert queries.newest(Bulletin.objects.get()).sound_id == main


def handed_in(cast: Cast, title: str, at: str, **draft: Any) -> Version:
    bulletins.load_categories()
    bulletin = stories.drafted(cast, title=title, **draft)
    when = When("once", local(cast.now).date() + timedelta(days=1), (at,))
    actions.propose(
        actor=cast.lan, schedule_id=uuid.uuid4(), bulletin_id=bulletin.pk, when=when, target=Target(), now=cast.now
    )
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    return bulletin.versions.get()


def test_of_several_only_what_was_heard_in_every_language_is_ticked(client: Client, cast: Cast) -> None:
    tay, mong = stories.sound_of(cast), machine(cast, "Tsis muaj dej.", language="hmn")
    languages = (Further("tyz", sound=tay.pk), Further("hmn", text="Tsis muaj dej.", sound=mong.pk))
    version = handed_in(cast, "Ba thứ tiếng", "17:30", languages=languages)
    handed_in(cast, "Một thứ tiếng", "17:40")
    client.force_login(cast.thanh)
    address = f"/duyet/da-nghe/{version.pk}/"
    waits = [f"{address}{sound.pk}/" for sound in queries.sounds_of(version)]
    page = client.get("/duyet/").content.decode()
    assert f'data-hear="{" ".join(waits)}"' in page
    assert all(page.count(f'data-heard-url="{url}"') == 1 for url in waits)
    client.post(waits[0], {"heard_ms": "52000"})
    page = client.get("/duyet/").content.decode()
    assert f'data-hear="{" ".join(waits[1:])}"' in page
    assert "data-was-heard" not in page
    client.post(waits[1], {"heard_ms": "52000"})
    hear(cast.thanh, mong, cast.now)
    assert client.get("/duyet/").content.decode().count("data-was-heard checked") == 1
    assert client.post(f"{address}{uuid.uuid4()}/", {"heard_ms": "52000"}).status_code == 404


def test_a_fault_in_one_language_keeps_it_out_of_the_heap_and_is_told_when_it_comes_late(
    client: Client, cast: Cast
) -> None:
    tay = stories.sound_of(cast, quality=report())
    version = handed_in(cast, "Hai thứ tiếng", "17:30", languages=(Further("tyz", sound=tay.pk),))
    handed_in(cast, "Một thứ tiếng", "17:40")
    handed_in(cast, "Một thứ tiếng nữa", "17:50")
    tokens = [f"{one.schedule.pk}:{one.digest}" for one in asked.waiting(cast.quy_mong, cast.now)]
    Sound.objects.filter(pk=tay.pk).update(quality=report(**CLIPPED))
    client.force_login(cast.thanh)
    assert client.get("/duyet/").content.decode().count('name="seen"') == 2
    answer = client.post("/duyet/chap-thuan/", {"seen": tokens})
    assert answer.headers["Location"] == f"/duyet/{version.bulletin_id}/"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Tiếng Tày chưa đạt nên chưa duyệt được" in page
    assert not Approval.objects.exists()


def test_the_approver_is_led_to_each_language(client: Client, cast: Cast) -> None:
    tay, mong = stories.sound_of(cast), machine(cast, "Tsis muaj dej.", "Hnub no.", language="hmn")
    languages = (Further("tyz", sound=tay.pk), Further("hmn", sound=mong.pk))
    version = handed_in(cast, "Ba thứ tiếng", "17:30", languages=languages)
    client.force_login(cast.thanh)
    page = client.get(f"/duyet/{version.bulletin_id}/").content.decode()
    assert "Bản tin có 3 thứ tiếng" in page
    assert '<a href="#h-hmn">tiếng Mông (2 câu)</a>' in page
    assert f'data-until-heard="{mong.pk}"' in page
    assert page.count("Chưa nghe</span>") == 2


def test_our_rules_do_not_read_another_language(client: Client, cast: Cast) -> None:
    form = fields(cast, client_id=str(uuid.uuid4()), language="hmn", text="Hnub no 20\u200b 🎉 UBND.")
    url = client.post("/soan-ban-tin/", form).headers["Location"]
    version = Version.objects.get()
    assert "20" in version.spoken
    assert "hai mươi" not in version.spoken
    assert "🎉" not in version.spoken
    assert "máy đọc đúng như chữ viết" in client.get(url).content.decode()


def test_the_officer_who_finds_the_time_sees_how_long_it_lasts_in_all_languages(client: Client, cast: Cast) -> None:
    """The page of an announcer's notice has no fields for its words and sounds: they stand as she handed them in."""
    own, dao = (stories.sound_of(cast, area=cast.thon_5, made_by=cast.xuan) for _ in range(2))
    draft = stories.notice(cast, sound=own.pk, languages=(Further("ium", sound=dao.pk),))
    bulletin = bulletins.create_draft(
        actor=cast.xuan, bulletin_id=uuid.uuid4(), area=cast.thon_5, draft=draft, now=cast.now
    )
    bulletins.submit(actor=cast.xuan, bulletin_id=bulletin.pk, now=cast.now)
    asked_for = {"client_id": str(bulletin.pk), "where": "all", "slot": "other", "day": "28/08/2026", "clocks": "17:30"}
    told = client.post(f"/soan-ban-tin/xem-truoc/?don-vi={cast.thon_5.path}", asked_for)
    assert told.context["outlook"].length == timedelta(seconds=52 + 2 + 52)
    assert told.context["outlook"].known_length
