"""Roles: giving, taking back, deputies and stand-ins."""

from datetime import datetime

from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel.errors import Denied, Invalid, Refusal
from loa.people import access, queries, rules
from loa.people.actions import sign_out
from loa.people.models import Role, RoleGrant, RolePolicy, User


@transaction.atomic
def grant(
    *, actor: User, user: User, role: Role, area: Area, starts: datetime, ends: datetime | None, now: datetime
) -> RoleGrant:
    """Give a role in an area that the actor manages. Raises NotFound, Denied, Invalid."""
    access.require(actor, "people.manage", area, now)
    if ends is not None and ends <= starts:
        raise Invalid("Ngày kết thúc phải sau ngày bắt đầu.")
    return write_grant(actor=actor, user=user, role=role, area=area, starts=starts, ends=ends, now=now)


def write_grant(
    *,
    actor: User | None,
    user: User,
    role: Role,
    area: Area,
    starts: datetime,
    ends: datetime | None,
    now: datetime,
    on_behalf_of: User | None = None,
) -> RoleGrant:
    """The row and its record, without a door: for actions that have already decided, and for the system itself."""
    row = RoleGrant.objects.create(
        user=user, role=role, area=area, starts=starts, ends=ends, granted_by=actor, on_behalf_of=on_behalf_of
    )
    record(actor=actor, verb="role.granted", object=("grant", row.pk), area=area.path, facts=facts_of(row), now=now)
    return row


def facts_of(row: RoleGrant) -> dict[str, object]:
    """What the record says of a grant."""
    return {
        "user": row.user_id,
        "full_name": row.user.full_name,
        "role": row.role,
        "area": row.area.path,
        "starts": row.starts,
        "ends": row.ends,
        "on_behalf_of": row.on_behalf_of_id,
    }


@transaction.atomic
def take_back(*, actor: User, row: RoleGrant, now: datetime) -> RoleGrant:
    """The role ends now (one that has not begun never begins). Raises NotFound, Refusal for the last administrator."""
    access.grant_for(actor, row.pk, now)
    if row.role == Role.ADMINISTRATOR and row.user_id == actor.pk:
        raise Refusal(
            "Anh/chị không tự thôi vai trò quản trị của mình được. Hãy nhờ một quản trị khác.", code="own_role"
        )
    return _end(actor, row, "role.taken_back", now)


def _end(actor: User, row: RoleGrant, verb: str, now: datetime) -> RoleGrant:
    if row.ends is not None and row.ends <= now:
        raise Refusal("Vai trò này đã hết hạn rồi.", code="already_ended")
    row.ends = max(now, row.starts)
    row.save(update_fields=["ends"])
    sign_out.with_less_authority(user=row.user, now=now)
    if row.role == Role.APPROVER and row.on_behalf_of_id is None:
        end_lent(actor=actor, user=row.user, area=row.area, now=now)
    record(actor=actor, verb=verb, object=("grant", row.pk), area=row.area.path, facts=facts_of(row), now=now)
    return row


def end_lent(*, actor: User, user: User, now: datetime, area: Area | None = None) -> None:
    """What this approver's deputies hold in `area` (None: anywhere) ends for good, where no own role is left."""
    left = access.live_grants(now).filter(user=user, role=Role.APPROVER, on_behalf_of=None, user__is_active=True)
    lent = access.deputies_of(user, now).exclude(area__in=left.values("area"))
    for row in (lent if area is None else lent.filter(area=area)).select_related("user", "area"):
        row.ends = max(now, row.starts)
        row.save(update_fields=["ends"])
        record(
            actor=actor, verb="delegation.ended", object=("grant", row.pk), area=row.area.path, facts=facts_of(row),
            now=now,
        )  # fmt: skip


@transaction.atomic
def name_deputy(*, actor: User, deputy: User, area: Area, starts: datetime, ends: datetime, now: datetime) -> RoleGrant:
    """Ủy quyền: from `starts` to `ends` the deputy approves in the actor's place. Needs nobody's consent above.

    Raises NotFound, Denied (a deputy cannot hand on), Invalid for dates, Refusal for a person from elsewhere.
    """
    own = _own_grant(actor, area, now)
    _check(actor, deputy, own.area, starts, ends, now)
    if deputy.pk == actor.pk:
        raise Refusal("Không cần ủy quyền cho chính mình.", code="own_deputy")
    return write_grant(
        actor=actor,
        user=deputy,
        role=Role.APPROVER,
        area=own.area,
        starts=starts,
        ends=ends,
        now=now,
        on_behalf_of=actor,
    )


@transaction.atomic
def name_stand_in(
    *, actor: User, stand_in: User, officer: User, area: Area, starts: datetime, ends: datetime, now: datetime
) -> RoleGrant:
    """From `starts` to `ends` the stand-in does the officer's work; named by the approver, nobody above is asked."""
    own = _own_grant(actor, area, now)
    _check(actor, stand_in, own.area, starts, ends, now)
    if not queries.officers_of(own.area, now).filter(pk=officer.pk).exists() or officer.pk == stand_in.pk:
        raise Refusal("Hãy chọn cán bộ truyền thanh được thay và một người khác làm thay.", code="not_an_officer")
    return write_grant(
        actor=actor, user=stand_in, role=Role.OFFICER, area=own.area, starts=starts, ends=ends, now=now,
        on_behalf_of=officer,
    )  # fmt: skip


def _own_grant(actor: User, area: Area, now: datetime) -> RoleGrant:
    access.require(actor, "people.delegate", area, now)
    own = access.own_approver_grant(actor, area, now)
    if own is None:
        raise Denied("Người được ủy quyền không ủy quyền tiếp được. Hãy nhờ lãnh đạo đã ủy quyền.")
    return own


def _check(actor: User, other: User, area: Area, starts: datetime, ends: datetime, now: datetime) -> None:
    fault = rules.delegation_fault(starts, ends, now)
    if fault:
        raise Invalid(fault)
    if not queries.people_in(area, now).filter(pk=other.pk).exists():
        raise Refusal(
            f"Chỉ ủy quyền được cho người đã có tài khoản ở {area.full_name}. Hãy nhờ quản trị mời người ấy trước.",
            code="not_of_this_area",
        )


@transaction.atomic
def end_delegation(*, actor: User, row: RoleGrant, now: datetime) -> RoleGrant:
    """Take a deputy's or stand-in's part back before its end."""
    access.delegation_for(actor, row.pk, now)
    return _end(actor, row, "delegation.ended", now)


@transaction.atomic
def require_second_factor(*, actor: User, role: Role, asked: bool, country: Area, now: datetime) -> RolePolicy:
    """Ask everybody with this role for a second factor (from their next page on), or stop asking."""
    access.require(actor, "people.manage", country, now)
    policy, _ = RolePolicy.objects.update_or_create(role=role, defaults={"second_factor": asked})
    record(
        actor=actor,
        verb="policy.second_factor",
        object=("role", role),
        area=country.path,
        facts={"asked": asked},
        now=now,
    )
    return policy


def end_duty(*, actor: User, row: RoleGrant, now: datetime) -> None:
    """The role of a duty that is taken back ends now; whoever may set duties was asked before."""
    if row.role != Role.DUTY:
        raise ValueError("no duty")
    if row.ends is None or row.ends > now:
        _end(actor, row, "role.taken_back", now)
