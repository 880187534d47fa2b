"""Who may do what, where and when; pure, so that it can be read and tested as a table."""

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loa.areas.rules import is_inside

OFFICER = "officer"
APPROVER = "approver"
TECHNICIAN = "technician"
PROVINCE_EDITOR = "province_editor"
CENTRAL_EDITOR = "central_editor"
VIEWER = "viewer"
ADMINISTRATOR = "administrator"
ANNOUNCER = "announcer"
DUTY = "duty"

_EDITING = frozenset({"view", "bulletin.write", "media.write", "schedule.write", "hold.set"}) | {
    "alert.view",
    "alert.author",
    "drill.write",
    "live.speak",
}

CAPABILITIES: dict[str, frozenset[str]] = {
    OFFICER: _EDITING
    | {"lexicon.write", "group.write", "hamlet.write", "device.volume", "device.care", "relay.write"}
    | {"recipient.write"},
    APPROVER: frozenset(
        {
            "view",
            "bulletin.approve",
            "schedule.approve",
            "lexicon.write",
            "hold.set",
            "live.speak",
            "live.approve",
            "people.delegate",
            "rules.write",
            "audit.view",
            "alert.view",
            "alert.author",
            "alert.confirm",
            "duty.write",
            "drill.write",
        }
    ),
    TECHNICIAN: frozenset(
        {"view", "alert.view", "device.manage", "device.volume", "device.care", "group.write", "hold.set"}
    )
    | {"relay.write", "release.propose"},
    PROVINCE_EDITOR: _EDITING | {"lexicon.write", "relay.write", "recipient.write"},
    CENTRAL_EDITOR: _EDITING | {"relay.write"},
    VIEWER: frozenset({"view", "alert.view"}),
    ADMINISTRATOR: frozenset(
        {
            "view",
            "people.manage",
            "voice.manage",
            "rules.write",
            "hamlet.write",
            "device.manage",
            "device.volume",
            "device.care",
            "group.write",
            "audit.view",
            "release.propose",
            "release.approve",
            "alert.view",
            "duty.write",
            "channel.manage",
            "recipient.write",
        }
    ),
    ANNOUNCER: frozenset({"view", "bulletin.write", "media.write", "alert.view", "live.speak"}),
    DUTY: frozenset({"view", "media.write", "hold.set", "alert.view", "alert.author", "alert.confirm", "live.speak"}),
}
ALL_CAPABILITIES = frozenset().union(*CAPABILITIES.values())


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that holds now. `path` is the area's; `on_behalf_of` the id of the person deputised for."""

    role: str
    path: str
    on_behalf_of: int | None = None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a token leaves of its owner's rights: a place and all below it, and some capabilities."""

    path: str
    capabilities: frozenset[str]

    def of(self, grants: Iterable[Grant]) -> tuple[Grant, ...]:
        """The grants inside this place; wider ones shrink to it."""
        kept = (replace(g, path=self.path) if is_inside(self.path, g.path) else g for g in grants)
        return tuple(g for g in kept if is_inside(g.path, self.path))


# What a token may be given: nothing of accounts, keys and approvals, which ask for the person.
TOKEN_CAPABILITIES = {
    "view": "Xem",
    "schedule.write": "Sửa lịch phát",
    "group.write": "Sửa nhóm loa",
    "rules.write": "Sửa quy định giờ phát",
    "device.manage": "Quản lý thiết bị",
    "hold.set": "Dừng và cho phát lại",
}
TOKEN_MARK = "loa_"  # noqa: S105 - by this people and scanners know one, it is no secret
TOKEN_MOST_DAYS = 366


def token_digest(secret: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(f"loa-api-1.{secret}".encode()).hexdigest()


def sees(grants: Iterable[Grant], path: str) -> bool:
    """True if the place is inside the scope of any grant: only then may its existence be told."""
    return any(is_inside(path, grant.path) for grant in grants)


def allowing(
    grants: Iterable[Grant], capability: str, path: str, *, apart_from: Collection[int | None] = ()
) -> Grant | None:
    """The grant that allows it: an own one before one on behalf of another, and of these one that is not on behalf of
    `apart_from` (ids) if there is any: a deputy of two persons may decide for one what the other has written.
    """
    fits = [g for g in grants if capability in CAPABILITIES.get(g.role, ()) and is_inside(path, g.path)]
    return min(fits, key=lambda g: g.on_behalf_of is not None and (1 + (g.on_behalf_of in apart_from)), default=None)


def same_person(author_id: int | None, approver_id: int | None, on_behalf_of: int | None = None) -> bool:
    """True if these may not write and approve the same bulletin, by Loa's rule of two persons.

    A deputy does not approve what the person deputised for has written; an unknown author is never approved blindly.
    """
    return author_id is None or approver_id is None or author_id in (approver_id, on_behalf_of)


MAX_DELEGATION = timedelta(days=92)
INVITATION_LIFE = timedelta(days=3)
FIRST_ADMIN_LIFE = timedelta(hours=24)
SIGN_OUT_KEPT = timedelta(hours=25)  # longer than anything that a page was given lives
PAGE_TAKES = timedelta(seconds=2)  # longer than a page is being made


def session_mark(key: str) -> str:
    """A name of the session with this key that may leave the house; the key itself opens the session."""
    return hashlib.sha256(f"loa-session-1.{key}".encode()).hexdigest()[:24] if key else ""


def delegation_fault(starts: datetime, ends: datetime, now: datetime) -> str:
    """Why these dates will not do for a deputy; "" if they do."""
    if ends <= starts:
        return "Ngày kết thúc phải sau ngày bắt đầu."
    if ends <= now:
        return "Khoảng thời gian này đã qua."
    if ends - starts > MAX_DELEGATION:
        return f"Ủy quyền mỗi lần không quá {MAX_DELEGATION.days} ngày; hết hạn có thể ủy quyền lại."
    return ""


def normal_phone(text: str) -> str:
    """A Vietnamese number as "0912345678", or "" if it is none. Spaces, dots and +84 are understood."""
    digits = re.sub(r"[\s.\-()]", "", text)
    if digits.startswith(("+84", "0084")):
        digits = "0" + digits.removeprefix("+84").removeprefix("0084")
    return digits if re.fullmatch(r"0[1-9][0-9]{8,9}", digits) else ""
