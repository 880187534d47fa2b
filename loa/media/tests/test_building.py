"""Lan puts an opening before a notice, has music beneath it, and what must be heard of it stays known."""

from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from loa.areas.models import Area
from loa.kernel.errors import Denied, Invalid, NotFound
from loa.media import actions, queries, store
from loa.media.access import sound_for
from loa.media.actions.national import block_id, lay_out_blocks
from loa.media.blocks import generators, shelf
from loa.media.blocks.recipe import from_json, length
from loa.media.editing.edits import Edits, Join, Trim
from loa.media.models import Block, Origin, OwnTemplate, Sound, SoundState
from loa.media.pipeline.meter import measure_file
from loa.media.rules import Unfit
from loa.media.tests import sounds
from loa.media.voices import registry
from loa.people.models import Role, RoleGrant, User
from tests.cast import Cast, give

pytestmark = pytest.mark.django_db
SHORT = ("gong_two", "opening_strings", "closing_strings", "bed_bright")
QUICK = {key: replace(generators.NATIONAL[key], make=cache(generators.NATIONAL[key].make)) for key in SHORT}
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
    monkeypatch.setattr(generators, "NATIONAL", QUICK)
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
    assert shelf.call_words(cast.quy_mong) == "Đây là Đài truyền thanh xã Quy Mông, tỉnh Lào Cai."

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


def test_what_is_said_between_two_readings_is_hers_and_only_here(cast: Cast, blocks: dict[str, Sound]) -> None:
    link = made(actions.make_link(actor=cast.lan, area=cast.quy_mong, voice=voice(), now=cast.now), cast)
    assert (link.block, "nhắc lại" in link.spoken.lower()) == (Block.AGAIN, True)
    assert shelf.link_for(cast.tran_yen) != link
    again = actions.make_link(actor=cast.lan, area=cast.quy_mong, voice=voice(), now=cast.now)
    assert shelf.link_for(cast.quy_mong) == link
    ready = made(again, cast)
    assert shelf.link_for(cast.quy_mong) == ready


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
    actions.mark_block(actor=cast.lan, sound_id=own.pk, block=Block.OPENING, now=cast.now)
    assert shelf.offered(cast.quy_mong)["opening"] == own
    assert shelf.offered(cast.thon_5)["opening"] == own
    assert shelf.offered(cast.tran_yen)["opening"] == blocks["opening"]
    actions.choose_block(actor=cast.lan, area=cast.quy_mong, sound_id=blocks["opening"].pk, now=cast.now)
    assert shelf.offered(cast.quy_mong)["opening"] == blocks["opening"]
    actions.mark_block(actor=cast.lan, sound_id=own.pk, block=Block.OPENING, now=cast.now)
    assert shelf.offered(cast.quy_mong)["opening"] == own
    actions.mark_block(actor=cast.lan, sound_id=own.pk, block="", now=cast.now)
    assert shelf.offered(cast.quy_mong)["opening"] == blocks["opening"]


def finished(area: Area, cast: Cast, **fields: Any) -> Sound:
    """A ready recording of which nobody needs the file."""
    row = {"origin": Origin.RECORDED, "sha256": "b" * 64, "size": 9, "duration_ms": 9_900, "title": "Tôi nói"} | fields
    return Sound.objects.create(area=area, made_by=cast.lan, made_at=cast.now, state=SoundState.READY, **row)


def test_what_no_commune_may_do_with_blocks(cast: Cast, blocks: dict[str, Sound]) -> None:
    with pytest.raises(NotFound):  # the nation's own stays what it is
        actions.mark_block(actor=cast.lan, sound_id=blocks["gong"].pk, block="", now=cast.now)
    with pytest.raises(NotFound):
        actions.choose_block(actor=cast.mai, area=cast.quy_mong, sound_id=blocks["gong"].pk, now=cast.now)
    speech = made(spoken(cast), cast)
    for block, code in (("siren", "block_kind"), ("prompt", "block_kind"), ("nonsense", "block_kind")):
        with pytest.raises(Invalid) as refused:
            actions.mark_block(actor=cast.lan, sound_id=speech.pk, block=block, now=cast.now)
        assert refused.value.code == code
    long = finished(cast.quy_mong, cast, duration_ms=130_000)
    with pytest.raises(Invalid, match="Hãy cắt ngắn"):
        actions.mark_block(actor=cast.lan, sound_id=long.pk, block="jingle", now=cast.now)


def test_a_siren_is_there_for_alerts_and_comes_into_no_other_sound(cast: Cast, blocks: dict[str, Sound]) -> None:
    fire = finished(
        cast.vietnam, cast, origin=Origin.BUILT, block=Block.SIREN, shared=True, edits={"generator": "siren_fire"}
    )  # fmt: skip
    assert shelf.sirens() == {"fire": fire}
    assert Block.SIREN not in shelf.offered(cast.vietnam)
    give(cast.bao, Role.CENTRAL_EDITOR, cast.vietnam)
    speech = made(spoken(cast), cast)
    joined = Edits((Join(0, fire.pk, fire.duration_ms),))
    for base, edits in ((speech, joined), (fire, Edits((Trim(0, 5_000),)))):
        with pytest.raises(Invalid) as refused:
            actions.edit(actor=cast.bao, area=cast.vietnam, sound=base, edits=edits, now=cast.now)
        assert refused.value.code == "siren"
    with pytest.raises(Invalid) as refused:
        actions.build(actor=cast.bao, area=cast.vietnam, sound=fire, key="gong", voice=voice(), now=cast.now)
    assert refused.value.code == "siren"
    with pytest.raises(Invalid):
        actions.mark_block(actor=cast.bao, sound_id=fire.pk, block=Block.OPENING, now=cast.now)


def test_a_gong_of_the_nation_is_cut_into_a_recording_by_those_below(cast: Cast, blocks: dict[str, Sound]) -> None:
    gong, speech = blocks["gong"], made(spoken(cast), cast)
    siren = finished(cast.vietnam, cast, origin=Origin.BUILT, block=Block.SIREN)
    offered = list(queries.joinable(cast.quy_mong, speech.pk))
    assert gong in offered
    assert siren not in offered
    edits = Edits((Join(0, gong.pk, gong.duration_ms),))
    cut = made(actions.edit(actor=cast.lan, area=cast.quy_mong, sound=speech, edits=edits, now=cast.now), cast)
    assert cut.duration_ms == gong.duration_ms + speech.duration_ms


def test_a_block_is_heard_below_its_unit_and_nowhere_else(cast: Cast) -> None:
    own = finished(cast.quy_mong, cast, block=Block.OPENING)
    assert sound_for(cast.xuan, own.pk, cast.now) == own
    with pytest.raises(NotFound):
        sound_for(cast.mai, own.pk, cast.now)
    with pytest.raises(NotFound):
        sound_for(cast.xuan, finished(cast.quy_mong, cast).pk, cast.now)
    with pytest.raises((NotFound, Denied)):
        sound_for(cast.xuan, own.pk, cast.now, "media.write")
    RoleGrant.objects.filter(user=cast.xuan).update(ends=cast.now)
    with pytest.raises(NotFound):
        sound_for(cast.xuan, own.pk, cast.now)


def test_a_template_of_ones_own_is_built_after_and_outlives_its_closing(cast: Cast, blocks: dict[str, Sound]) -> None:
    def save(user: User, area: Area) -> OwnTemplate:
        return actions.save_template(
            actor=user, area=area, name="Bản tin sáng", parts=["gong", 500, "speech", "closing"], bed=False,
            now=cast.now,
        )  # fmt: skip

    row = save(cast.lan, cast.quy_mong)
    save(cast.mai, cast.tran_yen)
    with pytest.raises(Invalid, match="tên khác"):
        save(cast.lan, cast.quy_mong)
    key = shelf.template_key(row)
    assert next(iter(shelf.templates_for(cast.thon_5))) == key
    speech = made(spoken(cast), cast)
    built = build(cast, speech, key)
    assert made(built, cast).duration_ms == 2_500 + 500 + speech.duration_ms + 6_000
    for stranger, code in ((cast.tran_yen, "build_template"), (cast.lao_cai, "build_template")):
        with pytest.raises(Unfit, match=code):
            shelf.template_for(stranger, key)
    with pytest.raises(NotFound):
        actions.close_template(actor=cast.mai, template_id=row.pk, now=cast.now)
    actions.close_template(actor=cast.lan, template_id=row.pk, now=cast.now)
    assert key not in shelf.templates_for(cast.quy_mong)
    assert [one.name for one in shelf.choices(built) if one.chosen] == ["Bản tin sáng"]
    assert build(cast, built, key) == built
    with pytest.raises(NotFound):
        actions.close_template(actor=cast.lan, template_id=row.pk, now=cast.now)


def test_a_person_who_calls_the_station_does_so_whatever_voice_reads(cast: Cast, blocks: dict[str, Sound]) -> None:
    own = finished(cast.quy_mong, cast)
    actions.mark_block(actor=cast.lan, sound_id=own.pk, block=Block.STATION_CALL, now=cast.now)
    built = build(cast, made(spoken(cast), cast), "station_call")
    assert own.pk in from_json(built.edits).sounds
    assert not Sound.objects.filter(title__startswith="Tên đài").exists()


def test_calling_a_programme_off_leaves_nothing_that_was_spoken_for_it(
    cast: Cast, blocks: dict[str, Sound], files: store.FileStore
) -> None:
    kept = made(spoken(cast, "Bản tin cũ."), cast)
    there = set(Sound.objects.values_list("pk", flat=True))
    speech = spoken(cast)
    built = build(cast, speech, "station_call")
    assert Sound.objects.filter(block=Block.STATION_CALL).exists()
    actions.cancel(actor=cast.lan, sound=built, now=cast.now)
    assert set(Sound.objects.values_list("pk", flat=True)) == there
    assert kept.pk in there


def test_calling_off_spares_what_others_need_and_what_people_have_said(
    cast: Cast, blocks: dict[str, Sound], tmp_path: Path
) -> None:
    path = sounds.wav(tmp_path / "Tôi nói.wav", sounds.sine(2))
    file = SimpleUploadedFile(path.name, path.read_bytes())
    own = actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=file, now=cast.now)
    actions.cancel(actor=cast.lan, sound=build(cast, own, "gong"), now=cast.now)
    assert Sound.objects.filter(pk=own.pk).exists()
    speech = spoken(cast)
    one, other = build(cast, speech, "gong"), build(cast, speech, "opening_closing")
    with pytest.raises(Invalid) as refused:  # both programmes wait for these words
        actions.cancel(actor=cast.lan, sound=speech, now=cast.now)
    assert refused.value.code == "sound_in_use"
    actions.cancel(actor=cast.lan, sound=one, now=cast.now)
    made(speech, cast)
    assert made(other, cast).state == SoundState.READY


def test_words_that_were_ready_first_go_too(cast: Cast, blocks: dict[str, Sound]) -> None:
    speech = spoken(cast)
    built = build(cast, speech, "gong")
    made(speech, cast)
    actions.cancel(actor=cast.lan, sound=built, now=cast.now)
    assert not Sound.objects.filter(pk=speech.pk).exists()


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


def test_a_spliced_sentence_is_as_long_as_was_told_without_the_silence_around_what_was_recorded(
    cast: Cast, files: store.FileStore, tmp_path: Path
) -> None:
    quiet = np.zeros(generators.RATE * 6 // 10, np.float32)
    path = sounds.wav(tmp_path / "mời.wav", np.concatenate((quiet, sounds.sine(1.0), quiet)))
    file = SimpleUploadedFile(path.name, path.read_bytes())
    own = made(actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=file, now=cast.now), cast)
    actions.record_piece(actor=cast.lan, sound_id=own.pk, words="Mời bà con", now=cast.now)
    parts = ("Mời bà con ", "thôn 5", ".")

    def splice() -> Sound:
        spliced = actions.splice(
            actor=cast.lan, area=cast.quy_mong, parts=parts, title="Mời", voice=voice(), now=cast.now
        )  # fmt: skip
        machine = spliced.made_from
        assert machine is not None
        made(machine, cast)
        return made(spliced, cast)

    spliced = splice()
    told = dict(Sound.objects.values_list("pk", "duration_ms"))
    assert spliced.duration_ms == length(from_json(spliced.edits), told)
    assert spliced.made_from_id is not None
    assert spliced.duration_ms - told[spliced.made_from_id] - 60 == pytest.approx(1_060, abs=30)
    [sentence] = spliced.sentences
    assert sentence["start_ms"] == pytest.approx(1_120, abs=30)
    actions.note_heard(actor=cast.lan, sound_id=spliced.pk, spans=[], since=cast.now, now=cast.now, scripted=True)
    assert queries.listening(splice(), cast.lan.pk).complete
    assert shelf.speech_of(spliced) == spliced
