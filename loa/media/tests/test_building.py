"""Lan puts an opening before a notice, has music beneath it, and what must be heard of it stays known."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from loa.areas.models import Area
from loa.kernel.errors import Invalid, NotFound
from loa.media import actions, queries, store
from loa.media.actions.building import call_words
from loa.media.actions.national import block_id, lay_out_blocks
from loa.media.blocks import shelf
from loa.media.blocks.recipe import from_json, length
from loa.media.models import Block, Origin, Sound, SoundState
from loa.media.pipeline.meter import measure_file
from loa.media.tests import sounds
from loa.media.voices import registry
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SHORT = ("gong_two", "opening_strings", "closing_strings", "bed_bright")
MADE = (
    "state", "sha256", "size", "duration_ms", "loudness_lufs", "true_peak_dbtp", "wave", "quality", "original",
    "original_until",
)  # fmt: skip


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> store.FileStore:
    settings.MEDIA_ROOT = tmp_path / "media"
    return store.default()


@pytest.fixture(scope="module")
def once() -> dict[str, tuple[dict[str, Any], bytes]]:
    """What the first of these tests has made, so that the others need not."""
    return {}


@pytest.fixture
def blocks(
    cast: Cast, files: store.FileStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    once: dict[str, tuple[dict[str, Any], bytes]],
) -> dict[str, Sound]:  # fmt: skip
    """One national block of each kind, made as a worker makes them."""
    from loa.media.blocks import generators

    monkeypatch.setattr(generators, "NATIONAL", {key: generators.NATIONAL[key] for key in SHORT})
    if not once:
        for sound in lay_out_blocks(now=cast.now):
            done = made(sound, cast)
            fields = Sound.objects.filter(pk=done.pk).values(*MADE).get()
            once[done.edits["generator"]] = fields, files.path_of(done.sha256).read_bytes()
    else:
        for sound in lay_out_blocks(now=cast.now):
            fields, content = once[sound.edits["generator"]]
            (tmp_path / "copy.ogg").write_bytes(content)
            files.put(tmp_path / "copy.ogg")
            Sound.objects.filter(pk=sound.pk).update(**fields)
    return {sound.block: sound for sound in Sound.objects.filter(pk__in=[block_id(key) for key in SHORT])}


def made(sound: Sound, cast: Cast) -> Sound:
    actions.ingest(sound_id=sound.pk, now=cast.now)
    sound.refresh_from_db()
    return sound


def spoken(cast: Cast, text: str = "Mất nước. Sáng mai có lại.") -> Sound:
    return actions.synthesise(actor=cast.lan, area=cast.quy_mong, text=text, voice=voice(), now=cast.now)


def voice() -> str:
    return registry.choices()[-1].id


def build(cast: Cast, sound: Sound, key: str) -> Sound:
    return actions.build(actor=cast.lan, area=cast.quy_mong, sound=sound, key=key, voice=voice(), now=cast.now)


def test_the_nation_has_blocks_that_belong_to_nobody(cast: Cast, blocks: dict[str, Sound]) -> None:
    assert set(blocks) == {Block.GONG, Block.OPENING, Block.CLOSING, Block.BED}
    assert blocks["opening"].pk == block_id("opening_strings")
    for block in blocks.values():
        assert (block.state, block.shared, block.licence) == (SoundState.READY, True, "cc0-1.0")
        assert block.quality["verdict"] != "fail", block.quality
        assert block.loudness_lufs == pytest.approx(-16, abs=1)
        assert (block.true_peak_dbtp or 0) <= -1.5
    assert blocks["opening"].duration_ms == 8_000
    assert lay_out_blocks(now=cast.now) == []


def test_an_opening_and_an_end_around_a_notice(cast: Cast, blocks: dict[str, Sound], files: store.FileStore) -> None:
    speech = made(spoken(cast), cast)
    built = made(build(cast, speech, "opening_closing"), cast)
    expected = 8_000 + 400 + speech.duration_ms + 600 + 6_000
    assert (built.state, built.origin, built.made_from) == (SoundState.READY, Origin.BUILT, speech)
    assert built.duration_ms == expected == measure_file(files.path_of(built.sha256)).milliseconds
    told = {one.pk: one.duration_ms for one in (*blocks.values(), speech)}
    assert length(from_json(built.edits), told) == expected
    assert built.loudness_lufs == pytest.approx(-16, abs=1)


def test_a_sentence_heard_before_is_heard_in_the_programme(cast: Cast, blocks: dict[str, Sound]) -> None:
    speech = made(spoken(cast), cast)
    actions.note_heard(actor=cast.lan, sound_id=speech.pk, spans=[], since=cast.now, now=cast.now, scripted=True)
    built = made(build(cast, speech, "opening_closing"), cast)
    assert queries.machine_speaks(built)
    assert queries.listening(built, cast.lan.pk).complete
    moved = [one["start_ms"] - old["start_ms"] for one, old in zip(built.sentences, speech.sentences, strict=True)]
    assert moved == [8_400, 8_400]
    with_music = made(build(cast, built, "bed"), cast)
    assert with_music.made_from == speech
    assert not queries.listening(with_music, cast.lan.pk).complete


def test_the_same_template_again_is_the_programme_that_is_there(cast: Cast, blocks: dict[str, Sound]) -> None:
    speech = made(spoken(cast), cast)
    built = made(build(cast, speech, "gong"), cast)
    assert build(cast, built, "gong") == built
    assert build(cast, built, "") == speech


def test_a_programme_waits_for_words_that_are_still_being_spoken(cast: Cast, blocks: dict[str, Sound]) -> None:
    speech = spoken(cast)
    built = build(cast, speech, "gong")
    with pytest.raises(Exception, match="still being made"):
        actions.ingest(sound_id=built.pk, now=cast.now)
    made(speech, cast)
    assert made(built, cast).state == SoundState.READY


def test_a_programme_whose_recording_is_refused_is_refused_too(
    cast: Cast, blocks: dict[str, Sound], tmp_path: Path
) -> None:
    file = SimpleUploadedFile("a.wav", b"no sound at all" * 100)
    recording = actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=file, now=cast.now)
    built = build(cast, recording, "gong")
    made(recording, cast)
    built.refresh_from_db()
    assert (built.state, built.refusal) == (SoundState.REFUSED, "not_sound")


def test_the_station_says_its_name_and_says_it_anew_when_it_changes(cast: Cast, blocks: dict[str, Sound]) -> None:
    assert call_words(cast.quy_mong) == "Đây là Đài truyền thanh xã Quy Mông, tỉnh Lào Cai."

    def call() -> Sound:
        return actions.make_station_call(actor=cast.lan, area=cast.quy_mong, voice=voice(), now=cast.now)

    first = call()
    assert call() == first
    assert first.made_from is not None
    made(first.made_from, cast)
    assert made(first, cast).state == SoundState.READY
    assert first.block == Block.STATION_CALL
    Area.objects.filter(pk=cast.quy_mong.pk).update(name="Quy Mông Mới", full_name="Xã Quy Mông Mới")
    cast.quy_mong.refresh_from_db()
    assert call() != first


def test_the_call_before_a_notice_is_made_on_the_way(cast: Cast, blocks: dict[str, Sound]) -> None:
    speech = made(spoken(cast), cast)
    built = build(cast, speech, "station_call")
    call = Sound.objects.get(block=Block.STATION_CALL)
    assert call.made_from is not None
    for part in (call.made_from, call, built):
        made(part, cast)
    assert built.state == SoundState.READY
    assert len(built.sentences) == len(speech.sentences) + len(call.sentences)


def test_a_commune_with_its_own_opening_uses_it(cast: Cast, blocks: dict[str, Sound], tmp_path: Path) -> None:
    path = sounds.wav(tmp_path / "Mở đầu.wav", sounds.sine(2))
    file = SimpleUploadedFile(path.name, path.read_bytes())
    own = made(actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=file, now=cast.now), cast)
    Sound.objects.filter(pk=own.pk).update(block=Block.OPENING)
    assert shelf.offered(cast.quy_mong)["opening"] == own
    assert shelf.offered(cast.tran_yen)["opening"] == blocks["opening"]


def test_nobody_of_another_commune_builds_with_it(cast: Cast, blocks: dict[str, Sound]) -> None:
    speech = made(spoken(cast), cast)
    with pytest.raises(NotFound):
        actions.build(actor=cast.mai, area=cast.tran_yen, sound=speech, key="gong", voice=voice(), now=cast.now)


def test_what_cannot_be_built_is_refused_in_words(cast: Cast, files: store.FileStore) -> None:
    speech = made(spoken(cast), cast)
    for key, code in (("nonsense", "build_template"), ("gong", "build_missing")):
        with pytest.raises(Invalid) as refused:
            build(cast, speech, key)
        assert refused.value.code == code


def test_set_up_asks_for_the_blocks_once(cast: Cast) -> None:
    call_command("blocks", stdout=StringIO())
    again = StringIO()
    call_command("blocks", stdout=again)
    assert "đang chờ" in again.getvalue()
