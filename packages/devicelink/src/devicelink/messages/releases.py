"""Which software a device runs: the order to take another release, by the firmware role."""

from typing import ClassVar

import msgspec

from devicelink.messages.base import Audience, Message


class Wheel(msgspec.Struct, frozen=True, kw_only=True):
    """One package of a release: a wheel called `name`, fetched from `/device/wheel/<sha256>` (ranges allowed)."""

    name: str
    sha256: str
    size: int


class Manifest(Message, frozen=True, kw_only=True):
    """State, role `firmware`, one device: run this release. Fetched after a `command` with "update", or a welcome.

    `order` names the rollout it belongs to. `release` is "1.2.3"; a lower one than what runs is obeyed only with
    `rollback`, which was signed for that alone; no `wheels` (and release "") mean the software it was delivered with.
    `python`: versions ("3.11") and `machine` ("aarch64", "" = any) for which the wheels are; `protocol`: the version of
    this protocol that an agent has to speak to install it. Nothing is installed before `not_before`, or from `expires`
    on. `previous` is what the platform believes to run now, for people.
    """

    typ: ClassVar[str] = "release"
    audience: Audience
    revision: int
    issued: int
    order: str
    release: str
    wheels: tuple[Wheel, ...]
    python: tuple[str, ...]
    machine: str = ""
    protocol: int = 1
    not_before: int = 0
    expires: int
    previous: str = ""
    rollback: bool = False
