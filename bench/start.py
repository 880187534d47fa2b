"""How exactly do loudspeakers begin? Fifty agents in one process, each with a sound card of another offset, drift and
latency; the start of every sound is found in its WAV file by cross-correlation and compared with the planned instant.

    {"bench": "start", "median_ms": .., "p99_ms": .., "agents": 50, ...}
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "packages/speaker/tests/support"))

import speaker_village as village
from speaker.config import QUICK, Config
from speaker.fleet import Fleet, FleetConfig
from speaker.sinks import recording
from speaker_platform import Platform, now_ms, ready

STARTS = 4
APART_MS = 6_000
FIRST_MS = 12_000
LIKE = 0.5  # below this the sound was not found at all


def main() -> int:
    """Print one JSON line; exit code 1 if a sound is missing."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--agents", type=int, default=50)
    options = parser.parse_args()
    here, there = multiprocessing.get_context("spawn").Pipe()
    platform = multiprocessing.get_context("spawn").Process(target=serve, args=(there, options.agents), daemon=True)
    platform.start()
    there.close()
    gateway, engine = here.recv()
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        began, cpu = time.monotonic(), time.process_time()
        starts = asyncio.run(play(Path(folder), options.agents, gateway, engine, here))
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
        late = [error for start in starts for error in errors(Path(folder), start)]
    here.send("stop")
    platform.join(10)
    print(json.dumps(summary(late, options.agents, len(starts), cpu / seconds)))
    return 0 if len(late) == options.agents * len(starts) else 1


def serve(pipe: Connection, agents: int) -> None:
    """The platform, in a process of its own."""
    with Platform() as platform:
        platform.claims = {f"C-{number:04d}": f"spk-{number:04d}" for number in range(1, agents + 1)}
        pipe.send((platform.gateway_url, platform.engine_url))
        pipe.recv()
        begin = now_ms() + FIRST_MS
        starts = [begin + number * APART_MS + 137 * number for number in range(STARTS)]
        airings = tuple(village.airing(f"a-{start}", start, SOUND) for start in starts)
        ready(platform, *airings, sounds=(SOUND,))
        for device in platform.claims.values():
            platform.publish("placement", village.placement(now_ms(), device), device=device)
        pipe.send(starts)
        pipe.recv()


async def play(folder: Path, agents: int, gateway: str, engine: str, pipe: Connection) -> list[int]:
    """Let the fleet live until the last sound is over; the planned instants."""
    config = Config(folder=folder, gateway_url=gateway, engine_url=engine, pace=QUICK)
    claims = tuple(f"C-{number:04d}" for number in range(1, agents + 1))
    fleet = Fleet(FleetConfig(config=config, count=agents, root=village.ROOT, claims=claims))
    pipe.send("begin")
    starts: list[int] = await asyncio.to_thread(pipe.recv)
    task = asyncio.create_task(fleet.run())
    await asyncio.sleep((starts[-1] - now_ms()) / 1000 + SOUND.duration / 1000 + 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return starts


def errors(folder: Path, start: int) -> list[float]:
    """How many ms each speaker began too late (negative: too early)."""
    found = []
    for out in sorted(folder.glob("*/out")):
        for heard in recording.read_all(out):
            late, likeness = recording.find(heard, SOUND.pcm, start * 1_000_000, within_ms=500)
            if likeness > LIKE:
                found.append(late)
    return found


def summary(late: list[float], agents: int, starts: int, load: float) -> dict[str, object]:
    """The line."""
    sizes = sorted(abs(error) for error in late) or [float("inf")]
    return {
        "bench": "start",
        "median_ms": round(statistics.median(sizes), 3),
        "p99_ms": round(sizes[min(len(sizes) - 1, int(len(sizes) * 0.99))], 3),
        "agents": agents,
        "sounds": len(late),
        "expected": agents * starts,
        "cpu_share": round(load, 3),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": os.getloadavg()[0],
    }


SOUND = village.Sound("bench", 3.0)

if __name__ == "__main__":
    sys.exit(main())
