"""Speech and what spoils it, made by code: hum, fan, hiss, crowd, motorbike, at any distance from the voice."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import av
import numpy as np

from loa.media.tests.sounds import Samples
from loa.media.voices.espeak import Espeak

RATE = 48_000
NOTICE = (
    "Kính gửi bà con nhân dân. Ủy ban nhân dân xã thông báo lịch tiêm phòng cho gia súc, gia cầm đợt hai. "
    "Bà con nhốt vật nuôi tại chuồng và báo cho trưởng thôn trước ngày mười lăm."
)
CROWD = (
    "Hôm nay họp thôn bàn chuyện làm đường. Mọi người vào ghế ngồi đi nào.",
    "Năm nay lúa được mùa, giá cũng khá. Nhà bác gặt xong chưa.",
    "Cho tôi hỏi tiền điện tháng này nộp ở đâu. Nghe nói nộp qua điện thoại cũng được.",
)


def voice(text: str = NOTICE, dialect: str = "vi") -> Samples:
    """What the fallback voice says, at 48 kHz and -20 dBFS, with pauses and half a second of room around it."""
    sentences = [_sentence(one.strip(), dialect) for one in text.split(".") if one.strip()]
    pause = np.zeros(RATE // 2, np.float32)
    samples = np.concatenate([pause, *(part for one in sentences for part in (one, pause))])
    return _whole(samples * (0.1 / _level(samples)))


@cache
def _sentence(text: str, dialect: str) -> Samples:
    spoken = Espeak().synthesise(text, dialect=dialect, speed=1.0)
    samples = np.frombuffer(spoken.samples, np.int16).astype(np.float32) / 32768
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="flt", layout="mono")
    frame.sample_rate = spoken.rate
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    made: Samples = np.concatenate(
        [out.to_ndarray()[0] for out in (*resampler.resample(frame), *resampler.resample(None))]
    )
    return made


def _level(samples: Samples) -> float:
    """Root mean square of the loud half."""
    blocks = samples[: len(samples) // 960 * 960].reshape(-1, 960)
    powers = np.sort((blocks**2).mean(axis=1))
    return float(np.sqrt(powers[len(powers) // 2 :].mean()))


def _whole(samples: Any) -> Samples:
    whole: Samples = np.pad(samples, (0, -len(samples) % 48)).astype(np.float32)
    return whole


def _shaped(samples: int, seed: int, shape: Callable[[Any], Any]) -> Any:
    """Noise of a spectrum that `shape` (Hz -> amplitude) draws."""
    noise = np.fft.rfft(np.random.default_rng(seed).standard_normal(samples))
    return np.fft.irfft(noise * shape(np.fft.rfftfreq(samples, 1 / RATE)), samples)


def hum(samples: int) -> Any:
    """50 Hz and its overtones, as from a bad earth."""
    at = np.arange(samples) / RATE
    return sum(np.sin(2 * np.pi * 50 * n * at + n) / n for n in (1, 2, 3, 4, 5, 6, 8))


def fan(samples: int) -> Any:
    """A fan or rain: dark, steady noise, with a little swaying."""
    at = np.arange(samples) / RATE
    return _shaped(samples, 1, lambda hz: 1 / np.maximum(hz, 80)) * (1 + 0.2 * np.sin(2 * np.pi * 1.3 * at))


def hiss(samples: int) -> Any:
    """A cheap microphone."""
    return _shaped(samples, 2, lambda hz: np.where(hz < 12_000, 1.0, 0.1))


def crowd(samples: int) -> Any:
    """Six voices that all talk."""
    total = np.zeros(samples)
    for number, text in enumerate(CROWD * 2):
        one = voice(text, ("vi", "vi-vn-x-central", "vi-vn-x-south")[number % 3])
        total += np.roll(np.resize(one, samples), number * 31_000)
    return total


def motorbike(samples: int) -> Any:
    """One that drives by: an engine whose pitch rises and falls, nearer and away again."""
    at = np.arange(samples) / RATE
    pitch = 70 + 25 * np.sin(2 * np.pi * 0.12 * at)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    engine = sum(np.sin(n * phase + n * n) / n**0.7 for n in range(1, 18))
    near = 0.35 + 0.65 * np.exp(-(((at - at[-1] / 2) / (at[-1] / 5)) ** 2))
    return (engine + 2 * _shaped(samples, 3, lambda hz: 30 / np.maximum(hz, 200))) * near


NOISES: Mapping[str, Callable[[int], Any]] = {
    "hum": hum, "fan": fan, "hiss": hiss, "crowd": crowd, "motorbike": motorbike,
}  # fmt: skip


def spoilt(clean: Samples, noise: str, decibels: float) -> Samples:
    """`clean` with a noise so far below the loud half of its speech."""
    made = NOISES[noise](len(clean))
    level = float(np.sqrt(np.mean(np.square(made))))
    together: Samples = (clean + made * (_level(clean) / level / 10 ** (decibels / 20))).astype(np.float32)
    return together
