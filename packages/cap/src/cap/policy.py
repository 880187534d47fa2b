"""What may happen with an alert of a source: refused, shown to a person, or relayed at once. Pure.

Relaying at once needs everything: a signature of this source that was verified, an actual public alert of events,
areas and severity the source is trusted with, and no more than so many an hour. Whoever is not sure asks a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from cap.model import Alert, Info, Severity
from cap.refusals import Code
from cap.resolve import inside

Policy = Literal["refuse", "person", "relay"]
HOUR = timedelta(hours=1)
MAX_LIFE = timedelta(hours=24)
MaxSeverity = Literal["Extreme", "Severe", "Moderate", "Minor"]
SEVERITIES: tuple[Severity, ...] = ("Minor", "Moderate", "Severe", "Extreme", "Unknown")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One who sends alerts, and how far he is trusted.

    `fingerprints`: SHA-256 of his certificates. `senders`: what he may call himself in `sender`; none = anything.
    `events`: his event -> ours ("FLW" or "Lũ quét" -> "lu-quet"); what is not there he may not relay. `areas`: paths.
    """

    name: str
    policy: Policy = "refuse"
    fingerprints: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    events: dict[str, str] = msgspec.field(default_factory=dict)
    areas: tuple[str, ...] = ()
    max_severity: MaxSeverity = "Severe"
    per_hour: int = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """`verdict` and why it is no better: no `code` for a relay."""

    verdict: Policy
    code: Code | None = None
    detail: str = ""


def decide(
    source: Source,
    alert: Alert,
    *,
    fingerprint: str,
    paths: Sequence[str],
    relayed: Sequence[datetime],
    known: bool = True,
    now: datetime,
) -> Decision:
    """`fingerprint` of the certificate that signed it, "" = not signed. `paths`: the units it means. `relayed`: when
    alerts of this source were relayed before. `known`: what it refers to was relayed by us from the same source.
    """
    if source.policy == "refuse":
        return Decision("refuse", Code.SOURCE_REFUSED, source.name)
    if source.senders and alert.sender not in source.senders:
        return Decision("refuse", Code.WRONG_SENDER, alert.sender)
    if fingerprint and fingerprint not in source.fingerprints:
        return Decision("refuse", Code.UNKNOWN_CERTIFICATE, fingerprint)
    if alert.status in ("System", "Draft") or alert.msg_type in ("Ack", "Error"):
        return Decision("refuse", Code.NOT_FOR_PEOPLE, f"{alert.status} {alert.msg_type}")
    if alert.scope != "Public":
        return Decision("refuse", Code.NOT_PUBLIC, alert.scope)
    if source.policy == "person":
        return Decision("person", Code.NEEDS_PERSON, source.name)
    fault = limit(source, alert, fingerprint=fingerprint, paths=paths, relayed=relayed, known=known, now=now)
    return Decision("relay") if fault is None else Decision("person", fault)


def limit(
    source: Source,
    alert: Alert,
    *,
    fingerprint: str,
    paths: Sequence[str],
    relayed: Sequence[datetime],
    known: bool = True,
    now: datetime,
) -> Code | None:
    """Why nobody may relay this without a person; None if it may be."""
    if source.policy != "relay":
        return Code.SOURCE_REFUSED if source.policy == "refuse" else Code.NEEDS_PERSON
    if not fingerprint:
        return Code.NOT_SIGNED
    if fingerprint not in source.fingerprints:
        return Code.UNKNOWN_CERTIFICATE
    if source.senders and alert.sender not in source.senders:
        return Code.WRONG_SENDER
    if alert.scope != "Public":
        return Code.NOT_PUBLIC
    if alert.status != "Actual" or alert.msg_type not in ("Alert", "Update"):
        return Code.NEEDS_PERSON  # a cancel silences: people end what they hear
    return _limit_of_contents(source, alert, paths, known, now) or _limit_of_number(source, relayed, now)


def _limit_of_contents(source: Source, alert: Alert, paths: Sequence[str], known: bool, now: datetime) -> Code | None:
    if any(event_of(source, info) is None for info in alert.info) or not alert.info:
        return Code.EVENT_NOT_ALLOWED
    if not paths or not all(any(inside(area, path) for area in source.areas) for path in paths):
        return Code.OUTSIDE_AREAS
    if any(rank(info.severity) > rank(source.max_severity) for info in alert.info):
        return Code.TOO_SEVERE
    if any(info.expires is None or info.expires - now > MAX_LIFE for info in alert.info):
        return Code.LIVES_TOO_LONG
    return None if known or not alert.references else Code.REFERENCE_UNKNOWN


def _limit_of_number(source: Source, relayed: Sequence[datetime], now: datetime) -> Code | None:
    recent = sum(1 for at in relayed if at > now - HOUR)
    return Code.TOO_OFTEN if recent >= source.per_hour else None


def event_of(source: Source, info: Info) -> str | None:
    """Our code of what this part tells: by its event codes first, then by the words of `event`."""
    for said in (*(pair.value for pair in info.event_code), info.event):
        if said.strip() in source.events:
            return source.events[said.strip()]
    return None


def rank(severity: Severity) -> int:
    """Higher is worse; what nobody knows needs a person, whatever a source is trusted with."""
    return SEVERITIES.index(severity)
