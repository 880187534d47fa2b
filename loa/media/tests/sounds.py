"""Sounds made by code for the tests of media."""

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np

Samples = np.ndarray[Any, np.dtype[np.float32]]


def sine(seconds: float, rate: int = 48_000, level: float = 0.2, pitch: float = 440.0) -> Samples:
    """A steady tone, peak `level`."""
    at = np.arange(int(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * pitch * at)).astype(np.float32)


def clicks(seconds: float, rate: int = 48_000) -> Samples:
    """A whisper of noise with full-scale clicks: the hardest thing to make loud without overshooting."""
    noise = np.random.default_rng(7)
    samples = 0.003 * noise.standard_normal(int(seconds * rate))
    samples[noise.integers(0, len(samples), int(seconds * 4))] = 1.0
    return samples.astype(np.float32)


def wav(path: Path, samples: Samples, rate: int = 48_000, channels: int = 1, declared: int | None = None) -> Path:
    """A 16-bit WAV; `declared` lies about the bytes of samples that follow."""
    return _wav(path, (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes(), rate, channels, declared, 1, 16)


def float_wav(path: Path, samples: Samples, rate: int = 48_000) -> Path:
    """A 32-bit float WAV, which may hold any number and what is not a number."""
    return _wav(path, samples.astype("<f4").tobytes(), rate, 1, None, 3, 32)


def _wav(path: Path, data: bytes, rate: int, channels: int, declared: int | None, kind: int, bits: int) -> Path:
    size = len(data) if declared is None else declared
    frame = channels * bits // 8
    head = struct.pack("<HHIIHH", kind, channels, rate, rate * frame, frame, bits)
    path.write_bytes(
        b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + struct.pack("<I", 16) + head
        + b"data" + struct.pack("<I", size) + data
    )  # fmt: skip
    return path


def encoded(
    path: Path, samples: Samples, codec: str, rate: int = 48_000, stereo: bool = True, bits: int | None = None
) -> Path:
    """A file in any codec, `bits` a second; the container follows from the name."""
    with av.open(str(path), "w") as container:
        layout = "stereo" if stereo else "mono"
        stream: Any = container.add_stream(codec, rate=rate, layout=layout)
        if bits:
            stream.bit_rate = bits
        _feed(container, stream, samples, rate, layout)
    return path


def video(path: Path, samples: Samples | None, seconds: int = 3) -> Path:
    """A film of grey frames, with or without sound."""
    with av.open(str(path), "w") as container:
        pictures: Any = container.add_stream("mpeg4", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        sound: Any = container.add_stream("aac", rate=48_000, layout="mono") if samples is not None else None
        for grey in range(seconds * 10):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), grey, np.uint8), format="rgb24")
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        if samples is not None:
            _feed(container, sound, samples, 48_000, "mono")
    return path


def flac_of_silence(path: Path, hours: float, *, hide_length: bool) -> Path:
    """A decompression bomb: hours of sound in less than a megabyte an hour."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("flac", rate=8000, layout="mono")
        stream.format = "s16"
        for minute in range(int(hours * 60)):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 480_000), np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts = 8000, minute * 480_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    if hide_length:
        data = bytearray(path.read_bytes())
        data[21] &= 0xF0
        data[22:26] = bytes(4)
        path.write_bytes(data)
    return path


def _feed(container: Any, stream: Any, samples: Samples, rate: int, layout: str) -> None:
    resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate)
    for at in range(0, len(samples), rate):
        frame = av.AudioFrame.from_ndarray(samples[None, at : at + rate].copy(), format="flt", layout="mono")
        frame.sample_rate, frame.pts = rate, at
        for made in resampler.resample(frame):
            container.mux(stream.encode(made))
    for made in resampler.resample(None):
        container.mux(stream.encode(made))
    container.mux(stream.encode(None))
