"""What live speech needs of the platform and of the signer. Each call blocks and is made in a thread of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from devicelink.signing import Job, SignerUnavailable

from loa.broadcasts.actions.speaking import Spoken
from loa.broadcasts.queries.speaking import LiveLeave
from loa.gateway.database import Away

Sign = Callable[[Job], str]
Leave = Callable[[int, str, datetime], LiveLeave]
Named = Callable[[tuple[str, ...], tuple[str, ...]], tuple[str, ...]]
Record = Callable[[Spoken, Path | None], object]


def _no_signer(job: Job) -> str:
    raise SignerUnavailable("none")


def _nobody(user: int, path: str, now: datetime) -> LiveLeave:
    raise Away("none")


def _nameless(areas: tuple[str, ...], groups: tuple[str, ...]) -> tuple[str, ...]:
    raise Away("none")


def _nowhere(spoken: Spoken, sound: Path | None) -> object:
    raise Away("none")


@dataclass(frozen=True, slots=True)
class Ways:
    """`sign` has one document signed; `leave` tells by which permit a user may speak in an area now, until when;
    `named` what areas (paths) and groups (ids) are called; `record` copies a session.

    Away, SignerUnavailable, LoaError, Refused.
    """

    sign: Sign = _no_signer
    leave: Leave = _nobody
    named: Named = _nameless
    record: Record = _nowhere
