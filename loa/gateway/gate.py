"""Who may come in at the edge: pages of our own origin, people with a ticket that holds."""

from collections.abc import Awaitable, Callable, Collection
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from loa.devices import tickets
from loa.devices.tickets import Ticket
from loa.gateway.endings import Endings
from loa.gateway.http import bearer, guarded
from loa.kernel.clock import now as clock_now
from loa.kernel.errors import Denied

NOT_YOURS = "Anh/chị không được giao việc này ở đây."


class Gate:
    """`origins` are where our pages come from, `seed` is the key of tickets, `endings` tells which are void."""

    def __init__(self, endings: Callable[[], Endings], *, seed: bytes, origins: Collection[str]) -> None:
        self._endings = endings
        self._seed = seed
        self._origins = frozenset(origins)

    def open(self, endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Let pages of our own origin, and no others, read the answer."""
        inner = guarded(endpoint)

        async def run(request: Request) -> Response:
            response = Response(status_code=204) if request.method == "OPTIONS" else await inner(request)
            response.headers["Vary"] = "Origin"
            origin = request.headers.get("origin", "")
            if origin in self._origins:
                response.headers["Access-Control-Allow-Origin"] = origin
                response.headers["Access-Control-Allow-Headers"] = "authorization, content-type, last-event-id"
                response.headers["Access-Control-Allow-Methods"] = "GET, POST"
                response.headers["Access-Control-Max-Age"] = "600"
            return response

        return run

    def route(
        self, method: Literal["GET", "POST"], path: str, endpoint: Callable[[Request], Awaitable[Response]]
    ) -> Route:
        """A route that our pages may use; browsers ask beforehand whether they may bring a ticket, reading too."""
        return Route(path, self.open(endpoint), methods=[method, "OPTIONS"])

    def ticket(self, request: Request, *may: str) -> Ticket:
        """The ticket in the header, or in the address for what a browser opens without headers. It allows at least one
        of `may`. Denied.
        """
        text = bearer(request) or (request.query_params.get("ticket", "") if request.method == "GET" else "")
        return self.check(text, *may)

    def is_ours(self, origin: str) -> bool:
        """Whether a page from there is one of ours; a WebSocket is not asked by the browser before it is opened."""
        return origin in self._origins

    def check(self, text: str, *may: str) -> Ticket:
        """The ticket in `text`, if it holds and allows at least one of `may`. Denied."""
        ticket = tickets.check(text, seed=self._seed, now=clock_now())
        if self._endings().covers(ticket):
            raise Denied(tickets.OVER, code="ticket_ended")
        if not set(may) & set(ticket.may):
            raise Denied(NOT_YOURS)
        return ticket
