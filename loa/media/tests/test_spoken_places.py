"""What `Sound.sentences` says of the finished file: it is made loud and encoded, and no sentence is moved by that."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from loa.media import actions, store
from loa.media.models import SoundState
from loa.media.voices import registry
from loa.media.voices.espeak import Espeak
from tests.cast import Cast

pytestmark = pytest.mark.django_db
TEXT = """THÔNG BÁO
Kính mời bà con nhân dân thôn năm. Họp lúc bảy giờ ba mươi!

Mang theo:
- Sổ hộ khẩu
- Giấy tờ nhà.
Xin cảm ơn."""


def decoded(path: Path) -> Any:
    with av.open(str(path)) as file:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48_000)
        frames = [made.to_ndarray()[0] for fed in [*file.decode(audio=0), None] for made in resampler.resample(fed)]
    return np.concatenate(frames)


def heard_spans(samples: Any) -> list[tuple[int, int]]:
    """Stretches (ms) of sound between silences of at least 120 ms."""
    levels = np.sqrt(np.mean(np.square(samples[: len(samples) // 48 * 48].reshape(-1, 48)), axis=1))
    loud = np.flatnonzero(levels > levels.max() * 0.004)
    cuts = np.flatnonzero(np.diff(loud) > 120)
    starts, ends = [loud[0], *loud[cuts + 1]], [*loud[cuts], loud[-1]]
    return [(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]


@pytest.mark.parametrize("pauses", [0.5, 1.5])
def test_every_sentence_lies_in_the_file_where_the_row_says(
    cast: Cast, settings: Any, tmp_path: Path, pauses: float
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    sound = actions.synthesise(
        actor=cast.lan, area=cast.quy_mong, text=TEXT, spoken=TEXT, voice="espeak/vi", pauses=pauses, now=cast.now
    )
    actions.ingest(sound_id=sound.pk, now=cast.now)
    sound.refresh_from_db()
    assert (sound.state, sound.pauses, sound.language) == (SoundState.READY, pauses, "vi")
    assert [one["text"] for one in sound.sentences] == [
        "THÔNG BÁO", "Kính mời bà con nhân dân thôn năm.", "Họp lúc bảy giờ ba mươi!", "Mang theo:", "- Sổ hộ khẩu",
        "- Giấy tờ nhà.", "Xin cảm ơn.",
    ]  # fmt: skip
    assert all(set(one) == {"key", "text", "start_ms", "end_ms", "voice"} for one in sound.sentences)
    samples = decoded(store.path_of(sound.sha256))
    assert abs(len(samples) / 48 - sound.duration_ms) <= 1
    assert 0 <= sound.duration_ms - sound.sentences[-1]["end_ms"] < 200
    spans = heard_spans(samples)
    for one in sound.sentences:  # trimmed to 15 ms before the first and 40 ms behind the last thing heard
        inside = [span for span in spans if span[0] < one["end_ms"] and span[1] > one["start_ms"]]
        assert abs(inside[0][0] - one["start_ms"]) <= 25, one
        assert abs(inside[-1][1] - one["end_ms"]) <= 60, one
    for one, behind in zip(sound.sentences, sound.sentences[1:], strict=False):
        rest = samples[(one["end_ms"] + 10) * 48 : (behind["start_ms"] - 10) * 48]
        assert np.abs(rest).max() < 0.01


def test_hearing_the_changed_notice_again_costs_one_sentence(
    cast: Cast, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    said: list[str] = []
    speak = Espeak.synthesise

    def noted(self: Espeak, text: str, **more: Any) -> Any:
        said.append(text)
        return speak(self, text, **more)

    monkeypatch.setattr(Espeak, "synthesise", noted)
    keys = []
    for hour in ("bảy", "tám"):
        text = f"Kính mời bà con. Họp lúc {hour} giờ. Xin cảm ơn."
        sound = actions.synthesise(
            actor=cast.lan, area=cast.quy_mong, text=text, voice=registry.FALLBACK.id + "/vi", now=cast.now
        )
        actions.ingest(sound_id=sound.pk, now=cast.now)
        sound.refresh_from_db()
        keys.append([one["key"] for one in sound.sentences])
    assert said == ["Kính mời bà con.", "Họp lúc bảy giờ.", "Xin cảm ơn.", "Họp lúc tám giờ."]
    assert [a == b for a, b in zip(*keys, strict=True)] == [True, False, True]
