"""What browsers reach directly: /edge/*. A signed ticket says who may do what; nothing here needs the database."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import msgspec
from devicelink.messages import Audience
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from loa.areas.rules import is_inside
from loa.devices.tickets import Ticket
from loa.gateway.endings import Endings
from loa.gateway.events import Feed
from loa.gateway.gate import Gate
from loa.gateway.http import guarded, message
from loa.gateway.limits import Limit
from loa.gateway.world import HoldState
from loa.kernel.clock import now as clock_now
from loa.kernel.clock import to_ms
from loa.kernel.errors import NotFound, Unavailable

SMALL_BODY = 4_096
MOST_READERS = 2_000
MOST_STREAMS_A_USER = 60  # an office may share one account


Piece = TypeVar("Piece", str, bytes)


class StopWish(msgspec.Struct):
    """POST /edge/stop. `until` in Unix milliseconds."""

    audience: Audience
    until: int
    reason: str = ""


class ResumeWish(msgspec.Struct):
    """POST /edge/resume."""

    audience: Audience


class Deeds(Protocol):
    """What the gateway does for a ticket."""

    async def stop_devices(self, ticket: Ticket, wish: StopWish) -> tuple[HoldState, int]: ...

    async def resume_devices(self, ticket: Ticket, wish: ResumeWish) -> tuple[HoldState, int]: ...

    def picture(self, area: str) -> dict[str, object]: ...

    def health(self) -> dict[str, object]: ...

    def place_of(self, device: str) -> str | None: ...

    @property
    def endings(self) -> Endings: ...


Listener = Callable[[str], Awaitable[AsyncIterator[bytes]]]


class Edge:
    """The routes under /edge, those of alerts aside."""

    def __init__(
        self,
        deeds: Deeds,
        feed: Feed,
        *,
        gate: Gate,
        listener: Listener | None = None,
    ) -> None:
        self._deeds = deeds
        self._feed = feed
        self._gate = gate
        self._listener = listener
        self._stops = Limit(burst=20, per_second=0.5)

    def routes(self) -> list[Route]:
        """For Starlette."""
        return [
            self._gate.route("GET", "/edge/events", self.events),
            self._gate.route("GET", "/edge/state", self.state),
            self._gate.route("POST", "/edge/stop", self.stop),
            self._gate.route("POST", "/edge/resume", self.resume),
            self._gate.route("GET", "/edge/listen/{device}", self.listen),
            Route("/healthz", guarded(self.health), methods=["GET"]),
        ]

    async def stop(self, request: Request) -> Response:
        """Stop these loudspeakers: {"revision", "until", "devices", "by"}."""
        ticket = self._gate.ticket(request, "hold.set")
        self._stops.require(str(ticket.user), time.monotonic())
        state, devices = await self._deeds.stop_devices(ticket, await message(request, StopWish, SMALL_BODY))
        return _hold_answer(state, devices)

    async def resume(self, request: Request) -> Response:
        """Let them sound again."""
        ticket = self._gate.ticket(request, "hold.set")
        self._stops.require(str(ticket.user), time.monotonic())
        state, devices = await self._deeds.resume_devices(ticket, await message(request, ResumeWish, SMALL_BODY))
        return _hold_answer(state, devices)

    async def events(self, request: Request) -> Response:
        """Server-sent events of the ticket's area; Last-Event-ID (header or `last`) catches up."""
        ticket = self._gate.ticket(request, "view")
        last = request.headers.get("last-event-id", "") or request.query_params.get("last", "")
        self._admit(ticket)
        return self._stream(
            ticket,
            self._feed.follow(ticket.area, last, lambda: self._deeds.picture(ticket.area)),
            "text/event-stream",
        )

    def _admit(self, ticket: Ticket) -> None:
        """Unavailable when too many streams are open."""
        streams = self._deeds.endings.streams_of(ticket.user)
        if self._feed.readers >= MOST_READERS or streams >= MOST_STREAMS_A_USER:
            raise Unavailable("Quá nhiều trang đang mở. Trang sẽ tự nối lại sau ít phút.", code="too_many_pages")

    def _stream(self, ticket: Ticket, stream: AsyncIterator[Piece], kind: str) -> Response:
        """An endless answer that ends with its ticket."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        leashed = self._deeds.endings.while_valid(ticket, stream, to_ms(clock_now()))
        return Endless(leashed, stream, media_type=kind, headers=headers)

    async def state(self, request: Request) -> Response:
        """The picture with which `events` begins, once."""
        area = self._gate.ticket(request, "view").area
        return JSONResponse(self._deeds.picture(area), headers={"Cache-Control": "no-store"})

    async def listen(self, request: Request) -> Response:
        """What a simulated loudspeaker is really rendering (demonstration only)."""
        ticket = self._gate.ticket(request, "view")
        device = request.path_params["device"]
        place = self._deeds.place_of(device)
        if self._listener is None or place is None or not is_inside(place, ticket.area):
            raise NotFound
        self._admit(ticket)
        return self._stream(ticket, await self._listener(device), "audio/wav")

    async def health(self, request: Request) -> Response:
        """For the supervisor and for alarms."""
        facts = self._deeds.health()
        return JSONResponse(facts, 200 if facts["ready"] else 503)


class Endless(StreamingResponse):
    """Closes its `source` in the end, also for who leaves before the first piece, when `leashed` never begins."""

    def __init__(
        self, leashed: AsyncIterator[Piece], source: AsyncIterator[Piece], *, media_type: str, headers: dict[str, str]
    ) -> None:
        super().__init__(leashed, media_type=media_type, headers=headers)
        self._source: AsyncIterator[Any] = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Of ASGI."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with suppress(Exception):
                await self._source.aclose()  # type: ignore[attr-defined]


def _hold_answer(state: HoldState, devices: int) -> JSONResponse:
    return JSONResponse(
        {"revision": state.revision, "until": state.until, "devices": devices, "by": state.name, "area": state.area}
    )
