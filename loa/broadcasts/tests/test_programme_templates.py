"""Lan puts an opening and an end around her notice, and whatever she says anew is put between them again."""

import uuid
from typing import Any

import pytest
from django.test import Client

from loa.areas.models import Area
from loa.broadcasts.tests.test_compose_pages import fields, ready, ten_to_five
from loa.bulletins import actions as bulletins
from loa.bulletins.actions import sharing
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import Draft
from loa.kernel.errors import Refusal
from loa.media.models import Block, Origin, Sound, SoundState
from tests.cast import Cast

__all__ = ["ten_to_five"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_to_five")]
TEXT = "Mời bà con đi họp."


@pytest.fixture(autouse=True)
def lan(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)


@pytest.fixture(autouse=True)
def blocks(cast: Cast) -> None:
    """Three of the nation's blocks; nobody has made any music."""
    for kind, duration in (("opening", 8_000), ("closing", 6_000), ("gong", 3_000)):
        Sound.objects.create(
            area=Area.objects.get(path="vn"), made_at=cast.now, origin=Origin.BUILT, title=kind, block=kind,
            shared=True, state=SoundState.READY, sha256=kind.encode().hex().ljust(64, "0"), size=9,
            duration_ms=duration,
        )  # fmt: skip


def post(client: Client, cast: Cast, name: str, **more: str) -> Bulletin:
    known = Bulletin.objects.filter(pk=name).first()
    sound = known.versions.latest("number").sound_id if known else None
    form = {"text": TEXT, "revision": str(known.revision) if known else "", "sound": str(sound or "")} | more
    address = f"/soan-ban-tin/{name}/" if known else "/soan-ban-tin/"
    answer = client.post(address, fields(cast, client_id=name, **form))
    assert answer.status_code in (200, 204, 302), answer.content.decode()
    return Bulletin.objects.get(pk=name)


def sound_of(bulletin: Bulletin) -> Sound:
    sound = bulletin.versions.latest("number").sound
    assert sound is not None
    return sound


def spoken(client: Client, cast: Cast) -> tuple[str, Sound]:
    name = str(uuid.uuid4())
    sound = sound_of(post(client, cast, name, do="speak"))
    ready(sound)
    sound.refresh_from_db()
    return name, sound


def page(client: Client, name: str) -> str:
    return " ".join(client.get(f"/soan-ban-tin/{name}/").content.decode().split())


def picked(page: str) -> list[str]:
    """Values of the template that is chosen on the page."""
    tags: list[Any] = [part.split(">", 1)[0] for part in page.split('name="template" value=')[1:]]
    return [tag.split('"')[1] for tag in tags if " checked" in tag]


def test_the_page_says_how_long_each_would_be(client: Client, cast: Cast) -> None:
    name, _ = spoken(client, cast)
    seen = page(client, name)
    assert "0:08 mở đầu + 0:40 bản tin + 0:06 kết + 0:01 quãng nghỉ = 0:55" in seen
    assert picked(seen) == [""]
    assert "Chưa dùng được: chưa có nhạc nền." in seen


def test_the_programme_takes_the_place_of_the_sound_and_the_draft_remembers(client: Client, cast: Cast) -> None:
    name, speech = spoken(client, cast)
    built = sound_of(post(client, cast, name, do="build", template="opening_closing"))
    assert (built.origin, built.made_from) == (Origin.BUILT, speech)
    assert 'name="template" value="opening_closing"' in page(client, name)
    ready(built)
    seen = page(client, name)
    assert picked(seen) == ["opening_closing"]
    assert "Dựng theo mẫu, dài" in seen


def test_words_spoken_anew_stand_between_the_same_sounds(client: Client, cast: Cast) -> None:
    name, speech = spoken(client, cast)
    ready(sound_of(post(client, cast, name, do="build", template="gong")))
    again = sound_of(post(client, cast, name, do="speak", text="Mời bà con đi họp tối nay.", template="gong"))
    assert again.origin == Origin.BUILT
    assert again.made_from not in (None, speech)
    assert again.spoken == "Mời bà con đi họp tối nay."


def test_only_the_bulletin_again(client: Client, cast: Cast) -> None:
    name, speech = spoken(client, cast)
    ready(sound_of(post(client, cast, name, do="build", template="gong")))
    assert sound_of(post(client, cast, name, do="build", template="")) == speech


def test_a_template_that_is_not_there_is_refused_and_nothing_is_lost(client: Client, cast: Cast) -> None:
    name, speech = spoken(client, cast)
    bulletin = Bulletin.objects.get(pk=name)
    form = fields(
        cast, client_id=name, text=TEXT, revision=str(bulletin.revision), sound=str(speech.pk), do="build",
        template="bed",
    )  # fmt: skip
    answer = client.post(f"/soan-ban-tin/{name}/", form)
    assert answer.status_code == 422
    assert "Mẫu này thiếu một tiếng" in answer.content.decode()
    assert sound_of(bulletin) == speech


def test_mai_cannot_build_with_a_sound_of_quy_mong(client: Client, cast: Cast) -> None:
    _, speech = spoken(client, cast)
    client.force_login(cast.mai)
    form = fields(cast, client_id=str(uuid.uuid4()), text=TEXT, sound=str(speech.pk), do="build", template="gong")
    answer = client.post("/soan-ban-tin/", form)
    assert answer.status_code in (404, 422)
    assert not Sound.objects.filter(area=cast.tran_yen).exists()
    assert not Bulletin.objects.filter(area=cast.tran_yen).exists()


def test_no_siren_comes_into_a_bulletin(cast: Cast) -> None:
    siren = Sound.objects.create(
        area=cast.quy_mong, made_at=cast.now, origin=Origin.BUILT, title="Cháy", block=Block.SIREN, shared=True,
        state=SoundState.READY, sha256="b" * 64, size=9, duration_ms=9_900,
    )  # fmt: skip
    draft = Draft(title="Họp thôn", text=TEXT, sound=siren.pk)
    with pytest.raises(Refusal) as refused:
        bulletins.create_draft(actor=cast.lan, bulletin_id=uuid.uuid4(), area=cast.quy_mong, draft=draft, now=cast.now)
    assert refused.value.code == "siren"
    with pytest.raises(Refusal):
        sharing.reuse(
            actor=cast.lan, sound_id=siren.pk, area=cast.quy_mong, bulletin_id=uuid.uuid4(), now=cast.now
        )  # fmt: skip


def test_a_build_that_was_called_off_leaves_the_draft_and_the_library_as_they_were(client: Client, cast: Cast) -> None:
    name, speech = spoken(client, cast)
    there = set(Sound.objects.values_list("pk", flat=True))
    again = sound_of(post(client, cast, name, do="speak", text="Mời bà con đi họp tối nay.", template="gong"))
    assert again.made_from_id not in there
    kept = sound_of(post(client, cast, name, do="cancel", sound=str(again.pk), before=str(speech.pk), template="gong"))
    assert kept == speech
    assert set(Sound.objects.values_list("pk", flat=True)) == there
