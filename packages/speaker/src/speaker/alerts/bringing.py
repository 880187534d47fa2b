"""Fetches the voices of alerts that did not come by themselves, each device a moment of its own later."""

import asyncio
import contextlib
import logging
import random
from typing import TYPE_CHECKING

from devicelink.messages import SoundFile, Voice
from devicelink.refusals import Reason, Refused

from speaker.http import Unreachable

if TYPE_CHECKING:
    from speaker.core import Core

LOOK_S = 5.0

log = logging.getLogger("speaker.alerts")


class Bringer:
    """One task. `due`: an alert has come."""

    def __init__(self, core: "Core") -> None:
        self._core = core
        self.due = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled. What is expected when it looks waits 0 to 20 s, then is fetched if it has not come."""
        pace, pause = self._core.config.pace, 0.0
        while True:
            if not self._core.alerts.expected():
                self.due.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self.due.wait()
                if not self._core.alerts.expected():
                    continue
            await asyncio.sleep(pause or random.uniform(0, pace.voice_jitter))  # noqa: S311 - spreads load
            complete = [await self._fetch(voice) for voice in self._core.alerts.expected()]
            pause = 0.0 if all(complete) else min(60.0, max(pace.retry, pause * 2))

    async def _fetch(self, voice: Voice) -> bool:
        """True if it is here. It is small, and no data plan is too small for it."""
        core = self._core
        file = SoundFile(sha256=voice.sha256, size=voice.size, duration=voice.duration)
        try:
            await core.fetch.media(file, core.media, frozenset(core.alerts.needed()))
        except (Unreachable, Refused) as error:
            log.info("%s: voice %s: %s", core.device, voice.sha256[:12], error)
            if isinstance(error, Refused) and error.reason is not Reason.NO_ROOM:
                await asyncio.sleep(core.config.pace.retry)
            return core.alerts.is_here(voice.sha256)
        core.alerts.arrived(voice.sha256)
        core.poke()
        return True
