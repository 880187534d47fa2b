"""Tokens with which programs act for a person: made and ended by that person."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel.errors import Invalid, NotFound
from loa.people import rules
from loa.people.access import require
from loa.people.models import ApiToken, User


@transaction.atomic
def make_token(
    *, actor: User, name: str, area: Area, capabilities: Collection[str], days: int, now: datetime
) -> tuple[ApiToken, str]:
    """A token for `days` days, and its secret, which is never shown again. NotFound, Denied, Invalid."""
    chosen = sorted({*capabilities, "view"})
    if not name.strip():
        raise Invalid("Hãy đặt tên cho khóa, ví dụ: Phần mềm của tỉnh.", code="name_missing")
    if not set(chosen) <= rules.TOKEN_CAPABILITIES.keys():
        raise Invalid("Có quyền không giao cho khóa được. Hãy chọn lại.", code="capability")
    if not 1 <= days <= rules.TOKEN_MOST_DAYS:
        raise Invalid(f"Khóa dùng được từ 1 đến {rules.TOKEN_MOST_DAYS} ngày.", code="days")
    for capability in chosen:
        require(actor, capability, area, now)
    secret = rules.TOKEN_MARK + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=actor, name=name.strip()[:80], digest=rules.token_digest(secret), area=area, capabilities=chosen,
        made_at=now, expires=now + timedelta(days=days),
    )  # fmt: skip
    _record(actor, "token.made", row, now)
    return row, secret


@transaction.atomic
def revoke_token(*, actor: User, token_id: int, now: datetime) -> None:
    """It holds no more. NotFound for one of somebody else, or one that is revoked already."""
    row = ApiToken.objects.select_for_update(of=("self",)).select_related("area")
    found = row.filter(pk=token_id, user=actor, revoked_at=None).first()
    if found is None:
        raise NotFound
    found.revoked_at = now
    found.save(update_fields=["revoked_at"])
    _record(actor, "token.revoked", found, now)


def _record(actor: User, verb: str, row: ApiToken, now: datetime) -> None:
    facts = {"name": row.name, "until": row.expires, "capabilities": row.capabilities}
    record(actor=actor, verb=verb, object=("token", row.pk), area=row.area.path, facts=facts, now=now)
