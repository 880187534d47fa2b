"""The door to bulletins: within the user's areas, or not found."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from loa.bulletins.models import Approval, Bulletin, Version
from loa.kernel.errors import Denied, NotFound
from loa.people.access import may, require
from loa.people.models import User
from loa.people.rules import Grant

WRITE, APPROVE = "bulletin.write", "bulletin.approve"


def bulletin_for(
    user: User, bulletin_id: UUID, now: datetime, capability: str = "view", *, lock: bool = False
) -> Bulletin:
    """The bulletin, if `user` may see it (or do `capability` with it). Raises NotFound, Denied.

    `lock` holds it until the end of the transaction (see `hold`).
    """
    if lock:
        hold([bulletin_id])
    try:
        bulletin = Bulletin.objects.select_related("area", "author").get(pk=bulletin_id)
    except Bulletin.DoesNotExist:
        raise NotFound from None
    require(user, capability, bulletin.area, now)
    return bulletin


def hold(bulletins: Iterable[UUID]) -> None:
    """Hold these bulletins, with all their approvals and air times, until the end of the transaction.

    Whoever changes any of these holds the bulletin first, several in one order: so nobody waits for each other in a
    ring. What is judged is read afterwards: a row that a statement waited for is new, what it joins to it may be old.
    """
    rows = Bulletin.objects.select_for_update(no_key=True).filter(pk__in=set(bulletins)).order_by("pk")
    list(rows.values_list("pk"))


def version_for(user: User, version_id: int, now: datetime) -> Version:
    """The version of a bulletin that `user` may see. Raises NotFound."""
    try:
        version = Version.objects.select_related("bulletin__area", "sound").get(pk=version_id)
    except Version.DoesNotExist:
        raise NotFound from None
    require(user, "view", version.bulletin.area, now)
    return version


def approval_for(user: User, approval_id: UUID, now: datetime, *, lock: bool = False) -> Approval:
    """The approval of a bulletin that `user` may see. Raises NotFound. `lock` holds the bulletin."""
    if lock:
        hold(Approval.objects.filter(pk=approval_id).values_list("bulletin_id", flat=True))
    try:
        approval = Approval.objects.select_related("bulletin__area", "version").get(pk=approval_id)
    except Approval.DoesNotExist:
        raise NotFound from None
    require(user, "view", approval.bulletin.area, now)
    return approval


def require_stopping(user: User, bulletin: Bulletin, now: datetime) -> None:
    """Raises unless `user` may take a bulletin off the air: its writers and its approvers. NotFound, Denied."""
    if not may(user, WRITE, bulletin.area, now):
        require(user, APPROVE, bulletin.area, now)


def require_approving(
    user: User, bulletin: Bulletin, path: str, now: datetime, *, apart_from: Collection[int | None] = ()
) -> Grant:
    """The grant by which `user` may approve this bulletin for the air of `path`, rather not on behalf of `apart_from`.

    Raises NotFound, Denied.
    """
    grant = require(user, APPROVE, bulletin.area, now, apart_from=apart_from)
    if not may(user, APPROVE, path, now):
        raise Denied("Anh/chị không có quyền duyệt phát ở một nơi trong danh sách này. Hãy bỏ nơi đó ra.")
    return grant
