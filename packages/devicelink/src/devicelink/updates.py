"""Releases of the agent: how versions compare, what is approved of one, what becomes of one on a device. Pure."""

import hashlib
import re
from enum import StrEnum

import msgspec

from devicelink.canonical import canonical
from devicelink.messages.releases import Manifest, Wheel

VERSION = re.compile(r"\d{1,5}\.\d{1,5}\.\d{1,5}")
PYTHON = re.compile(r"3\.\d{1,2}")
WHEEL = re.compile(r"[A-Za-z0-9_.+!]{1,80}(-[A-Za-z0-9_.+!]{1,120}){4,5}\.whl")


class Step(StrEnum):
    """What a device says of the newest release it was told of."""

    FETCHING = "fetching"
    WAITING = "waiting"  # all is there; it waits until nothing sounds
    TRIAL = "trial"  # runs it, and has not yet shown that it works
    DONE = "done"
    NO_LAUNCHER = "no_launcher"
    WRONG_PYTHON = "wrong_python"
    NO_ROOM = "no_room"
    NO_DATA = "no_data"  # the month's megabytes do not suffice
    WRONG_HASH = "wrong_hash"
    NOT_INSTALLED = "not_installed"
    OLDER = "older"
    CHECK_FAILED = "check_failed"
    CRASHED = "crashed"
    NOT_WELCOMED = "not_welcomed"


MEANING: dict[Step, str] = {
    Step.FETCHING: "It fetches the wheels, in pauses between what sounds.",
    Step.WAITING: "Installed beside the running one; it waits until nothing sounds, or for `not_before`.",
    Step.TRIAL: "It runs the release, and has not yet shown that it works.",
    Step.DONE: "The release has shown that it works, and stays.",
    Step.NO_LAUNCHER: "Nothing stands above the agent that could bring the old release back, so none is tried.",
    Step.WRONG_PYTHON: "The wheels are for another Python, another machine or a newer protocol.",
    Step.NO_ROOM: "Not enough room for a second release.",
    Step.NO_DATA: "The month's megabytes do not suffice; it tries again.",
    Step.WRONG_HASH: "A wheel does not have the hash or the size it should have.",
    Step.NOT_INSTALLED: "The wheels could not be installed.",
    Step.OLDER: "Lower than the release that runs, and not signed as a way back.",
    Step.CHECK_FAILED: "Installed, but it cannot even be imported, or is another version than it should be.",
    Step.CRASHED: "It ended by itself in the time of trial; the old release runs again.",
    Step.NOT_WELCOMED: "It ran, but did not get through to the platform in time; the old release runs again.",
}
UNDER_WAY = frozenset({Step.FETCHING, Step.WAITING, Step.TRIAL, Step.NO_DATA})
FAILED = frozenset(Step) - UNDER_WAY - {Step.DONE}


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What two people agree on when they agree on a release: all of a manifest but whom it is for, and when."""

    order: str
    release: str
    wheels: tuple[Wheel, ...]
    python: tuple[str, ...]
    machine: str = ""
    protocol: int = 1
    not_before: int = 0
    expires: int
    rollback: bool = False


def content_of(manifest: Manifest) -> Content:
    """The part of this manifest that was approved."""
    return Content(**{name: getattr(manifest, name) for name in Content.__struct_fields__})


def digest(content: Content) -> str:
    """Lower-case hex SHA-256 of the canonical content."""
    return hashlib.sha256(canonical(msgspec.to_builtins(content))).hexdigest()


def order_of(version: str) -> tuple[int, ...]:
    """By which versions compare: "0.10.0" is above "0.9.1"; "" (the delivered software) below all."""
    return tuple(int(part) for part in version.split(".")) if VERSION.fullmatch(version) else ()
