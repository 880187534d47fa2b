"""Gongs, jingles, motifs, music beds and drill signals made by code: no recording, no rights, the same everywhere.

All are mono float32 at 48 kHz with an exact number of samples, between -0.5 and 0.5; they begin and end in nothing, but
for the beds, whose end leads into their beginning. Horns carry 400 to 3,500 Hz: no note lies below A4. Tunes move on
five tones (điệu Bắc: sol la đô rê mi).
"""

import io
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

Samples = np.ndarray[Any, np.dtype[np.float32]]
Wave = np.ndarray[Any, np.dtype[np.float64]]
RATE = 48_000
PEAK = 0.5
TONE = "tone"
EDGE_S = 0.02
SIREN_S = 10.0
FALL_S = 0.6  # what still rings at the end of a block falls away softly
BAR = ((1.0, 1.0, 1.0), (2.0, 0.35, 0.6), (2.76, 0.2, 0.4))  # ratio, level, decay of a struck metal bar
DISC = (
    (1.0, 1.0, 1.0), (1.004, 0.5, 1.0), (1.48, 0.55, 0.8), (1.72, 0.3, 0.6), (2.03, 0.45, 0.55), (2.67, 0.25, 0.4),
    (3.31, 0.15, 0.3),
)  # a bossed gong: not harmonic, two partials so close that they beat  # fmt: skip

Note = tuple[float, float, float]  # MIDI pitch (69 = A4), begins (s), loudness


@dataclass(frozen=True, slots=True)
class Maker:
    """One national building block: `block` is one of `models.Block`, `make` gives exactly `seconds`.

    `profile` is what it is measured by (`quality/profiles.yaml`).
    """

    title: str
    block: str
    seconds: float
    make: Callable[[float], Samples]
    profile: str = "music"


@dataclass(frozen=True, slots=True)
class Siren:
    """A signal of drills and alerts: `steps` are (from Hz, to Hz, seconds), 0 Hz is a rest; they repeat."""

    title: str
    steps: tuple[tuple[float, float, float], ...]


# None goes slowly up and down between 200 and 600 Hz: that is the air-raid siren, which is not ours to sound.
SIRENS: Mapping[str, Siren] = {
    "fire": Siren("Cháy: hai giọng đổi nhau", ((960, 960, 0.5), (720, 720, 0.5))),
    "flood": Siren("Lũ: ba hồi ngắn", ((880, 880, 0.4), (0, 0, 0.2)) * 3 + ((0, 0, 1.0),)),
    "storm": Siren("Bão: hồi dài", ((1_050, 1_050, 1.5), (0, 0, 0.5))),
    "leave": Siren("Sơ tán: vút lên nhanh", ((800, 1_600, 0.45), (0, 0, 0.1))),
    "drill": Siren("Diễn tập: tiếng ngắn thưa", ((1_175, 1_175, 0.15), (0, 0, 0.85))),
}


def hertz(midi: float) -> float:
    """440 for 69."""
    return float(440.0 * 2.0 ** ((midi - 69) / 12))


def plucked(midi: float, seconds: float, *, seed: int, bend: float = 0.0) -> Wave:
    """A plucked string (Karplus and Strong); `bend` semitones that it comes from, as the rod of a đàn bầu does."""
    period = max(2, round(RATE / hertz(midi)))
    turns = int(seconds * RATE / period * 1.3) + 4
    ring = np.random.default_rng(seed).uniform(-1, 1, period)
    ring = (ring + np.roll(ring, 1) + np.roll(ring, 2)) / 3  # a finger, not a plectrum of steel
    ring -= ring.mean()
    rows = np.empty((turns, period))
    keep = 0.5 ** (1 / (hertz(midi) * 0.9))
    for row in rows:
        row[:] = ring
        ring = keep * (0.62 * ring + 0.38 * np.roll(ring, -1))
    at = np.arange(round(seconds * RATE)) / RATE
    speed = hertz(midi) * (period - 0.38) / RATE * 2.0 ** (-bend * np.exp(-at / 0.09) / 12)
    return _soft(np.interp(np.cumsum(speed), np.arange(rows.size), rows.ravel()), 0.003)


def struck(midi: float, seconds: float, partials: tuple[tuple[float, float, float], ...], decay: float) -> Wave:
    """Metal that was struck: `partials` are ratio, level and share of `decay` (time constant, s)."""
    at = np.arange(round(seconds * RATE)) / RATE
    body = sum(
        (level * np.sin(2 * np.pi * hertz(midi) * ratio * at) * np.exp(-at / (decay * share)))
        for ratio, level, share in partials
    )
    return _soft(np.asarray(body), 0.006)


def chime(notes: tuple[Note, ...], decay: float = 0.9) -> Callable[[float], Samples]:
    """Bars struck one after another."""
    return lambda seconds: _finished(_laid(notes, seconds, lambda midi, rest, _: struck(midi, rest, BAR, decay)))


def gong(notes: tuple[Note, ...], decay: float = 1.6) -> Callable[[float], Samples]:
    """Bossed gongs, as of the highlands."""
    return lambda seconds: _finished(_laid(notes, seconds, lambda midi, rest, _: struck(midi, rest, DISC, decay)))


def strings(notes: tuple[Note, ...], bend: float = 0.0, last: Note | None = None) -> Callable[[float], Samples]:
    """Plucked strings, `last` a small gong behind them."""

    def made(seconds: float) -> Samples:
        tune = _laid(notes, seconds, lambda midi, rest, n: plucked(midi, min(rest, 2.6), seed=n, bend=bend))
        if last is not None:
            tune += 0.5 * _laid((last,), seconds, lambda midi, rest, _: struck(midi, rest, DISC, 1.1))
        return _finished(tune)

    return made


def bed(pattern: tuple[float, ...], step: float) -> Callable[[float], Samples]:
    """Quiet strings that may follow themselves without end: what rings on at the end rings on at the beginning."""

    def made(seconds: float) -> Samples:
        length = round(seconds * RATE)
        loop = np.zeros(length)
        sounding = {midi: plucked(midi, 2.4, seed=int(midi)) for midi in set(pattern)}
        for number in range(int(seconds / step)):
            note = (0.6 if number % 4 else 1.0) * sounding[pattern[number % len(pattern)]]
            places = (round(number * step * RATE) + np.arange(len(note))) % length
            loop[places] += note
        return _scaled(loop)

    return made


def siren(kind: str, seconds: float) -> Samples:
    """The signal `kind` of SIRENS for so long, soft at every edge."""
    pieces, total = [], 0
    steps = SIRENS[kind].steps
    while total < round(seconds * RATE):
        pieces += [_swept(*step) for step in steps]
        total += sum(len(piece) for piece in pieces[-len(steps) :])
    return _finished(np.concatenate(pieces)[: round(seconds * RATE)])


def _swept(low: float, high: float, seconds: float) -> Wave:
    count = round(seconds * RATE)
    if not low:
        return np.zeros(count)
    phase = 2 * np.pi * np.cumsum(np.linspace(low, high, count)) / RATE
    tone = np.sin(phase) + 0.3 * np.sin(2 * phase)
    return _soft(_soft(tone, 0.015)[::-1], 0.015)[::-1]


def _laid(notes: tuple[Note, ...], seconds: float, voice: Callable[[float, float, int], Wave]) -> Wave:
    out = np.zeros(round(seconds * RATE))
    for number, (midi, begins, level) in enumerate(notes):
        at = round(begins * RATE)
        note = voice(midi, seconds - begins, number)[: len(out) - at]
        out[at : at + len(note)] += level * _soft(note[::-1], FALL_S)[::-1]
    return out


def _soft(tone: Wave, seconds: float) -> Wave:
    """With a rise at its beginning."""
    count = min(len(tone), round(seconds * RATE))
    tone = tone.copy()
    tone[:count] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(count) / count)
    return tone


def _finished(tone: Wave) -> Samples:
    return _scaled(_soft(_soft(tone, 0.004)[::-1], EDGE_S)[::-1])


def _scaled(tone: Wave) -> Samples:
    return (tone * (PEAK / max(float(np.abs(tone).max()), 1e-9))).astype(np.float32)


def _tune(pitches: tuple[float, ...], beat: float, first: float = 0.0) -> tuple[Note, ...]:
    return tuple((midi, first + number * beat, 1.0) for number, midi in enumerate(pitches) if midi)


def _whole(one: Siren) -> float:
    """About ten seconds, and the pattern never broken off: it may follow itself."""
    period = sum(seconds for _, _, seconds in one.steps)
    return round(round(SIREN_S / period) * period, 3)


NATIONAL: Mapping[str, Maker] = {
    "gong_three": Maker("Chuông ba tiếng", "gong", 3.0, chime(_tune((76, 79, 84), 0.55)), TONE),
    "gong_two": Maker("Chuông hai tiếng", "gong", 2.5, chime(_tune((81, 76), 0.6)), TONE),
    "gong_highland": Maker("Tiếng chiêng", "gong", 4.0, gong(((69, 0.0, 1.0), (74, 0.9, 0.8))), TONE),
    "jingle_strings": Maker(
        "Nhạc hiệu đàn tranh", "jingle", 5.0, strings(_tune((74, 76, 79, 81, 84, 81, 86), 0.32), last=(74, 2.2, 1.0))
    ),
    "jingle_rod": Maker("Nhạc hiệu đàn bầu", "jingle", 4.0, strings(_tune((79, 81, 76, 79), 0.55), bend=2.0)),
    "opening_strings": Maker(
        "Mở đầu: đàn tranh và chiêng", "opening", 8.0,
        strings(_tune((72, 74, 76, 79, 81, 79, 84, 81, 79, 76, 79, 81, 84, 86, 84), 0.34), last=(72, 5.0, 1.4)),
    ),
    "opening_bells": Maker(
        "Mở đầu: chuông", "opening", 9.0, chime(_tune((79, 81, 84, 86, 84, 81, 79, 76, 79), 0.62), 1.1), TONE
    ),
    "closing_strings": Maker(
        "Kết: đàn tranh", "closing", 6.0,
        strings(_tune((86, 84, 81, 79, 81, 76, 74, 72), 0.42), last=(72, 3.3, 1.2)),
    ),
    "bed_calm": Maker(
        "Nhạc nền êm", "bed", 24.0, bed((72, 79, 76, 81, 74, 79, 76, 84, 72, 81, 79, 76, 74, 76, 79, 74), 0.5)
    ),
    "bed_bright": Maker("Nhạc nền tươi", "bed", 24.0, bed((74, 81, 79, 86, 76, 84, 81, 79), 0.375)),
    **{
        f"siren_{kind}": Maker(one.title, "siren", _whole(one), partial(siren, kind), TONE)
        for kind, one in SIRENS.items()
    },
}  # fmt: skip


def national(key: str) -> Samples:
    """The samples of one of NATIONAL."""
    maker = NATIONAL[key]
    return maker.make(maker.seconds)


def as_wav(samples: Samples) -> bytes:
    """A 16-bit WAV file of the samples."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return out.getvalue()
