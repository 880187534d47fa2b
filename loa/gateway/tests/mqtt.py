"""A blocking MQTT client that does exactly what it is told, also what no honest device would do."""

import json
import secrets
import socket
import time
from typing import Any, ClassVar

import msgspec
from devicelink import codec, jws, tokens, topics
from devicelink.messages import Beat, Hello, Message, Revisions
from devicelink.refusals import Refused

PATIENCE_S = 30.0  # for what must happen: a busy machine may need long, and nobody waits longer than it takes


class Closed(Exception):
    """The engine closed the connection."""


class Client:
    """One connection. `timeout` in seconds for every wait. A fixture closes what a test leaves open."""

    living: ClassVar[list["Client"]] = []

    def __init__(self, port: int, *, timeout: float = PATIENCE_S) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.living.append(self)
        self._parser = codec.Parser()
        self._ready: list[codec.Packet] = []
        self._timeout = timeout

    def login(self, client: str, username: str, password: str) -> int:
        """The CONNACK code."""
        self._socket.sendall(codec.connect(client, username, password))
        return codec.read_connack(self._next())

    def subscribe(self, *filters: str) -> tuple[int, ...]:
        """One SUBACK code a filter."""
        self._socket.sendall(codec.subscribe(7, filters))
        while True:
            packet = self._next()
            if packet.kind == codec.SUBACK:
                return codec.read_suback(packet)[1]

    def publish(self, topic: str, payload: bytes) -> None:
        """QoS 0."""
        self._socket.sendall(codec.publish(topic, payload))

    def message(self, timeout: float | None = None) -> codec.Publication:
        """The next publication. TimeoutError, Closed."""
        while True:
            packet = self._next(timeout)
            if packet.kind == codec.PUBLISH:
                return codec.read_publish(packet)

    def signed(self, *typs: str, timeout: float = PATIENCE_S, **facts: object) -> bytes:
        """The next signed message of one of these types that says this; others are passed over."""
        end = time.monotonic() + timeout
        while True:
            payload = self.message(max(0.01, end - time.monotonic())).payload
            envelope = jws.parse(payload)
            if envelope.header.typ in typs and facts.items() <= _said(envelope).items():
                return payload

    def document(self, *typs: str, timeout: float = PATIENCE_S, **facts: object) -> tuple[str, dict[str, Any]]:
        """Type and content of the next signed message of one of these types that says this."""
        envelope = jws.parse(self.signed(*typs, timeout=timeout, **facts))
        return envelope.header.typ, _said(envelope)

    def silent(self, seconds: float) -> bool:
        """True if nothing arrives in this time."""
        try:
            self.message(seconds)
        except TimeoutError:
            return True
        return False

    def closed(self) -> bool:
        """True as soon as the engine closes the connection."""
        end = time.monotonic() + self._timeout
        while time.monotonic() < end:
            try:
                self._next(max(0.01, end - time.monotonic()))
            except Closed:
                return True
            except TimeoutError:
                return False
        return False

    def _next(self, timeout: float | None = None) -> codec.Packet:
        self._socket.settimeout(self._timeout if timeout is None else timeout)
        while not self._ready:
            try:
                data = self._socket.recv(65536)
            except ConnectionError as error:
                raise Closed from error
            if not data:
                raise Closed
            self._ready += self._parser.feed(data)
        return self._ready.pop(0)

    def hang_up(self) -> None:
        """Without a word."""
        self._socket.close()


class SimulatedDevice(Client):
    """An honest device."""

    def __init__(self, port: int, device: str, seed: bytes, commune: str | None) -> None:
        super().__init__(port)
        self.device = device
        self._seed = seed
        self._commune = commune

    def token(self, *, audience: str = tokens.ENGINE, age_ms: int = 0) -> str:
        """A login token; `age_ms` makes it older."""
        now = int(time.time() * 1000) - age_ms
        return tokens.make(self.device, audience, seed=self._seed, now=now, jti=secrets.token_hex(8))

    def come(self) -> "SimulatedDevice":
        """Log in and subscribe to everything of its own."""
        assert self.login(self.device, self.device, self.token()) == 0
        assert set(self.subscribe(*topics.subscriptions(self.device, self._commune))) == {0}
        return self

    def say(self, message: Message) -> None:
        """Send an upward message."""
        self.publish(topics.up(self.device, message.typ), msgspec.json.encode(message))

    def hello(self, nonce: str = "nonce-0123456789") -> dict[str, Any]:
        """Say hello; the content of the welcome."""
        self.say(Hello(device=self.device, nonce=nonce, boot="b1", versions=(1,), agent="test", revisions=Revisions()))
        return self.document("welcome", nonce=nonce)[1]

    def heard_by_now(self) -> list[bytes]:
        """Everything that was on its way to this device: what comes before the answer to a hello of now."""
        nonce = secrets.token_hex(8)
        self.say(Hello(device=self.device, nonce=nonce, boot="b1", versions=(1,), agent="test", revisions=Revisions()))
        heard: list[bytes] = []
        while not _is_welcome(payload := self.message().payload, nonce):
            heard.append(payload)
        return heard

    def beat(self, **changes: Any) -> None:
        """Send a heartbeat; RunningGateway.takes_beat also waits until it has arrived."""
        facts: dict[str, Any] = {
            "at": int(time.time() * 1000),
            "boot": "b1",
            "uptime": 1,
            "agent": "test",
            "volume": 60,
        }
        self.say(Beat(device=self.device, **(facts | changes)))


def _said(envelope: jws.Envelope) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(envelope.payload)
    return content


def _is_welcome(payload: bytes, nonce: str) -> bool:
    try:
        envelope = jws.parse(payload)
    except Refused:
        return False
    return envelope.header.typ == "welcome" and _said(envelope)["nonce"] == nonce
