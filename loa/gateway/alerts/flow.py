"""From the wish to the signed alert: written down, told to those who may confirm, confirmed, signed, sent."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
import structlog
from devicelink import jws
from devicelink.messages import Alert, Cancel
from devicelink.refusals import Reason, Refused
from devicelink.signing import SignerUnavailable
from devicelink.vouching import Word

from loa.alerts.wishes import Confirmation, Decline, Entry, State, Wish
from loa.devices.tickets import Ticket
from loa.gateway.alerts import meant, rules
from loa.gateway.alerts.cases import Case, Cases
from loa.gateway.alerts.doors import issued_at, message_of
from loa.gateway.alerts.keeping import Keeping
from loa.gateway.world import World
from loa.kernel.clock import to_ms
from loa.kernel.errors import LoaError, NotFound, Refusal

log = structlog.get_logger("loa.gateway.alerts")
SYSTEM = "system"
AGAIN_MS = 4 * 60_000  # so long the signer takes the same issue time again
PEER_S = 0.5  # in which the other gateway tells what it had signed
UNTRIED = frozenset({"alert_busy", "journal"})
NAMESPACE = uuid.UUID("5b1c7f0e-0d8e-4c57-9a0e-6f7d5d6a7c11")
Sign = Callable[[Alert | Cancel, tuple[Word, ...]], Awaitable[str]]


class Flow:
    """`fetch(message)` takes the voices over, `sign` asks the signer, `done(case)` follows every step that counts."""

    def __init__(
        self,
        *,
        world: World,
        cases: Cases,
        keeping: Keeping,
        fetch: Callable[[Alert | Cancel], Awaitable[None]],
        sign: Sign,
        done: Callable[[Case], Awaitable[None]],
    ) -> None:
        self._world = world
        self._cases = cases
        self._keeping = keeping
        self._fetch = fetch
        self._sign = sign
        self._done = done

    async def propose(self, ticket: Ticket, wish: Wish, now: datetime) -> Case:
        """Take a wish; one that waits for nobody is signed at once. LoaError."""
        moment, message = to_ms(now), rules.message_in(wish.alert, wish.cancel)
        self.check(ticket, message)
        rules.check_said(wish.said, message)
        rules.check_word(wish.word, message, part="author", user=ticket.user, now=moment)
        known = self._cases.get(message.id)
        if known is not None:
            _check_the_same(known, wish)
            return await self._alone(known, wish, now) if wish.alone and known.state == "waiting" else known
        self._check_room(ticket, meant.area_of(message))
        await self._fetch(message)
        case = await self._step(
            Entry(
                entry=str(uuid.uuid4()),
                id=message.id,
                at=moment,
                state="waiting",
                area=meant.area_of(message),
                wish=wish,
                by=str(ticket.user),
                name=ticket.name,
                author=str(ticket.user),
                expected=len(meant.expected(message, self._world)),
            ),
            quietly=wish.alone,
        )
        return await self._alone(case, wish, now) if wish.alone else case

    def check(self, ticket: Ticket, message: Alert | Cancel) -> None:
        """May this be asked of loudspeakers in the area of this ticket?"""
        rules.check_message(message)
        rules.check_reach(ticket, meant.area_of(message))
        if isinstance(message, Cancel):
            ended = self._cases.get(message.alert)
            alert = ended.message if ended and isinstance(ended.message, Alert) else None
            ender = self._cases.ender_of(message.alert)
            if ender != message.id:
                rules.check_ends(message, alert, ended.state if ended else None, ender)

    def _check_room(self, ticket: Ticket, area: str) -> None:
        waiting = self._cases.waiting()
        rules.check_waiting(
            area=sum(case.area == area for case in waiting),
            user=sum(case.entry.wish.word.user == str(ticket.user) for case in waiting),
        )

    async def _alone(self, case: Case, wish: Wish, now: datetime) -> Case:
        """The author's word is enough, or the signer says that it is not: then it is over."""
        try:
            return await self._sent(case, (wish.word,), wish.word.user, case.asked_by, now)
        except LoaError as error:
            await self._note(case, "refused" if _is_final(error) else "waiting", error, now, by=wish.word.user)
            raise

    async def confirm(self, ticket: Ticket, case: Case, confirmation: Confirmation, now: datetime) -> Case:
        """The second person's word: it is signed and sent. LoaError; what the signer refuses waits on."""
        moment, word = to_ms(now), confirmation.word
        rules.check_reach(ticket, case.area)
        rules.check_open(case.state, asked_at=case.asked_at, now=moment)
        rules.check_confirmer(case.entry.wish.word.user, ticket.user)
        rules.check_word(word, message_of(case.entry), part="confirmer", user=ticket.user, now=moment)
        words = (case.entry.wish.word, word)
        try:
            return await self._sent(case, words, str(ticket.user), ticket.name, now)
        except LoaError as error:
            await self._note(case, "waiting", error, now, by=str(ticket.user), name=ticket.name)
            raise

    async def decline(self, ticket: Ticket, case: Case, decline: Decline, now: datetime) -> Case:
        """It is not to be sent: said by one who may confirm, or taken back by the author."""
        rules.check_reach(ticket, case.area)
        rules.check_decliner(ticket, case.entry.wish.word.user)
        rules.check_open(case.state, asked_at=case.asked_at, now=to_ms(now))
        reason = rules.check_reason(decline.reason)
        if case.busy:
            raise _busy()
        return await self._step(_next(case, "declined", now, by=str(ticket.user), name=ticket.name, reason=reason))

    async def lapse(self, now: datetime) -> None:
        """What waited for half an hour is over."""
        for case in self._cases.waiting():
            if rules.has_lapsed(case.state, asked_at=case.asked_at, now=to_ms(now)) and not case.busy:
                entry = _next(case, "lapsed", now, by=SYSTEM)
                name = str(uuid.uuid5(NAMESPACE, f"lapsed {case.id}"))  # two gateways say the same
                await self._step(msgspec.structs.replace(entry, entry=name))

    async def again(self, now: datetime) -> None:
        """After a start: what was confirmed when the process died is asked for once more, with the same instant."""
        for case in self._cases.waiting():
            entry = case.entry
            if entry.words and not entry.code and 0 <= to_ms(now) - entry.at < AGAIN_MS and not case.busy:
                log.warning("an alert was confirmed and perhaps not sent, the signer is asked again", alert=case.id)
                try:
                    await self._signed(case, entry)
                except LoaError as error:
                    log.error("it waits on", alert=case.id, code=error.code)
                    await self._note(case, "waiting", error, now, by=SYSTEM)

    async def _note(self, case: Case, state: State, error: LoaError, now: datetime, *, by: str, name: str = "") -> None:
        """A try that failed is written down: what people were told is not sent is not sent after a start either."""
        if case.state == "waiting" and error.code not in UNTRIED:
            entry = _next(case, state, now, by=by, name=name, code=error.code)
            await self._step(entry, quietly=state == "waiting")

    async def _sent(self, case: Case, words: tuple[Word, ...], by: str, name: str, now: datetime) -> Case:
        """What is about to be signed is on disk first, so that after a crash the very same is signed, or nothing."""
        if case.busy:
            raise _busy()
        case.busy = True
        try:
            entry = msgspec.structs.replace(_next(case, "waiting", now, by=by, name=name), words=words)
            await self._step(entry, quietly=True)
            return await self._signed(case, entry)
        finally:
            case.busy = False

    async def _signed(self, case: Case, entry: Entry) -> Case:
        message = issued_at(message_of(entry), entry.at)
        try:
            token = await self._sign(message, entry.words)
        except SignerUnavailable as error:
            log.error("the signer is away", alert=case.id, reason=str(error)[:200])
            raise rules.signer_away() from error
        except Refused as error:
            log.warning("the signer refused", alert=case.id, reason=str(error)[:200])
            if error.reason == Reason.DUPLICATE:
                await asyncio.sleep(PEER_S)
            if self._cases.is_sent(case.id):  # the other gateway was first
                return case
            raise rules.refused_by_signer(error) from error
        _check_signed(token, message)
        expected = len(meant.expected(message, self._world))
        return await self._step(
            msgspec.structs.replace(entry, entry=str(uuid.uuid4()), state="sent", jws=token, expected=expected)
        )

    async def _step(self, entry: Entry, *, quietly: bool = False) -> Case:
        case = await self._keeping.keep(entry)
        if not quietly:
            await self._done(case)
        return case


def _next(
    case: Case, state: State, now: datetime, *, by: str, name: str = "", code: str = "", reason: str = ""
) -> Entry:
    entry = case.entry
    return Entry(
        entry=str(uuid.uuid4()),
        id=entry.id,
        at=to_ms(now),
        state=state,
        area=entry.area,
        wish=entry.wish,
        by=by,
        name=name,
        author=entry.author,
        words=(),
        code=code,
        reason=reason,
        expected=entry.expected,
    )


def _check_the_same(known: Case, wish: Wish) -> None:
    """A page that did not hear the answer asks again; anything else under this id is refused."""
    held = known.entry.wish
    if msgspec.structs.replace(held, word=wish.word) != wish or held.word.user != wish.word.user:
        raise Refusal("Mã cảnh báo này đã dùng cho một cảnh báo khác. Hãy tải lại trang.", code="alert_exists")


def _is_final(error: LoaError) -> bool:
    """The signer said no; everything else may be tried again."""
    return isinstance(error, Refusal)


def _busy() -> LoaError:
    return Refusal("Cảnh báo này đang được ký. Hãy đợi vài giây.", code="alert_busy")


def _check_signed(token: str, message: Alert | Cancel) -> None:
    """The signer hands out its own encoding of what it judged: it has to be what people vouched for."""
    try:
        found = jws.decode(jws.parse(token).payload, type(message))
    except Refused as error:
        raise rules.refused_by_signer(error) from error
    if found != message:
        raise rules.refused_by_signer(Refused(Reason.WRONG_HASH, "another content was signed"))


def found(case: Case | None, ticket: Ticket, may_see: Callable[[Ticket, Case], bool]) -> Case:
    """The case, if this ticket may see it. NotFound."""
    if case is None or not may_see(ticket, case):
        raise NotFound
    return case
