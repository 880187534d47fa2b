"""Whether a second person really confirmed a widening of hours: each doubt has its own code (docs/adr/0021)."""

import hashlib
import hmac
import struct
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from devicelink import widening
from devicelink.audience import inside
from devicelink.jws import decode64
from devicelink.refusals import Reason, Refused
from devicelink.widening import Assertion, Confirmed, Widening
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.webauthn import AuthenticatorData, CollectedClientData

from signer.confirmers import Confirmer, Known, Site

MAX_PART = 4096
LOCALHOST = "localhost"
ALGORITHMS = (-7, -8, -257)  # ES256, EdDSA, RS256: what the passkeys of people are


@dataclass(slots=True)
class Judge:
    """Judges confirmations; what was found good is kept, so that a province costs one signature check a rule.

    `accepted`: challenges (hex) that the journal holds. `demo`: the keys are a demonstration's. `note` is called with
    each confirmation that is accepted for the first time.
    """

    known: Known
    accepted: Container[str]
    demo: bool
    note: Callable[[Widening, Confirmer], None]
    _good: dict[Confirmed, Confirmer] = field(default_factory=dict)

    def check(self, area: str, confirmed: Confirmed, now: int) -> None:
        """None if these hours were confirmed for this area and hold at `now` (ms), else `Refused`."""
        rule = confirmed.widening
        if rule.area != area:
            raise Refused(Reason.WRONG_AUDIENCE, f"confirmed for {rule.area[:80]}, not for {area}")
        self.accept(confirmed, now)
        today = local_day(rule, now).isoformat()
        if today < rule.from_day:
            raise Refused(Reason.NOT_YET_VALID, f"rule {rule.rule[:40]} begins {rule.from_day}")
        if today > rule.to_day:
            raise Refused(Reason.EXPIRED, f"rule {rule.rule[:40]} ended {rule.to_day}")

    def accept(self, confirmed: Confirmed, now: int) -> Confirmer:
        """Who confirmed it; whether its dates hold today is not asked here."""
        by = self._good.get(confirmed)
        if by is None:
            by = self._good[confirmed] = _verified(confirmed, self.known, self.demo)
        self._check_alive(confirmed.widening, by, now)
        return by

    def _check_alive(self, rule: Widening, by: Confirmer, now: int) -> None:
        if by.void:
            raise Refused(Reason.KEY_NOT_VALID_NOW, f"all confirmations of {by.name} were taken back")
        if widening.challenge(rule).hex() in self.accepted:
            return
        if not by.may(now):
            raise Refused(Reason.KEY_NOT_VALID_NOW, f"{by.name} may not confirm now")
        self.note(rule, by)


def local_day(rule: Widening, now: int) -> date:
    """The day in the rule's local time."""
    return (datetime.fromtimestamp(now / 1000, UTC) + timedelta(minutes=rule.utc_offset)).date()


def _verified(confirmed: Confirmed, known: Known, demo: bool) -> Confirmer:
    rule, assertion = confirmed.widening, confirmed.assertion
    widening.check_form(rule)
    if rule.utc_offset != known.site.ceiling.utc_offset:
        raise Refused(Reason.MALFORMED, "widening: another local time than the ceiling's")
    by = _confirmer(rule, assertion, known.confirmers, demo)
    client, device = _parts(assertion)
    _check_challenge(client, rule)
    _check_place(client, device, known.site, demo)
    if not device.is_user_present() or not device.is_user_verified():
        raise Refused(Reason.NOT_APPROVED, "the passkey did not make sure who was using it")
    _check_signature(by, device + client.hash, _decode(assertion.signature))
    return by


def _confirmer(rule: Widening, assertion: Assertion, rows: tuple[Confirmer, ...], demo: bool) -> Confirmer:
    found = next((one for one in rows if one.credential == assertion.credential), None)
    if found is None or found.user != rule.confirmer:
        raise Refused(Reason.UNKNOWN_KEY, f"no passkey of user {rule.confirmer[:40]} with this id is in the list")
    if found.demo and not demo:
        raise Refused(Reason.UNKNOWN_KEY, "a confirmer of a demonstration")
    if not inside(found.scope, rule.area):
        raise Refused(Reason.OUTSIDE_SCOPE, f"{found.name} speaks for {found.scope}, not for {rule.area}")
    return found


def _parts(assertion: Assertion) -> tuple[CollectedClientData, AuthenticatorData]:
    try:
        client = CollectedClientData(_decode(assertion.client_data))
        if not isinstance(client.origin, str):
            raise TypeError("origin")
        return client, AuthenticatorData(_decode(assertion.authenticator_data))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, struct.error) as error:
        raise Refused(Reason.MALFORMED, "assertion cannot be read") from error


def _check_challenge(client: CollectedClientData, rule: Widening) -> None:
    if client.type != CollectedClientData.TYPE.GET:
        raise Refused(Reason.NOT_APPROVED, "not an answer to a challenge")
    if not hmac.compare_digest(client.challenge, widening.challenge(rule)):
        raise Refused(Reason.WRONG_HASH, "another rule than this one was confirmed")


def _check_place(client: CollectedClientData, device: AuthenticatorData, site: Site, demo: bool) -> None:
    if client.cross_origin or not (client.origin in site.origins or (demo and _is_local(client.origin, site))):
        raise Refused(Reason.WRONG_AUDIENCE, f"confirmed on {client.origin[:80]!r}")
    if not site.rp_id or device.rp_id_hash != hashlib.sha256(site.rp_id.encode()).digest():
        raise Refused(Reason.WRONG_AUDIENCE, "a passkey of another site")


def _is_local(origin: str, site: Site) -> bool:
    """A demonstration takes whatever port is free."""
    host, _, port = origin.removeprefix("http://").partition(":")
    return origin.startswith("http://") and host == site.rp_id == LOCALHOST and (not port or port.isdecimal())


def _check_signature(by: Confirmer, signed: bytes, signature: bytes) -> None:
    try:
        content = cbor.decode(decode64(by.public))
        if not isinstance(content, dict):
            raise ValueError("no COSE key")
        key = CoseKey.parse(content)
        if key.ALGORITHM not in ALGORITHMS:
            raise Refused(Reason.BAD_SIGNATURE, f"algorithm {key.ALGORITHM}")
        key.verify(signed, signature)
    except (InvalidSignature, ValueError, KeyError, TypeError) as error:
        raise Refused(Reason.BAD_SIGNATURE, f"the passkey of {by.name} did not sign this") from error


def _decode(text: str) -> bytes:
    if len(text) > MAX_PART:
        raise Refused(Reason.TOO_LARGE, "assertion")
    return decode64(text)
