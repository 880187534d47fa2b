"""Is this message signed, ours and fresh? The single answer for agents, boards, swarms and the gateway.

The checks run in the order of `devicelink.refusals.Reason`, so that every implementation refuses with the same code:
form, type, key, its validity, its role, the signature; only then is the payload read: form of the content, scope,
audience, placement, valid time, freshness, limits. An event is remembered last, and before it has any effect.
"""

import hashlib
from dataclasses import dataclass
from typing import Generic, TypeVar

from devicelink import audience, contents, emergencies, freshness, jws, lives
from devicelink.freshness import TOLERANCE_MS, Answer, Clock, Event, Ledger, Mark, State
from devicelink.limits import MAX_ALERT_BYTES
from devicelink.messages import (
    DOWNWARD,
    ROLE_OF,
    Alert,
    Audience,
    Cancel,
    Key,
    Keyset,
    Message,
    Placement,
    Session,
    Time,
    Welcome,
)
from devicelink.refusals import Reason, Refused

M = TypeVar("M", bound=Message, covariant=True)

ROOT_KID = "root"
FINGERPRINT_GROUPS = 8


@dataclass(frozen=True, slots=True)
class Verified(Generic[M]):
    """A message that passed every check.

    `digest` is the hex SHA-256 of its payload. `repeat`: a state that was held already; storing it again does no harm.
    """

    message: M
    kid: str
    digest: str
    repeat: bool = False

    @property
    def mark(self) -> Mark:
        """What to store with a state, in the same transaction as the state."""
        return Mark(revision=getattr(self.message, "revision", 0), digest=self.digest)


@dataclass(frozen=True, slots=True)
class Keyring:
    """A verified keyset, its keys decoded once. Thousands of simulated devices may share one."""

    keyset: Keyset
    keys: dict[str, tuple[Key, bytes]]

    @classmethod
    def of(cls, keyset: Keyset) -> "Keyring":
        """Of a keyset whose signature was checked (`open_keyset`). Refuses with malformed."""
        return cls(keyset, {key.kid: (key, _public(key.public)) for key in keyset.keys})

    def find(self, kid: str) -> tuple[Key, bytes]:
        """The key and its 32 bytes, or unknown_key."""
        found = self.keys.get(kid)
        if found is None:
            raise Refused(Reason.UNKNOWN_KEY, f"kid {kid[:80]!r}")
        return found

    def expired(self, now: int) -> bool:
        """True if the keyset should have been renewed: raise an alarm, go on playing."""
        return now >= self.keyset.expires


@dataclass(slots=True)
class Verifier:
    """Checks what arrives at one device. The owner replaces `keyring` and `placement` when newer ones were accepted.

    `root` is the root's public key (32 bytes) or its fingerprint (text), from the image or the enrol command.
    """

    root: bytes | str
    device: str
    ledger: Ledger
    keyring: Keyring | None = None
    placement: Placement | None = None

    def verify(self, token: str | bytes, *expected: type[M], clock: Clock, nonce: str | None = None) -> Verified[M]:
        """The message, if it is one of the `expected` types and everything about it holds; else `Refused`.

        `nonce` is what this device last asked with (answers only). The id of an event is durable on return. The mark
        of a state is not: store `verified.mark` under `freshness.slot_of(message)` together with the state.
        """
        if expected == (Keyset,):
            return self._keyset(token, clock)  # type: ignore[return-value]
        verified = open_signed(token, *expected, keyring=self.keyring, clock=clock)
        assert self.keyring is not None
        check_scope(verified, self.keyring, self.placement)
        self._check_audience(verified.message)
        if not clock.valid and not isinstance(verified.message, Answer):
            raise Refused(Reason.NO_VALID_TIME, "the clock may be off by more than 60 s")
        return self._fresh(verified, clock, nonce)

    def _keyset(self, token: str | bytes, clock: Clock) -> Verified[Keyset]:
        verified = open_keyset(token, self.root)
        repeat = freshness.check_state(verified.message, verified.digest, self.ledger, clock)
        return Verified(verified.message, verified.kid, verified.digest, repeat)

    def _check_audience(self, message: Message) -> None:
        meant: Audience = message.audience  # type: ignore[attr-defined]
        if meant.device is not None:
            if meant.device != self.device:
                raise Refused(Reason.WRONG_AUDIENCE, "for another device")
        elif self.placement is not None and not audience.matches(meant, self.placement):
            raise Refused(Reason.WRONG_AUDIENCE, "not for the place of this device")
        if self.placement is not None and not _concerns(message, self.placement):
            raise Refused(Reason.WRONG_AUDIENCE, "nothing of it is for the place of this device")
        if self.placement is None and message.typ not in _BEFORE_PLACEMENT:
            raise Refused(Reason.NO_PLACEMENT, message.typ)

    def _fresh(self, verified: Verified[M], clock: Clock, nonce: str | None) -> Verified[M]:
        message: Message = verified.message
        repeat = False
        if isinstance(message, Answer):
            freshness.check_answer(message, nonce, clock)
        elif isinstance(message, Event):
            freshness.check_event(message, self.ledger, clock)
        elif isinstance(message, State):
            repeat = freshness.check_state(message, verified.digest, self.ledger, clock)
        contents.check_limits(message)
        if isinstance(message, Event):
            for event, until in freshness.remembered(message).items():
                self.ledger.remember(event, until)
        return Verified(verified.message, verified.kid, verified.digest, repeat)


_BEFORE_PLACEMENT = frozenset({"placement", "time", "welcome", "receipt", "changed"})


def open_keyset(token: str | bytes, root: bytes | str) -> Verified[Keyset]:
    """The keyset in `token` if the root signed it. `root`: public key (32 bytes) or fingerprint. No freshness here.

    Refuses with malformed, too_large, unknown_version, unknown_type, unknown_key (another root), bad_signature.
    """
    envelope = jws.parse(token)
    if envelope.header.typ != Keyset.typ:
        raise Refused(Reason.UNKNOWN_TYPE, f"{envelope.header.typ[:40]!r} is not expected here")
    if envelope.header.kid != ROOT_KID:
        raise Refused(Reason.UNKNOWN_KEY, "a keyset is signed by the root")
    jws.verify(envelope, _root_public(envelope.payload, root))
    keyset = jws.decode(envelope.payload, Keyset)
    contents.check_form(keyset)
    Keyring.of(keyset)
    return Verified(keyset, ROOT_KID, digest(envelope.payload))


def open_signed(token: str | bytes, *expected: type[M], keyring: Keyring | None, clock: Clock) -> Verified[M]:
    """The first half of `Verifier.verify`: form, type, key, role, signature, form of the content.

    For those who hold no placement (the gateway, tools). Says nothing about audience and freshness.
    """
    envelope = jws.parse(token)
    kind = _expected(envelope.header.typ, expected)
    check_size(kind, envelope.payload)
    if keyring is None:
        raise Refused(Reason.UNKNOWN_KEY, "no keyset yet")
    key, public = keyring.find(envelope.header.kid)
    _check_key_time(key, clock)
    if key.role is not ROLE_OF[kind]:
        raise Refused(Reason.WRONG_ROLE, f"a {key.role} key cannot sign a {kind.typ}")
    jws.verify(envelope, public)
    message = jws.decode(envelope.payload, kind)
    contents.check_form(message)
    if isinstance(message, Time | Welcome) and not key.valid_from <= message.time < key.valid_to:
        raise Refused(Reason.KEY_NOT_VALID_NOW, "the time it tells lies outside the key's validity")
    return Verified(message, key.kid, digest(envelope.payload))


def check_size(kind: type[Message], payload: bytes) -> None:
    """Refuses with too_large: every device of a country takes an alert in the same second."""
    if kind in (Alert, Cancel) and len(payload) > MAX_ALERT_BYTES:
        raise Refused(Reason.TOO_LARGE, f"{kind.typ} of {len(payload)} bytes")


def check_scope(verified: Verified[Message], keyring: Keyring, placement: Placement | None) -> None:
    """Refuses with outside_scope if the key does not speak for every area that the message concerns."""
    scope = keyring.find(verified.kid)[0].scope
    for path in _areas_named(verified.message, placement):
        if not audience.inside(scope, path):
            raise Refused(Reason.OUTSIDE_SCOPE, f"{verified.kid} speaks for {scope}, not for {path}")


def fingerprint(public: bytes) -> str:
    """What people compare: the first 128 bits of SHA-256 of a public key, 8 groups of 4 hex digits joined by "-"."""
    text = hashlib.sha256(public).hexdigest()
    return "-".join(text[4 * group : 4 * group + 4] for group in range(FINGERPRINT_GROUPS))


def digest(payload: bytes) -> str:
    """Lower-case hex SHA-256."""
    return hashlib.sha256(payload).hexdigest()


def _expected(typ: str, expected: tuple[type[M], ...]) -> type[M]:
    for kind in expected:
        if kind.typ == typ and typ in DOWNWARD:
            return kind
    raise Refused(Reason.UNKNOWN_TYPE, f"{typ[:40]!r} is not expected here")


def _concerns(message: Message, placement: Placement) -> bool:
    if isinstance(message, Alert | Cancel):
        return emergencies.concerns(message, placement)
    return lives.concerns(message, placement) if isinstance(message, Session) else True


def _check_key_time(key: Key, clock: Clock) -> None:
    """Without valid time only the floor is certain: a key that ended before it stays refused."""
    earliest = clock.now - TOLERANCE_MS if clock.valid else clock.floor
    if earliest >= key.valid_to or (clock.valid and clock.now + TOLERANCE_MS < key.valid_from):
        raise Refused(Reason.KEY_NOT_VALID_NOW, f"kid {key.kid}")


def _areas_named(message: Message, placement: Placement | None) -> list[str]:
    """Every area the key has to speak for: the device's own, the audience's, and the one a placement moves it to."""
    meant: Audience = message.audience  # type: ignore[attr-defined]
    paths = [placement.area] if placement else []
    if meant.area is not None:
        paths.append(meant.area)
    if isinstance(message, Placement):
        paths.append(message.area)
    return paths


def _root_public(payload: bytes, root: bytes | str) -> bytes:
    if isinstance(root, bytes):
        return root
    public = _public(jws.decode(payload, Keyset).root)
    if fingerprint(public) != root.strip().lower():
        raise Refused(Reason.UNKNOWN_KEY, "the keyset names another root")
    return public


def _public(text: str) -> bytes:
    raw = jws.decode64(text)
    if len(raw) != 32:
        raise Refused(Reason.MALFORMED, "a public key has 32 bytes")
    return raw
