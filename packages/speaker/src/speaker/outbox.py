"""What the agent says upward, in order, as soon as the link allows."""

import asyncio
from collections import deque

from devicelink.messages import Ack, Message

from speaker.core import Core
from speaker.link import Link

MOST_WAITING = 500
RETRY_S = 0.2


class Outbox:
    """When very much waits, the oldest is lost: a platform that was away so long asks anew."""

    def __init__(self, core: Core, link: Link) -> None:
        self._core, self._link = core, link
        self._said: deque[Message] = deque(maxlen=MOST_WAITING)
        self._to_say = asyncio.Event()

    def say(self, message: Message) -> None:
        """Queue it."""
        self._said.append(message)
        self._to_say.set()

    def acknowledge(self, name: str, code: str = "ok", detail: str = "") -> None:
        """The application's acknowledgement of one downward message."""
        core = self._core
        self.say(Ack(device=core.device, of=name, code=str(code), at=core.clock.now(), detail=detail))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._to_say.wait()
            self._to_say.clear()
            while self._said:
                await self._link.up.wait()
                message = self._said.popleft()
                if not self._link.say(message):
                    self._said.appendleft(message)
                    await asyncio.sleep(RETRY_S)
