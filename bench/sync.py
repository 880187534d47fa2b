"""In step: how far apart two loudspeakers of one place sound the same word of a live voice; beside them, snapcast.

    {"bench": "sync", "host_ms": .., "jitter_ms": .., "snapcast_host_ms": .., "snapcast_jitter_ms": ..,
     "lopsided_ms": ..}

Two whole agents with cards of their own (other zeros, +40 and -40 ppm), each on an MQTT and an HTTP line of its own,
write what is heard into WAV files; the same half seconds are found in both by correlation, each placed by the true
time of its first sample. Every figure is the largest distance of a pair of words (ms), beside it the medians. `host`:
straight lines. `jitter`: each packet 60 ms +- 60 ms late, both ways alike. `lopsided`: one of the two has 100 ms more
on the way up only: half of it remains. Snapserver and two snapclients get the same delays on their lines; each plays
into a pipe, and what is measured is when a word comes out of it; null where the Debian packages are not installed.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "packages/speaker/tests/support")]

from speaker_paths import Delay, Mqtt, Tcp  # noqa: E402
from speaker_paths import Path as Way  # noqa: E402

STRAIGHT = Way()
SHAKY = Way(Delay(0.060, 0.060))
LOPSIDED = Way(Delay(0.0), back=Delay(0.100))
SECONDS = 8.0
WORDS = tuple(1.0 + 0.75 * number for number in range(8))
WORD_S = 0.5
SNAP_BUFFER_MS = 1_000
RATE = 48_000
FRAME = 4  # bytes: snapcast speaks stereo


def main() -> None:
    """Print one JSON line."""
    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    try:
        apart = {
            "host": asyncio.run(agents(folder / "host", (STRAIGHT, STRAIGHT))),
            "jitter": asyncio.run(agents(folder / "jitter", (SHAKY, SHAKY))),
            "snapcast_host": snapcast(folder / "snap-host", STRAIGHT),
            "snapcast_jitter": snapcast(folder / "snap-jitter", SHAKY),
            "lopsided": asyncio.run(agents(folder / "lopsided", (STRAIGHT, LOPSIDED))),
        }
        figures: dict[str, Any] = {f"{name}_ms": round(max(far), 2) if far else None for name, far in apart.items()}
        figures["medians"] = {name: round(median(far), 2) if far else None for name, far in apart.items()}
        figures["load"] = round(os.getloadavg()[0], 1)
        print(json.dumps({"bench": "sync", **figures}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if figures["host_ms"] <= 10 and figures["jitter_ms"] <= 20 else 1)


# --- ours ------------------------------------------------------------------------------------------------------------


async def agents(folder: Path, ways: tuple[Way, Way]) -> list[float]:
    """Two agents, each behind a way of its own; how far apart each word is, in ms."""
    import speaker_village as village
    from devicelink.messages import Audience
    from speaker.sinks import recording
    from speaker.sinks.card_clock import CardFaults
    from speaker_home import awake, enrolled, settled
    from speaker_platform import Platform, now_ms, ready
    from speaker_voice import Voice, packets

    packets("sync", SECONDS)
    with Platform() as platform:
        ready(platform)
        async with _Lines(platform, ways) as lines:
            configs = []
            for number, (mqtt, http) in enumerate(lines):
                device = f"spk-sync-{number}"
                platform.claims = {"K7Q2-TEST": device}
                platform.publish("placement", village.placement(now_ms(), device), device=device)
                config = enrolled(platform, folder / str(number))
                lined = {"engine_url": f"mqtt://127.0.0.1:{mqtt}", "gateway_url": f"http://127.0.0.1:{http}"}
                configs.append(replace(config, **lined))
            cards = [CardFaults(100.0 * (-1) ** n, 40.0 * (-1) ** n, 0.2) for n in range(2)]
            async with awake(configs[0], faults=cards[0]) as one, awake(configs[1], faults=cards[1]) as other:
                await settled(one)
                await settled(other)
                fields = {"audience": Audience(area=village.COMMUNE)}
                voice = Voice(now_ms() + 4_000, seconds=SECONDS, name="sync", fields=fields)
                while not (one.live.sitting(voice.id) and other.live.sitting(voice.id)):
                    _send(platform, voice.certificate().encode())
                    await asyncio.sleep(0.2)
                await voice.speak(lambda payload: _send(platform, payload))
                await asyncio.sleep(voice.session.buffer / 1000 + 0.8)
    found = [list(recording.read_all(folder / str(number) / "out"))[-1] for number in range(2)]
    places = [
        [recording.find(each, voice.part(word, WORD_S), int(voice.heard_ns(word)), within_ms=400) for word in WORDS]
        for each in found
    ]
    assert all(likeness > 0.5 for row in places for _, likeness in row), places
    return [abs(first[0] - second[0]) for first, second in zip(*places, strict=True)]


def _send(platform: Any, payload: bytes) -> None:
    import speaker_village as village

    platform.send(payload, f"area/{village.COMMUNE.split('.')[-1]}/down")


class _Lines:
    """(MQTT port, HTTP port) of each way."""

    def __init__(self, platform: Any, ways: tuple[Way, Way]) -> None:
        self._ports = [int(url.rsplit(":", 1)[1]) for url in (platform.engine_url, platform.gateway_url)]
        self._ways = ways
        self._open: list[Tcp] = []

    async def __aenter__(self) -> list[tuple[int, int]]:
        ports = []
        for number, way in enumerate(self._ways):
            mqtt, http = Mqtt(self._ports[0], way, seed=number), Tcp(self._ports[1], way, seed=number + 50)
            for line in (mqtt, http):
                self._open.append(await line.__aenter__())
            ports.append((mqtt.port, http.port))
        return ports

    async def __aexit__(self, *_: object) -> None:
        for line in self._open:
            await line.__aexit__()


# --- snapcast --------------------------------------------------------------------------------------------------------


def snapcast(folder: Path, way: Way) -> list[float]:
    """The same with snapserver and two snapclients; [] if they are not installed."""
    if not (shutil.which("snapserver") and shutil.which("snapclient")):
        print("snapcast is not measured: apt-get install snapserver snapclient", file=sys.stderr)
        return []
    folder.mkdir(parents=True)
    with _server(folder) as (port, fifo), _proxies(port, way) as lines:
        ears = [_Ear(folder / f"client-{number}", line) for number, line in enumerate(lines)]
        try:
            _play(fifo)
            time.sleep(1.0 + SNAP_BUFFER_MS / 1000)
        finally:
            for ear in ears:
                ear.close()
    return _apart(ears)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _server(folder: Path) -> Iterator[tuple[int, Path]]:
    port, fifo = _free(), folder / "in"
    os.mkfifo(fifo)
    config = folder / "snapserver.conf"  # an empty one: that of the machine names a stream of its own
    config.write_text("[stream]\n")
    words = [
        "snapserver", f"--config={config}", f"--server.datadir={folder}", "--http.enabled=false", "--tcp.enabled=false",
        f"--stream.port={port}", f"--stream.buffer={SNAP_BUFFER_MS}", "--stream.codec=pcm",
        f"--stream.source=pipe://{fifo}?name=bench&mode=read&sampleformat=48000:16:2",
    ]  # fmt: skip
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield port, fifo
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)


@contextmanager
def _proxies(port: int, way: Way) -> Iterator[list[int]]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    lines = [Tcp(port, way, seed=90 + number) for number in range(2)]

    def call(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    time.sleep(0.5)
    for line in lines:
        call(line.__aenter__())
    try:
        yield [line.port for line in lines]
    finally:
        for line in lines:
            call(line.__aexit__())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


class _Ear:
    """A snapclient, and when each piece of its sound came out of it."""

    def __init__(self, fifo: Path, port: int) -> None:
        os.mkfifo(fifo)
        self.pieces: list[tuple[int, bytes]] = []
        words = [
            "snapclient", "--host", "127.0.0.1", "--port", str(port), "--hostID", fifo.name,
            "--player", f"file:filename={fifo}", "--mixer", "none", "--logsink", "null",
        ]  # fmt: skip
        self._handle = os.open(fifo, os.O_RDWR)
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._over = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        os.set_blocking(self._handle, False)
        while not self._over:
            try:
                data = os.read(self._handle, 1 << 16)
            except BlockingIOError:
                time.sleep(0.0005)
                continue
            self.pieces.append((time.time_ns(), data))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._over = True
        self._thread.join()
        os.close(self._handle)

    def at(self, word: np.ndarray[Any, Any]) -> tuple[float, float]:
        """(true ms at which it begins, likeness). The player writes a buffer at a time, at the instant it is due."""
        from speaker.sinks.recording import _correlate

        heard = b"".join(data for _, data in self.pieces)
        whole = np.frombuffer(heard[: len(heard) // FRAME * FRAME], "<i2")[::2].astype(np.float64)
        lags = _correlate(whole, word.astype(np.float64))
        peak = int(np.argmax(lags))
        before = 0
        for stamp, data in self.pieces:
            if before + len(data) // FRAME > peak:
                return stamp / 1e6 + (peak - before) * 1000 / RATE, float(lags[peak])
            before += len(data) // FRAME
        return 0.0, 0.0


def _play(fifo: Path) -> None:
    """In real time, after a second of silence in which the clients set their clocks."""
    from speaker_voice import speech

    sound = np.concatenate((np.zeros(4 * RATE, np.int16), speech("sync", SECONDS)))
    began = time.monotonic()
    with fifo.open("wb", buffering=0) as pipe:
        for at in range(0, len(sound), 960):
            pipe.write(np.repeat(sound[at : at + 960], 2).tobytes())
            time.sleep(max(0.0, began + at / RATE - time.monotonic()))


def _apart(ears: list[_Ear]) -> list[float]:
    from speaker_voice import speech

    far = []
    for word in WORDS:
        part = speech("sync", SECONDS)[int(word * RATE) : int((word + WORD_S) * RATE)]
        (first, one), (second, other) = (ear.at(part) for ear in ears)
        if min(one, other) < 0.5:
            return []  # it was not heard on both
        far.append(abs(first - second))
    return far


if __name__ == "__main__":
    main()
