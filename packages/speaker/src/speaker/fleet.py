"""Many simulated loudspeakers in one process: one thread of sound cards, one decoder, one loop, a folder each."""

import asyncio
import json
import logging
import os
import random
import secrets
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import msgspec
from devicelink.refusals import Refused

from speaker.agent import Agent, Parts
from speaker.config import Config
from speaker.enrol import enrol
from speaker.faults import Fault, SimulatedDisk, SimulatedTicks, switch
from speaker.feeder import Feeder
from speaker.http import Unreachable
from speaker.logs import LogBook
from speaker.pcm import PcmCache
from speaker.relay.desk import Desk
from speaker.rescue import opened
from speaker.sink import Sink, Tap
from speaker.sinks.card_clock import CardFaults
from speaker.sinks.null import NullSink
from speaker.sinks.pump import Pump
from speaker.sinks.wav import WavSink
from speaker.store import Store
from speaker.update.pretended import Pretended
from speaker.update.software import Software

log = logging.getLogger("speaker.fleet")
T = TypeVar("T")

WORKERS = 8
LATENCY_S = 0.3  # the simulated card's buffer: a busy computer stalls for so long at times
RESTART_S = 2.0
ENROL_PAUSE_S = 3.0
PCM_BYTES = 96 << 20


@dataclass(frozen=True, slots=True)
class FleetConfig:
    """`claims`: one claim code for each speaker that is not enrolled yet, in order. `sink`: "wav" or "null".

    `config.folder` holds one folder a speaker, "01", "02", ...
    """

    config: Config
    count: int
    root: str
    claims: tuple[str, ...] = ()
    sink: str = "wav"
    seed: int = 0


class Member:
    """One simulated loudspeaker; `agent` is None until it is enrolled and running."""

    def __init__(self, number: int, fleet: FleetConfig, pump: Pump) -> None:
        self.folder = fleet.config.folder / f"{number:02d}"
        self.config = replace(fleet.config, folder=self.folder, ear=fleet.config.ear or "simulated", daily=False)
        chance = random.Random(fleet.seed * 1_000 + number)  # noqa: S311 - makes each card different, guards nothing
        self.card = CardFaults(
            offset_s=chance.uniform(-1_000, 1_000), drift_ppm=chance.uniform(-40, 40), latency_s=LATENCY_S
        )
        self.ticks = SimulatedTicks(drift_ppm=chance.uniform(-10, 10))
        self.disk = SimulatedDisk()
        self.launcher = Pretended(self.folder)
        self.agent: Agent | None = None
        self._pump, self._kind = pump, fleet.sink

    def sink(self) -> Sink:
        """A fresh card."""
        if self._kind == "null":
            return NullSink(self._pump, self.card)
        return WavSink(self._pump, self.folder / "out", self.card)

    def enrolled(self) -> bool:
        """True if the folder holds an identity."""
        store = opened(self.disk, self.folder)
        try:
            return store.identity("device") is not None
        finally:
            store.close()

    def enrol(self, claim: str, root: str) -> str:
        """The device id. Raises Unreachable, Refused."""
        store = Store(self.disk, self.folder)
        try:
            return enrol(store, self.config, claim=claim, root=root, seed=secrets.token_bytes(32)).device
        finally:
            store.close()


class Fleet:
    """See the module. Also `speaker.tap.Speakers`."""

    def __init__(self, fleet: FleetConfig) -> None:
        self._fleet = fleet
        self._pump = Pump()
        self._feeder = Feeder(PcmCache(PCM_BYTES))
        self._desk = Desk()
        self._logs = LogBook(shared=True).attached()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="speaker")
        self._loop: asyncio.AbstractEventLoop | None = None
        self.members = [Member(number, fleet, self._pump) for number in range(1, fleet.count + 1)]

    async def run(self) -> None:
        """Until cancelled; then every speaker says goodbye."""
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(self._pool)
        claims = iter(self._fleet.claims)
        tasks = []
        try:
            for member in self.members:
                claim = None if await self._blocking(member.enrolled) else next(claims, None)
                tasks.append(asyncio.create_task(self._live(member, claim)))
            await asyncio.wait(tasks)  # unlike gather it leaves them alone when we are cancelled: they say goodbye
        finally:
            self._goodbye()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._pool.shutdown(cancel_futures=True)

    async def _live(self, member: Member, claim: str | None) -> None:
        if claim is not None:
            await self._enrol(member, claim)
        while True:
            left = asyncio.Event()
            software = await self._begun(member, left)
            if software is None:
                continue
            agent = await self._wake(member, software)
            member.agent = agent
            try:
                await _run(agent, left)
            except Exception:
                log.exception("%s fell over and starts again", agent.device)
            finally:
                member.agent = None
            await asyncio.sleep(RESTART_S)

    async def _begun(self, member: Member, left: asyncio.Event) -> Software | None:
        """The release that its launcher starts; None if that ended at once, or a full disk keeps it from starting."""
        try:
            software = await self._blocking(lambda: member.launcher.begin(left.set))
        except OSError as error:
            log.warning("%s: %s", member.folder.name, error)
            software = None
        if software is None:
            await asyncio.sleep(RESTART_S)
        return software

    async def _wake(self, member: Member, software: Software) -> Agent:
        parts = Parts(
            member.disk, member.ticks, member.sink(), self._feeder, self._pool, self._desk,
            software=software, logs=self._logs,
        )  # fmt: skip
        while True:
            try:
                return Agent(member.config, parts)
            except Exception as error:
                log.warning("%s cannot start: %s %s", member.folder.name, type(error).__name__, error)
                await asyncio.sleep(RESTART_S)

    async def _enrol(self, member: Member, claim: str) -> None:
        while True:
            try:
                device = await self._blocking(lambda: member.enrol(claim, self._fleet.root))
            except Unreachable as error:
                log.info("%s: %s", member.folder.name, error)
                await asyncio.sleep(ENROL_PAUSE_S * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load
            except Refused as refusal:
                log.error("%s: the claim code was refused: %s", member.folder.name, refusal)
                return
            else:
                log.info("%s is %s", member.folder.name, device)
                return

    def _goodbye(self) -> None:
        for agent in self._agents():
            agent.say_goodbye()

    async def _blocking(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    # --- speaker.tap.Speakers: called from the server's threads ------------------------------------------------------

    def listing(self) -> bytes:
        """See `speaker.tap.Speakers`."""
        rows = [
            {"device": agent.device, "folder": str(member.folder), "status": msgspec.to_builtins(agent.last_status)}
            for member in self.members
            if (agent := member.agent) is not None
        ]
        return msgspec.json.encode(rows)

    def tap(self, device: str) -> Tap | None:
        """See `speaker.tap.Speakers`."""
        sink = next((agent.sink for agent in self._agents() if agent.device == device), None)
        return sink if isinstance(sink, WavSink) else None

    def fault(self, device: str, kind: str, value: float) -> None:
        """See `speaker.tap.Speakers`."""
        fault = Fault(kind)
        for member in self.members:
            agent = member.agent
            if agent is not None and agent.device == device and self._loop is not None:
                work = switch(agent, member.ticks, member.disk, fault, value)
                asyncio.run_coroutine_threadsafe(work, self._loop).result(5)
                return
        raise ValueError(f"no speaker {device}")

    def _agents(self) -> Iterable[Agent]:
        return (member.agent for member in self.members if member.agent is not None)


async def _run(agent: Agent, left: asyncio.Event) -> None:
    """Until it fails, is cancelled, or ends so that another release begins."""
    life, leaving = asyncio.create_task(agent.run()), asyncio.create_task(left.wait())
    try:
        await asyncio.wait((life, leaving), return_when=asyncio.FIRST_COMPLETED)
        if left.is_set():
            agent.say_goodbye()
    finally:
        for task in (life, leaving):
            task.cancel()
        await asyncio.gather(life, leaving, return_exceptions=True)
    if not life.cancelled() and (fault := life.exception()) is not None:
        raise fault


def read_claims(path: Path | None) -> tuple[str, ...]:
    """One claim code a line; empty lines and lines beginning with "#" do not count; words after the code neither."""
    if path is None:
        return ()
    lines = (line.strip() for line in path.read_text().splitlines())
    return tuple(line.split()[0] for line in lines if line and not line.startswith("#"))


def write_facts(folder: Path, port: int) -> None:
    """`fleet.json`: where to listen, and the process."""
    draft = folder / "fleet.json.new"
    draft.write_text(json.dumps({"tap": f"http://127.0.0.1:{port}", "pid": os.getpid()}))
    shutil.move(draft, folder / "fleet.json")
