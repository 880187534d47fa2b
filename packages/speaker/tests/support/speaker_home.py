"""A loudspeaker inside the test: enrolled with the test platform, its parts within reach."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import speaker_village as village
from speaker.agent import Agent, Parts
from speaker.config import Config, Pace
from speaker.cues import GRACE_MS
from speaker.disk import RealDisk
from speaker.enrol import enrol
from speaker.faults import SimulatedDisk, SimulatedTicks
from speaker.feeder import Feeder
from speaker.sink import Sink
from speaker.sinks.card_clock import CardFaults
from speaker.sinks.pump import Pump
from speaker.sinks.wav import WavSink
from speaker.store import Store
from speaker.update.software import Software
from speaker_platform import Platform, now_ms, soon

EAGER = Pace(
    first_login=0.02,
    longest=0.2,
    refused=0.5,
    beat=0.3,
    answer=2.0,
    fetch_jitter=0.0,
    prefetch_jitter=0.0,
    retry=0.05,
    voice_jitter=0.0,
    proofs=0.5,
)
CLAIM = "K7Q2-TEST"
PATIENCE_S = 60.0  # for what must happen: a busy machine may need long, and nobody waits longer than it takes


def config_of(platform: Platform, folder: Path) -> Config:
    return Config(folder=folder, gateway_url=platform.gateway_url, engine_url=platform.engine_url, pace=EAGER)


def enrolled(platform: Platform, folder: Path) -> Config:
    """Enrol the loudspeaker of thôn 5."""
    config = config_of(platform, folder)
    store = Store(RealDisk(), folder)
    enrol(store, config, claim=CLAIM, root=village.ROOT, seed=secrets.token_bytes(32))
    store.close()
    return config


@contextlib.asynccontextmanager
async def awake(
    config: Config,
    *,
    faults: CardFaults | None = None,
    ticks: SimulatedTicks | None = None,
    disk: SimulatedDisk | None = None,
    sink: Sink | None = None,
    software: Software | None = None,
) -> AsyncIterator[Agent]:
    """The agent, running."""
    pool = ThreadPoolExecutor(3)
    sink = sink or WavSink(Pump(), config.folder / "out", faults or CardFaults(latency_s=0.3))
    agent = Agent(
        config,
        Parts(
            disk or SimulatedDisk(), ticks or SimulatedTicks(), sink, Feeder(), pool, software=software or Software()
        ),
    )
    task = asyncio.create_task(agent.run())
    try:
        yield agent
    finally:
        task.cancel()
        await asyncio.wait((task,), timeout=PATIENCE_S)
        assert task.done(), [str(other.get_coro()) for other in asyncio.all_tasks()]
        pool.shutdown()


async def settled(agent: Agent) -> None:
    """It is in its place and on the line: from now on it needs a moment for a new plan, and not for its start."""
    await until(lambda: agent.papers.placement and agent.link.connected)


async def told(platform: Platform, agent: Agent, identifier: str, sound: village.Sound, *, ahead: int = 2_000) -> int:
    """It holds the sound and then a plan with this item; when that starts: in `ahead` ms, later on a busy machine."""
    begun = now_ms()
    soon(platform, f"{identifier}-far", sound, ahead=village.HOUR)
    await until(lambda: agent.media.ready(sound.sha256))
    ahead = max(ahead, 2 * (now_ms() - begun))
    while True:
        start = soon(platform, identifier, sound, ahead=ahead)
        await until(lambda: agent.papers.revisions().plan == platform.papers["plan"][0])
        situation = agent.papers.situation()
        assert situation is not None
        if situation.since <= start + GRACE_MS:
            return start
        ahead *= 2  # it heard of it too late to make anything of it, so there is no trace of it


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that must happen."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.01)
