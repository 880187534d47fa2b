"""What the gateway writes into tables and reads from them, a row each."""

from datetime import datetime

import msgspec


class BeatRow(msgspec.Struct, frozen=True, kw_only=True):
    """The newest heartbeat of a device as the table wants it."""

    id: str
    seen: datetime
    boot: str
    uptime: int
    agent: str
    volume: int
    playing: str
    held: bool
    power: str
    link: str
    signal: int
    free: int
    clock_offset: int
    bound: int
    plan: int
    missing: int
    proofs: int
    trouble: str
    used: int
    release: int
    step: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A transition. `ending`: the engine's word for how the connection ended, "" if it said none."""

    id: str
    at: datetime
    state: str
    cause: str
    ending: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One device's acknowledgement of an open message."""

    message: str
    device: str
    code: str
    detail: str
    at: datetime


class HourSum(msgspec.Struct, kw_only=True):
    """Sums of one device and hour since they were last written."""

    id: str
    hour: datetime
    beats: int = 0
    backup: int = 0
    bound: int = 0
    free: int = 0
    signal: int = 0


class OpenMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is not closed, with who answered what so far."""

    id: str
    of: str
    topic: str
    audience: dict[str, str]
    jws: str
    expires: datetime
    answers: dict[str, str]
