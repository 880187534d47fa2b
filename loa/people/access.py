"""The one guarded door: what a user holds now, and whether a place, or a deed in it, is open to them."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import is_inside, lineage
from loa.kernel.errors import Denied, NotFound
from loa.people import rules
from loa.people.models import RoleGrant, User
from loa.people.rules import Grant


def grants_of(user: User | AnonymousUser, now: datetime) -> tuple[Grant, ...]:
    """Roles that `user` holds at `now`; none for a closed account."""
    if not user.is_authenticated or not user.is_active:
        return ()
    rows = RoleGrant.objects.filter(Q(ends=None) | Q(ends__gt=now), user_id=user.pk, starts__lte=now)
    return tuple(Grant(*row) for row in rows.order_by("pk").values_list("role", "area__path", "on_behalf_of_id"))


def path_of(area: Area | str) -> str:
    """The path of an area, or the path itself."""
    return area if isinstance(area, str) else area.path


def may(user: User | AnonymousUser, capability: str, area: Area | str, now: datetime) -> bool:
    """Whether `require` would pass; for showing or hiding a button."""
    return rules.allowing(grants_of(user, now), capability, path_of(area)) is not None


def require(user: User | AnonymousUser, capability: str, area: Area | str, now: datetime) -> Grant:
    """The grant that allows `capability` in `area`.

    Raises NotFound outside the user's scope (never says that a thing exists), Denied inside it without the capability.
    """
    if capability not in rules.ALL_CAPABILITIES:
        raise ValueError(f"unknown capability {capability!r}")
    grants, path = grants_of(user, now), path_of(area)
    if not rules.sees(grants, path):
        raise NotFound
    grant = rules.allowing(grants, capability, path)
    if grant is None:
        raise Denied("Anh/chị xem được mục này nhưng không được giao làm việc này. Hãy nhờ người có quyền ở đơn vị.")
    return grant


def seen_by(user: User | AnonymousUser, now: datetime, field: str = "area__path") -> Q:
    """Filter for lists: rows whose area (`field` names its path) is in the user's scope; nothing without a role."""
    allowed = Q(pk__in=[])
    for grant in grants_of(user, now):
        allowed |= within(grant.path, field)
    return allowed


def areas_with(user: User | AnonymousUser, capability: str, now: datetime) -> tuple[str, ...]:
    """Paths of the areas in which the user has the capability, outermost only, in order."""
    paths = sorted({g.path for g in grants_of(user, now) if capability in rules.CAPABILITIES[g.role]})
    return tuple(p for p in paths if not any(is_inside(p, other) for other in paths if other != p))


def area_for(user: User | AnonymousUser, path: str, now: datetime, capability: str = "view") -> Area:
    """The area with this path through the door. Raises NotFound, Denied."""
    require(user, capability, path, now)
    try:
        return Area.objects.get(path=path)
    except Area.DoesNotExist:
        raise NotFound from None


def holders(capability: str, area: Area | str, now: datetime) -> list[User]:
    """Active persons who may do this in the area now (approvers on duty, deputies included), nearest scope first."""
    path = path_of(area)
    roles = [role for role, capabilities in rules.CAPABILITIES.items() if capability in capabilities]
    rows = RoleGrant.objects.filter(
        Q(ends=None) | Q(ends__gt=now),
        starts__lte=now,
        role__in=roles,
        user__is_active=True,
        area__path__in=lineage(path),
    ).select_related("user", "area")
    ordered = sorted(rows, key=lambda row: (-len(row.area.path), row.on_behalf_of_id is not None, row.pk))
    return list({row.user_id: row.user for row in ordered}.values())
