"""The MQTT connection: log in, subscribe, hear, speak; and come back, patiently, whatever happens."""

import asyncio
import contextlib
import random
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiomqtt
import msgspec
from aiomqtt.exceptions import MqttConnectError
from devicelink import topics
from devicelink.messages import Message

from speaker.config import Pace
from speaker.http import tls

KEEP_ALIVE_S = 60
TIMEOUT_S = 15.0
PATIENCE = 10  # refusals in a row before the long wait
REFUSED_FILTER = 0x80


class Deaf(Exception):
    """The engine refused one of our filters."""


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
        """Connected and subscribed."""
        self.failures = self.refusals = 0


@dataclass(frozen=True, slots=True)
class Address:
    """Of the engine: "mqtt://host:1883" or "mqtts://host:8883"."""

    host: str
    port: int
    secure: bool

    @classmethod
    def of(cls, url: str) -> "Address":
        """Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ValueError(f"not an mqtt address: {url}")
        secure = parts.scheme == "mqtts"
        return cls(parts.hostname, parts.port or (8883 if secure else 1883), secure)


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
        self._tls = tls(ca, now) if self._address.secure else None
        self._token, self._hear, self._on_up, self._ready = token, hear, up, ready
        self._backoff = Backoff(pace)
        self._client: aiomqtt.Client | None = None
        self._commune: str | None = None
        self._speaking = asyncio.Event()
        self._speaking.set()
        self.trouble = ""
        self.up = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Logged in and subscribed."""
        return self._client is not None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._speaking.wait()
            await self._ready()
            await asyncio.sleep(self._backoff.wait())
            try:
                await self._session()
            except (aiomqtt.MqttError, OSError, Deaf) as error:
                _still_wanted()
                self.trouble = str(error)
                self._backoff.failed(refused=isinstance(error, MqttConnectError))
            finally:
                self._client = None
                self.up.clear()

    async def say(self, message: Message) -> bool:
        """Publish an upward message at QoS 0; False if there is no connection (it is not kept)."""
        client = self._client
        if client is None:
            return False
        payload = msgspec.json.encode(message)
        try:
            await client.publish(topics.up(self._device, message.typ), payload, qos=0)
        except aiomqtt.MqttError:
            return False
        finally:
            _still_wanted()
        return True

    async def listen_to(self, commune: str | None) -> None:
        """The placement names this commune now. Refused by the engine: log in anew, with the new place."""
        before, self._commune = self._commune, commune
        client = self._client
        if client is None or before == commune:
            return
        with contextlib.suppress(aiomqtt.MqttError):
            if commune is not None and not all(await _subscribed(client, (topics.area(commune),))):
                self.hang_up()  # the next login is for the new place
                return
            if before is not None:
                await client.unsubscribe(topics.area(before))
        _still_wanted()

    def hang_up(self) -> None:
        """Break the connection without a word, as a lost link does."""
        client = self._client
        line: Any = client._client.socket() if client is not None else None
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def silence(self, on: bool) -> None:
        """A failure switch: the link is dead until switched off again."""
        if on:
            self._speaking.clear()
            self.hang_up()
        else:
            self._speaking.set()

    async def _session(self) -> None:
        async with self._dial() as client:
            await self._subscribe(client)
            self._client = client
            self._backoff.succeeded()
            self.up.set()
            self._on_up()
            async for message in client.messages:
                if isinstance(message.payload, bytes | bytearray):
                    self._hear(bytes(message.payload))

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        """All filters in one packet. Without the commune's the agent is hard of hearing but learns of its new place."""
        codes = await _subscribed(client, topics.subscriptions(self._device, self._commune))
        if not all(codes[:2]):
            raise Deaf("the engine refuses our own topics")
        self.trouble = "" if all(codes) else "the engine refuses the topic of our commune"

    def _dial(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            self._address.host,
            self._address.port,
            identifier=self._device,
            username=self._device,
            password=self._token(),
            clean_session=True,
            keepalive=KEEP_ALIVE_S,
            timeout=TIMEOUT_S,
            tls_context=self._tls,
            max_queued_incoming_messages=1_000,
        )


def _still_wanted() -> None:
    """The library may answer a cancellation with a result or an error of its own; the cancellation counts.

    (It waits by `asyncio.wait_for`, which before Python 3.12 loses a cancellation that comes together with the result.)
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _subscribed(client: aiomqtt.Client, filters: tuple[str, ...]) -> list[bool]:
    """One SUBSCRIBE for all filters; for each, whether the engine took it."""
    codes: Any = await client.subscribe([(name, 0) for name in filters])
    _still_wanted()
    return [int(getattr(code, "value", code)) < REFUSED_FILTER for code in codes]
