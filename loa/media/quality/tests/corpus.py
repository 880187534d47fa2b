"""The corpus of acceptance: each fault at three strengths on several voices, and sounds without any fault."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from loa.media.pipeline.spool import spool_source
from loa.media.quality.loudness import Loudness
from loa.media.quality.profiles import DEFAULT, profile
from loa.media.quality.rules import Report, judge
from loa.media.quality.tests import voices
from loa.media.quality.tests.voices import RATE
from loa.media.tests import sounds
from loa.media.tests.sounds import Samples

STRENGTHS = ("mild", "medium", "strong")
AS_MADE = Loudness(-16.0, -10.0, -12.0, 6.0)  # what the encoder makes of it is measured in other tests


@dataclass(frozen=True, slots=True)
class Case:
    """One sound of the corpus; `code` is the fault that is in it, "" for none."""

    name: str
    code: str
    strength: str
    make: Callable[[], Samples]  # (samples,) or (samples, 2)
    rate: int = RATE
    coded: tuple[str, int] | None = None  # codec and bits a second; a 16-bit WAV without
    limits: str = DEFAULT


@cache
def base(number: int) -> Samples:
    """Three voices in rooms with their own quiet noise."""
    dialect, speed, ratio = (("vi", 1.0, 46.0), ("vi-vn-x-south", 1.2, 40.0), ("vi-vn-x-central", 0.85, 52.0))[number]
    return voices.with_noise(voices.in_room(voices.speech(dialect, speed)), ratio, -4.0, seed=number)


def clipped(samples: Samples, over_db: float, after: float = 1.0) -> Samples:
    """Overdriven by so many dB, then turned down."""
    cut: Samples = np.clip(voices.level(samples, 10 ** (over_db / 20)), -1, 1) * np.float32(after)
    return cut


def hummed(samples: Samples, ratio_db: float) -> Samples:
    """With the mains under it; a supply that was rectified hums at 100 Hz and above too."""
    at = np.arange(len(samples)) / RATE
    line = sum(
        share * np.sin(2 * np.pi * 50.03 * k * at + k)
        for k, share in ((1, 1.0), (2, 0.7), (3, 0.4), (4, 0.3), (6, 0.2))
    )
    louder = 10 ** ((voices.power(samples) - ratio_db) / 20) / np.sqrt(np.mean(line**2))
    hum: Samples = (samples + line * louder).astype(np.float32)
    return hum


def with_silence(samples: Samples, seconds: float, place: str, digital: bool) -> Samples:
    """Silence before, after, or in the middle: digital, or of the same quiet room."""
    gap = voices.noise(seconds, -4.0, 21) * np.float32(0 if digital else 0.0004)
    half = len(samples) // 2
    parts = {"lead": (gap, samples), "trail": (samples, gap), "pause": (samples[:half], gap, samples[half:])}
    return np.concatenate(parts[place])


def torn(samples: Samples, count: int) -> Samples:
    """Packets of 20 ms lost."""
    line = samples.copy()
    loud = np.flatnonzero(np.abs(line) > 0.15)
    for at in np.random.default_rng(4).choice(loud[(loud > RATE) & (loud < len(line) - RATE)], count):
        line[at : at + RATE // 50] = 0
    return line


def sides(samples: Samples, right: float, hiss: float = 0.0) -> Samples:
    """Two sides; the right one times `right`, with its own noise."""
    other = samples * np.float32(right) + voices.noise(len(samples) / RATE, 0.0, 31)[: len(samples)] * np.float32(hiss)
    return np.stack([samples, other], axis=1)


def opposed(samples: Samples, other: float, seed: int) -> Samples:
    """Two sides of a crossed cable that hear the room differently."""
    echo = voices.in_room(samples, 0.5, 1.0, 60 + seed) - samples
    echo *= np.float32(other * np.sqrt(np.mean(samples**2) / np.mean(echo**2)))
    return np.stack([samples, echo - samples], axis=1) * np.float32(0.4)


FAULTS: Mapping[str, Callable[[int, int], Samples]] = {
    "clipped": lambda voice, step: clipped(base(voice), (3, 8, 18)[step]),
    "clipped turned down": lambda voice, step: clipped(base(voice), (3, 8, 18)[step], 0.3),
    "lead": lambda voice, step: with_silence(base(voice), (1.3, 2.5, 6)[step], "lead", voice == 0),
    "trail": lambda voice, step: with_silence(base(voice), (2, 4, 8)[step], "trail", voice == 0),
    "pause": lambda voice, step: with_silence(base(voice), (2.3, 4, 8)[step], "pause", voice == 0),
    "offset": lambda voice, step: base(voice) + np.float32((0.008, 0.04, 0.2)[step]),
    "side_lost": lambda voice, step: sides(base(voice), (0.4, 0.15, 0.0)[step]),
    "side_lost hissing": lambda voice, step: sides(base(voice), (0.4, 0.1, 0.0)[step], 0.002),
    "sides_opposed": lambda voice, step: opposed(base(voice), (1.5, 0.7, 0.0)[step], voice),
    "hum": lambda voice, step: hummed(base(voice), (46, 34, 20)[step]),
    "noise white": lambda voice, step: voices.with_noise(base(voice), (24, 18, 8)[step], 0.0),
    "noise room": lambda voice, step: voices.with_noise(base(voice), (24, 18, 8)[step], -5.0),
    "narrow telephone": lambda voice, step: voices.shaped(base(voice), (60, 150, 300)[step], (6500, 4600, 3400)[step]),
    "torn": lambda voice, step: torn(base(voice), (1, 5, 20)[step]),
}  # fmt: skip


def faulty() -> list[Case]:
    """Every fault at every strength on three voices, and what codecs leave of some."""
    plain = [
        Case(f"{name}, {strength}, voice {voice}", name.split()[0], strength, partial(make, voice, step))
        for name, make in FAULTS.items()
        for step, strength in enumerate(STRENGTHS)
        for voice in range(3)
    ]
    coded = [
        Case("clipped, then MP3", "clipped", "strong", lambda: clipped(base(0), 18), coded=("libmp3lame", 128_000)),
        Case(
            "clipped, then MP3, south", "clipped", "strong", lambda: clipped(base(1), 18), coded=("libmp3lame", 64_000)
        ),
        Case("clipped, then AAC", "clipped", "strong", lambda: clipped(base(2), 18, 0.5), coded=("aac", 96_000)),
        Case("hum in MP3", "hum", "strong", lambda: hummed(base(1), 20), coded=("libmp3lame", 128_000)),
        Case("noise in Opus", "noise", "strong", lambda: voices.with_noise(base(0), 8), 48_000, ("libopus", 64_000)),
        Case("MP3 of 16 kbit/s", "narrow", "strong", lambda: base(0), coded=("libmp3lame", 16_000)),
        Case("8 kHz file", "rate", "strong", lambda: base(1)[::5], 8_820),
        Case(
            "telephone relayed over FM",
            "narrow",
            "medium",
            lambda: voices.shaped(base(0), 100, 6800),
            limits="fm_relay",
        ),
    ]
    return plain + coded


def clean() -> list[Case]:
    """Sounds that nobody would send back."""
    talk, room = voices.speech, base
    made: dict[str, Callable[[], Samples]] = {
        "north, dry": lambda: talk("vi"),
        "south, dry": lambda: talk("vi-vn-x-south"),
        "central, dry": lambda: talk("vi-vn-x-central"),
        "north, room": lambda: room(0),
        "south, room": lambda: room(1),
        "central, room": lambda: room(2),
        "quiet": lambda: voices.level(room(0), 0.03),
        "very quiet": lambda: voices.level(voices.with_noise(talk("vi"), 45, -5.0), 0.012),
        "loud, not cut": lambda: voices.level(room(1), 0.995),
        "fast": lambda: voices.with_noise(talk("vi", 1.9), 38),
        "slow": lambda: room(2)[: 6 * RATE],
        "child": lambda: voices.faster_and_higher(room(1), 1.5),
        "deep": lambda: voices.faster_and_higher(room(0), 0.8),
        "whisper in a quiet room": lambda: voices.with_noise(voices.whisper(), 36, -5.0),
        "breaths": lambda: voices.breaths(room(0)),
        "long echo": lambda: voices.in_room(talk("vi"), 1.2, 0.5),
        "fan, 32 dB": lambda: voices.with_noise(talk("vi"), 32, -6.0),
        "music": voices.music,
        "deep music": lambda: voices.music(root=98.0),
        "music at 100 Hz": lambda: voices.music(root=100.0),
        "song over a drone": voices.song,
        "drums": voices.drums,
        "applause": voices.applause,
        "speech, then applause": lambda: np.concatenate([room(0), voices.applause(5.0) * np.float32(0.6)]),
        "music under speech": lambda: voices.music(9.0) * np.float32(0.05) + room(1),
        "gong": lambda: sounds.sine(4, RATE, 0.5, 440) * np.exp(-np.arange(4 * RATE) / RATE).astype(np.float32),
        "stereo": lambda: sides(room(0), 0.9, 0.0005),
        "wide stereo": lambda: np.stack([voices.music(), voices.music(root=277.0)], axis=1),
        "one second of lead": lambda: with_silence(room(1), 0.8, "lead", digital=True),
        "pause of a reader": lambda: with_silence(room(2), 1.5, "pause", digital=False),
    }
    plain = [Case(name, "", "clean", make) for name, make in made.items()]
    return [
        *plain,
        Case("north, MP3", "", "clean", lambda: room(0), coded=("libmp3lame", 128_000)),
        Case("loud, MP3", "", "clean", lambda: voices.level(room(1), 0.99), coded=("libmp3lame", 64_000)),
        Case("phone, AAC", "", "clean", lambda: room(2), coded=("aac", 64_000)),
        Case("chat, Opus", "", "clean", lambda: room(1), 48_000, ("libopus", 24_000)),
        Case("16 kHz", "", "clean", lambda: room(0)[::2], 22_050),
        Case("music, as music", "", "clean", voices.music, limits="music"),
        Case("applause, as music", "", "clean", voices.applause, limits="music"),
    ]


def write(case: Case, path: Path) -> Path:
    """The file of a case."""
    samples = case.make()
    stereo = samples.ndim == 2
    if case.coded is None:
        return sounds.wav(path, samples.reshape(-1), case.rate, 2 if stereo else 1)
    codec, bits = case.coded
    name = {"libmp3lame": "a.mp3", "aac": "a.m4a", "libopus": "a.ogg"}[codec]
    return sounds.encoded(path.with_name(f"{path.stem}-{name}"), samples, codec, case.rate, stereo=False, bits=bits)


def judged(case: Case, folder: Path) -> Report:
    """What the product says of it; only the encoding is left out."""
    source = write(case, folder / "case.wav")
    spooled = spool_source(source, folder / "spool.f32", lambda share: None)
    figures = spooled.listening.figures(spooled.lufs, spooled.powers, AS_MADE, -2.0)
    return judge(figures, profile(case.limits))
