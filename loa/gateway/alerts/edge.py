"""What browsers ask about alerts: /edge/alerts. A ticket says who may; nothing here needs database or web."""

import time
from typing import TypeVar

import msgspec
from devicelink.jws import encode64
from devicelink.messages import Alert, Cancel
from devicelink.refusals import Refused
from devicelink.vouching import Part, challenge
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from loa.alerts.wishes import Confirmation, Decline, Wish
from loa.areas.rules import is_inside
from loa.devices.tickets import Ticket
from loa.gateway.alerts import rules
from loa.gateway.alerts.cases import Case
from loa.gateway.alerts.doors import message_of
from loa.gateway.alerts.flow import found
from loa.gateway.alerts.telling import may_confirm, may_see
from loa.gateway.alerts.way import Way
from loa.gateway.gate import NOT_YOURS, Gate
from loa.gateway.http import message
from loa.gateway.limits import Limit
from loa.kernel.clock import now as clock_now
from loa.kernel.clock import to_ms
from loa.kernel.errors import Denied, Invalid, LoaError

WISH_BODY = 192 * 1024
SMALL_BODY = 16_384
FRESH = {"Cache-Control": "no-store"}
ANY = (rules.VIEW, rules.AUTHOR, rules.CONFIRM)
T = TypeVar("T")


class TooLarge(LoaError):
    """More than anybody has to send."""

    code = "too_large"
    status = 413


class Question(msgspec.Struct):
    """POST /edge/alerts/challenge: one of `alert` and `cancel`."""

    part: Part
    alert: Alert | None = None
    cancel: Cancel | None = None


class AlertEdge:
    """The routes. Every refusal is {"code", "detail"}, the detail in Vietnamese for the screen."""

    def __init__(self, way: Way, gate: Gate) -> None:
        self._way = way
        self._gate = gate
        self._steps = Limit(burst=20, per_second=0.5)
        self._questions = Limit(burst=60, per_second=2)

    def routes(self) -> list[Route]:
        """For Starlette."""
        return [
            self._gate.route("POST", "/edge/alerts/challenge", self.challenge),
            self._gate.route("POST", "/edge/alerts", self.propose),
            self._gate.route("GET", "/edge/alerts", self.listed),
            self._gate.route("GET", "/edge/alerts/{id}", self.one),
            self._gate.route("POST", "/edge/alerts/{id}/confirm", self.confirm),
            self._gate.route("POST", "/edge/alerts/{id}/decline", self.decline),
            self._gate.route("GET", "/edge/alerts/{id}/board", self.board),
        ]

    async def challenge(self, request: Request) -> Response:
        """What the passkey is to sign: {"challenge" (base64url), "at" (ms)}."""
        ticket = self._gate.ticket(request, rules.AUTHOR, rules.CONFIRM)
        self._questions.require(str(ticket.user), time.monotonic())
        question = await _body(request, Question, WISH_BODY)
        if (rules.AUTHOR if question.part == "author" else rules.CONFIRM) not in ticket.may:
            raise Denied(NOT_YOURS)
        content = rules.message_in(question.alert, question.cancel)
        self._way.flow.check(ticket, content)
        return _answer(_challenge(content, question.part, ticket))

    async def propose(self, request: Request) -> Response:
        """A wish: {"id", "state", "expected"}."""
        ticket = self._gate.ticket(request, rules.AUTHOR)
        self._steps.require(str(ticket.user), time.monotonic())
        wish = await _body(request, Wish, WISH_BODY)
        return _state(await self._way.flow.propose(ticket, wish, clock_now()))

    async def listed(self, request: Request) -> Response:
        """What waits, what is active, what was lately: {"alerts", "now"}."""
        ticket = self._gate.ticket(request, *ANY)
        return _answer({"alerts": self._way.telling.listed(ticket), "now": to_ms(clock_now())})

    async def one(self, request: Request) -> Response:
        """One of them with its content, and the challenge for this person if it may be confirmed."""
        ticket = self._gate.ticket(request, *ANY)
        case, now = self._case(request, ticket), clock_now()
        facts = self._way.telling.facts(case)
        facts |= {
            "author_name": case.asked_by,
            "may_confirm": may_confirm(ticket, case, to_ms(now)),
            "waits_until": case.asked_at + rules.WAITS_MS,
            "now": to_ms(now),
        }
        if is_inside(case.area, ticket.area):  # in words and content it is for those who answer for the whole area
            facts |= {"content": case.message, "said": case.entry.wish.said}
        if facts["may_confirm"]:
            facts |= _challenge(message_of(case.entry), "confirmer", ticket)
        return _answer(facts)

    async def confirm(self, request: Request) -> Response:
        """The second person's word; answers when it is signed, on disk and sent: {"id", "state", "expected"}."""
        ticket = self._gate.ticket(request, rules.CONFIRM)
        self._steps.require(str(ticket.user), time.monotonic())
        case = self._case(request, ticket)
        word = await _body(request, Confirmation, SMALL_BODY)
        return _state(await self._way.flow.confirm(ticket, case, word, clock_now()))

    async def decline(self, request: Request) -> Response:
        """It is not to be sent, with a reason."""
        ticket = self._gate.ticket(request, rules.CONFIRM, rules.AUTHOR)
        self._steps.require(str(ticket.user), time.monotonic())
        case = self._case(request, ticket)
        why = await _body(request, Decline, SMALL_BODY)
        return _state(await self._way.flow.decline(ticket, case, why, clock_now()))

    async def board(self, request: Request) -> Response:
        """Who received, who sounds, who is silent and why, as far as the ticket's area reaches."""
        ticket = self._gate.ticket(request, *ANY)
        case = self._case(request, ticket)
        area = request.query_params.get("area", "") or ticket.area
        scope = area if is_inside(area, ticket.area) else ticket.area
        picture = self._way.boards.picture(case.id, scope)
        return _answer(self._way.telling.facts(case) | picture | {"scope": scope, "now": to_ms(clock_now())})

    def _case(self, request: Request, ticket: Ticket) -> Case:
        return found(self._way.cases.get(request.path_params["id"]), ticket, may_see)


def _challenge(content: Alert | Cancel, part: Part, ticket: Ticket) -> dict[str, object]:
    at = to_ms(clock_now())
    return {"challenge": encode64(challenge(content, part=part, user=str(ticket.user), at=at)), "at": at}


async def _body(request: Request, kind: type[T], most: int) -> T:
    """As `http.message`, but told in the words of people."""
    try:
        return await message(request, kind, most)
    except Refused as error:
        if str(error.reason) == "too_large":
            raise TooLarge("Yêu cầu quá lớn. Hãy bớt nơi nhận hoặc bớt lời.") from error
        raise Invalid("Yêu cầu không đúng mẫu. Hãy tải lại trang rồi làm lại.", code=str(error.reason)) from error


def _state(case: Case) -> Response:
    return _answer({"id": case.id, "state": case.state, "expected": case.entry.expected})


def _answer(facts: object) -> Response:
    return Response(msgspec.json.encode(facts), media_type="application/json", headers=FRESH)
