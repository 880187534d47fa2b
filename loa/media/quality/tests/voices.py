"""Sound made by code that behaves like what people send: machine speech in a room, whispers, music, applause."""

from functools import cache

import numpy as np

from loa.media.tests.sounds import Samples
from loa.media.voices.espeak import Espeak

RATE = 44_100
TEXT = "Kính mời bà con thôn hai đến họp. Xin mang theo sổ hộ khẩu, giấy tờ xe. Sáu giờ sáng thứ bảy, tại sân chùa."


@cache
def speech(dialect: str = "vi", speed: float = 1.0, seconds: float = 9.0) -> Samples:
    """Machine speech, highest peak 0.5, at 44.1 kHz, with the pauses that its full stops give."""
    pcm = Espeak().synthesise(TEXT, dialect=dialect, speed=speed)
    line = at_rate(np.frombuffer(pcm.samples, "<i2").astype(np.float32), pcm.rate, RATE)
    return level(np.resize(line, round(seconds * RATE)), 0.5)


def at_rate(samples: Samples, rate: int, wanted: int) -> Samples:
    """The same sound at another rate."""
    length = round(len(samples) * wanted / rate)
    spectrum, wide = np.fft.rfft(samples), np.zeros(length // 2 + 1, complex)
    kept = min(len(spectrum), len(wide))
    wide[:kept] = spectrum[:kept]
    return (np.fft.irfft(wide, length) * (length / len(samples))).astype(np.float32)


def level(samples: Samples, peak: float) -> Samples:
    """The same with another highest peak."""
    return (samples * (peak / max(float(np.abs(samples).max()), 1e-9))).astype(np.float32)


def shaped(samples: Samples, low: float, high: float, slope_db: float = 0.0, rate: int = RATE) -> Samples:
    """Only what lies between two frequencies, falling by `slope_db` an octave from 500 Hz."""
    hertz = np.fft.rfftfreq(len(samples), 1 / rate)
    gain = 10 ** (slope_db * np.log2(np.maximum(hertz, 20) / 500) / 20)
    gain *= 1 / (1 + (np.maximum(hertz, 1) / high) ** 40) / (1 + (low / np.maximum(hertz, 1)) ** 16)
    return np.fft.irfft(np.fft.rfft(samples) * gain, len(samples)).astype(np.float32)


def noise(seconds: float, slope_db: float = -3.0, seed: int = 1, low: float = 60, high: float = 20_000) -> Samples:
    """Noise of a room (slope -6), pink (-3) or white (0); mean square 1."""
    white = np.random.default_rng(seed).standard_normal(round(seconds * RATE)).astype(np.float32)
    pink = shaped(white, low, high, slope_db)
    even: Samples = pink / np.float32(float(np.sqrt(np.mean(pink**2))))
    return even


def power(samples: Samples) -> float:
    """Mean square of what is not silence, in dB."""
    loud = np.abs(samples) > 0.02 * np.abs(samples).max()
    return 10 * float(np.log10(np.mean(samples[loud] ** 2)))


def with_noise(samples: Samples, ratio_db: float, slope_db: float = -3.0, seed: int = 1) -> Samples:
    """Speech over noise at a ratio of speaking to noise."""
    hiss = noise(len(samples) / RATE, slope_db, seed)
    return samples + hiss * np.float32(10 ** ((power(samples) - ratio_db) / 20))


def in_room(samples: Samples, seconds: float = 0.35, wet: float = 0.25, seed: int = 5) -> Samples:
    """The same voice in a room that answers."""
    tail: Samples = noise(seconds, -4.0, seed) * np.exp(-6.9 * np.arange(round(seconds * RATE)) / (seconds * RATE))
    tail = tail / np.sqrt(np.sum(tail**2))
    size = len(samples) + len(tail)
    answer = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)[: len(samples)]
    return (samples + wet * answer).astype(np.float32)


def faster_and_higher(samples: Samples, factor: float) -> Samples:
    """Pitch and speed times a factor: a child's voice, or a deep one."""
    at = np.arange(0, len(samples) - 1, factor)
    line: Samples = np.interp(at, np.arange(len(samples)), samples).astype(np.float32)
    return line


def whisper(seconds: float = 9.0) -> Samples:
    """Noise with the loudness of speech over time: no voice in it."""
    like = speech(seconds=seconds)
    envelope = np.sqrt(np.convolve(like**2, np.hanning(2000) / 1000, "same"))
    return level(shaped(noise(seconds, 0.0, 9), 400, 9_000, -3.0) * envelope.astype(np.float32), 0.3)


@cache
def pluck(pitch: float) -> Samples:
    """A string with overtones that dies away within three seconds."""
    at = np.arange(3 * RATE) / RATE
    line = sum(
        np.exp(-at * (2 + k / 2)) * np.sin(2 * np.pi * pitch * k * at + k) / k**1.2 for k in range(1, 12)
    ) * np.linspace(1, 0, len(at))
    string: Samples = line.astype(np.float32)
    return string


@cache
def music(seconds: float = 10.0, root: float = 220.0) -> Samples:
    """Chords of plucked strings, no pause."""
    line = np.zeros(round((seconds + 3) * RATE), np.float32)
    for beat in range(int(seconds * 2)):
        for step in ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 12))[beat // 2 % 4]:
            string = pluck(root * 2 ** (step / 12))
            line[beat * RATE // 2 : beat * RATE // 2 + len(string)] += string
    return level(line[: round(seconds * RATE)], 0.6)


def drums(seconds: float = 8.0) -> Samples:
    """Beats of a drum and a cymbal."""
    at = np.arange(round(seconds * RATE)) / RATE
    hiss, line = noise(seconds, 0.0, 3), np.zeros(len(at))
    for beat in range(int(seconds * 4)):
        since = np.maximum(at - beat / 4, 0)
        hit = at >= beat / 4
        line += hit * np.exp(-since * 18) * (hiss * 0.1 + np.sin(2 * np.pi * 70 * since) * (beat % 2 == 0))
    return level(line.astype(np.float32), 0.7)


def applause(seconds: float = 8.0) -> Samples:
    """Many hands, with the loudness of a hall that warms up and tires."""
    chance = np.random.default_rng(11)
    line = np.zeros(round(seconds * RATE))
    clap = shaped(chance.standard_normal(900).astype(np.float32), 500, 9_000) * np.exp(-np.arange(900) / 160)
    for at in chance.integers(0, len(line) - 900, int(seconds * 300)):
        line[at : at + 900] += clap * chance.uniform(0.2, 1)
    swell = np.sin(np.pi * np.linspace(0.05, 0.95, len(line))) ** 0.6
    return level((line * swell).astype(np.float32), 0.6)


def breaths(samples: Samples) -> Samples:
    """The same with a breath each three seconds."""
    line = samples.copy()
    breath = (
        shaped(noise(0.4, -2.0, 13), 500, 8_000) * np.hanning(round(0.4 * RATE)).astype(np.float32) * np.float32(0.012)
    )
    for at in range(0, len(line) - len(breath), 3 * RATE):
        line[at : at + len(breath)] += breath
    return line


def song(seconds: float = 9.0) -> Samples:
    """A sung melody with vibrato over a drone, as folk music has."""
    at = np.arange(round(seconds * RATE)) / RATE
    notes = np.array([294, 330, 392, 440, 392, 330, 294, 247, 294, 440])
    pitch = np.repeat(notes, int(np.ceil(len(at) / len(notes))))[: len(at)] * (1 + 0.01 * np.sin(2 * np.pi * 5.5 * at))
    turn = 2 * np.pi * np.cumsum(pitch) / RATE
    voice = sum(np.sin(turn * k) / k**1.3 for k in range(1, 14)) * (0.6 + 0.4 * np.sin(2 * np.pi * at * 0.9) ** 2)
    drone = sum(np.sin(2 * np.pi * 147 * k * at) / k**1.5 for k in range(1, 8))
    return level((voice + 0.3 * drone).astype(np.float32), 0.5)
