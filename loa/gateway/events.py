"""What open pages hear, as server-sent events: a bounded memory with ids, so that a page that slept can catch up."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import msgspec

from loa.areas.rules import is_inside

REMEMBERED = 4_000
QUEUE = 500
KEEP_ALIVE_S = 15
LONGEST_NUMBER = 18  # digits


@dataclass(frozen=True, slots=True)
class Event:
    """`area` is a path: pages of that area or above hear it, pages below only if it goes `down`. `facts`: JSON text."""

    number: int
    kind: str
    area: str
    facts: str
    down: bool = False

    def concerns(self, scope: str) -> bool:
        """True if a page about this area may hear it."""
        return is_inside(self.area, scope) or (self.down and is_inside(scope, self.area))

    def text(self, epoch: str) -> str:
        """In the form of text/event-stream: {"kind", "area", "facts"}."""
        head = msgspec.json.encode({"kind": self.kind, "area": self.area}).decode()[:-1]
        return f'id: {epoch}-{self.number}\ndata: {head},"facts":{self.facts}}}\n\n'


class Feed:
    """`epoch` names this process: numbers of another one mean nothing here."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self._memory: deque[Event] = deque(maxlen=REMEMBERED)
        self._number = 0
        self._readers: dict[asyncio.Queue[Event | None], str] = {}

    def tell(self, kind: str, area: str, facts: object, *, down: bool = False) -> None:
        """Something happened in this area; every page that may see it hears of it."""
        self._number += 1
        event = Event(self._number, kind, area, msgspec.json.encode(facts).decode(), down)
        self._memory.append(event)
        for queue, scope in list(self._readers.items()):
            if event.concerns(scope):
                self._push(queue, event)

    def _push(self, queue: asyncio.Queue[Event | None], event: Event) -> None:
        try:
            queue.put_nowait(event)
        except asyncio.QueueFull:  # a page that does not read is let go; it comes back with its last id
            del self._readers[queue]
            queue.get_nowait()
            queue.put_nowait(None)

    def missed(self, scope: str, last_id: str) -> list[Event] | None:
        """Events since `last_id`; None if they are not remembered any more, so that the page has to start anew."""
        epoch, _, text = last_id.rpartition("-")
        if epoch != self.epoch or not text.isdecimal() or len(text) > LONGEST_NUMBER or int(text) > self._number:
            return None
        number = int(text)
        oldest = self._memory[0].number if self._memory else self._number + 1
        if number + 1 < oldest:
            return None
        return [event for event in self._memory if event.number > number and event.concerns(scope)]

    async def follow(self, scope: str, last_id: str, snapshot: Callable[[], object]) -> AsyncIterator[str]:
        """Text of an endless stream: what was missed or else the `snapshot`, then everything new."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(QUEUE)
        self._readers[queue] = scope
        try:
            missed = self.missed(scope, last_id) if last_id else None
            yield "retry: 2000\n\n"
            if missed is None:
                yield Event(self._number, "snapshot", scope, msgspec.json.encode(snapshot()).decode()).text(self.epoch)
            for event in missed or ():
                yield event.text(self.epoch)
            async for text in self._new(queue):
                yield text
        finally:
            self._readers.pop(queue, None)

    async def _new(self, queue: asyncio.Queue[Event | None]) -> AsyncIterator[str]:
        while True:
            try:
                event = await asyncio.wait_for(queue.get(), KEEP_ALIVE_S)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if event is None:
                return
            yield event.text(self.epoch)

    def close(self) -> None:
        """End all streams; the pages reconnect by themselves."""
        for queue in self._readers:
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)

    @property
    def readers(self) -> int:
        """Open pages."""
        return len(self._readers)
