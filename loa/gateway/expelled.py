"""Devices whose login is void: their connections are ended, tried again until it was possible."""

import asyncio
import time
from contextlib import suppress
from datetime import datetime

import structlog

from loa.gateway.engine import Engine
from loa.gateway.limits import Limit
from loa.kernel.clock import now as clock_now

log = structlog.get_logger("loa.gateway.expelled")
LOOK_EVERY_S = 0.5


class Expelled:
    """A loop of its own: an engine that does not answer one question must hold up nothing else."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._void: dict[str, datetime] = {}
        self._flooders = Limit(burst=3, per_second=0.5)
        self._wake = asyncio.Event()

    def add(self, device: str) -> None:
        """Whatever connection it has now is void; one that begins later is not."""
        self._void[device] = clock_now()
        self._wake.set()

    def flooded(self, device: str) -> None:
        """End its connection; it may log in again, which is bounded too."""
        if self._flooders.allows(device, time.monotonic()):
            log.warning("a device sends too much and is thrown out", device=device)
            self.add(device)

    async def run(self) -> None:
        """One round, at once when somebody was added."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), LOOK_EVERY_S)
        self._wake.clear()
        if self._engine.up:
            for device, since in list(self._void.items()):
                await self._end(device, since)

    async def _end(self, device: str, since: datetime) -> None:
        try:
            await self._engine.kick(device, began_before=since)
        except Exception as error:
            log.warning("not thrown out yet", device=device, reason=f"{type(error).__name__} {error}"[:100])
        else:
            if self._void.get(device) == since:
                del self._void[device]
