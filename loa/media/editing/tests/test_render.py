"""Lan's edits become a file: what she cut is gone, what she kept is where she heard it, and nothing clicks."""

import itertools
from pathlib import Path
from uuid import uuid4

import av
import numpy as np
import pytest
from hypothesis import given, settings

from loa.media import rules
from loa.media.editing.edits import Cut, Edits, FadeIn, FadeOut, Gain, Join, Silence, Trim, to_json
from loa.media.editing.render import Source, mixed, render
from loa.media.editing.run import render_in_child
from loa.media.editing.tests.lists import lists
from loa.media.editing.timeline import SILENT, lay
from loa.media.pipeline import run
from loa.media.pipeline.result import Normalised
from loa.media.tests import sounds
from loa.media.tests.sounds import Samples

RATE = 48_000


def three_tones(path: Path) -> Path:
    """Two seconds each of 400, 1000 and 1600 Hz."""
    return sounds.wav(path, np.concatenate([sounds.sine(2, pitch=pitch) for pitch in (400, 1000, 1600)]))


def made(files: list[Path], edits: Edits, length: int, folder: Path) -> Normalised:
    folder.mkdir(exist_ok=True)
    return render(files, edits, length, folder, lambda share: None, "speech_horn")


def heard(folder: Path) -> Samples:
    """What a loudspeaker decodes."""
    with av.open(str(folder / "rendition.ogg")) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        samples: Samples = np.concatenate([frame.to_ndarray()[0] for frame in [*frames, *resampler.resample(None)]])
    return samples


def strength(samples: Samples, pitch: int) -> float:
    """How much of a tone there is, 0 to 1 of all."""
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    at = round(pitch * len(samples) / RATE)
    return float(spectrum[at - 20 : at + 21].sum() / spectrum.sum())


def test_what_was_cut_out_is_gone_and_the_rest_meets(tmp_path: Path) -> None:
    done = made([three_tones(tmp_path / "a.wav")], Edits((Cut(2_000, 4_000),)), 6_000, tmp_path / "work")
    samples = heard(tmp_path / "work")
    assert (done.duration_ms, len(samples)) == (4_000, 4 * RATE)
    assert strength(samples, 1000) < 0.001
    assert strength(samples[: 2 * RATE], 400) > 0.95
    assert strength(samples[2 * RATE :], 1600) > 0.95
    assert abs(done.loudness_lufs + 16) < 0.5


def test_the_same_edits_give_the_same_bytes(tmp_path: Path) -> None:
    file, edits = three_tones(tmp_path / "a.wav"), Edits((Trim(500, 5_000), Silence(1_000, 700)), clarity=True)
    for name in ("one", "two"):
        made([file], edits, 6_000, tmp_path / name)
    one, two = ((tmp_path / name / "rendition.ogg").read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_jingle_is_joined_at_the_loudness_of_the_voice(tmp_path: Path) -> None:
    quiet = sounds.wav(tmp_path / "quiet.wav", sounds.sine(3, level=0.01))
    jingle = sounds.wav(tmp_path / "jingle.wav", sounds.sine(2, level=0.8, pitch=1000))
    made([quiet, jingle], Edits((Join(0, uuid4(), 2_000), Silence(2_000, 500))), 3_000, tmp_path / "work")
    samples = heard(tmp_path / "work")
    assert len(samples) == int(5.5 * RATE)
    first, last = (float(np.sqrt(np.mean(part**2))) for part in (samples[RATE : RATE + 9600], samples[-RATE:-9600]))
    assert abs(20 * np.log10(first / last)) < 3
    assert np.abs(samples[int(2.05 * RATE) : int(2.45 * RATE)]).max() < 0.01


def test_one_sound_may_be_put_in_twice_and_is_read_once(tmp_path: Path) -> None:
    file = sounds.wav(tmp_path / "a.wav", sounds.sine(1))
    edits = Edits((Join(0, uuid4(), 1_000), Join(2_000, uuid4(), 1_000)), clarity=True)
    assert made([file] * 3, edits, 1_000, tmp_path / "work").duration_ms == 3_000
    assert len(list((tmp_path / "work").glob("source-*"))) == 1


def laid(samples: Samples, edits: Edits, folder: Path) -> Samples:
    """The timeline before it is made loud."""
    spool = folder / "tone.f32"
    samples.tofile(spool)
    line = lay(edits, len(samples) // 48)
    return np.concatenate(list(mixed(line, [Source(spool, 1.0)] * (1 + len(line.joined)))))


def steepest(samples: Samples) -> float:
    return float(np.abs(np.diff(samples)).max())


def test_louder_quieter_and_fades_are_what_they_say(tmp_path: Path) -> None:
    tone = sounds.sine(4, level=0.2)
    edits = Edits((Gain(1_000, 2_000, 6.0), FadeIn(0, 500), FadeOut(3_000, 4_000)))
    out = laid(tone, edits, tmp_path)
    peak = [float(np.abs(out[int(at * RATE) : int((at + 0.02) * RATE)]).max()) for at in (0, 0.25, 0.7, 1.5, 2.5, 3.5)]
    assert peak[0] < 0.005
    assert peak[1:] == pytest.approx([0.05, 0.2, 0.4, 0.2, 0.05], rel=0.2)
    assert np.abs(out[-48:]).max() < 0.001


TONE = sounds.sine(20, level=0.5, pitch=300)


@settings(max_examples=40, deadline=None)
@given(lists(20_000))
def test_nothing_clicks_and_lengths_are_exact(tmp_path_factory: pytest.TempPathFactory, edits: Edits) -> None:
    """A tone at 300 Hz has a known steepest slope; a seam may add that of its ramp, no more."""
    line = lay(edits, 20_000)
    out = laid(TONE, edits, tmp_path_factory.getbasetemp())
    assert len(out) == line.length * 48
    shortest = min((piece.length for piece in line.pieces if piece.source != SILENT), default=1)
    ramp = 0.5 * 2 / (min(8, max(shortest / 2, 0.5)) * 48)
    assert steepest(out) <= 2 * (steepest(TONE) * 2 + 3 * ramp)


def test_time_after_a_cut_is_the_time_that_the_map_names(tmp_path: Path) -> None:
    """A click at a known place of the source is found where the timeline says."""
    samples = np.zeros(10 * RATE, np.float32)
    samples[7 * RATE] = 1.0
    edits = Edits((Cut(1_000, 3_500), Silence(0, 400), Trim(100, 7_000)))
    where = lay(edits, 10_000).new(7_000)
    assert where is not None
    assert int(np.argmax(laid(samples, edits, tmp_path))) == where * 48


def test_the_limited_process_tells_its_progress_and_its_result(tmp_path: Path) -> None:
    file, shown = three_tones(tmp_path / "a.wav"), []

    def going(share: int) -> bool:
        shown.append(share)
        return True

    done = render_in_child([file], to_json(Edits((Cut(0, 1_000),))), 6_000, "speech_horn", tmp_path, going)
    assert done.duration_ms == 5_000
    assert (tmp_path / "rendition.ogg").stat().st_size > 0
    assert shown == sorted(shown)


def test_it_stops_when_nobody_wants_it_any_more(tmp_path: Path) -> None:
    long = sounds.wav(tmp_path / "long.wav", np.tile(sounds.sine(10), 12))
    answers = itertools.chain([True], itertools.repeat(False))
    with pytest.raises(run.Cancelled):
        render_in_child([long], to_json(Edits(clarity=True)), 120_000, "speech_horn", tmp_path, lambda _: next(answers))
    assert not (tmp_path / "result.f32").exists()


def test_a_file_that_is_no_sound_any_more_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("Kính gửi bà con. " * 500)
    with pytest.raises(rules.Unfit, match="not_sound"):
        render_in_child([tmp_path / "a.wav"], to_json(Edits()), 6_000, "speech_horn", tmp_path, lambda _: True)
