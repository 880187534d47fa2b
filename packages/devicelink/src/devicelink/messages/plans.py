"""What the devices of one plan set sound in the next days."""

from typing import ClassVar, Literal

import msgspec

from devicelink.messages.base import Audience, Message


class SoundFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file the plan needs: Ogg/Opus, addressed by its SHA-256 at `/device/media/<sha256>`."""

    sha256: str
    size: int
    duration: int


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sound inside an airing, preceded by `gap` milliseconds of silence."""

    sha256: str
    gap: int = 0


class Relay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where live sound comes from. `id` names the source in the play log.

    stream: HTTP, Icecast or HLS at `url`; one that begins with `/relay/` is asked of the gateway, with the device's
    token, and comes with time stamps. fm: the device's tuner at `frequency` kHz. line: its audio input `input`.
    """

    kind: Literal["stream", "fm", "line"]
    id: str
    url: str = ""
    frequency: int = 0
    input: str = ""


class Airing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One dated item of a plan.

    `priority` is "normal" or "priority"; anything else (such as "emergency") is refused with `wrong_role`.
    `duration` is the sum of gaps and sounds. `latest` is the last instant at which it may start when something
    displaces it (0 = only at `start`). `filling` items (relays, music) may be cut and joined midway. `only` restricts
    it to these devices of the plan set. `offline_for`: hours since the last welcome after which it is skipped
    (`stale_offline`).
    `rank` orders items of one session: position, lower first.
    `relays` are live sources, the first that sounds is taken; one that is silent for `silent_after` ms is given up (0 =
    never). Then `parts` are what sounds, over and over, while none of them does; no parts mean silence.
    """

    id: str
    start: int
    duration: int
    parts: tuple[Part, ...]
    approval: str
    priority: str = "normal"
    level: Literal["commune", "province", "centre"] = "commune"
    issued: int = 0
    latest: int = 0
    filling: bool = False
    offline_for: int = 168
    only: tuple[str, ...] = ()
    rank: int = 0
    title: str = ""
    relays: tuple[Relay, ...] = ()
    silent_after: int = 90_000


class Plan(Message, frozen=True, kw_only=True):
    """State, role `plan`: what the devices of one plan set sound between `start` and `end`. Fetched over HTTPS."""

    typ: ClassVar[str] = "plan"
    audience: Audience
    revision: int
    issued: int
    start: int
    end: int
    airings: tuple[Airing, ...]
    files: tuple[SoundFile, ...]
