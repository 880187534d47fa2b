"""Làm rõ tiếng: less noise behind a voice, no hum, and the balance that horns need. One switch, nothing to set.

Three steps, in one pass after a look at the whole sound:
- hum: notches at those multiples of 50 Hz that stand out of the steady part of the spectrum;
- noise: a Wiener filter (decision-directed, Ephraim and Malah 1984) on frames of 21 ms. The noise is tracked by the
  probability that speech is there (Gerkmann and Hendriks 2012), begins at what the quiet tenth of the sound holds, and
  is never taken away by more than DEEPEST_DB: what is left of it hides the traces of the filter;
- balance: nothing below 130 Hz, which only makes a horn's driver hot, and 3 dB more at 2 to 4 kHz, where consonants
  lie.
A sound whose noise lies CLEAN_DB below its voice gets the balance only.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

import av
import av.filter
import numpy as np

from loa.media.editing.pieces import sized
from loa.media.pipeline.reader import RATE, Samples

FRAME, HOP = 1024, 512
MAINS_HZ = 50  # of Vietnam
HUM_LINES = 16
HUM_STANDS_OUT_DB = 8.0
NOTCH_WIDTH_HZ = 4
HIGH_PASS_HZ = 130
PRESENCE_HZ, PRESENCE_DB = 2_800, 3.0
CLEAN_DB = 38.0
DEEPEST_DB = 14.0
MEMORY = 0.95  # of the decision-directed estimate
TRACKING = 0.8  # of the noise
SPEECH_STANDS_OUT = 10 ** (15 / 10)  # a priori SNR of speech where it is present
_WINDOW = np.sqrt(np.hanning(FRAME + 1)[:-1]).astype(np.float32)
_SECOND = np.hanning(RATE).astype(np.float32)
_TINY = np.float32(1e-12)
_DEEPEST = np.float32(10 ** (-DEEPEST_DB / 20))


@dataclass(frozen=True, slots=True)
class Room:
    """What a look at the whole sound tells: hum lines (Hz), the quiet spectrum, how far (dB) the voice stands above."""

    hum: tuple[int, ...]
    quiet: Samples
    distance: float


def clear(seconds: Callable[[], Iterable[Samples]], total: int) -> Iterator[Samples]:
    """The cleared sound in as many samples (`total`), in pieces of a second, as `seconds()` gives it each time."""
    room = listen(seconds())
    cleared: Iterable[Samples] = _filtered(seconds(), _notches(room.hum)) if room.hum else seconds()
    if room.distance < CLEAN_DB:
        cleared = _quieter(cleared, room.quiet)
    yield from sized(_filtered(cleared, _balance()), total)


def listen(seconds: Iterable[Samples]) -> Room:
    """One look at the whole sound. Bounded memory: spectra of every n-th second, of quiet and of loud."""
    kept, spectra = [], []
    stride, number = 1, 0
    for number, piece in enumerate(seconds):
        if number % stride or len(piece) < RATE:
            continue
        kept.append(np.abs(np.fft.rfft(piece * _SECOND)) ** 2)
        spectra.append(_powers(piece))
        if len(kept) > 60:
            kept, spectra, stride = kept[::2], spectra[::2], stride * 2
    if not kept:
        return Room((), np.full(FRAME // 2 + 1, _TINY), float("inf"))
    frames = np.concatenate(spectra)
    quiet = np.maximum(np.quantile(frames, 0.1, axis=0) * 2.5, _TINY).astype(np.float32)
    return Room(_hum(np.array(kept)), quiet, _distance(frames))


def _powers(piece: Samples) -> Samples:
    frames = np.lib.stride_tricks.sliding_window_view(piece, FRAME)[::HOP] * _WINDOW
    powers: Samples = np.square(np.abs(np.fft.rfft(frames, axis=1))).astype(np.float32)
    return powers


def _distance(frames: Samples) -> float:
    """Decibel between loud and quiet moments, above the reach of hum."""
    energies = np.sort(frames[:, 6:].sum(axis=1))
    quiet = float(np.quantile(energies, 0.1))
    loud = float(np.quantile(energies, 0.9))
    return 10 * float(np.log10(max(loud, 1e-12) / max(quiet, 1e-12))) if loud > 1e-9 else float("inf")


def _hum(spectra: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> tuple[int, ...]:
    """Lines of the mains that are always there: the quietest fifth of all seconds, against what lies beside them."""
    steady = np.quantile(spectra, 0.2, axis=0)
    lines = [MAINS_HZ * n for n in range(1, HUM_LINES + 1) if _stands_out(steady, MAINS_HZ * n)]
    return tuple(lines) if len(lines) >= 2 else ()


def _stands_out(steady: "np.ndarray[tuple[int], np.dtype[np.float64]]", line: int) -> bool:
    beside = np.concatenate((steady[line - 15 : line - 5], steady[line + 6 : line + 16]))
    peak = float(steady[line - 1 : line + 2].max())
    return peak > 1e-9 and peak > float(np.median(beside)) * 10 ** (HUM_STANDS_OUT_DB / 10) * 4


def _notches(lines: tuple[int, ...]) -> list[tuple[str, str]]:
    return [("bandreject", f"f={line}:t=h:w={NOTCH_WIDTH_HZ}") for line in lines]


def _balance() -> list[tuple[str, str]]:
    return [
        ("highpass", f"f={HIGH_PASS_HZ}"),
        ("equalizer", f"f={PRESENCE_HZ}:t=o:w=1.2:g={PRESENCE_DB}"),
    ]


def _filtered(pieces: Iterable[Samples], filters: list[tuple[str, str]]) -> Iterator[Samples]:
    """Through filters of FFmpeg that give as many samples as they get."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="flt", layout="mono", time_base=Fraction(1, RATE))
    steps = [graph.add(name, options) for name, options in filters]
    graph.link_nodes(source, *steps, graph.add("abuffersink")).configure()
    at = 0
    for piece in pieces:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece)[None, :], format="flt", layout="mono")
        frame.sample_rate, frame.pts = RATE, at
        at += len(piece)
        graph.push(frame)
        filtered: Samples = graph.pull().to_ndarray()[0]
        yield filtered


def _quieter(pieces: Iterable[Samples], quiet: Samples) -> Iterator[Samples]:
    """The Wiener filter: what comes out is what went in, a little later and a little longer."""
    wiener = Wiener(quiet)
    waiting = np.zeros(FRAME - HOP, np.float32)
    tail = np.zeros(FRAME - HOP, np.float32)
    early = FRAME - HOP
    for piece in chain(pieces, [np.zeros(FRAME, np.float32)]):
        waiting = np.concatenate((waiting, piece))
        frames = (len(waiting) - FRAME) // HOP + 1
        if frames < 1:
            continue
        made, tail = _overlapped(wiener, waiting[: (frames - 1) * HOP + FRAME], tail)
        waiting = waiting[frames * HOP :]
        yield made[early:]
        early = max(0, early - len(made))


def _overlapped(wiener: "Wiener", block: Samples, tail: Samples) -> tuple[Samples, Samples]:
    """Frames of `block` filtered and added where they overlap; returns what is finished and what is not."""
    frames = np.lib.stride_tricks.sliding_window_view(block, FRAME)[::HOP] * _WINDOW
    spectra = np.fft.rfft(frames, axis=1)
    spectra *= wiener.gains(np.square(np.abs(spectra)).astype(np.float32))
    made = np.fft.irfft(spectra, FRAME, axis=1).astype(np.float32) * _WINDOW
    first, second = made[:, :HOP], made[:, HOP:]
    finished = first + np.concatenate((tail[None, :], second[:-1]))
    return finished.reshape(-1), second[-1]


class Wiener:
    """Gains of frame after frame."""

    def __init__(self, quiet: Samples) -> None:
        self._noise = quiet.copy()
        self._speech = np.zeros_like(quiet)
        self._present = np.full_like(quiet, 0.5)

    def gains(self, powers: Samples) -> Samples:
        """Factors (frames, bins) for the powers of frames in order."""
        made = np.empty_like(powers)
        for number in range(len(powers)):
            power: Samples = powers[number]
            self._track(power)
            after = power / self._noise
            before = MEMORY * self._speech / self._noise + (1 - MEMORY) * np.maximum(after - 1, 0)
            gain = before / (1 + before)
            self._speech = gain * gain * power
            made[number] = np.maximum(gain, _DEEPEST)
        return made

    def _track(self, power: Samples) -> None:
        ratio = np.minimum(power / self._noise, 200)
        likely = 1 / (1 + (1 + SPEECH_STANDS_OUT) * np.exp(-ratio * (SPEECH_STANDS_OUT / (1 + SPEECH_STANDS_OUT))))
        self._present = 0.9 * self._present + 0.1 * likely
        likely = np.where(self._present > 0.99, np.minimum(likely, 0.99), likely)
        update = likely * self._noise + (1 - likely) * power
        self._noise = np.maximum(TRACKING * self._noise + (1 - TRACKING) * update, _TINY)
