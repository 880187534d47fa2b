"""Lan mends a recording: a new sound is made, the old one stays, and nobody of another commune reaches either."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from loa.kernel import clock
from loa.kernel.clock import local
from loa.kernel.errors import Denied, Invalid, NotFound
from loa.media import actions, store
from loa.media.actions.editing import carried
from loa.media.editing.edits import Cut, Edits, Gain, Join, Silence, Trim, to_json
from loa.media.editing.timeline import lay
from loa.media.models import Origin, Sound, SoundState
from loa.media.pipeline.meter import measure_file
from loa.media.tests import sounds
from tests.cast import Cast


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> store.FileStore:
    settings.MEDIA_ROOT = tmp_path / "media"
    return store.default()


@pytest.fixture
def notice(cast: Cast, files: store.FileStore, tmp_path: Path) -> Sound:
    """Three seconds that Lan sent."""
    return sent(cast, sounds.wav(tmp_path / "Thông báo.wav", sounds.sine(3)))


def sent(cast: Cast, path: Path) -> Sound:
    file = SimpleUploadedFile(path.name, path.read_bytes())
    sound = actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=file, now=cast.now)
    return ready(sound, cast)


def sent_by_mai(cast: Cast, folder: Path) -> Sound:
    file = SimpleUploadedFile("c.wav", sounds.wav(folder / "c.wav", sounds.sine(2)).read_bytes())
    return ready(actions.receive_upload(actor=cast.mai, area=cast.tran_yen, file=file, now=cast.now), cast)


def ready(sound: Sound, cast: Cast) -> Sound:
    actions.ingest(sound_id=sound.pk, now=cast.now)
    sound.refresh_from_db()
    return sound


def edit(cast: Cast, sound: Sound, edits: Edits, **more: Any) -> Sound:
    return actions.edit(actor=cast.lan, area=cast.quy_mong, sound=sound, edits=edits, now=cast.now, **more)


def test_an_edit_is_a_new_sound_and_the_old_one_stays(cast: Cast, notice: Sound, files: store.FileStore) -> None:
    before = Sound.objects.filter(pk=notice.pk).values().get()
    made = ready(edit(cast, notice, Edits((Cut(1_000, 2_000),))), cast)
    assert (made.state, made.origin, made.made_from) == (SoundState.READY, Origin.EDITED, notice)
    assert (made.duration_ms, made.title) == (2_000, "Thông báo")
    assert measure_file(files.path_of(made.sha256)).milliseconds == 2_000
    assert made.original == ""
    after = Sound.objects.filter(pk=notice.pk).values().get()
    assert before == after


def test_the_second_edit_starts_from_the_first_recording_again(cast: Cast, notice: Sound) -> None:
    once = ready(edit(cast, notice, Edits((Cut(1_000, 2_000),))), cast)
    twice = ready(edit(cast, once, Edits((Cut(1_000, 2_000), Silence(0, 500)))), cast)
    assert (twice.made_from, twice.duration_ms) == (notice, 2_500)
    assert edit(cast, twice, Edits()) == notice


def test_an_edit_reads_the_original_and_not_what_was_encoded(
    cast: Cast, notice: Sound, files: store.FileStore, tmp_path: Path
) -> None:
    """The original is put aside for another: that is what the edit sounds like."""
    files.path_of(notice.original).write_bytes(
        sounds.wav(tmp_path / "b.wav", np.concatenate([sounds.sine(3), sounds.sine(1)])).read_bytes()
    )
    made = ready(edit(cast, notice, Edits((Trim(0, 3_000),))), cast)
    assert made.state == SoundState.READY
    files.path_of(notice.original).write_text("no sound any more")
    made = ready(edit(cast, notice, Edits((Trim(0, 2_000),))), cast)
    assert (made.state, made.refusal) == (SoundState.REFUSED, "not_sound")


def test_when_the_original_is_gone_the_rendition_serves(cast: Cast, notice: Sound, files: store.FileStore) -> None:
    edited = edit(cast, notice, Edits((Cut(0, 1_000),)))
    files.delete(notice.original)
    assert ready(edited, cast).duration_ms == 2_000
    files.delete(notice.sha256)
    with pytest.raises(Invalid) as refused:
        edit(cast, notice, Edits((Cut(0, 1_000),)))
    assert refused.value.code == "edit_source"


def test_editing_keeps_the_original_for_longer(cast: Cast, notice: Sound) -> None:
    later = cast.now + timedelta(days=50)
    edits = Edits((Cut(0, 1_000),))
    actions.edit(actor=cast.lan, area=cast.quy_mong, sound=notice, edits=edits, now=later)
    notice.refresh_from_db()
    assert notice.original_until == local(later).date() + timedelta(days=90)


def test_another_sound_of_the_commune_is_joined(cast: Cast, notice: Sound, tmp_path: Path) -> None:
    jingle = sent(cast, sounds.wav(tmp_path / "Nhạc hiệu.wav", sounds.sine(2, pitch=800)))
    made = ready(edit(cast, notice, Edits((Join(0, jingle.pk, 2_000),))), cast)
    assert made.duration_ms == 5_000
    with pytest.raises(Invalid) as refused:
        edit(cast, notice, Edits((Join(0, jingle.pk, 1_999),)))
    assert refused.value.code == "edit_joined"


def test_what_belongs_to_others_is_neither_edited_nor_joined(cast: Cast, notice: Sound, tmp_path: Path) -> None:
    mais = sent_by_mai(cast, tmp_path)
    edits = Edits((Cut(0, 1_000),))
    for actor, area, error in (
        (cast.mai, cast.quy_mong, NotFound), (cast.mai, cast.tran_yen, NotFound), (cast.thanh, cast.quy_mong, Denied),
    ):  # fmt: skip
        with pytest.raises(error):
            actions.edit(actor=actor, area=area, sound=notice, edits=edits, now=cast.now)
    with pytest.raises(NotFound):
        edit(cast, notice, Edits((Join(0, mais.pk, 2_000),)))
    assert not Sound.objects.filter(origin=Origin.EDITED).exists()


def test_a_second_press_makes_no_second_sound(cast: Cast, notice: Sound, tmp_path: Path) -> None:
    name, edits = uuid.uuid4(), Edits((Cut(0, 1_000),))
    assert edit(cast, notice, edits, sound_id=name) == edit(cast, notice, edits, sound_id=name)
    mais = sent_by_mai(cast, tmp_path)
    with pytest.raises(NotFound):
        actions.edit(actor=cast.mai, area=cast.tran_yen, sound=mais, edits=edits, sound_id=name, now=cast.now)


@pytest.mark.parametrize(("op", "code"), [(Cut(0, 2_900), "edit_nothing_left"), (Cut(0, 3_500), "edit_outside")])
def test_what_cannot_be_done_is_refused_before_anything_is_made(cast: Cast, notice: Sound, op: Cut, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        edit(cast, notice, Edits((op,)))
    assert refused.value.code == code
    assert Sound.objects.count() == 1


def test_an_edit_can_be_cancelled_while_it_waits(cast: Cast, notice: Sound) -> None:
    waiting = edit(cast, notice, Edits((Cut(0, 1_000),)))
    actions.cancel(actor=cast.lan, sound=waiting, now=cast.now)
    assert Sound.objects.get() == notice


def test_sentences_keep_their_places_and_the_touched_ones_ask_to_be_heard_again() -> None:
    spoken = [
        {"key": key * 64, "text": text, "start_ms": start, "end_ms": end}
        for key, text, start, end in (("a", "Một.", 0, 900), ("b", "Hai.", 1_000, 1_900), ("c", "Ba.", 2_000, 2_900))
    ]
    one, two = carried([spoken], lay(Edits((Cut(950, 1_950),)), 3_000))
    assert (one["key"], one["start_ms"], one["end_ms"]) == ("a" * 64, 0, 900)
    assert (two["key"], two["start_ms"], two["end_ms"]) == ("c" * 64, 1_000, 1_900)
    louder = carried([spoken], lay(Edits((Gain(1_100, 1_500, 6),)), 3_000))
    assert len({sentence["key"] for sentence in louder}) == 3
    assert louder[1]["key"] != "b" * 64
    assert louder == carried([spoken], lay(Edits((Gain(1_100, 1_500, 6),)), 3_000))
    assert louder[1]["key"] != carried([spoken], lay(Edits((Gain(1_100, 1_500, 3),)), 3_000))[1]["key"]


def test_a_machine_voice_stays_one_whatever_is_done_to_it(cast: Cast, notice: Sound, tmp_path: Path) -> None:
    """Cut, or joined to a recording: its sentences are known, and somebody has to hear them."""
    Sound.objects.filter(pk=notice.pk).update(
        voice="espeak/vi", sentences=[{"key": "a" * 64, "text": "Một.", "start_ms": 1_500, "end_ms": 2_500}]
    )
    notice.refresh_from_db()
    cut = edit(cast, notice, Edits((Cut(0, 1_000),)))
    assert cut.is_machine_voice
    assert [(one["key"], one["start_ms"]) for one in cut.sentences] == [("a" * 64, 500)]
    recording = sent(cast, sounds.wav(tmp_path / "b.wav", sounds.sine(2, pitch=500)))
    both = edit(cast, recording, Edits((Join(0, notice.pk, 3_000),)))
    assert both.is_machine_voice
    assert [(one["key"], one["start_ms"]) for one in both.sentences] == [("a" * 64, 1_500)]
    assert not recording.is_machine_voice


FOUND = {
    "findings": [
        {"code": "lead", "places": [(0, 4_000)]}, {"code": "trail", "places": [(50_000, 60_000)]},
        {"code": "pause", "places": [[20_000, 26_000], (30_000, 31_000)]}, {"code": "hum", "places": []},
    ]
}  # fmt: skip


def test_one_press_trims_silence_and_clears_the_voice() -> None:
    sound = Sound(quality=FOUND, duration_ms=60_000)
    edits = actions.repair(sound=sound, names=["trim"])
    assert to_json(edits)["ops"] == [
        {"do": "cut", "from": 50_600, "to": 60_000},
        {"do": "cut", "from": 20_600, "to": 25_400},
        {"do": "cut", "from": 0, "to": 3_700},
    ]
    assert actions.repair(sound=sound, names=["clarify"]) == Edits(clarity=True)
    assert actions.repair(sound=sound, names=["trim", "clarify"]) == Edits(edits.ops, clarity=True)
    assert not actions.repair(sound=sound, names=[])
    assert not actions.repair(sound=Sound(duration_ms=60_000), names=["trim"])


def test_what_was_edited_before_is_mended_behind_its_edits(cast: Cast, notice: Sound) -> None:
    edited = ready(edit(cast, notice, Edits((Silence(0, 2_000),))), cast)
    edited.quality = {"findings": [{"code": "lead", "places": [(0, 2_000)]}]}
    mended = actions.repair(sound=edited, names=["trim", "clarify"])
    assert mended == Edits((Silence(0, 2_000), Cut(0, 1_700)), clarity=True)
    assert ready(edit(cast, edited, mended), cast).duration_ms == 3_300


def test_a_sound_of_nothing_but_silence_is_not_cut_away() -> None:
    silent = {"findings": [{"code": "lead", "places": [(0, 2_000)]}]}
    assert not actions.repair(sound=Sound(quality=silent, duration_ms=1_000), names=["trim"])


def test_an_original_of_today_outlives_the_queue(cast: Cast, notice: Sound) -> None:
    """The worker may come late: what an edit needs is kept from the moment it was asked for."""
    Sound.objects.filter(pk=notice.pk).update(original_until=local(cast.now).date())
    waiting = edit(cast, notice, Edits((Cut(0, 1_000),)))
    actions.tidy(now=clock.now())
    Sound.objects.filter(pk=notice.pk).get()
    assert ready(waiting, cast).state == SoundState.READY
