"""The one guarded door: what a user holds now, and whether a place, or a deed in it, is open to them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from loa.areas.models import Area, Folded
from loa.areas.queries import within
from loa.areas.rules import is_inside, lineage
from loa.kernel import reading
from loa.kernel.errors import Denied, NotFound
from loa.people import rules
from loa.people.models import ApiToken, RoleGrant, RolePolicy, User
from loa.people.rules import Grant


def grants_of(user: User | AnonymousUser, now: datetime) -> tuple[Grant, ...]:
    """Roles that `user` holds at `now`; none for a closed account."""
    if not user.is_authenticated or not user.is_active:
        return ()
    held = tuple(one.grant for one in holdings(user, now))
    return held if user.narrowed is None else user.narrowed.of(held)


@dataclass(frozen=True, slots=True)
class Holding:
    """A role that somebody holds now; `ends` are the instants at which it may end by itself: its own last one, and that
    of the role by which it was lent. `second_factor`: whether it asks for one."""

    grant: Grant
    ends: tuple[datetime, ...]
    second_factor: bool


def holdings(user: User, now: datetime) -> tuple[Holding, ...]:
    """All that `user` holds at `now`. One query, which answers what a page asks of its reader in many places."""
    return reading.once(("grants", user.pk), lambda: _held(user, now))


def _held(user: User, now: datetime) -> tuple[Holding, ...]:
    sql, parameters = _sql_of_held()
    given: dict[Any, Any] = {_NOW: now, _USER: user.pk}
    with connection.cursor() as cursor:
        cursor.execute(sql, [given.get(one, one) for one in parameters])
        rows = cursor.fetchall()
    return tuple(
        Holding(Grant(role, path, on_behalf_of), tuple(end for end in (own, lent) if end), asked)
        for role, path, on_behalf_of, own, lent, asked in rows
    )


_NOW, _USER = datetime(1, 1, 1, tzinfo=UTC), -1  # stand for what differs from one question to the next


@lru_cache(maxsize=1)
def _sql_of_held() -> tuple[str, tuple[Any, ...]]:
    """Each request that changes something asks this ten times, and putting the query together costs eight times as
    much as asking it."""
    lent_until = _lenders(_NOW).filter(role=rules.APPROVER).order_by("ends").values("ends")[:1]
    asks = RolePolicy.objects.filter(second_factor=True, role=OuterRef("role"))
    rows = live_grants(_NOW).filter(user_id=_USER).order_by("pk")
    columns = ("role", "area__path", "on_behalf_of_id", "ends", Subquery(lent_until), Exists(asks))
    sql, parameters = rows.values_list(*columns).query.sql_with_params()
    return sql, tuple(parameters)


def _lends(user: User | AnonymousUser, capability: str) -> bool:
    """Whether the person, or the token of theirs that acts here, can use this capability at all."""
    narrowed = user.narrowed if user.is_authenticated else None
    return narrowed is None or capability in narrowed.capabilities


def user_of_token(secret: str, now: datetime) -> User | None:
    """The owner of this token as far as it reaches, None for one that does not hold (any more)."""
    row = (
        ApiToken.objects.filter(
            digest=rules.token_digest(secret), revoked_at=None, expires__gt=now, made_at__lte=now, user__is_active=True
        )
        .select_related("user", "area")
        .first()
    )
    if row is None:
        return None
    if row.last_used_at is None or now - row.last_used_at > _USED_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    row.user.narrowed = rules.Narrowed(row.area.path, frozenset(row.capabilities))
    return row.user


_USED_EVERY = timedelta(minutes=5)


def ends_of(user: User, now: datetime) -> list[datetime]:
    """When roles that hold at `now` will end by themselves: what is lent, also with the role of who lent it."""
    return sorted({end for one in holdings(user, now) for end in one.ends})


def live_grants(now: datetime) -> QuerySet[RoleGrant]:
    """Grants that hold at `now`. A deputy's ends for good with the role of the approver who gave it.

    So it rests on a role that was written down before it: one that is given again later brings no deputy back.
    """
    return _in_time(now).filter(~Q(role=rules.APPROVER) | Q(on_behalf_of=None) | Exists(_lenders(now)))


def _in_time(now: datetime) -> QuerySet[RoleGrant]:
    return RoleGrant.objects.filter(Q(ends=None) | Q(ends__gt=now), starts__lte=now)


def _lenders(now: datetime) -> QuerySet[RoleGrant]:
    """Of a grant outside: the roles in their own right that it was lent by."""
    return _in_time(now).filter(
        on_behalf_of=None, user__is_active=True,
        user=OuterRef("on_behalf_of"), role=OuterRef("role"), area=OuterRef("area"), pk__lt=OuterRef("pk"),
    )  # fmt: skip


def deputies_of(user: User, now: datetime) -> QuerySet[RoleGrant]:
    """What others hold, or will, only as long as `user` does: the grants of an approver's deputies."""
    return RoleGrant.objects.filter(Q(ends=None) | Q(ends__gt=now), role=rules.APPROVER, on_behalf_of=user)


def path_of(area: Area | str) -> str:
    """The path of an area, or the path itself."""
    return area if isinstance(area, str) else area.path


def may(user: User | AnonymousUser, capability: str, area: Area | str, now: datetime) -> bool:
    """Whether `require` would pass; for showing or hiding a button."""
    return _lends(user, capability) and rules.allowing(grants_of(user, now), capability, path_of(area)) is not None


def require(
    user: User | AnonymousUser,
    capability: str,
    area: Area | str,
    now: datetime,
    *,
    apart_from: Collection[int | None] = (),
) -> Grant:
    """The grant that allows `capability` in `area`, rather not on behalf of `apart_from` (ids).

    Raises NotFound outside the user's scope (never says that a thing exists), Denied inside it without the capability.
    """
    if capability not in rules.ALL_CAPABILITIES:
        raise ValueError(f"unknown capability {capability!r}")
    grants, path = grants_of(user, now), path_of(area)
    if not rules.sees(grants, path):
        raise NotFound
    grant = rules.allowing(grants, capability, path, apart_from=apart_from) if _lends(user, capability) else None
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
    if not _lends(user, capability):
        return ()
    paths = sorted({g.path for g in grants_of(user, now) if capability in rules.CAPABILITIES[g.role]})
    return tuple(p for p in paths if not any(is_inside(p, other) for other in paths if other != p))


def area_for(user: User | AnonymousUser, path: str, now: datetime, capability: str = "view") -> Area:
    """The area with this path through the door. Raises NotFound, Denied."""
    require(user, capability, path, now)
    try:
        return _area(path)
    except Area.DoesNotExist:
        raise NotFound from None


def holders(capability: str, area: Area | str, now: datetime) -> list[User]:
    """Active persons who may do this in the area now (approvers on duty, deputies included), nearest scope first."""
    path = path_of(area)
    roles = [role for role, capabilities in rules.CAPABILITIES.items() if capability in capabilities]
    rows = (
        live_grants(now)
        .filter(role__in=roles, user__is_active=True, area__path__in=lineage(path))
        .select_related("user", "area")
    )
    ordered = sorted(rows, key=lambda row: (-len(row.area.path), row.on_behalf_of_id is not None, row.pk))
    return list({row.user_id: row.user for row in ordered}.values())


def own_approver_grant(user: User | AnonymousUser, area: Area | str, now: datetime) -> RoleGrant | None:
    """The grant by which the user is an approver in their own right there: deputies cannot hand on what was lent."""
    if not user.is_authenticated:
        return None
    own = live_grants(now).filter(user_id=user.pk, role=rules.APPROVER, on_behalf_of=None)
    return own.filter(area__path__in=lineage(path_of(area))).select_related("area").order_by("-area__path").first()


def account_for(manager: User | AnonymousUser, user_id: int, now: datetime) -> User:
    """An account that this administrator may see: somebody who holds or held a role in their area. Raises NotFound."""
    try:
        return accounts_of(manager, now).get(pk=user_id)
    except User.DoesNotExist:
        raise NotFound from None


def accounts_of(manager: User | AnonymousUser, now: datetime) -> QuerySet[User]:
    """Accounts with a role, past or present, in the areas whose people this user manages."""
    managed = Q(pk__in=[])
    for path in areas_with(manager, "people.manage", now):
        managed |= within(path, "area__path")
    return User.objects.filter(Exists(RoleGrant.objects.filter(managed, user=OuterRef("pk")))).order_by(
        Folded("full_name")
    )


def require_whole(manager: User | AnonymousUser, user: User, now: datetime) -> None:
    """Opening, closing and new links touch the whole account: all its roles must lie in the manager's areas."""
    managed = areas_with(manager, "people.manage", now)
    held = RoleGrant.objects.filter(Q(ends=None) | Q(ends__gt=now), user=user).values_list("area__path", flat=True)
    if not all(any(is_inside(path, scope) for scope in managed) for path in held):
        raise Denied("Người này còn giữ vai trò ngoài địa bàn anh/chị quản trị. Hãy nhờ quản trị cấp trên.")


def grant_for(manager: User | AnonymousUser, grant_id: int, now: datetime) -> RoleGrant:
    """A grant inside the areas whose people this user manages. Raises NotFound."""
    grant = RoleGrant.objects.select_related("user", "area").filter(pk=grant_id).first()
    if grant is None or not may(manager, "people.manage", grant.area, now):
        raise NotFound
    return grant


def delegation_for(approver: User | AnonymousUser, grant_id: int, now: datetime) -> RoleGrant:
    """A deputy's or stand-in's grant in an area where this user is an approver in their own right. Raises NotFound."""
    grant = RoleGrant.objects.select_related("user", "area", "on_behalf_of").filter(pk=grant_id).first()
    if grant is None or grant.on_behalf_of_id is None or own_approver_grant(approver, grant.area, now) is None:
        raise NotFound
    return grant


def place_for(user: User | AnonymousUser, wanted: str, now: datetime) -> Area:
    """The area that a page is about: `wanted` (a path) if it is open to the user, else the first area of an own role.

    Raises NotFound for a place outside the scope, and for somebody without any role.
    """
    if wanted:
        return area_for(user, wanted, now)
    grants = sorted(grants_of(user, now), key=lambda g: (g.on_behalf_of is not None, -len(g.path), g.path))
    if not grants:
        raise NotFound("Tài khoản này chưa được giao việc ở đơn vị nào. Hãy nhờ người quản trị của đơn vị.")
    return _area(grants[0].path)


def _area(path: str) -> Area:
    return reading.once(("area", path), lambda: Area.objects.select_related("parent").get(path=path))


def signed_in(request: HttpRequest) -> User:
    """The person behind a request that `login_required` let through."""
    if not isinstance(request.user, User):
        raise NotFound
    return request.user
