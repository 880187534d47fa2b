"""Steps that are done again and again, and work that nobody waits for."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from loa.gateway.database import Away

log = structlog.get_logger("loa.gateway")
CANCEL_AGAIN_S = 0.2


class Loops:
    """Everything that runs by itself in this process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def every(self, name: str, step: Callable[[], Awaitable[None]], pause: float = 0) -> None:
        """Do `step`, wait `pause` seconds, for ever; a failed step is told and does not end it."""

        async def run() -> None:
            while True:
                try:
                    await step()
                except Away:
                    await asyncio.sleep(0.5)
                except Exception:
                    log.exception("a step failed, going on", step=name)
                    await asyncio.sleep(1)
                await asyncio.sleep(pause)

        self.keep(run())

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Let it run."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def cancel(self) -> None:
        """End everything. Told again until it is: who is told at the moment in which its wait is over may miss it."""
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=CANCEL_AGAIN_S)
