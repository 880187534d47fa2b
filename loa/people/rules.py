"""Who may do what, where and when; pure, so that it can be read and tested as a table."""

from collections.abc import Iterable
from dataclasses import dataclass

from loa.areas.rules import is_inside

OFFICER = "officer"
APPROVER = "approver"
TECHNICIAN = "technician"
PROVINCE_EDITOR = "province_editor"
CENTRAL_EDITOR = "central_editor"
VIEWER = "viewer"
ADMINISTRATOR = "administrator"
ANNOUNCER = "announcer"

_EDITING = frozenset({"view", "bulletin.write", "media.write", "schedule.write", "hold.set"})

CAPABILITIES: dict[str, frozenset[str]] = {
    OFFICER: _EDITING | {"group.write", "hamlet.write", "device.volume"},
    APPROVER: frozenset(
        {"view", "bulletin.approve", "schedule.approve", "hold.set", "people.delegate", "rules.write", "audit.view"}
    ),
    TECHNICIAN: frozenset({"view", "device.manage", "device.volume", "group.write", "hold.set"}),
    PROVINCE_EDITOR: _EDITING,
    CENTRAL_EDITOR: _EDITING,
    VIEWER: frozenset({"view"}),
    ADMINISTRATOR: frozenset(
        {
            "view",
            "people.manage",
            "rules.write",
            "hamlet.write",
            "device.manage",
            "device.volume",
            "group.write",
            "audit.view",
        }
    ),
    ANNOUNCER: frozenset({"view", "bulletin.write", "media.write"}),
}
ALL_CAPABILITIES = frozenset().union(*CAPABILITIES.values())

# What an approver may hand on without asking anybody: their own part, and a stand-in for the commune's officer.
DELEGABLE = frozenset({APPROVER, OFFICER})


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that holds now. `path` is the area's; `on_behalf_of` the id of the person deputised for."""

    role: str
    path: str
    on_behalf_of: int | None = None


def sees(grants: Iterable[Grant], path: str) -> bool:
    """True if the place is inside the scope of any grant: only then may its existence be told."""
    return any(is_inside(path, grant.path) for grant in grants)


def allowing(grants: Iterable[Grant], capability: str, path: str) -> Grant | None:
    """The grant that allows it; an own one is preferred to one on behalf of another."""
    fits = [g for g in grants if capability in CAPABILITIES.get(g.role, ()) and is_inside(path, g.path)]
    return min(fits, key=lambda g: g.on_behalf_of is not None, default=None)


def same_person(author_id: int | None, approver_id: int | None) -> bool:
    """True if these two may not write and approve the same bulletin. An unknown author is never approved blindly."""
    return author_id is None or approver_id is None or author_id == approver_id
