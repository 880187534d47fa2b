"""Sends the last lines of the agent's record to a technician who asked for them: once, small, without secrets."""

import asyncio
import gzip
import logging
from collections.abc import Sequence

from devicelink.jws import encode64
from devicelink.limits import MAX_LOG_BYTES, MAX_LOG_LINES
from devicelink.messages import Command, LogUpload
from devicelink.redaction import redacted
from devicelink.refusals import Reason, Refused

from speaker.budget import MEGABYTE, month_of
from speaker.core import Core
from speaker.http import Unreachable
from speaker.outbox import Outbox

log = logging.getLogger("speaker.reporter")


class Reporter:
    """One task; a question that cannot be answered before it expires is forgotten."""

    def __init__(self, core: Core, outbox: Outbox) -> None:
        self._core, self._outbox = core, outbox
        self._asked: asyncio.Queue[Command] = asyncio.Queue(maxsize=4)

    def ask(self, command: Command) -> str:
        """The code of the acknowledgement: "ok" if it will be sent."""
        if not self._affordable():
            return Reason.LIMIT_EXCEEDED
        try:
            self._asked.put_nowait(command)
        except asyncio.QueueFull:
            return Reason.NO_ROOM
        return "ok"

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._answer(await self._asked.get())

    async def _answer(self, command: Command) -> None:
        core, pause = self._core, self._core.config.pace.retry
        lines = await core.blocking(core.logs.tail, command.lines or MAX_LOG_LINES, command.since, core.device)
        text, count = packed(lines)
        upload = LogUpload(device=core.device, id=command.id, at=core.clock.now(), lines=count, text=text)
        while core.clock.now() < command.expires:
            try:
                await core.fetch.log(upload)
            except Unreachable as error:
                log.info("%s: log: %s", core.device, error)
                await asyncio.sleep(pause)
                pause = min(60.0, pause * 2)
                continue
            except Refused as refusal:
                log.info("%s: log refused: %s", core.device, refusal)
                return
            core.store.used(month_of(core.clock.now()), len(text))
            return

    def _affordable(self) -> bool:
        placement = self._core.papers.placement
        monthly = placement.monthly_mb if placement else 0
        used = self._core.store.used(month_of(self._core.clock.now()))
        return monthly <= 0 or used + MAX_LOG_BYTES <= monthly * MEGABYTE


def packed(lines: Sequence[str]) -> tuple[str, int]:
    """The newest lines that fit, without secrets, as the wire has them; and how many."""
    kept = [redacted(line) for line in lines[-MAX_LOG_LINES:]]
    while True:
        data = gzip.compress("\n".join(kept).encode(), mtime=0)
        if len(data) <= MAX_LOG_BYTES:
            return encode64(data), len(kept)
        kept = kept[len(kept) // 4 + 1 :]
