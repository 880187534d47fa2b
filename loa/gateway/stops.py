"""What follows a stop: send it, tell the other gateway and the pages, copy it from the journal to the database."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
import structlog

from loa.devices.actions.holding import HoldEntry
from loa.devices.rules import papers
from loa.devices.tickets import Ticket
from loa.gateway.database import Away
from loa.gateway.edge import ResumeWish, StopWish
from loa.gateway.engine import Engine
from loa.gateway.holds import Holds, ends
from loa.gateway.outbox import Delivery, Outbox
from loa.gateway.pages import Pages
from loa.gateway.world import HoldState, World
from loa.kernel.clock import now as clock_now

log = structlog.get_logger("loa.gateway.stops")
PEERS = "loa.gateway.hold"
LOOK_EVERY_S = 2


class Stops:
    """`flush` sends what is due, `record` copies one entry into the database (it blocks)."""

    def __init__(
        self,
        world: World,
        holds: Holds,
        outbox: Outbox,
        pages: Pages,
        engine: Engine,
        flush: Callable[[], Awaitable[None]],
        record: Callable[[HoldEntry], object],
    ) -> None:
        self._world = world
        self._holds = holds
        self._outbox = outbox
        self._pages = pages
        self._engine = engine
        self._flush = flush
        self._record = record
        self._copy_now = asyncio.Event()

    def recover(self) -> None:
        """Send again what the journal holds: the process may have died between writing and sending."""
        for state in self._holds.recover(clock_now()):
            self._deliver(state)

    async def stop_devices(self, ticket: Ticket, wish: StopWish) -> tuple[HoldState, int]:
        """Stop whom the wish means; the stop, and how many devices that is. Denied, NotFound, Invalid, Unavailable."""
        state, _ = await self._holds.stop(ticket, wish.audience, wish.until, wish.reason, clock_now())
        return state, await self._hold_is_written(state)

    async def resume_devices(self, ticket: Ticket, wish: ResumeWish) -> tuple[HoldState, int]:
        """Let them sound again. Denied, NotFound, Unavailable."""
        state, _ = await self._holds.resume(ticket, wish.audience, clock_now())
        return state, await self._hold_is_written(state)

    async def sign_anew(self) -> None:
        """The stop key was taken back: what stands stays stopped. Unavailable (disk)."""
        for state in await self._holds.sign_anew(clock_now()):
            await self._hold_is_written(state)

    async def _hold_is_written(self, state: HoldState) -> int:
        """Send it, tell the other gateway and the pages, copy it to the database; how many devices are meant."""
        meant = self._deliver(state)
        await self._flush()
        self._copy_now.set()
        try:
            await self._engine.publish_raw(PEERS, msgspec.json.encode(state))
        except Exception as error:
            log.warning("the other gateway was not told", reason=str(error)[:100])
        return meant

    def _deliver(self, state: HoldState) -> int:
        audience = papers.audience_of(state.subject)
        meant = set(self._world.meant(audience))
        topic = papers.topic_of(audience, state.area)
        self._outbox.replace(state.subject, Delivery(f"hold:{state.revision}", topic, state.jws, ends(state), meant))
        self._pages.hold(state)
        return len(meant)

    def heard_peer(self, subject: str, payload: bytes) -> None:
        """A stop that was posted to the other gateway: whichever is active sends it until it is acknowledged."""
        state = msgspec.json.decode(payload, type=HoldState)
        if self._world.hold(state):
            self._deliver(state)

    async def copy_journal(self) -> None:
        """Audit what was done while nobody could be asked."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._copy_now.wait(), LOOK_EVERY_S)
        self._copy_now.clear()
        for entry in self._holds.waiting():
            try:
                await asyncio.to_thread(self._record, entry)
            except Away as error:
                log.info("journal not copied yet", reason=str(error)[:200])
                await asyncio.sleep(1)
                return
            except Exception as error:  # one line that the database does not take must not keep the later ones from it
                log.error("a line of the journal cannot be copied", entry=entry.entry, reason=str(error)[:200])
                await asyncio.sleep(1)
            else:
                await self._holds.copied(entry)
                self._pages.copied(entry.area)
