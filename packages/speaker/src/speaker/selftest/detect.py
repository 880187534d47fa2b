"""Is the probe in what was recorded, how loud did it come back, and was it bent on the way? Pure.

Detection. What came in is made white in the band of the probe by the noise that was heard just before, and compared
with the probe (made white the same way) at every possible delay: `score` is the length of the part of the signal that
lies along the probe, of 1. This is the matched filter for noise of unknown strength (Scharf and Lytle, "Signal
detection in Gaussian noise of unknown level: an invariance application", IEEE Trans. Inf. Theory 17, 1971): where
nothing sounded,

    P(score > s) = (1 - s^2) ^ (d/2 - 1)          d = 2 * band * time: so many independent numbers a stretch holds

whatever the strength of the noise. Over all delays at most so many times more often as there are independent ones
(Bonferroni), which gives the `bar` for a wanted rate of false alarms. What begins to sound meanwhile (a voice, a horn)
is no such noise: it holds fewer independent numbers, which shows in the scores of all other delays, and raises the bar
by as much. And a bird or a siren that runs like a piece of the probe is not the probe: three of its four quarters have
to be there at the same moment. bench/selftest.py asks whether the rate is kept.
"""

import math
from dataclasses import dataclass

import numpy as np

from speaker.selftest.chirp import HIGH_HZ, LOW_HZ, SAMPLES, SECONDS, Wave, ahead, chirp, quadrature
from speaker.sink import RATE

FALSE_ALARMS = 1e-6  # of a test where nothing sounded
BEFORE = int(0.7 * RATE)  # so much is recorded before the probe: what else is to be heard
LATEST = int(0.5 * RATE)  # an echo 85 m away, and the slowest card
EARLIEST = int(0.1 * RATE)  # the input's clock may be behind the card's
LENGTH = BEFORE + SAMPLES + LATEST
SLOW = RATE // 4  # all the work is done at this rate: the probe ends far below its half
_BAND = HIGH_HZ - LOW_HZ
_FREEDOM = 2 * _BAND * SECONDS
_STEP_HZ = 60.0  # noise is known in steps so wide
_ROOM_FLOOR = 0.3 / 32_768  # a converter's own noise: nothing is whiter than it
_FULL = 1 / math.sqrt(2)  # the loudest tone
_SIZE = 34_560  # of the transforms: a recording and a probe in a row, of small factors
_GATE = (int(0.004 * SLOW), int(0.060 * SLOW))  # the sound and its first echoes, around its peak
_APART = int(0.1 * SLOW)
_QUARTER = 0.4  # of the score of the whole
_CLEAR = 0.9  # a score above which harmonics are not lost in the noise
SILENCE_DB = -200.0


@dataclass(frozen=True, slots=True)
class Heard:
    """`found`: the probe is there. `level` dB of what came back against what was sent; `noise` dB in the band of the
    probe against the loudest tone; `delay` samples from sent to heard; `harmonics` their power against the tone's.
    """

    found: bool
    score: float
    bar: float
    level: float
    noise: float
    delay: int
    harmonics: float


def bar(false_alarms: float = FALSE_ALARMS) -> float:
    """What the score has to reach: see the module."""
    tries = 2 * _BAND * (EARLIEST + LATEST) / RATE * 4  # the score is looked at between its independent values too
    return math.sqrt(1 - (false_alarms / tries) ** (2 / (_FREEDOM - 2)))


def listen(recording: Wave, gain: float, *, false_alarms: float = FALSE_ALARMS) -> Heard:
    """What is in a recording (-1..1, `LENGTH` samples) whose probe was sent at sample `BEFORE`, `gain` times `chirp`.

    Raises ValueError when it is of another length.
    """
    if len(recording) != LENGTH:
        raise ValueError(f"{len(recording)} samples, not {LENGTH}")
    wave = _slow(recording - recording.mean())
    quiet = _noise(wave[: _at(BEFORE - EARLIEST)])
    scores = _scores(wave, quiet)
    peak = int(np.argmax(scores))
    wanted = bar(false_alarms) * max(1.0, _elsewhere(scores, peak) / math.sqrt(2 / _FREEDOM))
    found = bool(scores[peak] > wanted) and _whole(wave, quiet, peak, float(scores[peak]))
    level, harmonics = _measured(wave, peak, gain) if found and gain > 0 else (SILENCE_DB, 0.0)
    return Heard(
        found=found,
        score=float(scores[peak]),
        bar=wanted,
        level=level,
        noise=_loudness(quiet if found else _noise(wave)),  # where the probe is not, all is noise
        delay=peak * RATE // SLOW - EARLIEST,
        harmonics=harmonics if scores[peak] > _CLEAR else 0.0,
    )


def needed(noise: float, level: float, gain: float, *, false_alarms: float = FALSE_ALARMS) -> float:
    """By how many dB a probe that came back at `level` would stand above what can be told from this noise."""
    sent = _decibels(gain * math.sqrt(float(np.mean(chirp(SLOW) ** 2))) / _FULL) if gain > 0 else SILENCE_DB
    least = bar(false_alarms)
    return sent + level - noise - _decibels(least / math.sqrt(1 - least**2))


def _slow(wave: Wave) -> Wave:
    """At a quarter of the rate, without what is too high for it."""
    spectrum = np.fft.rfft(wave)[: LENGTH // 8 + 1]
    return np.asarray(np.fft.irfft(spectrum, LENGTH // 4) / 4)


def _at(sample: int) -> int:
    return sample * SLOW // RATE


def _noise(wave: Wave) -> Wave:
    """Power for each step of frequency: the mean of overlapping short spectra (Welch)."""
    size = int(SLOW / _STEP_HZ)
    window = np.hanning(size)
    rows = np.lib.stride_tricks.sliding_window_view(wave, size)[:: size // 2]
    power = np.mean(np.abs(np.fft.rfft(rows * window, axis=1)) ** 2, axis=0) / np.sum(window**2) / size * 2
    return np.asarray(np.maximum(power, _ROOM_FLOOR**2 / size))


def _scores(wave: Wave, quiet: Wave) -> Wave:
    """The likeness at each delay from -EARLIEST to LATEST."""
    white = _whitening(quiet)
    spectrum = np.fft.rfft(wave, _SIZE) * white
    heard = np.fft.irfft(spectrum, _SIZE)
    first, count = _at(BEFORE - EARLIEST), _at(EARLIEST + LATEST)
    along = np.zeros(count)
    for probe in (chirp(SLOW), quadrature(SLOW)):
        shape = np.fft.rfft(probe, _SIZE) * white
        strength = math.sqrt(float(np.sum(np.fft.irfft(shape, _SIZE) ** 2)))
        along += (np.fft.irfft(spectrum * np.conj(shape), _SIZE)[first : first + count] / strength) ** 2
    sums = np.concatenate(([0.0], np.cumsum(heard[: len(wave)] ** 2)))
    places = first + np.arange(count)
    energy = sums[np.minimum(places + _at(SAMPLES), len(wave))] - sums[places]
    return np.asarray(np.sqrt(np.minimum(1.0, along / np.maximum(energy, 1e-30))))


def _whole(wave: Wave, quiet: Wave, peak: int, score: float) -> bool:
    """Whether three quarters of the probe are there at this delay, each of them not much fainter than the whole."""
    white = _whitening(quiet)
    heard = np.fft.irfft(np.fft.rfft(wave, _SIZE) * white, _SIZE)
    probes = [np.fft.irfft(np.fft.rfft(probe, _SIZE) * white, _SIZE) for probe in (chirp(SLOW), quadrature(SLOW))]
    first, quarter = _at(BEFORE - EARLIEST) + peak, _at(SAMPLES) // 4
    there = 0
    for begin in range(0, 4 * quarter, quarter):
        piece = heard[first + begin : first + begin + quarter]
        along = sum(
            float(piece @ shape) ** 2 / float(shape @ shape) for shape in (p[begin : begin + quarter] for p in probes)
        )
        there += math.sqrt(along / max(float(piece @ piece), 1e-30)) > _QUARTER * score
    return there >= 3


def _loudness(power: Wave) -> float:
    """Of the band, dB against the loudest tone."""
    return _decibels(math.sqrt(float(np.sum(power[_in_band(len(power))]))) / _FULL)


def _elsewhere(scores: Wave, peak: int) -> float:
    """How large the scores are where no echo of the probe can stand."""
    others = np.concatenate((scores[: max(0, peak - _APART)], scores[peak + _APART :]))
    return float(np.sqrt(np.mean(others**2)))


def _whitening(quiet: Wave) -> Wave:
    frequencies = np.linspace(0, SLOW / 2, _SIZE // 2 + 1)
    power = np.interp(frequencies, np.linspace(0, SLOW / 2, len(quiet)), quiet)
    return np.where(_in_band(len(frequencies)), 1 / np.sqrt(power), 0.0)


def _measured(wave: Wave, peak: int, gain: float) -> tuple[float, float]:
    """Level in dB and harmonics, from the impulse response of the way."""
    sent = np.fft.rfft(gain * chirp(SLOW), _SIZE)
    power = np.abs(sent) ** 2
    band = _in_band(len(power))
    divisor = np.where(band, np.maximum(power, 1e-3 * float(np.max(power))), np.inf)
    response = np.fft.irfft(np.fft.rfft(wave, _SIZE) * np.conj(sent) / divisor, _SIZE)
    at = _at(BEFORE - EARLIEST) + peak
    share = _SIZE / 2 / np.count_nonzero(band)  # a whole band would give the response all of its strength
    rest = _power(response, at - int(0.12 * SLOW))  # between the harmonics: nothing of ours
    tone = max(_power(response, at) - rest, 1e-20)
    bent = sum(max(0.0, _power(response, at - ahead(number, SLOW)) - rest) for number in (2, 3))
    return 10 * math.log10(tone * share), bent / tone


def _power(response: Wave, at: int) -> float:
    places = np.arange(at - _GATE[0], at + _GATE[1]) % len(response)
    return float(np.sum(response[places] ** 2))


def _in_band(count: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    frequencies = np.linspace(0, SLOW / 2, count)
    return (frequencies >= LOW_HZ) & (frequencies <= HIGH_HZ)


def _decibels(amplitude: float) -> float:
    return 20 * math.log10(max(amplitude, 1e-10))
