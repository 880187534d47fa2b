"""An emergency alert, after OASIS CAP 1.2, as a loudspeaker needs it; and what ends one."""

from typing import ClassVar, Literal

import msgspec

from devicelink.messages.base import Audience, Message
from devicelink.messages.where import Where

Status = Literal["actual", "exercise", "test"]


class Voice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said: Ogg/Opus, at most `limits.MAX_VOICE_BYTES`, named by its SHA-256. `duration` ms.

    It follows as one frame (`voices`) on the same topics; who missed it fetches `/device/media/<sha256>`.
    """

    sha256: str
    size: int
    duration: int
    language: str = "vi"


class Target(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One text of the alert and whom it is for. `id` names it in acknowledgements ("ben-do").

    After the siren `prompts` (SHA-256 of sounds that lie on the device beforehand) are sounded, then `voices` in order.
    A prompt or voice that is not there is left out, never waited for beyond the siren.
    """

    id: str
    where: Where = Where()
    prompts: tuple[str, ...] = ()
    voices: tuple[Voice, ...] = ()


class Alert(Message, frozen=True, kw_only=True):
    """Event, role `alert`: sound this now. The only message whose class is emergency.

    `audience` is an area and bounds everything; the first of `targets` that means the device is its own, none =
    `wrong_audience`. `kind` "update" takes the place of every alert in `references` (their ids). `status` and
    `severity`, `urgency`, `certainty` as in CAP 1.2; `event` is a code of the platform's list (`bao`, `lu-quet`),
    `risk` the level of Decision 18/2021/QD-TTg, 0 = none. `level`: who speaks.
    `siren` names a pattern (`speaker/alerts`), "" = none. The alert sounds once, and again each `repeat` ms (0 = never)
    until `expires`. For the first `keep` ms no other alert may cut in. `headline` is for boards and records.
    An `exercise` obeys allowed hours, holds and closures and yields to every actual alert; a `test` never sounds, it is
    acknowledged only.
    """

    typ: ClassVar[str] = "alert"
    audience: Audience
    id: str
    issued: int
    expires: int
    kind: Literal["alert", "update"] = "alert"
    references: tuple[str, ...] = ()
    status: Status
    event: str
    severity: Literal["extreme", "severe", "moderate", "minor", "unknown"]
    urgency: Literal["immediate", "expected", "future", "past", "unknown"] = "immediate"
    certainty: Literal["observed", "likely", "possible", "unlikely", "unknown"] = "observed"
    risk: int = 0
    level: Literal["commune", "province", "centre"] = "commune"
    siren: str = ""
    repeat: int = 0
    keep: int = 0
    headline: str
    issuer: str = ""
    source: str = ""
    targets: tuple[Target, ...]


class Cancel(Message, frozen=True, kw_only=True):
    """Event, role `alert`: ends the alert `alert`, also on a device that has not seen it yet.

    `kind`: "cancel" = it was wrong (hủy cảnh báo), "end" = the danger is over (kết thúc cảnh báo). `status` is that of
    the alert. `targets` say so aloud, once, without siren; none = silently. The audience holds that of the alert.
    """

    typ: ClassVar[str] = "cancel"
    audience: Audience
    id: str
    issued: int
    expires: int
    alert: str
    kind: Literal["cancel", "end"] = "cancel"
    status: Status
    headline: str = ""
    targets: tuple[Target, ...] = ()
