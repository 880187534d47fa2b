"""What is answered over MQTT: hello and welcome, pushed messages, the clean goodbye."""

import asyncio
import logging
from collections.abc import Callable
from typing import Literal

import msgspec
from devicelink import batches, freshness, jws, voices
from devicelink.contents import SELF_TEST
from devicelink.freshness import State
from devicelink.limits import SPOKEN_VERSIONS
from devicelink.messages import (
    Alert,
    Bye,
    Cancel,
    Changed,
    Command,
    Hello,
    Message,
    Session,
    SessionEnd,
    Welcome,
)
from devicelink.refusals import Reason, Refused

from speaker.core import Core
from speaker.fetch import new_nonce
from speaker.link import Link
from speaker.live.booth import Live
from speaker.outbox import Outbox
from speaker.papers import PUSHED
from speaker.reporter import Reporter
from speaker.supply import ALL_DOCUMENTS, Supply
from speaker.upkeep import Upkeep

log = logging.getLogger("speaker.conversation")

# Traffic for others on a shared topic is no mishap; an answer to an old question is none either.
_SILENT = frozenset({Reason.WRONG_AUDIENCE, Reason.WRONG_NONCE})


class _Named(msgspec.Struct):
    """The part of an unverified message by which a refusal names it."""

    id: str = ""
    revision: int = 0


class Conversation:
    """Everything of one device that goes over the link."""

    def __init__(
        self, core: Core, link: Link, outbox: Outbox, supply: Supply, upkeep: Upkeep, reporter: Reporter, live: Live
    ) -> None:
        self._core, self._link, self._outbox = core, link, outbox
        self._supply, self._upkeep, self._reporter, self._live = supply, upkeep, reporter, live
        self._greet = asyncio.Event()
        self._welcomed = asyncio.Event()
        self._nonce = ""
        self._asked = 0
        self._reason = "start"
        self.refusals: dict[str, int] = {}
        self.on_alert: Callable[[], None] = lambda: None
        self.on_selftest: Callable[[str], str] = lambda _order: Reason.UNKNOWN_TYPE

    def connected(self) -> None:
        """The link has just come up."""
        self._greet.set()

    def hear(self, payload: bytes) -> None:
        """One downward message, whatever its topic."""
        if batches.is_batch(payload):
            self._live.hear(payload)
            return
        received = self._core.clock.ticks_ns()
        if voices.is_voice(payload):
            self._voice(payload)
            return
        name = name_of(payload)
        try:
            verified = self._core.papers.take(payload, *PUSHED, nonce=self._nonce or None)
        except Refused as refusal:
            self._refuse(name, refusal)
            return
        message: Message = verified.message
        if isinstance(message, Welcome):
            self._welcome(message, received)
        elif isinstance(message, Changed):
            self._supply.want(message.document, message.revision)
            self._outbox.acknowledge(name)
        elif isinstance(message, Command):
            self._outbox.acknowledge(name, self._obey(message))
        elif isinstance(message, Session | SessionEnd):
            self._sit(name, message, payload.decode())
        elif isinstance(message, Alert | Cancel):
            self._alert(message)
        else:
            assert isinstance(message, State)
            self._core.apply()
            self._supply.placed()
            self._outbox.acknowledge(name)

    def _sit(self, name: str, message: Session | SessionEnd, token: str) -> None:
        try:
            self._outbox.acknowledge(name, self._live.told(message, token))
        except Refused as refusal:
            self._refuse(name, refusal)

    def goodbye(self, cause: Literal["stopping", "power_lost"]) -> None:
        """The last word."""
        core = self._core
        self._link.say(Bye(device=core.device, at=core.clock.now(), cause=cause))

    async def run(self) -> None:
        """Until cancelled: greet after each login and then hourly."""
        pace = self._core.config.pace
        while True:
            self._greet.clear()
            patience = pace.hello
            if self._link.connected:
                patience = pace.hello if await self._hello() else pace.answer
            try:
                async with asyncio.timeout(patience):
                    await self._greet.wait()
                self._reason = "connected"
            except TimeoutError:
                self._reason = "hourly" if self._welcomed.is_set() else "again"

    async def _hello(self) -> bool:
        """True once the welcome came in time."""
        core = self._core
        self._welcomed.clear()
        self._nonce = new_nonce()
        hello = Hello(
            device=core.device,
            nonce=self._nonce,
            boot=core.boot,
            versions=SPOKEN_VERSIONS,
            agent=core.software.agent,
            revisions=core.papers.revisions(),
            holds=core.papers.hold_revisions(),
            clock_bound=core.clock.bound(),
            reason=self._reason,
        )
        self._asked = core.clock.ticks_ns()
        self._link.say(hello)
        try:
            async with asyncio.timeout(core.config.pace.answer):
                await self._welcomed.wait()
        except TimeoutError:
            return False
        return True

    def _welcome(self, welcome: Welcome, received: int) -> None:
        core = self._core
        self._nonce = ""
        self._upkeep.set_clock(welcome.time, asked=self._asked, received=received)
        core.papers.welcome(core.clock.now())
        for token in welcome.holds:
            self._hold(token)
        self._alerts(welcome)
        held = core.papers.revisions()
        for kind in ALL_DOCUMENTS:
            newest = getattr(welcome.revisions, kind)
            if newest > getattr(held, kind):
                self._supply.want(kind, newest)
        core.apply()
        self._supply.welcomed()
        self._upkeep.bring_anew()
        if self._upkeep.updater is not None:
            self._upkeep.updater.welcomed()
        self._welcomed.set()

    def _alert(self, message: Alert | Cancel) -> None:
        """Received; what becomes of it is told as it happens. A full disk does not silence it, but is told."""
        event = freshness.event_of(message)
        loose = self._core.papers.notebook.is_loose(event)
        self._outbox.acknowledge(event, Reason.NO_ROOM if loose else "ok")
        self._core.alerts.take(message)
        self._core.poke()
        self.on_alert()

    def _voice(self, payload: bytes) -> None:
        """Only what an alert named is taken."""
        try:
            self._core.alerts.hear_voice(payload)
        except Refused as refusal:
            self.refusals[refusal.reason] = self.refusals.get(refusal.reason, 0) + 1
            return
        self._core.poke()

    def _alerts(self, welcome: Welcome) -> None:
        """What is active here, what was taken back first. Seen before, it is nothing new."""
        for token in sorted(welcome.alerts, key=lambda token: not name_of(token.encode()).startswith(Cancel.typ)):
            try:
                message = self._core.papers.take(token, Alert, Cancel).message
            except Refused as refusal:
                if refusal.reason is not Reason.DUPLICATE:
                    self._refuse(name_of(token.encode()), refusal)
                continue
            assert isinstance(message, Alert | Cancel)
            self._alert(message)

    def _hold(self, token: str) -> None:
        name = name_of(token.encode())
        try:
            verified = self._core.papers.take(token, *PUSHED)
        except Refused as refusal:
            self._refuse(name, refusal)
            return
        if not verified.repeat:
            self._outbox.acknowledge(name)

    def _obey(self, command: Command) -> str:
        if command.action == "stop_item":
            if not self._live.stop(command.airing):
                self._core.player.stop_item(command.airing)
        elif command.action == "refresh":
            self._supply.want_all()
        elif command.action == "update":
            self._supply.want("release", 0)
        elif command.action == "log":
            return self._reporter.ask(command)
        elif command.action == SELF_TEST:
            return self.on_selftest(command.id)
        else:
            return Reason.UNKNOWN_TYPE
        return "ok"

    def _refuse(self, name: str, refusal: Refused) -> None:
        """Say so, unless it was somebody else's; an event seen before is acknowledged again, not obeyed again."""
        self.refusals[refusal.reason] = self.refusals.get(refusal.reason, 0) + 1
        if refusal.reason in _SILENT:
            return
        if refusal.reason is Reason.UNKNOWN_KEY:
            self._supply.doubt_keys()
        log.info("%s refused %s: %s", self._core.device, name, refusal)
        if refusal.reason is Reason.NO_ROOM:
            self._core.apply()  # a hold is obeyed even when it cannot be kept
        duplicate = refusal.reason is Reason.DUPLICATE
        self._outbox.acknowledge(name, "ok" if duplicate else refusal.reason, "duplicate" if duplicate else "")


def name_of(payload: bytes) -> str:
    """ "<typ>:<id or revision>" of a message that nobody has verified; for acknowledgements only."""
    try:
        envelope = jws.parse(payload)
        named = msgspec.json.decode(envelope.payload, type=_Named)
    except (Refused, msgspec.MsgspecError, RecursionError):
        return "?:"
    return f"{envelope.header.typ[:20]}:{named.id[:80] or named.revision}"
