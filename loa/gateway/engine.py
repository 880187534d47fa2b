"""The gateway's three logins at the message engine: platform (messages), auth (callout), sys (presence, kick)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from loa.gateway import auth
from loa.gateway.keys import EngineKeys

log = structlog.get_logger("loa.gateway.engine")
CONNECTED = f"$SYS.ACCOUNT.{auth.ACCOUNT}.CONNECT"
DISCONNECTED = f"$SYS.ACCOUNT.{auth.ACCOUNT}.DISCONNECT"
COMING_AND_GOING = f"$SYS.ACCOUNT.{auth.ACCOUNT}.*"  # one subscription: who goes at once must not seem to come after
SPENT = "loa.gateway.login"
PAGE = 1024
FIRST_ANSWER_S, LATER_ANSWER_S = 2.0, 0.3
Handler = Callable[[str, bytes], None]


class _Server(msgspec.Struct):
    id: str


class _Client(msgspec.Struct):
    id: int = 0
    client_id: str = ""
    start: datetime | None = None


class Advisory(msgspec.Struct):
    """An engine's event about one connection."""

    server: _Server
    client: _Client
    reason: str = ""


class _Connection(msgspec.Struct):
    cid: int
    mqtt_client: str = ""
    start: datetime | None = None


class _Connections(msgspec.Struct):
    connections: list[_Connection] = msgspec.field(default_factory=list)
    total: int = 0
    num_connections: int = 0


class _Connz(msgspec.Struct):
    server: _Server
    data: _Connections


class _Ended(msgspec.Struct):
    """What a server says when it is asked to end a connection; an error if it has none with this number."""

    error: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device is connected: server and connection number; since when, by the engine's clock."""

    server: str
    cid: int
    since: datetime | None = field(default=None, compare=False)


class Engine:
    """NATS. Reconnects for ever; `up` says whether the platform's connection stands."""

    def __init__(self, url: str, keys: EngineKeys) -> None:
        self._urls = [part.strip() for part in url.split(",")]
        self._keys = keys
        self._platform = Client()
        self._sys = Client()
        self._auth = Client()
        self.places: dict[str, Place] = {}

    @property
    def up(self) -> bool:
        """Messages can be sent now."""
        return self._platform.is_connected

    async def connect(self) -> None:
        """Log in three times. Waits until the engine is there."""
        for client, seed in (
            (self._auth, self._keys.auth),
            (self._platform, self._keys.platform),
            (self._sys, self._keys.sys),
        ):
            await self._connect(client, seed)

    async def _connect(self, client: Client, seed: str) -> None:
        while True:
            try:
                await client.connect(
                    self._urls,
                    nkeys_seed_str=seed,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.3,  # type: ignore[arg-type]
                    pending_size=16 * 1024 * 1024,
                    error_cb=_complain,
                    connect_timeout=2,
                )
            except (OSError, nats.errors.Error) as error:
                log.info("the message engine is not there yet", reason=str(error)[:200])
                await asyncio.sleep(0.3)
            else:
                return

    async def answer_logins(self, answer: Callable[[bytes], bytes | None], spent: Callable[[], bytes]) -> None:
        """Be one of the responders (all gateways share the questions); the others hear which tokens were `spent`."""

        async def on_question(message: Msg) -> None:
            reply = answer(message.data)
            if records := spent():
                try:
                    await self.publish_raw(SPENT, records)
                except Exception as error:  # a device must not stay out because another gateway cannot be told
                    log.warning("spent logins were not passed on", reason=str(error)[:100])
            if reply is not None:
                await message.respond(reply)

        await self._auth.subscribe(
            auth.SUBJECT, queue="auth", cb=on_question, pending_msgs_limit=-1, pending_bytes_limit=-1
        )
        await self._auth.flush()

    async def listen(self, subject: str, handler: Handler) -> None:
        """Call `handler(subject, payload)` for every message; it must be quick."""

        async def on_message(message: Msg) -> None:
            handler(message.subject, message.data)

        await self._platform.subscribe(subject, cb=on_message, pending_msgs_limit=-1, pending_bytes_limit=-1)
        await self._platform.flush()

    async def watch(self, connected: Callable[[str], None], disconnected: Callable[[str, str], None]) -> None:
        """Call back with the device id (and the engine's reason) when a device comes or goes."""

        def on_connect(advisory: Advisory) -> None:
            device = advisory.client.client_id
            self.places[device] = Place(advisory.server.id, advisory.client.id, advisory.client.start)
            connected(device)

        async def on_event(message: Msg) -> None:
            advisory = _advisory(message.data) if message.subject in (CONNECTED, DISCONNECTED) else None
            if advisory is None:
                return
            if message.subject == CONNECTED:
                on_connect(advisory)
            elif self._was_here(advisory):
                disconnected(advisory.client.client_id, advisory.reason)

        await self._sys.subscribe(COMING_AND_GOING, cb=on_event, pending_msgs_limit=-1, pending_bytes_limit=-1)
        await self._sys.flush()

    def _was_here(self, advisory: Advisory) -> bool:
        """False for the end of a connection that a newer one of the same device has replaced already."""
        device = advisory.client.client_id
        place = self.places.get(device)
        if place is not None and place != Place(advisory.server.id, advisory.client.id):
            return False
        self.places.pop(device, None)
        return True

    def publish(self, topic: str, token: str) -> Awaitable[None]:
        """Send a signed message on an MQTT topic; while the engine is away it waits in memory, up to 16 MB."""
        return self._platform.publish(auth.dotted(topic), token.encode())

    async def send(self, topic: str, payload: bytes) -> None:
        """As `publish`, for any bytes."""
        await self._platform.publish(auth.dotted(topic), payload)

    async def publish_raw(self, subject: str, payload: bytes) -> None:
        """Send to other gateways."""
        await self._platform.publish(subject, payload)

    async def kick(self, device: str, *, began_before: datetime) -> bool:
        """End the device's connection, wherever it is, if it is older than that; False if there is none."""
        known = self.places.get(device)
        ended = None if known is None else await self._end(known, began_before)
        if ended is not None:
            return ended
        if known is not None and self.places.get(device) == known:
            del self.places[device]  # it has moved on, and we have not heard of it yet
        return any([await self._end(place, began_before) for place in await self._find(device)])

    async def _end(self, place: Place, began_before: datetime) -> bool | None:
        """True if it was old and is ended, False if it is younger, None if it or its server is gone."""
        if place.since is not None and place.since >= began_before:
            return False
        subject = f"$SYS.REQ.SERVER.{place.server}.KICK"
        try:
            answer = await self._sys.request(subject, msgspec.json.encode({"cid": place.cid}), timeout=2)
        except nats.errors.NoRespondersError:
            return None
        return None if msgspec.json.decode(answer.data, type=_Ended).error else True

    async def _find(self, device: str) -> list[Place]:
        answers = await self._ask_connections({"mqtt_client": device, "acc": auth.ACCOUNT})
        return [place for answer in answers for name, place in _places(answer) if name == device]

    async def connected(self) -> dict[str, Place]:
        """All devices that are connected now, on all servers."""
        found: dict[str, Place] = {}
        offset, servers = 0, 0
        while True:
            answers = await self._ask_connections({"acc": auth.ACCOUNT, "limit": PAGE, "offset": offset}, servers)
            page = [place for answer in answers for place in _places(answer)]
            found.update(page)
            offset, servers = offset + PAGE, len(answers)
            if not page:
                break
        self.places = found
        return found

    async def _ask_connections(self, question: Mapping[str, object], servers: int = 0) -> list[_Connz]:
        """The answers of all servers: of `servers` if their number is known, else those that come close together."""
        inbox = self._sys.new_inbox()
        subscription = await self._sys.subscribe(inbox)
        await self._sys.publish("$SYS.REQ.SERVER.PING.CONNZ", msgspec.json.encode(question), reply=inbox)
        answers: list[_Connz] = []
        try:
            while not servers or len(answers) < servers:
                message = await subscription.next_msg(timeout=LATER_ANSWER_S if answers else FIRST_ANSWER_S)
                answers.append(msgspec.json.decode(message.data, type=_Connz))
        except nats.errors.TimeoutError:
            pass
        finally:
            await subscription.unsubscribe()
        return answers

    async def close(self) -> None:
        """Log out."""
        for client in (self._auth, self._platform, self._sys):
            if client.is_connected:
                await client.drain()


def _places(answer: _Connz) -> list[tuple[str, Place]]:
    rows = answer.data.connections
    return [(row.mqtt_client, Place(answer.server.id, row.cid, row.start)) for row in rows if row.mqtt_client]


def _advisory(data: bytes) -> Advisory | None:
    try:
        advisory = msgspec.json.decode(data, type=Advisory)
    except ValueError:
        return None
    return advisory if advisory.client.client_id else None


async def _complain(error: Exception) -> None:
    log.info("message engine", error=str(error)[:200])
