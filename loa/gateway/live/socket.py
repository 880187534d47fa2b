"""/edge/live: who may open the microphone's line, and who is on the air."""

import asyncio
from collections.abc import Callable

import structlog
from devicelink.refusals import Reason, Refused
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from loa.broadcasts.rules.speaking import End
from loa.gateway.gate import Gate
from loa.gateway.live import wire
from loa.gateway.live.air import told
from loa.gateway.live.desk import Desk
from loa.gateway.live.talk import Talk
from loa.kernel.errors import LoaError, Unavailable

log = structlog.get_logger("loa.gateway.live")
TICKET_S = 5.0
SILENCE_S = 300.0
MOST_SOCKETS, MOST_A_USER = 300, 4
NOT_LET_IN, LET_GO = 4403, 4400
_TICKET_FIRST = "Trang chưa đưa phiếu quyền. Hãy tải lại trang."


class LiveDoor:
    """The routes. `silence_s`: after so long without a voice a session ends by itself."""

    def __init__(self, desk: Desk, gate: Gate, *, silence_s: Callable[[], float] = lambda: SILENCE_S) -> None:
        self._desk = desk
        self._gate = gate
        self._silence_s = silence_s
        self._open = 0
        self._talks: list[Talk] = []

    def routes(self) -> list[BaseRoute]:
        """For Starlette."""
        return [
            WebSocketRoute("/edge/live", self.talk),
            self._gate.route("GET", "/edge/live/now", self.now),
        ]

    async def now(self, request: Request) -> Response:
        """Who is on the air in the ticket's area, above and below it."""
        ticket = self._gate.ticket(request, "view")
        return JSONResponse({"live": self._desk.shown(ticket.area)}, headers={"Cache-Control": "no-store"})

    async def talk(self, socket: WebSocket) -> None:
        """One connection from its handshake to its end; a session never outlives it."""
        if not self._gate.is_ours(socket.headers.get("origin", "")) or self._open >= MOST_SOCKETS:
            await socket.close(NOT_LET_IN)
            return
        self._open += 1
        try:
            await socket.accept()
            talk = await self._greeted(socket)
            if talk is not None:
                await self._converse(talk)
        except (WebSocketDisconnect, RuntimeError, OSError) as error:
            log.info("a microphone's line ended", reason=str(error)[:100])
        finally:
            self._open -= 1

    async def _greeted(self, socket: WebSocket) -> Talk | None:
        """The ticket has to be the first thing that is said, and soon."""
        try:
            async with asyncio.timeout(TICKET_S):
                received = await socket.receive()
            said = wire.read(received.get("text") or "")
            if not isinstance(said, wire.TicketShown):
                raise Refused(Reason.MALFORMED, "no ticket")
            ticket = self._gate.check(said.ticket, "live.speak")
            if sum(one.ticket.user == ticket.user for one in self._talks) >= MOST_A_USER:
                raise Unavailable("Trang Phát trực tiếp đang mở ở quá nhiều nơi. Hãy đóng bớt.", code="too_many_pages")
        except (LoaError, Refused, TimeoutError) as error:
            code, words = (error.code, error.message) if isinstance(error, LoaError) else ("no_ticket", _TICKET_FIRST)
            await socket.send_text(told("refused", code=code, detail=words))
            await socket.close(NOT_LET_IN)
            return None
        return Talk(socket, ticket, self._desk, lambda: list(self._talks), self._silence_s())

    async def _converse(self, talk: Talk) -> None:
        why = End.LOST
        self._talks.append(talk)
        await talk.say("hello", name=talk.ticket.name, area=talk.ticket.area, silence=talk.silence_s)
        care = asyncio.create_task(talk.care())
        try:
            why = await talk.listen()
            if why is End.MISUSE:
                log.warning("a page sends what ours never does", user=talk.ticket.user)
                await talk.refuse("misuse", "Trang gửi dữ liệu không hợp lệ nên đã bị ngắt. Hãy tải lại trang.")
        finally:
            care.cancel()
            self._talks.remove(talk)
            if talk.air is not None:
                await self._desk.end(talk.air, why)
        if why is End.MISUSE:
            await talk.socket.close(LET_GO)
