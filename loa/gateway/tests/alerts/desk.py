"""Lan composes, Thành confirms: what their pages would post, with passkeys whose challenge is right.

The gateway looks at the challenge only; whether the passkey is real is for the signer to judge.
"""

import json
import secrets
import time
from typing import Any

import msgspec
from devicelink.jws import encode64
from devicelink.messages import Alert, Audience, Cancel, Target
from devicelink.vouching import Part, Word, challenge
from devicelink.widening import Assertion

from loa.alerts.wishes import Confirmation, Said, Wish
from loa.gateway.tests.conftest import COMMUNE, RunningGateway

HOUR_MS = 3_600_000
LAN, THANH = 1, 2
AUTHOR = ("view", "alert.author", "alert.view")
CONFIRMER = ("view", "alert.confirm", "alert.view")


def now_ms() -> int:
    return int(time.time() * 1000)


def alert(area: str = COMMUNE, **changes: Any) -> Alert:
    """A flash flood in Quy Mông."""
    facts: dict[str, Any] = {
        "audience": Audience(area=area), "id": secrets.token_hex(8), "issued": 0, "expires": HOUR_MS,
        "status": "actual", "event": "lu-quet", "severity": "extreme", "headline": "Lũ quét suối Ngòi Thia",
        "targets": (Target(id="chung"),),
    }  # fmt: skip
    return Alert(**(facts | changes))


def cancel(of: Alert, **changes: Any) -> Cancel:
    """Its end."""
    facts: dict[str, Any] = {
        "audience": of.audience, "id": secrets.token_hex(8), "issued": 0, "expires": 24 * HOUR_MS, "alert": of.id,
        "kind": "end", "status": of.status,
    }  # fmt: skip
    return Cancel(**(facts | changes))


def word(message: Alert | Cancel, part: Part, user: int, *, at: int | None = None, **changes: Any) -> Word:
    """This person's word for this content."""
    moment = now_ms() if at is None else at
    asked = challenge(message, part=part, user=str(user), at=moment)
    client = {"type": "webauthn.get", "challenge": encode64(asked), "origin": "http://localhost"}
    assertion = Assertion(
        credential="AA", client_data=encode64(json.dumps(client).encode()), authenticator_data="AA", signature="AA"
    )
    facts: dict[str, Any] = {"part": part, "user": str(user), "at": moment, "assertion": assertion}
    return Word(**(facts | changes))


def wish(message: Alert | Cancel, user: int = LAN, **changes: Any) -> Wish:
    """What the author's page posts."""
    facts: dict[str, Any] = {
        "said": tuple(Said(target=one.id, language="vi", text="Lũ quét đang về.") for one in message.targets),
        "word": word(message, "author", user),
    } | ({"alert": message} if isinstance(message, Alert) else {"cancel": message})  # fmt: skip
    return Wish(**(facts | changes))


class Desk:
    """The pages of one commune."""

    def __init__(self, gateway: RunningGateway, area: str = COMMUNE) -> None:
        self.gateway = gateway
        self.area = area

    def ask(
        self, method: str, path: str, body: object = None, *, user: int = LAN, may: tuple[str, ...] = AUTHOR,
        area: str = "", **ticket: Any,
    ) -> tuple[int, dict[str, Any]]:  # fmt: skip
        """Status and answer."""
        token = self.gateway.ticket(area or self.area, may=may, user=user, **ticket)
        raw = body if isinstance(body, bytes) or body is None else msgspec.json.encode(body)
        status, _, answer = self.gateway.request(method, path, token=token, body=raw)
        return status, json.loads(answer)

    def propose(self, message: Alert | Cancel, user: int = LAN, **changes: Any) -> tuple[int, dict[str, Any]]:
        """The author's part."""
        return self.ask("POST", "/edge/alerts", wish(message, user, **changes), user=user)

    def confirm(self, message: Alert | Cancel, user: int = THANH, **ticket: Any) -> tuple[int, dict[str, Any]]:
        """The confirmer's part."""
        body = Confirmation(word=word(message, "confirmer", user))
        facts: dict[str, Any] = {"user": user, "may": CONFIRMER, "name": "Nguyễn Văn Thành"} | ticket
        return self.ask("POST", f"/edge/alerts/{message.id}/confirm", body, **facts)

    def send(self, message: Alert | Cancel) -> dict[str, Any]:
        """Both."""
        assert self.propose(message)[0] == 200
        status, told = self.confirm(message)
        assert (status, told["state"]) == (200, "sent"), told
        return told

    def board(self, message: Alert | Cancel, **ticket: Any) -> dict[str, Any]:
        """As a page reads it."""
        status, told = self.ask("GET", f"/edge/alerts/{message.id}/board", **ticket)
        assert status == 200, told
        return told

    def counts(self, message: Alert | Cancel) -> dict[str, Any]:
        """The sums of the board."""
        counts: dict[str, Any] = self.board(message)["counts"]
        return counts
