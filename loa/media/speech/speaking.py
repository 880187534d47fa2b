"""Spoken text -> a WAV file, sentence by sentence, and where each sentence lies in it."""

import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.conf import settings

from loa.media import rules
from loa.media.speech import clips
from loa.media.speech.sentences import Sentence, sentences
from loa.media.voices import registry
from loa.media.voices.base import SAMPLE_BYTES, Pcm, VoiceFailed
from loa.media.voices.registry import Way

logger = structlog.get_logger(__name__)
COMMON_RATE = 48_000  # that of the finished sound: where rates differ, each sentence is resampled once and for all
END_MS = 100

KeepGoing = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Clip:
    """One spoken sentence, levelled; `voice` is the "<voice>/<dialect>" that really spoke, `key` what was heard."""

    sentence: Sentence
    pcm: Pcm
    voice: str
    key: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one sentence lies in the finished sound; the form of `Sound.sentences`."""

    key: str
    text: str
    start_ms: int
    end_ms: int
    voice: str


def default_clips() -> clips.Clips:
    """The clips of this installation."""
    return clips.Clips(Path(settings.MEDIA_ROOT) / clips.FOLDER)


def speak(
    spoken: str,
    choice: str,
    speed: float,
    target: Path,
    keep_going: KeepGoing,
    *,
    pauses: float = 1.0,
    kept: clips.Clips | None = None,
) -> list[Placed] | None:
    """Write `spoken` in the voice `choice` ("<voice>/<dialect>") to the WAV file `target`.

    `keep_going(percent)` is asked after each sentence; None is returned if it said no. Raises rules.Unfit.
    """
    spool = target.with_suffix(".spool")
    try:
        with spool.open("wb") as out:
            rows = _spool(spoken, choice, speed, pauses, out.write, keep_going, kept)
        return None if rows is None else _join(rows, spool, target, pauses)
    finally:
        spool.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Row:
    clip: Clip
    size: int


def _spool(
    spoken: str, choice: str, speed: float, pauses: float, write: Callable[[bytes], object], keep_going: KeepGoing,
    kept: clips.Clips | None,
) -> list[_Row] | None:  # fmt: skip
    """Speak every sentence; the samples go to disk, so that an hour of speech costs no memory."""
    pieces, rows = sentences(spoken), []
    for done, clip in enumerate(spoken_clips(spoken, choice, speed, pauses, kept), 1):
        write(clip.pcm.samples)
        rows.append(_Row(Clip(clip.sentence, Pcm(clip.pcm.rate, b""), clip.voice, clip.key), len(clip.pcm.samples)))
        if not keep_going(done * 100 // len(pieces)):
            return None
    return rows


def _join(rows: list[_Row], spool: Path, target: Path, pauses: float) -> list[Placed]:
    from loa.media.speech import levels  # numpy: only what speaks loads it, not every process that serves pages

    rates = {row.clip.pcm.rate for row in rows}
    rate = rates.pop() if len(rates) == 1 else COMMON_RATE
    placed, at = [], 0
    with spool.open("rb") as samples, wave.open(str(target), "wb") as out:
        out.setparams((1, SAMPLE_BYTES, rate, 0, "NONE", ""))
        for number, row in enumerate(rows):
            pcm = levels.at_rate(Pcm(row.clip.pcm.rate, samples.read(row.size)), rate)
            length = len(pcm.samples) // SAMPLE_BYTES
            placed.append(_placed(row.clip, at * 1000 // rate, -(-(at + length) * 1000 // rate)))
            last = number == len(rows) - 1
            rest = silence(rate, END_MS if last else row.clip.sentence.pause_ms * pauses)
            out.writeframes(pcm.samples + rest)
            at += length + len(rest) // SAMPLE_BYTES
    return placed


def _placed(clip: Clip, start_ms: int, end_ms: int) -> Placed:
    return Placed(clip.key, clip.sentence.text, start_ms, end_ms, clip.voice)


def spoken_clips(
    spoken: str, choice: str, speed: float, pauses: float = 1.0, kept: clips.Clips | None = None
) -> Iterator[Clip]:
    """The sentences of `spoken`, one after the other as they are spoken. Raises rules.Unfit, some of it later on."""
    rules.check_speech(spoken, speed, pauses)
    ways, kept = registry.ways(choice), kept or default_clips()
    for sentence in sentences(spoken):
        yield _clip(sentence, ways, speed, kept)


def _clip(sentence: Sentence, ways: list[Way], speed: float, kept: clips.Clips) -> Clip:
    """The sentence by the first voice that can. Raises rules.Unfit `voice_failed`."""
    from loa.media.speech import levels

    for way in ways:
        name = clips.name_of(way.voice, way.dialect, speed, sentence.text)
        try:
            raw = kept.get(name, time.time()) or _said(sentence, way, speed, name, kept)
        except VoiceFailed as error:
            logger.warning("voice.failed", voice=way.choice, reason=str(error))
            continue
        return Clip(sentence, levels.even(raw), way.choice, clips.key_of(name, raw))
    raise rules.Unfit("voice_failed")


def _said(sentence: Sentence, way: Way, speed: float, name: str, kept: clips.Clips) -> Pcm:
    pcm = way.voice.synthesise(clips.plain(sentence.text), dialect=way.dialect, speed=speed)
    if len(pcm.samples) < SAMPLE_BYTES or not any(pcm.samples):
        raise VoiceFailed("nothing that could be heard")
    kept.put(name, pcm)
    return pcm


def silence(rate: int, milliseconds: float) -> bytes:
    """Samples of nothing."""
    return b"\0" * (SAMPLE_BYTES * round(rate * milliseconds / 1000))
