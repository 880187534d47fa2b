"""Every address of the gateway with its door: who may come in, and what a stranger is answered.

A new address fails the guard until it has a row here. TICKET: browsers, by a signed ticket. TOKEN: devices, by a token
that they sign themselves. OPEN: nobody is asked, and the row says why that gives nothing away.
"""

from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from loa.gateway.tests.alerts.desk import alert
from loa.gateway.tests.conftest import COMMUNE

TICKET, TOKEN, OPEN = "ticket", "token", "open"
DEVICE, FOREIGN = "spk-quy-mong", "spk-tran-yen"
SOUND = "ab" * 32  # of the plan of Quy Mông
FOREIGN_SOUND = "cd" * 32
WHEEL, FOREIGN_WHEEL = "ef" * 32, "fe" * 32  # of the releases of both
HOUR_MS = 3_600_000
FLOOD = "al-quy-mong"  # an alert that waits there
UNREADABLE = HTTPStatus.UNPROCESSABLE_ENTITY
MAY = ("view", "hold.set", "alert.view", "alert.author", "alert.confirm")


@dataclass(frozen=True, slots=True)
class Row:
    """`path` as the gateway registers it, `sample` the address for Quy Mông, `body` what is posted there.

    `found`: what somebody with the right to it gets. `foreign`: what the neighbour's ticket or device gets; 200 means
    an answer about the neighbour alone.
    """

    path: str
    method: str
    door: str
    sample: str = ""
    body: object = None
    found: int = HTTPStatus.OK
    foreign: int = HTTPStatus.NOT_FOUND
    why: str = ""

    @property
    def address(self) -> str:
        """Where to ask."""
        return self.sample or self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


AREA = {"area": COMMUNE}
ASKED = (
    Row("/edge/events", "GET", TICKET, foreign=HTTPStatus.OK),
    Row("/edge/state", "GET", TICKET, foreign=HTTPStatus.OK),
    Row("/edge/live/now", "GET", TICKET, foreign=HTTPStatus.OK),
    Row("/edge/stop", "POST", TICKET, body={"audience": AREA, "until": HOUR_MS}),
    Row("/edge/resume", "POST", TICKET, body={"audience": AREA}),
    Row("/edge/alerts", "GET", TICKET, foreign=HTTPStatus.OK),
    Row("/edge/alerts", "POST", TICKET, body={}, found=UNREADABLE, foreign=UNREADABLE),
    Row("/edge/alerts/challenge", "POST", TICKET, body={"part": "author", "alert": msgspec.to_builtins(alert())}),
    Row("/edge/alerts/{id}", "GET", TICKET, f"/edge/alerts/{FLOOD}"),
    Row("/edge/alerts/{id}/board", "GET", TICKET, f"/edge/alerts/{FLOOD}/board"),
    Row("/edge/alerts/{id}/confirm", "POST", TICKET, f"/edge/alerts/{FLOOD}/confirm", {}, found=UNREADABLE),
    Row("/edge/alerts/{id}/decline", "POST", TICKET, f"/edge/alerts/{FLOOD}/decline", {}, found=UNREADABLE),
    Row("/edge/listen/{device}", "GET", TICKET, f"/edge/listen/{DEVICE}"),
    Row("/healthz", "GET", OPEN, why="numbers of this process for alarms, the same for everybody"),
    Row("/device/enrol", "POST", OPEN, body={}, found=HTTPStatus.BAD_REQUEST, why="the claim code is the permission"),
    Row("/device/time", "POST", OPEN, body={"device": DEVICE, "nonce": "n" * 22}, why="the time of day, no more"),
    Row("/device/keyset", "GET", OPEN, why="public keys; a device needs them before it knows the time"),
    Row("/device/placement", "GET", TOKEN, foreign=HTTPStatus.OK),
    Row("/device/plan", "GET", TOKEN, foreign=HTTPStatus.OK),
    Row("/device/volume", "GET", TOKEN, foreign=HTTPStatus.OK),
    Row("/device/release", "GET", TOKEN, foreign=HTTPStatus.OK),
    Row("/device/wheel/{sha256}", "GET", TOKEN, f"/device/wheel/{WHEEL}"),
    Row("/device/wheel/{sha256}", "HEAD", TOKEN, f"/device/wheel/{WHEEL}"),
    Row("/device/log", "POST", TOKEN, body={}, found=HTTPStatus.BAD_REQUEST, foreign=HTTPStatus.BAD_REQUEST),
    Row("/device/selftest", "POST", TOKEN, body={}, found=HTTPStatus.BAD_REQUEST, foreign=HTTPStatus.BAD_REQUEST),
    Row("/device/media/{sha256}", "GET", TOKEN, f"/device/media/{SOUND}"),
    Row("/device/media/{sha256}", "HEAD", TOKEN, f"/device/media/{SOUND}"),
    Row("/relay/{name}", "GET", TOKEN, "/relay/nobody", found=HTTPStatus.NOT_FOUND, foreign=HTTPStatus.NOT_FOUND),
    Row("/device/proofs", "POST", TOKEN, body={}, found=HTTPStatus.BAD_REQUEST, foreign=HTTPStatus.BAD_REQUEST),
)
BEFOREHAND = tuple(
    Row(path, "OPTIONS", OPEN, found=HTTPStatus.NO_CONTENT, why="a browser asks whether it may ask")
    for path in dict.fromkeys(row.path for row in ASKED if row.path.startswith("/edge/"))
)
ROWS = (*ASKED, *BEFOREHAND)
