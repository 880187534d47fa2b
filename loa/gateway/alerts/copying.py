"""The book and the boards go into the database afterwards, whenever it is there."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from loa.gateway.alerts.boards import Boards
from loa.gateway.alerts.doors import Outside
from loa.gateway.alerts.keeping import Keeping
from loa.gateway.database import Away

log = structlog.get_logger("loa.gateway.alerts")
LOOK_EVERY_S = 2.0


class Copying:
    """One round after the other, as a loop of its own. The boards are written by the active gateway alone."""

    def __init__(self, keeping: Keeping, boards: Boards, outside: Outside, is_active: Callable[[], bool]) -> None:
        self._keeping = keeping
        self._boards = boards
        self._outside = outside
        self._is_active = is_active

    async def run(self) -> None:
        """One round; at once after a step. Away."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._keeping.wake.wait(), LOOK_EVERY_S)
        self._keeping.wake.clear()
        await self._steps()
        if self._is_active():
            await self._reports()

    async def _steps(self) -> None:
        for entry in self._keeping.waiting():
            try:
                await asyncio.to_thread(self._outside.record_alert, entry)
            except Away:
                await asyncio.sleep(1)
                raise
            except Exception as error:  # one line that the database does not take must not keep the later ones from it
                log.error("a step of an alert cannot be copied", entry=entry.entry, reason=str(error)[:200])
            else:
                await self._keeping.copied(entry)

    async def _reports(self) -> None:
        unknown = {entry.id for entry in self._keeping.waiting()}
        while rows := self._boards.take(unknown.__contains__):
            try:
                await asyncio.to_thread(self._outside.record_heard, rows)
            except Away:
                self._boards.give_back(rows)
                raise
            except Exception as error:
                log.error("reports cannot be copied", rows=len(rows), reason=str(error)[:200])
