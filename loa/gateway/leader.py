"""Two gateways, one active: the session that holds PostgreSQL's advisory lock. Both answer logins and stops.

With PostgreSQL down nobody can take the lock: who was active stays so; a gateway that hears no active one over the
engine for some seconds becomes active by itself. Two active ones for a moment only send a few messages twice.

A process that hangs, or a host that fell, keeps the lock although nobody serves the devices: whoever hears nothing from
an active one ends its session.
"""

import asyncio
import time
from contextlib import suppress
from typing import Protocol

import structlog

from loa.devices import announce
from loa.gateway.database import Away, Database, Session
from loa.gateway.engine import Engine
from loa.people import announce as people

log = structlog.get_logger("loa.gateway.leader")
ALIVE_EVERY_S = 1.0
PEER_SILENT_S = 3.5
POLL_S = 1.0
AFTER_LOSS_S = 0.3  # whoever was made to give up the lock does not snatch it back


class Work(Protocol):
    """What the leader makes the hub do."""

    database: Database
    engine: Engine

    async def read_all(self) -> None: ...

    async def read_outbox(self) -> None: ...

    async def read_states(self) -> None: ...

    async def take_over(self) -> None: ...

    async def on_notice(self, payload: str) -> None: ...

    async def on_sign_out(self, payload: str) -> None: ...

    async def say_alive(self, name: str) -> None: ...


class Leader:
    """Keeps the listening session, and knows whether this gateway is the active one."""

    def __init__(self, work: Work, name: str) -> None:
        self._work = work
        self._name = name
        self._peer_at = 0.0
        self._said_at = 0.0
        self._started = time.monotonic()
        self.active = False
        self.database_up = False

    def heard_peer(self, name: str, at: float) -> None:
        """An active gateway said that it lives (it may be ourselves)."""
        if name != self._name:
            self._peer_at = at

    async def run(self) -> None:
        """One session, from connecting to its loss; the caller calls again."""
        try:
            session = await self._work.database.session()
        except Away:
            self.database_up = False
            await self._without_database()
            return
        try:
            await self._with(session)
        except Away as error:
            log.warning("database lost", reason=str(error)[:100])
            await asyncio.sleep(AFTER_LOSS_S)
        finally:
            self.database_up = False
            with suppress(Exception):
                await session.close()

    async def _with(self, session: Session) -> None:
        await session.listen(announce.CHANGED, announce.OUTBOX, people.SIGNED_OUT)
        self.database_up = True
        await self._work.read_all()
        if self.active:  # since before the database came: what it knows of the devices was not there to be read
            await self._work.read_states()
        while True:
            await self._try_lead(session)
            notices = await session.heard(POLL_S)
            for channel, payload in notices:
                if channel != announce.OUTBOX:
                    await self._notice(channel, payload)
            if self.active:
                await self._say_alive()
                await self._work.read_outbox()

    async def _notice(self, channel: str, payload: str) -> None:
        follow = self._work.on_sign_out if channel == people.SIGNED_OUT else self._work.on_notice
        try:
            await follow(payload)
        except Away:
            raise
        except Exception:
            log.exception("a notice could not be followed", payload=payload[:200])

    async def _try_lead(self, session: Session) -> None:
        if session.leads:
            return
        leads = await session.try_lead()
        if not leads and not self.active and self._work.engine.up and self._nobody_is_active():
            log.warning("the active gateway is silent, its session is ended")
            leads = await session.oust_and_lead()
        if leads and not self.active:
            await self._become_active()
        elif not leads and self.active:
            log.info("another gateway is active")
            self.active = False
            self._peer_at = time.monotonic()

    async def _become_active(self) -> None:
        log.info("this gateway is active")
        self.active = True
        await self._say_alive()
        await self._work.take_over()

    async def _without_database(self) -> None:
        if not self.active and self._nobody_is_active():
            await self._become_active()
        if self.active:
            await self._say_alive()
        await asyncio.sleep(0.3)

    def _nobody_is_active(self) -> bool:
        return time.monotonic() - max(self._peer_at, self._started) > PEER_SILENT_S

    async def _say_alive(self) -> None:
        now = time.monotonic()
        if now - self._said_at >= ALIVE_EVERY_S:
            self._said_at = now
            await self._work.say_alive(self._name)
