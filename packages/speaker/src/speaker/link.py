"""The link to the message engine: log in, subscribe, hear, speak; and come back, patiently, whatever happens."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from devicelink import topics
from devicelink.messages import Message

from speaker.config import Pace
from speaker.http import tls
from speaker.mqtt import Address, Line, LoginRefused, Lost

TIMEOUT_S = 15.0  # for dialling, logging in and subscribing together
PATIENCE = 10  # refusals in a row before the long wait
STEADY_S = 60.0  # a session that lasted so long was a good one; shorter ones count as tries that came to nothing


@dataclass(slots=True)
class Backoff:
    """How long to wait before the next try. CONNACK 5 is never final: revoked and "platform down" look the same."""

    pace: Pace
    failures: int = 0
    refusals: int = 0
    chance: random.Random = field(default_factory=random.Random)

    def wait(self) -> float:
        """Seconds, jittered."""
        if self.refusals >= PATIENCE:
            return self.pace.refused * self.chance.uniform(0.8, 1.2)
        if self.failures == 0:
            return self.chance.uniform(0, self.pace.first_login)
        longest = min(self.pace.longest, max(self.pace.first_login, 0.1) * 2.0 ** min(self.failures, 16))
        return self.chance.uniform(0.5, 1.0) * longest

    def failed(self, *, refused: bool) -> None:
        """A try came to nothing."""
        self.failures += 1
        self.refusals = self.refusals + 1 if refused else 0

    def succeeded(self) -> None:
        """It was connected for a good while."""
        self.failures = self.refusals = 0


class Link:
    """`token()` makes a fresh login token; `hear(payload)` gets every message, whatever its topic.

    `up()` is called after each login, `ready()` waits until logging in makes sense, `now()` judges certificates.
    """

    def __init__(
        self,
        device: str,
        url: str,
        *,
        pace: Pace,
        token: Callable[[], str],
        hear: Callable[[bytes], None],
        up: Callable[[], None],
        ready: Callable[[], Awaitable[None]],
        now: Callable[[], int],
        ca: Path | None = None,
    ) -> None:
        self._device = device
        self._address = Address.of(url)
        self._tls = tls(ca, None) if self._address.secure else None
        self._token, self._hear, self._on_up, self._ready, self._now = token, hear, up, ready, now
        self._pace = pace
        self._backoff = Backoff(pace)
        self._line: Line | None = None
        self._since = 0.0
        self._commune: str | None = None
        self._speaking = asyncio.Event()
        self._speaking.set()
        self.trouble = ""
        self.up = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Logged in and subscribed."""
        return self._line is not None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._speaking.wait()
            await self._ready()
            await asyncio.sleep(self._backoff.wait())
            try:
                await self._session()
            except (Lost, OSError) as error:
                self.trouble = str(error) or type(error).__name__
                self._count(refused=isinstance(error, LoginRefused))

    def say(self, message: Message) -> bool:
        """Publish an upward message at QoS 0; False if there is no connection (it is not kept)."""
        if self._line is None:
            return False
        return self._line.publish(topics.up(self._device, message.typ), msgspec.json.encode(message))

    def listen_to(self, commune: str | None) -> None:
        """The placement names this commune now. What a login may hear is decided at the login: log in anew."""
        before, self._commune = self._commune, commune
        if before != commune:
            self.hang_up()

    def hang_up(self) -> None:
        """Break the connection without a word, as a lost link does."""
        if self._line is not None:
            self._line.drop()

    def silence(self, on: bool) -> None:
        """A failure switch: the link is dead until switched off again."""
        if on:
            self._speaking.clear()
            self.hang_up()
        else:
            self._speaking.set()

    async def _session(self) -> None:
        """Ends with Lost or OSError, or cancelled: then it says goodbye."""
        self._since = 0.0
        line = await self._dial()
        try:
            self._line, self._since = line, time.monotonic()
            self.up.set()
            self._on_up()
            while True:
                self._hear(await line.message())
        except asyncio.CancelledError:
            await line.goodbye()
            raise
        finally:
            self._line = None
            self.up.clear()
            line.drop()

    async def _dial(self) -> Line:
        """A line that is logged in and subscribed; nothing of it stays if that takes too long."""
        async with asyncio.timeout(TIMEOUT_S):
            line = await Line.open(self._address, self._tls, self._now, quiet=self._pace.quiet, pong=self._pace.pong)
            try:
                await line.login(self._device, self._token())
                await self._subscribe(line)
            except BaseException:
                line.drop()
                raise
        return line

    async def _subscribe(self, line: Line) -> None:
        """Without the commune's topic the agent is hard of hearing, but learns of its new place."""
        taken = await line.subscribe(topics.subscriptions(self._device, self._commune))
        if not all(taken[:2]):
            raise Lost("the engine refuses our own topics")
        self.trouble = "" if all(taken) else "the engine refuses the topic of our commune"

    def _count(self, *, refused: bool) -> None:
        if self._since and time.monotonic() - self._since > STEADY_S:
            self._backoff.succeeded()
        else:
            self._backoff.failed(refused=refused)
