"""What the signer's host decides: the ceiling of hours, the site, whose passkeys may widen hours or vouch for alerts.

Two files in the signer's key folder, mode 0600, beside the keys. The platform can neither read nor write them.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import msgspec
from devicelink import keyfiles
from devicelink.audience import is_area_path
from devicelink.contents import check_hours
from devicelink.jws import decode64
from devicelink.keyfiles import KeyProblem
from devicelink.keyring import fingerprint
from devicelink.messages import Hours
from devicelink.refusals import Refused
from devicelink.signing import Bound
from devicelink.widening import DEFAULT_CEILING

from signer import sources
from signer.sources import SOURCES_FILE, Trusted

HOURS_FILE = "hours.json"
CONFIRMERS_FILE = "confirmers.json"
Right = Literal["hours", "alert"]
RIGHTS: tuple[Right, ...] = get_args(Right)
LIFE_MS = 3 * 365 * 86_400_000


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """`ceiling`: hours that need nobody's key. `extension`: how far approved extensions of single nights may go.

    `rp_id` and `origins`: the site on which passkeys are used. `break_glass`: areas (paths) in which, and below which,
    one person alone may vouch for an actual alert; none unless somebody has said so here.
    """

    ceiling: Hours = DEFAULT_CEILING
    extension: Bound = Bound()
    rp_id: str = ""
    origins: tuple[str, ...] = ()
    break_glass: tuple[str, ...] = ()


class Confirmer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One passkey of one person. `public` is its COSE key (CBOR) and `credential` its id, both base64url; times in ms.

    `rights`: what it counts for, hours wider than the ceiling or alerts. Ended by `valid_to`: what was accepted before
    stays. `void`: the key was stolen, nothing by it counts any more.
    """

    user: str
    name: str
    scope: str
    credential: str
    public: str
    valid_from: int
    valid_to: int
    void: bool = False
    demo: bool = False
    rights: tuple[Right, ...] = ("hours",)

    def may(self, now: int) -> bool:
        """Whether new confirmations by this key count at `now` (ms)."""
        return not self.void and self.valid_from <= now < self.valid_to

    def fingerprint(self) -> str:
        """What is compared with the person's account page."""
        return fingerprint(decode64(self.public))


@dataclass(frozen=True, slots=True)
class Known:
    """The files as they are now. `sources` by short name (`signer.sources`)."""

    site: Site
    confirmers: tuple[Confirmer, ...]
    sources: Mapping[str, Trusted] = field(default_factory=dict)


class Watched:
    """The files of one folder, read again when they change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamps: tuple[object, ...] = ()
        self.now = Known(Site(), ())
        self.refresh()

    def refresh(self) -> bool:
        """True if they changed. KeyProblem for a damaged file, and then what was read before stays."""
        stamps = tuple(_stamp(self._folder / name) for name in (HOURS_FILE, CONFIRMERS_FILE, SOURCES_FILE))
        if stamps == self._stamps:
            return False
        self.now = Known(read_site(self._folder), read(self._folder), sources.read(self._folder))
        self._stamps = stamps
        return True


def read_site(folder: Path) -> Site:
    """The ceiling and the site; the defaults where nothing was set. KeyProblem."""
    path = folder / HOURS_FILE
    if not path.exists():
        return Site()
    try:
        site = msgspec.json.decode(keyfiles.read_private(path), type=Site)
        _check(site)
    except (ValueError, Refused) as error:
        raise KeyProblem(f"{path} is damaged: {error}") from error
    return site


def write_site(folder: Path, site: Site) -> None:
    """Set the ceiling and the site. KeyProblem for hours, or areas, that cannot be."""
    try:
        _check(site)
    except Refused as refused:
        raise KeyProblem(f"these hours cannot be a ceiling: {refused.detail}") from refused
    except ValueError as error:
        raise KeyProblem(str(error)) from error
    keyfiles.replace(folder / HOURS_FILE, msgspec.json.encode(site))


def _check(site: Site) -> None:
    check_hours(site.ceiling)
    if not all(map(is_area_path, site.break_glass)):
        raise ValueError(f"{site.break_glass} are no areas")


def read(folder: Path) -> tuple[Confirmer, ...]:
    """Everybody in the list, ended ones too. KeyProblem for a damaged or open file."""
    path = folder / CONFIRMERS_FILE
    if not path.exists():
        return ()
    try:
        return msgspec.json.decode(keyfiles.read_private(path), type=tuple[Confirmer, ...])
    except ValueError as error:
        raise KeyProblem(f"{path} is damaged: {error}") from error


def add(folder: Path, confirmer: Confirmer) -> None:
    """Put a passkey into the list. KeyProblem if it is there and alive, if it was void, or if its area is none.

    One that is there for the same area keeps its other rights.
    """
    if not is_area_path(confirmer.scope) or not confirmer.valid_from < confirmer.valid_to:
        raise KeyProblem(f"area {confirmer.scope!r} or the dates of {confirmer.name} cannot be")
    if not confirmer.rights:
        raise KeyProblem(f"the passkey of {confirmer.name} would count for nothing")
    with _changing(folder):
        others = []
        for one in read(folder):
            if one.credential != confirmer.credential:
                others.append(one)
            elif one.void:
                raise KeyProblem(f"this passkey of {one.name} was taken back; a new one has to be registered")
            elif one.valid_to > confirmer.valid_from and one.scope == confirmer.scope:
                if set(confirmer.rights) <= set(one.rights):
                    raise KeyProblem(f"this passkey of {one.name} is in the list already")
                both = tuple(right for right in RIGHTS if right in (*one.rights, *confirmer.rights))
                confirmer = msgspec.structs.replace(confirmer, rights=both)
        _write(folder, (*others, confirmer))


def remove(folder: Path, user: str, *, now: int, void: bool = False) -> tuple[Confirmer, ...]:
    """End every passkey of this person at `now` (ms); `void` takes back all that they confirmed. Who was ended."""
    with _changing(folder):
        rows = read(folder)
        chosen = tuple(one for one in rows if one.user == user and (one.valid_to > now or (void and not one.void)))
        if not chosen:
            raise KeyProblem(f"no passkey of user {user} is in the list")
        ended = {
            one.credential: msgspec.structs.replace(one, valid_to=min(one.valid_to, now), void=one.void or void)
            for one in chosen
        }
        _write(folder, tuple(ended.get(one.credential, one) for one in rows))
    return tuple(ended.values())


def has_demo(folder: Path) -> bool:
    """True if a confirmer of a demonstration is in the list: real use refuses such a folder."""
    return any(one.demo for one in read(folder))


def _write(folder: Path, rows: tuple[Confirmer, ...]) -> None:
    keyfiles.replace(folder / CONFIRMERS_FILE, msgspec.json.encode(rows))


@contextmanager
def _changing(folder: Path) -> Iterator[None]:
    """Two operators at once do not lose each other's change."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino
