"""What is said over MQTT: hello and welcome, pushed messages, acknowledgements, the clean goodbye."""

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Literal

import msgspec
from devicelink import jws
from devicelink.freshness import State
from devicelink.limits import SPOKEN_VERSIONS
from devicelink.messages import Ack, Bye, Changed, Command, Hello, Message, Welcome
from devicelink.refusals import Reason, Refused

from speaker.config import AGENT
from speaker.fetch import new_nonce
from speaker.papers import PUSHED
from speaker.supply import ALL_DOCUMENTS

if TYPE_CHECKING:
    from speaker.agent import Agent

MOST_WAITING = 500
RETRY_S = 0.2

log = logging.getLogger("speaker.conversation")

# Traffic for others on a shared topic is no mishap; an answer to an old question is none either.
_SILENT = frozenset({Reason.WRONG_AUDIENCE, Reason.WRONG_NONCE})


class _Named(msgspec.Struct):
    """The part of an unverified message by which a refusal names it."""

    id: str = ""
    revision: int = 0


class Conversation:
    """Everything of one device that goes over the link."""

    def __init__(self, agent: "Agent") -> None:
        self._agent = agent
        self._said: deque[Message] = deque(maxlen=MOST_WAITING)
        self._to_say = asyncio.Event()
        self._greet = asyncio.Event()
        self._welcomed = asyncio.Event()
        self._nonce = ""
        self._asked = 0
        self._reason = "start"
        self.refusals: dict[str, int] = {}

    def connected(self) -> None:
        """The link has just come up."""
        self._greet.set()

    def hear(self, payload: bytes) -> None:
        """One downward message, whatever its topic."""
        received = self._agent.clock.ticks_ns()
        name = name_of(payload)
        try:
            verified = self._agent.papers.take(payload, *PUSHED, nonce=self._nonce or None)
        except Refused as refusal:
            self._refuse(name, refusal)
            return
        message: Message = verified.message
        if isinstance(message, Welcome):
            self._welcome(message, received)
        elif isinstance(message, Changed):
            self._agent.supply.want(message.document, message.revision)
            self.acknowledge(name)
        elif isinstance(message, Command):
            self.acknowledge(name, self._obey(message))
        else:
            assert isinstance(message, State)
            self._agent.apply()
            self._agent.supply.placed()
            self.acknowledge(name)

    def say(self, message: Message) -> None:
        """As soon as the link allows; when very much waits, the oldest is lost."""
        self._said.append(message)
        self._to_say.set()

    def acknowledge(self, name: str, code: str = "ok", detail: str = "") -> None:
        """The application's acknowledgement of one downward message."""
        agent = self._agent
        self.say(Ack(device=agent.device, of=name, code=str(code), at=agent.clock.now(), detail=detail))

    def goodbye(self, cause: Literal["stopping", "power_lost"]) -> None:
        """The last word."""
        agent = self._agent
        agent.link.say(Bye(device=agent.device, at=agent.clock.now(), cause=cause))

    async def run(self) -> None:
        """Until cancelled: speak, and greet after each login and then hourly."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._speak())
            group.create_task(self._greetings())

    async def _speak(self) -> None:
        while True:
            await self._to_say.wait()
            self._to_say.clear()
            while self._said:
                await self._agent.link.up.wait()
                message = self._said.popleft()
                if not self._agent.link.say(message):
                    self._said.appendleft(message)
                    await asyncio.sleep(RETRY_S)

    async def _greetings(self) -> None:
        pace = self._agent.config.pace
        while True:
            self._greet.clear()
            patience = pace.hello
            if self._agent.link.connected:
                patience = pace.hello if await self._hello() else pace.answer
            try:
                async with asyncio.timeout(patience):
                    await self._greet.wait()
                self._reason = "connected"
            except TimeoutError:
                self._reason = "hourly" if self._welcomed.is_set() else "again"

    async def _hello(self) -> bool:
        """True once the welcome came in time."""
        agent = self._agent
        self._welcomed.clear()
        self._nonce = new_nonce()
        hello = Hello(
            device=agent.device,
            nonce=self._nonce,
            boot=agent.boot,
            versions=SPOKEN_VERSIONS,
            agent=AGENT,
            revisions=agent.papers.revisions(),
            holds=agent.papers.hold_revisions(),
            clock_bound=agent.clock.bound(),
            reason=self._reason,
        )
        self._asked = agent.clock.ticks_ns()
        agent.link.say(hello)
        try:
            async with asyncio.timeout(agent.config.pace.answer):
                await self._welcomed.wait()
        except TimeoutError:
            return False
        return True

    def _welcome(self, welcome: Welcome, received: int) -> None:
        agent = self._agent
        self._nonce = ""
        agent.upkeep.set_clock(welcome.time, asked=self._asked, received=received)
        agent.papers.welcome(agent.clock.now())
        for token in welcome.holds:
            self._hold(token)
        held = agent.papers.revisions()
        for kind in ALL_DOCUMENTS:
            newest = getattr(welcome.revisions, kind)
            if newest > getattr(held, kind):
                agent.supply.want(kind, newest)
        agent.apply()
        agent.upkeep.proofs_due.set()
        self._welcomed.set()

    def _hold(self, token: str) -> None:
        name = name_of(token.encode())
        try:
            verified = self._agent.papers.take(token, *PUSHED)
        except Refused as refusal:
            self._refuse(name, refusal)
            return
        if not verified.repeat:
            self.acknowledge(name)

    def _obey(self, command: Command) -> str:
        if command.action == "stop_item":
            self._agent.player.stop_item(command.airing)
        elif command.action == "refresh":
            self._agent.supply.want_all()
        else:
            return Reason.UNKNOWN_TYPE
        return "ok"

    def _refuse(self, name: str, refusal: Refused) -> None:
        """Say so, unless it was somebody else's; an event seen before is acknowledged again, not obeyed again."""
        self.refusals[refusal.reason] = self.refusals.get(refusal.reason, 0) + 1
        if refusal.reason in _SILENT:
            return
        log.info("%s refused %s: %s", self._agent.device, name, refusal)
        duplicate = refusal.reason is Reason.DUPLICATE
        self.acknowledge(name, "ok" if duplicate else refusal.reason, "duplicate" if duplicate else "")


def name_of(payload: bytes) -> str:
    """ "<typ>:<id or revision>" of a message that nobody has verified; for acknowledgements only."""
    try:
        envelope = jws.parse(payload)
        named = msgspec.json.decode(envelope.payload, type=_Named)
    except (Refused, msgspec.MsgspecError, RecursionError):
        return "?:"
    return f"{envelope.header.typ[:20]}:{named.id[:80] or named.revision}"
