"""Lan chooses how the machine reads: voice, speed and rests are kept, remembered, and cost a new sound."""

import uuid

import pytest
from django.test import Client

from loa.broadcasts.tests.test_compose_pages import TEXT, evening, fields, ready, ten_to_five
from loa.broadcasts.web.compose import voicing
from loa.bulletins.models import Bulletin
from loa.media import actions, queries
from loa.media.models import InstalledVoice, Sound, SoundState
from tests.cast import Cast, hear
from tests.changes import send

__all__ = ["evening", "ten_to_five"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_to_five")]
SOUTH = "espeak/vi-vn-x-south"
CHOSEN = {"voice": SOUTH, "tempo": "slow", "rests": "long"}
SENTENCES = "Mời bà con đi họp. Nhớ mang giấy tờ."


@pytest.fixture(autouse=True)
def lan(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)


def picked(page: str) -> set[str]:
    return {part.split('"')[1] for part in page.split("<option ")[1:] if " selected" in part.split(">", 1)[0]}


def spoken(client: Client, cast: Cast, text: str = SENTENCES, **chosen: str) -> tuple[Bulletin, Sound]:
    name = str(uuid.uuid4())
    client.post("/soan-ban-tin/", fields(cast, client_id=name, text=text, do="speak") | CHOSEN | chosen)
    bulletin = Bulletin.objects.get(pk=name)
    sound = bulletin.versions.get().sound
    assert sound is not None
    return bulletin, sound


def made(sound: Sound, cast: Cast) -> None:
    """Really spoken, as the worker does it."""
    actions.ingest(sound_id=sound.pk, now=cast.now)
    sound.refresh_from_db()
    assert sound.state == SoundState.READY


def test_the_sound_is_made_as_chosen_and_the_page_remembers(client: Client, cast: Cast) -> None:
    bulletin, sound = spoken(client, cast)
    assert (sound.voice, sound.speed, sound.pauses) == (SOUTH, 0.85, 1.5)
    assert {SOUTH, "slow", "long"} <= picked(client.get(f"/soan-ban-tin/{bulletin.pk}/").content.decode())
    assert {SOUTH, "slow", "long"} <= picked(client.get("/soan-ban-tin/").content.decode())
    client.force_login(cast.minh_anh)
    assert SOUTH not in picked(client.get("/soan-ban-tin/").content.decode()), "another person's choice"


def test_a_choice_is_kept_with_the_draft_before_anything_is_spoken(client: Client, cast: Cast) -> None:
    name = str(uuid.uuid4())
    client.post("/soan-ban-tin/", fields(cast, client_id=name, do="keep") | CHOSEN)
    assert Bulletin.objects.get(pk=name).versions.get().voicing == CHOSEN
    assert {SOUTH, "slow", "long"} <= picked(client.get(f"/soan-ban-tin/{name}/").content.decode())


def test_a_remembered_voice_that_is_gone_gives_way_to_the_best(client: Client, cast: Cast) -> None:
    chosen = voicing.first({"voice": "gone/bac", "tempo": "fast"})
    assert chosen == {"voice": "espeak/vi", "tempo": "fast", "rests": "usual"}


def test_another_speed_afterwards_asks_for_another_sound(client: Client, cast: Cast) -> None:
    bulletin, sound = spoken(client, cast)
    ready(sound)
    hear(cast.lan, sound, cast.now)
    form = fields(
        cast, text=SENTENCES, sound=str(sound.pk), revision="1", day="28/08/2026", clocks="17:30", do="submit"
    )
    refused = client.post(f"/soan-ban-tin/{bulletin.pk}/", form | CHOSEN | {"tempo": "fast"})
    assert "quãng nghỉ đã đổi sau khi tạo tiếng" in refused.content.decode()
    bulletin.refresh_from_db()
    form["revision"] = str(bulletin.revision)
    assert send(client, f"/soan-ban-tin/{bulletin.pk}/", form | CHOSEN).status_code == 302
    bulletin.refresh_from_db()
    assert bulletin.state == "submitted"


def test_other_rests_are_heard_already_another_speed_is_not(client: Client, cast: Cast) -> None:
    _, sound = spoken(client, cast)
    made(sound, cast)
    hear(cast.lan, sound, cast.now)
    _, other = spoken(client, cast, rests="short")
    made(other, cast)
    assert queries.listening(other, cast.lan.pk).complete
    _, faster = spoken(client, cast, tempo="fast")
    made(faster, cast)
    assert len(queries.listening(faster, cast.lan.pk).missing) == 2


def test_what_is_being_made_can_be_called_off_and_the_sound_before_is_there_again(client: Client, cast: Cast) -> None:
    bulletin, first = spoken(client, cast)
    ready(first)
    address = f"/soan-ban-tin/{bulletin.pk}/"
    again = client.post(
        address, fields(cast, text=TEXT, sound=str(first.pk), revision="1", do="speak") | CHOSEN
    ).headers["Location"]
    assert again.endswith(f"?truoc={first.pk}")
    making = client.get(again).content.decode()
    assert "Thôi tạo tiếng" in making
    bulletin.refresh_from_db()
    second = Sound.objects.exclude(pk=first.pk).get()
    form = fields(cast, text=TEXT, sound=str(second.pk), revision=str(bulletin.revision), before=str(first.pk))
    assert client.post(address, form | CHOSEN | {"do": "cancel"}).status_code == 302
    assert not Sound.objects.filter(pk=second.pk).exists()
    assert bulletin.versions.get().sound == first
    assert Sound.objects.get(pk=first.pk).state == SoundState.READY


def test_too_late_to_call_off_is_told(client: Client, cast: Cast) -> None:
    bulletin, sound = spoken(client, cast)
    ready(sound)
    form = fields(cast, text=SENTENCES, sound=str(sound.pk), revision="1", do="cancel") | CHOSEN
    told = client.post(f"/soan-ban-tin/{bulletin.pk}/", form)
    assert "đã xử lý xong, không hủy được nữa" in told.content.decode()
    assert bulletin.versions.get().sound == sound


def test_the_stopgap_stands_apart_when_there_is_a_better_voice(client: Client, cast: Cast) -> None:
    page = client.get("/soan-ban-tin/").content.decode()
    assert "<optgroup" not in page
    assert "Đây là giọng máy dự phòng" in page
    InstalledVoice.objects.create(
        id="hoa", kind="service", name="Giọng Hoa", dialects={"bac": "miền Bắc"}, options={}, licence="MIT",
        added_at=cast.now,
    )  # fmt: skip
    page = client.get("/soan-ban-tin/").content.decode()
    assert '<optgroup label="giọng máy dự phòng">' in page
    assert "Đây là giọng máy dự phòng" not in page
