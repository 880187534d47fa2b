"""Every operation of the JSON API with what is asked of it for Quy Mông.

A new operation fails the guard until it has a row here. `found`: what somebody with the right to it gets; `foreign`:
what Mai gets, whose commune is another.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from loa.kernel import clock
from loa.kernel.clock import to_ms
from tests.cast import Cast
from tests.guard import samples

Body = Callable[[Cast], dict[str, object]]


@dataclass(frozen=True, slots=True)
class Operation:
    """`query` and `body` name what belongs to Quy Mông; `path` may hold a name of `samples`."""

    method: str
    path: str
    query: Body | None = None
    body: Body | None = None
    found: tuple[int, ...] = (HTTPStatus.OK,)
    foreign: int = HTTPStatus.NOT_FOUND

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _area(cast: Cast) -> dict[str, object]:
    return {"area": cast.quy_mong.path}


def _day(cast: Cast) -> dict[str, object]:
    return {"area": cast.quy_mong.path, "day": "2026-08-24"}


def _drop(cast: Cast) -> dict[str, object]:
    start = to_ms(cast.now) + 2 * 86_400_000 + 600_000
    change = {
        "kind": "airing.drop",
        "area": cast.quy_mong.path,
        "schedule": str(samples.schedule(cast)),
        "start": start,
    }
    return {"change": change}


def _kept(cast: Cast) -> dict[str, object]:
    return {**_drop(cast), "token": "1.1.a.b.c"}


def _until(cast: Cast) -> dict[str, object]:
    return {"area": cast.quy_mong.path, "until": clock.now().replace(microsecond=0).isoformat()}


CONFLICT, AWAY = HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE
OPERATIONS = (
    Operation("get", "/air-times", query=_day),
    Operation("get", "/changes", query=_area),
    Operation("post", "/changes/preview", body=_drop, found=(HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY)),
    Operation("post", "/changes", body=_kept, found=(CONFLICT,)),
    Operation("get", "/changes/{kept}/undo", found=(HTTPStatus.OK, CONFLICT)),
    Operation("post", "/changes/{kept}/undo", found=(HTTPStatus.OK, CONFLICT)),
    Operation("get", "/sendings", query=_area),
    Operation("get", "/sendings/{sending}", found=(HTTPStatus.NOT_FOUND,)),  # a province's: no commune reads it
    Operation("post", "/stop", body=_until, found=(HTTPStatus.UNPROCESSABLE_ENTITY,)),
    Operation("post", "/resume", body=_area, found=(AWAY,)),
)
