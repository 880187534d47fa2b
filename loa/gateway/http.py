"""What both HTTP sides share: bounded bodies, who asks, errors as {"code", "detail"}."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
import structlog
from devicelink.refusals import Reason, Refused
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from loa.gateway.database import Away
from loa.gateway.limits import Limit
from loa.kernel.errors import LoaError, Unavailable
from loa.kernel.networks import network_of

log = structlog.get_logger("loa.gateway.http")
FIRST_S, OCTETS_A_SECOND = 20.0, 2_000  # a body takes at most so long; the slowest line of a loudspeaker is faster
T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]

STATUS = {
    Reason.TOO_LARGE: 413,
    Reason.LIMIT_EXCEEDED: 429,
    Reason.UNKNOWN_KEY: 401,
    Reason.BAD_SIGNATURE: 401,
    Reason.EXPIRED: 401,
    Reason.NOT_YET_VALID: 401,
    Reason.WRONG_AUDIENCE: 403,
    Reason.NO_PLACEMENT: 403,
    Reason.DUPLICATE: 409,
    Reason.CONFLICTING_REVISION: 409,
    Reason.MISSING_FILE: 404,
    Reason.NO_VALID_TIME: 503,  # ours
}


def refused(error: Refused) -> JSONResponse:
    """A refusal to a device."""
    return JSONResponse({"code": str(error.reason), "detail": error.detail}, STATUS.get(error.reason, 400))


def told(error: LoaError) -> JSONResponse:
    """A refusal to a person; `detail` is Vietnamese for the screen."""
    return JSONResponse({"code": error.code, "detail": error.message}, error.status)


def guarded(endpoint: Endpoint) -> Endpoint:
    """The edge: every error becomes an answer; nothing about the inside goes out."""

    async def run(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as error:
            return refused(error)
        except LoaError as error:
            return told(error)
        except Away:
            return told(Unavailable("Cơ sở dữ liệu đang tạm nghỉ. Hãy thử lại sau ít phút.", code="database_away"))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            log.exception("request failed", path=request.url.path)
            return JSONResponse({"code": "error", "detail": "internal error"}, 500)

    return run


async def body(request: Request, most: int) -> bytes:
    """The body, read only as far as it may be long, and only as long as that may take. Refused with too_large or
    limit_exceeded.
    """
    try:
        async with asyncio.timeout(FIRST_S + most / OCTETS_A_SECOND):
            return await _whole(request, most)
    except TimeoutError as error:
        raise Refused(Reason.LIMIT_EXCEEDED, "the body came too slowly") from error


async def _whole(request: Request, most: int) -> bytes:
    if int(request.headers.get("content-length") or 0) > most:
        raise Refused(Reason.TOO_LARGE, f"body over {most} bytes")
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > most:
            raise Refused(Reason.TOO_LARGE, f"body over {most} bytes")
    return bytes(read)


async def message(request: Request, kind: type[T], most: int) -> T:
    """The body as this kind of message. Refused with malformed or too_large."""
    try:
        return msgspec.json.decode(await body(request, most), type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Refused(Reason.MALFORMED, str(error)[:200]) from error


def bearer(request: Request) -> str:
    """The token of the Authorization header, or ""."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def host(request: Request) -> str:
    """Who asks: the address behind our own proxy (uvicorn has read X-Forwarded-For if it may), for limits only."""
    return network_of(request.client.host) if request.client else "?"


def at_most(limit: Limit, name: str) -> None:
    """Refused with limit_exceeded when `name` asks too often."""
    if not limit.allows(name, time.monotonic()):
        raise Refused(Reason.LIMIT_EXCEEDED, "too often, try again later")
