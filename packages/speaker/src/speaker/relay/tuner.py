"""The tuner and the audio inputs of a device. Simulated ones are files: a station's programme goes round in the file
`<kHz>.wav` (or .opus, .ogg, .mp3) by the clock, so that all who tune in hear the same moment, as over the air.
"""

import os
import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from devicelink.relayed import News

from speaker.relay.trouble import Trouble
from speaker.sink import RATE, Pcm

STEP = RATE // 50
LONGEST_S = 180
KINDS = (".wav", ".opus", ".ogg", ".mp3")
LOOK_S = 0.5


def played(folder: Path, name: str) -> Iterator[Pcm | News]:
    """What is on the air under this name, at the speed of the clock. Raises Trouble when there is nothing (any more).

    The file may be taken away or replaced at any time: the transmitter fails, its programme falls silent.
    """
    path, stamp = _found(folder, name)
    sound = _whole(path)
    yield News(codec="simulated", container=path.suffix[1:], rate=RATE, channels=1)
    at = time.time_ns() * RATE // 1_000_000_000 // STEP * STEP
    looked = time.monotonic()
    while True:
        due = (at + STEP) / RATE - time.time()
        time.sleep(min(1.0, max(0.0, due)))
        if abs(due) > 2.0:  # the clock was set: the station did not wait for it
            at = time.time_ns() * RATE // 1_000_000_000 // STEP * STEP
        yield sound[np.arange(at, at + STEP) % len(sound)]
        at += STEP
        if time.monotonic() - looked > LOOK_S:
            looked = time.monotonic()
            now = _found(folder, name)
            if now != (path, stamp):
                path, stamp = now
                sound = _whole(path)


def captured(device: str) -> Iterator[Pcm | News]:
    """What comes in at a real audio input, named as the system names it. Raises Trouble missing, gone."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise Trouble("missing", f"no sound system: {error}") from error
    blocks: queue.SimpleQueue[Pcm] = queue.SimpleQueue()

    def take(data: Any, frames: int, moment: Any, status: Any) -> None:
        blocks.put(data[:, 0].copy())

    name: int | str = int(device) if device.isdigit() else device
    try:
        with sounddevice.InputStream(
            device=name, samplerate=RATE, channels=1, dtype="int16", blocksize=STEP, callback=take
        ):  # fmt: skip
            yield News(codec="input", rate=RATE, channels=1)
            while True:
                yield blocks.get(timeout=2.0)
    except queue.Empty as error:
        raise Trouble("stuck", "the input gives nothing") from error
    except sounddevice.PortAudioError as error:
        raise Trouble("missing", str(error)) from error


def mono(frame: Any) -> Pcm:
    """The samples of a frame that was resampled to ours."""
    samples: Pcm = frame.to_ndarray().reshape(-1)
    return samples


def _found(folder: Path, name: str) -> tuple[Path, tuple[int, int]]:
    for kind in KINDS:
        path = folder / f"{name}{kind}"
        try:
            facts = os.stat(path)
        except OSError:
            continue
        return path, (facts.st_mtime_ns, facts.st_size)
    raise Trouble("missing", f"nothing on {name}")


def _whole(path: Path) -> Pcm:
    pieces: list[Pcm] = []
    have = 0
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    pieces.append(mono(piece))
                    have += len(pieces[-1])
                if have > LONGEST_S * RATE:
                    break
    except (av.error.FFmpegError, OSError, IndexError) as error:
        raise Trouble("junk", f"{path.name}: {error}") from error
    if not have:
        raise Trouble("junk", f"{path.name} is empty")
    return np.concatenate(pieces)
