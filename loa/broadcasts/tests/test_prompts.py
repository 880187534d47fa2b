"""Lan records "Mời bà con" once; from then on the notice of every meeting begins with her own voice."""

import uuid
from typing import Any

import pytest
from django.test import Client

from loa.areas.models import Area
from loa.broadcasts.actions.shelving import let_go
from loa.broadcasts.tests.test_compose_pages import ready, ten_to_five
from loa.bulletins.models import Bulletin
from loa.media import actions as media
from loa.media import library, queries
from loa.media.blocks.recipe import Splice, from_json, length
from loa.media.models import Block, Origin, Prompt, Sound, SoundState
from loa.media.reading.read import read
from loa.media.voices import registry
from loa.people.models import User
from tests.cast import Cast

__all__ = ["ten_to_five"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_to_five")]
LIST = "/soan-ban-tin/cau-co-san/"
MEETING = f"{LIST}meeting/"
VALUES = ["thôn 5", "7h30", "25/8/2026", "nhà văn hóa thôn 5"]
SAID = "Mời bà con thôn 5 đến họp lúc 7h30 ngày 25/8/2026 tại nhà văn hóa thôn 5."


@pytest.fixture(autouse=True)
def lan(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)


def recorded(area: Area, user: User, cast: Cast, words: str, **fields: Any) -> Sound:
    row = {"sha256": "c" * 64, "size": 9, "duration_ms": 2_000, "origin": Origin.RECORDED} | fields
    row |= {"quality": {"verdict": "pass", "figures": {"lead_ms": 400, "trail_ms": 600}, "findings": []}}
    sound = Sound.objects.create(area=area, made_by=user, made_at=cast.now, state=SoundState.READY, **row)
    return media.record_piece(actor=user, sound_id=sound.pk, words=words, now=cast.now)


def write(client: Client, address: str = MEETING, **fields: Any) -> Any:
    form = {"do": "write", "value": VALUES, "voice": registry.choices()[-1].id, "id": str(uuid.uuid4())} | fields
    return client.post(address, form)


def sound_of(bulletin: Bulletin) -> Sound:
    sound = bulletin.versions.get().sound
    assert sound is not None
    return sound


def test_where_nobody_has_recorded_anything_the_machine_says_it_all(client: Client, cast: Cast) -> None:
    answer = write(client)
    bulletin = Bulletin.objects.get()
    assert answer.headers["Location"] == f"/soan-ban-tin/{bulletin.pk}/"
    version = bulletin.versions.get()
    assert (version.title, version.text) == ("Mời họp", SAID)
    assert (sound_of(bulletin).origin, sound_of(bulletin).spoken) == (Origin.SYNTHESISED, version.spoken)


def test_her_voice_and_the_machine_take_turns(client: Client, cast: Cast) -> None:
    words = "Mời bà con"
    own = recorded(cast.quy_mong, cast.lan, cast, words)
    recorded(cast.quy_mong, cast.lan, cast, "nhà văn hóa thôn 5", sha256="d" * 64)
    assert "Đã thu" in client.get(MEETING).content.decode()
    write(client)
    bulletin = Bulletin.objects.get()
    sound = sound_of(bulletin)
    [slot] = from_json(sound.edits).slots
    assert isinstance(slot, Splice)
    assert (slot.pieces[0].sound, slot.pieces[0].start, slot.pieces[0].end) == (own.pk, 370, 1_430)
    machine = Sound.objects.get(origin=Origin.SYNTHESISED)
    assert (
        machine.spoken == read("thôn 5 đến họp lúc 7h30 ngày 25/8/2026 tại", queries.lexicon_for(cast.quy_mong)).spoken
    )
    assert [one.sound for one in slot.pieces][1] == machine.pk
    assert sound.spoken == bulletin.versions.get().spoken
    ready(machine)
    lengths = dict(Sound.objects.values_list("pk", "duration_ms"))
    assert length(from_json(sound.edits), lengths) == 1_060 + 60 + 40_000 + 60 + 1_060
    ready(sound)
    sound.refresh_from_db()
    assert queries.machine_speaks(sound)
    page = client.get(f"/soan-ban-tin/{bulletin.pk}/").content.decode()
    assert 'name="template" value="gong"' in page  # a template stands around the whole sentence
    assert "Chữ đã đổi" not in page


def test_what_the_machine_said_for_it_is_no_sound_of_the_library(client: Client, cast: Cast) -> None:
    own = recorded(cast.quy_mong, cast.lan, cast, "mời bà con")
    write(client)
    piece = Sound.objects.get(origin=Origin.SYNTHESISED)
    ready(piece)
    assert set(library.own(cast.quy_mong)) == {own}
    Bulletin.objects.all().delete()
    Sound.objects.filter(origin=Origin.BUILT).delete()
    long_ago = cast.now.replace(year=cast.now.year - 1)
    Sound.objects.update(made_at=long_ago)
    assert let_go(now=cast.now) == 1
    assert Sound.objects.get(removed_at__isnull=False) == piece


def test_pressed_twice_it_is_one_draft(client: Client, cast: Cast) -> None:
    name = str(uuid.uuid4())
    assert write(client, id=name).headers["Location"] == write(client, id=name).headers["Location"]
    assert Sound.objects.count() == Bulletin.objects.count() == 1


def test_a_wrong_time_is_told_and_nothing_is_lost(client: Client, cast: Cast) -> None:
    answer = write(client, value=["thôn 5", "sáng mai", "25/8/2026", "nhà văn hóa"])
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Chỗ “giờ” chưa đúng. Hãy ghi như: 7h30." in page
    assert 'value="thôn 5"' in page
    assert page.count('aria-invalid="true"') == 1
    assert not Sound.objects.exists()


def test_a_sentence_of_her_own(client: Client, cast: Cast) -> None:
    text = "Chợ phiên [tên chợ] họp ngày [ngày]."
    added = client.post(LIST, {"do": "add", "name": "Chợ phiên", "text": text}, follow=True).content.decode()
    assert "Đã thêm câu “Chợ phiên”." in added
    row = Prompt.objects.get()
    again = client.post(LIST, {"do": "add", "name": "Chợ phiên", "text": text})
    assert again.status_code == 422
    assert "Hãy đặt tên khác" in again.content.decode()
    write(client, f"{LIST}{row.pk}/", value=["Quy Mông", "25/8"])
    assert Bulletin.objects.get().versions.get().text == "Chợ phiên Quy Mông họp ngày 25/8."
    client.post(LIST, {"do": "drop", "prompt": row.pk})
    assert client.get(f"{LIST}{row.pk}/").status_code == 404


def test_a_piece_is_recorded_on_the_page(client: Client, cast: Cast) -> None:
    sent = Sound.objects.create(
        area=cast.quy_mong, made_by=cast.lan, made_at=cast.now, origin=Origin.RECORDED, title="thu"
    )  # fmt: skip
    page = client.post(MEETING, {"do": "piece", "words": "Mời bà con,", "recorded": sent.pk}, follow=True)
    assert "Đang xử lý" in page.content.decode()
    sent.refresh_from_db()
    assert (sent.block, sent.transcript) == (Block.PROMPT, "mời bà con")
    assert client.post(MEETING, {"do": "piece", "words": "Mời bà con"}).status_code == 422


def test_no_other_sound_becomes_a_piece(client: Client, cast: Cast) -> None:
    made = media.synthesise(
        actor=cast.lan, area=cast.quy_mong, text="Mời bà con", voice=registry.choices()[-1].id, now=cast.now
    )
    long = {"state": SoundState.READY, "sha256": "e" * 64, "size": 9, "duration_ms": 31_000}
    too_long = Sound.objects.create(
        area=cast.quy_mong, made_by=cast.lan, made_at=cast.now, origin=Origin.RECORDED, **long
    )
    for sound in (made, too_long):
        answer = client.post(MEETING, {"do": "piece", "words": "mời bà con", "recorded": sound.pk})
        assert answer.status_code == 422
        assert "dài tối đa 30 giây" in answer.content.decode()


def test_mai_hears_and_uses_nothing_of_quy_mong(client: Client, cast: Cast) -> None:
    own = recorded(cast.quy_mong, cast.lan, cast, "mời bà con")
    row = media.save_prompt(actor=cast.lan, area=cast.quy_mong, name="Họp", text="Mời họp lúc [giờ].", now=cast.now)
    client.force_login(cast.mai)
    assert client.get(f"{LIST}{row.pk}/").status_code == 404
    assert client.post(LIST, {"do": "drop", "prompt": row.pk}).status_code == 404
    write(client)
    assert sound_of(Bulletin.objects.get()).origin == Origin.SYNTHESISED
    answer = client.post(MEETING, {"do": "piece", "words": "mời", "recorded": own.pk})
    assert answer.status_code == 404
