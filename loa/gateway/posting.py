"""Messages that people put into the outbox table: read, sent until the devices have answered, summed up, closed."""

from collections.abc import Iterable

import msgspec
import structlog
from devicelink.messages import Audience

from loa.gateway.database import Database
from loa.gateway.engine import Engine
from loa.gateway.outbox import APPLIED, PASSING, Delivery, Outbox, Sending
from loa.gateway.rows import OpenMessage
from loa.gateway.world import World
from loa.gateway.writing import Writing
from loa.kernel.clock import now as clock_now

log = structlog.get_logger("loa.gateway.posting")


class Posting:
    """Between table, outbox and engine."""

    def __init__(self, database: Database, world: World, outbox: Outbox, engine: Engine, writing: Writing) -> None:
        self._database = database
        self._world = world
        self._outbox = outbox
        self._engine = engine
        self._writing = writing

    async def read(self) -> None:
        """Take over what is new in the table, and send. Away."""
        for row in await self._database.open_messages(self._outbox.rows()):
            try:
                self._outbox.add(self._delivery(row))
            except Exception:  # one row that cannot be sent must not hold up all others
                log.exception("a message of the outbox cannot be sent", message=row.id)
        await self.flush()

    def _delivery(self, row: OpenMessage) -> Delivery:
        """With the answers that another process, or this one before, has written down."""
        meant = self._world.meant(msgspec.convert(row.audience, Audience))
        final = {device: code for device, code in row.answers.items() if code not in PASSING}
        refused = {device: code for device, code in final.items() if code not in APPLIED}
        return Delivery(
            row.of,
            row.topic,
            row.jws,
            row.expires,
            set(meant) - final.keys(),
            row=row.id,
            applied=len(final) - len(refused),
            refused=refused,
        )

    async def send(self, sendings: Iterable[Sending]) -> None:
        """Publish; what the engine does not take is sent again."""
        for sending in sendings:
            try:
                await self._engine.publish(sending.topic, sending.jws)
            except Exception as error:
                log.info("not sent, will be sent again", reason=str(error)[:100])

    async def flush(self) -> None:
        """Publish what is due."""
        await self.send(self._outbox.due(clock_now()))

    async def close(self) -> None:
        """Write down what is over. The answers first: a message that is read again brings them back. Away."""
        await self._writing.answers()
        now = clock_now()
        for delivery in self._outbox.closed(now):
            if delivery.row is not None:
                await self._database.close_message(delivery.row, delivery.summary(), now)
