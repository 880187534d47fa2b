"""Who may log in to the message engine, and to what: the auth callout (shared/design: engine, "Responder essentials").

The engine asks for every login that is not a service's. Everything is answered from memory; a refusal says why in the
log, never to the device. The request repeats the password, so a request is never logged.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import nacl.bindings
import structlog
from devicelink import tokens, topics
from devicelink.jws import decode64, encode64
from devicelink.refusals import Reason, Refused

from loa.gateway.keys import EngineKeys
from loa.gateway.limits import Limit
from loa.gateway.logins import Logins
from loa.gateway.world import World

SUBJECT = "$SYS.REQ.USER.AUTH"
ACCOUNT = "DEVICES"
LIFE = timedelta(hours=18)
JITTER = 0.2
MAX_SUBSCRIPTIONS = 20
MAX_PAYLOAD_BYTES = 65_536
LOGINS_AT_ONCE, LOGINS_PER_SECOND = 30, 0.2
SPOKEN_UP = ("hello", "beat", "bye", "ack", "heard")

log = structlog.get_logger("loa.gateway.auth")


class ServerId(msgspec.Struct):
    """Which server asks."""

    id: str


class ClientInfo(msgspec.Struct):
    """Which connection it is about."""

    id: int = 0
    host: str = ""
    mqtt_id: str = ""


class ConnectOptions(msgspec.Struct):
    """What the client sent: name and word."""

    user: str = ""
    password: str = msgspec.field(name="pass", default="")


class Question(msgspec.Struct):
    """The claims of an authorisation request that count here."""

    user_nkey: str
    server_id: ServerId
    client_info: ClientInfo
    connect_opts: ConnectOptions


class _Claims(msgspec.Struct):
    nats: Question


@dataclass(frozen=True, slots=True)
class Permit:
    """What a device may do at the engine, and until when (Unix seconds). Subjects are the engine's, with dots."""

    device: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    expires: int


def authorise(
    world: World, username: str, password: str, client: str, now: datetime, spend: Callable[[bytes, int, int], bool]
) -> Permit:
    """The decision, the same for whichever engine asks. Refused with the reason. `spend`: see Logins.spend.

    The client id must be the user name: it closes both a stranger's session and the engine's plain port, whose clients
    have no client id.
    """
    if not topics.is_device_id(username) or client != username:
        raise Refused(Reason.WRONG_AUDIENCE, "client id, user name and device id differ")
    claims = tokens.check(
        password, audience=tokens.ENGINE, public_of=world.public_of, now=round(now.timestamp() * 1000)
    )
    if claims.sub != username:
        raise Refused(Reason.WRONG_AUDIENCE, "token of another device")
    if not spend(tokens.mark(password), claims.exp, int(now.timestamp())):
        raise Refused(Reason.DUPLICATE, "this token has been used")
    member = world.members[username]
    commune = member.commune if member.placed else None
    life = LIFE * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads reconnections, guards nothing
    return Permit(
        device=username,
        publish=tuple(dotted(topics.up(username, typ)) for typ in SPOKEN_UP),
        subscribe=tuple(dotted(topic) for topic in topics.subscriptions(username, commune)),
        expires=int((now + life).timestamp()),
    )


def dotted(topic: str) -> str:
    """The engine's name of an MQTT topic."""
    return topic.replace("/", ".")


class Responder:
    """Answers the engine's questions."""

    def __init__(self, world: World, keys: EngineKeys, logins: Logins) -> None:
        self._world = world
        self._keys = keys
        self._logins = logins
        self._pace = Limit(burst=LOGINS_AT_ONCE, per_second=LOGINS_PER_SECOND)
        self.accepted = 0
        self.refused = 0

    def answer(self, request: bytes, now: datetime) -> bytes | None:
        """The signed answer to one question; None if the question makes no sense."""
        question = read_question(request)
        if question is None:
            return None
        return self._signed(question, self._decide(question, now), now)

    def _decide(self, question: Question, now: datetime) -> dict[str, object]:
        options = question.connect_opts
        try:
            client = question.client_info.mqtt_id
            permit = authorise(self._world, options.user, options.password, client, now, self.spend_for(options.user))
        except Refused as refusal:
            self.refused += 1
            log.info("login refused", user=options.user[:64], host=question.client_info.host, reason=refusal.reason)
            return {"error": str(refusal.reason)}
        self.accepted += 1
        return {"jwt": self._user_jwt(permit, question.user_nkey, now)}

    def spend_for(self, device: str) -> Callable[[bytes, int, int], bool]:
        """Only genuine tokens are counted and remembered, so that nobody else uses up a device's share."""

        def spend(mark: bytes, expires: int, now: int) -> bool:
            if not self._pace.allows(device, time.monotonic()):
                raise Refused(Reason.LIMIT_EXCEEDED, "logs in too often")
            return self._logins.spend(mark, expires, now)

        return spend

    def _user_jwt(self, permit: Permit, user_nkey: str, now: datetime) -> str:
        return self._jwt(
            {
                "sub": user_nkey,
                "aud": ACCOUNT,
                "name": permit.device,
                "exp": permit.expires,
                "nats": {
                    "type": "user",
                    "version": 2,
                    "subs": MAX_SUBSCRIPTIONS,
                    "data": -1,
                    "payload": MAX_PAYLOAD_BYTES,
                    "allowed_connection_types": ["MQTT", "MQTT_WS"],
                    "pub": {"allow": permit.publish},
                    "sub": {"allow": permit.subscribe},
                },
            },
            now,
        )

    def _signed(self, question: Question, verdict: dict[str, object], now: datetime) -> bytes:
        facts = {"type": "authorization_response", "version": 2, **verdict}
        return self._jwt({"sub": question.user_nkey, "aud": question.server_id.id, "nats": facts}, now).encode()

    def _jwt(self, claims: dict[str, object], now: datetime) -> str:
        body = {
            "iss": self._keys.issuer_public,
            "iat": int(now.timestamp()),
            "jti": f"{random.getrandbits(128):032x}",
            **claims,
        }
        signing_input = f"{_HEADER}.{encode64(msgspec.json.encode(body))}"
        signature = nacl.bindings.crypto_sign(signing_input.encode(), self._keys.issuer_secret)[:64]
        return f"{signing_input}.{encode64(signature)}"


_HEADER = encode64(b'{"typ":"JWT","alg":"ed25519-nkey"}')


def read_question(request: bytes) -> Question | None:
    """The question in the engine's JWT. Only the engine itself can speak on the callout's subject."""
    pieces = request.split(b".")
    if len(pieces) != 3:
        return None
    try:
        return msgspec.json.decode(decode64(pieces[1]), type=_Claims).nats
    except (ValueError, RecursionError, Refused):
        return None
