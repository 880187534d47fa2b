"""What waits to be written into the database; while it is away everything waits, bounded by the number of devices."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from loa.gateway.beats import Beats
from loa.gateway.database import Away, Database
from loa.gateway.inbound import Inbound
from loa.gateway.outbox import Outbox
from loa.gateway.presence import Presence
from loa.gateway.world import World

T = TypeVar("T")


class Writing:
    """Takes from those who collect, gives back what could not be written."""

    def __init__(
        self, database: Database, world: World, beats: Beats, presence: Presence, outbox: Outbox, inbound: Inbound
    ) -> None:
        self._database = database
        self._world = world
        self._beats = beats
        self._presence = presence
        self._outbox = outbox
        self._inbound = inbound

    async def newest(self) -> None:
        """Heartbeats, transitions, answers, plans. Away."""
        await self._part(self._beats.take, self._database.save_beats, self._beats.give_back)
        await self._part(self._presence.take, self._database.save_changes, self._presence.give_back)
        await self.answers()
        await self._part(self._inbound.take_plans, self._database.save_plans, self._inbound.give_back_plans)

    async def answers(self) -> None:
        """What devices said to messages of the outbox. Away."""
        await self._part(self._outbox.take, self._database.save_answers, self._outbox.give_back)

    async def hours(self, *, everything: bool = False) -> None:
        """A twentieth of the devices each time, so that no moment is heavier than another. Away."""
        most = 1_000_000 if everything else max(100, len(self._world.members) // 20 + 1)
        await self._part(
            lambda: self._beats.take_hours(most=most), self._database.save_hours, self._beats.give_back_hours
        )

    async def last(self) -> None:
        """Before the process ends."""
        with suppress(Away, OSError):
            await self.newest()
            await self.hours(everything=True)

    async def _part(
        self, take: Callable[[], T], save: Callable[[T], Awaitable[None]], back: Callable[[T], None]
    ) -> None:
        rows = take()
        try:
            await save(rows)
        except Away:
            back(rows)
            raise
