"""Which tickets are void before their time, and the open streams that end with them.

A ticket is checked without asking anybody. That its session, its role or its account has ended is told by the database
(loa.people.models.SignOut) at once, kept in the snapshot, and ends what such a ticket keeps open.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TypeVar

import msgspec

from loa.devices.tickets import Ticket
from loa.people.rules import SIGN_OUT_KEPT

KEPT_MS = round(SIGN_OUT_KEPT.total_seconds() * 1000)
T = TypeVar("T")


class SignOut(msgspec.Struct, frozen=True, kw_only=True):
    """What `user` was given before `at` (ms) is void; with a `session`, what that session was given, whenever."""

    user: int
    session: str
    at: int


class Endings:
    """Sign-outs of the last day. Only the event loop touches it."""

    def __init__(self) -> None:
        self._users: dict[int, int] = {}
        self._sessions: dict[str, SignOut] = {}
        self._open: dict[asyncio.Future[None], Ticket] = {}

    def add(self, row: SignOut) -> bool:
        """Learn of one, and end the streams that it concerns; False if nothing new is said."""
        if row.session:
            known = row.session in self._sessions
            self._sessions[row.session] = row
        else:
            known = self._users.get(row.user, 0) >= row.at
            self._users[row.user] = max(row.at, self._users.get(row.user, 0))
        for ended, ticket in list(self._open.items()):
            if self.covers(ticket):
                _resolve(ended)
        return not known

    def covers(self, ticket: Ticket) -> bool:
        """True if the ticket is void."""
        return ticket.session in self._sessions or ticket.issued <= self._users.get(ticket.user, 0)

    def rows(self) -> list[SignOut]:
        """All of them, for the snapshot."""
        everywhere = [SignOut(user=user, session="", at=at) for user, at in self._users.items()]
        return [*everywhere, *self._sessions.values()]

    def forget(self, now: int) -> None:
        """Drop what no living ticket can be concerned by."""
        oldest = now - KEPT_MS
        self._users = {user: at for user, at in self._users.items() if at > oldest}
        self._sessions = {mark: row for mark, row in self._sessions.items() if row.at > oldest}

    def streams_of(self, user: int) -> int:
        """How many streams of this user are open."""
        return sum(ticket.user == user for ticket in self._open.values())

    async def while_valid(self, ticket: Ticket, stream: AsyncIterator[T], now: int) -> AsyncIterator[T]:
        """The stream, until the ticket ends, by its time or before."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = asyncio.get_running_loop().call_later(max(0, ticket.expires - now) / 1000, _resolve, ended)
        self._open[ended] = ticket
        try:
            while (piece := await _next(stream, ended)) is not None:
                yield piece
        finally:
            timer.cancel()
            del self._open[ended]
            with suppress(Exception):
                await stream.aclose()  # type: ignore[attr-defined]


def _resolve(ended: "asyncio.Future[None]") -> None:
    if not ended.done():
        ended.set_result(None)


async def _next(stream: AsyncIterator[T], ended: "asyncio.Future[None]") -> T | None:
    """The next piece; None when the stream is over or has to be."""
    step = asyncio.ensure_future(anext(stream))
    try:
        await asyncio.wait((step, ended), return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not step.done():
            step.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await step
    if ended.done() or step.cancelled():
        return None
    try:
        return step.result()
    except StopAsyncIteration:
        return None
