"""Calendars of other programs: a private address to read ours at, and sessions taken over from a file."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.broadcasts import access
from loa.broadcasts.actions.programmes import save_programme
from loa.broadcasts.models import CalendarFeed, Programme
from loa.broadcasts.queries.calendars import key_of
from loa.broadcasts.rules.ical import Wanted, fit
from loa.kernel.errors import Invalid, LoaError, NotFound, Refusal
from loa.people.access import require
from loa.people.models import User

MOST_FEEDS = 10


@transaction.atomic
def make_feed(
    *, actor: User, area: Area, name: str, now: datetime, programme: Programme | None = None
) -> tuple[CalendarFeed, str]:
    """A private address; what stands in it is returned once and kept nowhere. Raises NotFound, Denied, Invalid,
    Refusal `too_many`."""
    require(actor, "view", area, now)
    if not name.strip():
        raise Invalid("Hãy đặt tên cho địa chỉ lịch, ví dụ: điện thoại của tôi.", code="name")
    if CalendarFeed.objects.filter(made_by=actor, revoked_at=None).count() >= MOST_FEEDS:
        raise Refusal(f"Mỗi người có tối đa {MOST_FEEDS} địa chỉ lịch. Hãy thu hồi bớt.", code="too_many")
    secret = secrets.token_urlsafe(32)
    row = CalendarFeed.objects.create(
        key=key_of(secret), name=name.strip()[:80], area=area, programme=programme, made_by=actor, made_at=now
    )
    _note(actor, "calendar.shared", row, now)
    return row, secret


@transaction.atomic
def revoke_feed(*, actor: User, feed_id: UUID, now: datetime) -> None:
    """There is nothing at this address from now on; everybody revokes their own. Raises NotFound."""
    row = CalendarFeed.objects.select_related("area").filter(pk=feed_id, made_by=actor, revoked_at=None).first()
    if row is None:
        raise NotFound
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    _note(actor, "calendar.revoked", row, now)


@dataclass(frozen=True, slots=True)
class Tried:
    """One row of a file: the session that it makes, or why it does not."""

    wanted: Wanted
    why: str


@transaction.atomic
def import_sessions(*, actor: User, area: Area, rows: Sequence[Wanted], now: datetime) -> list[Programme]:
    """All sessions that the preview promised, or none. Raises NotFound, Denied, Invalid, Refusal."""
    require(actor, access.WRITE, area, now)
    made = [_make(actor, area, row, now) for row in fit(rows)]
    if not made:
        raise Refusal("Không có buổi nào nhận được.", code="nothing")
    return made


def _make(actor: User, area: Area, row: Wanted, now: datetime) -> Programme:
    return save_programme(
        actor=actor, area=area, name=row.name, starts=row.starts, minutes=row.minutes, weekdays=row.weekdays, now=now
    )


def try_import(*, actor: User, area: Area, rows: Sequence[Wanted], now: datetime) -> list[Tried]:
    """What each row would do, one after the other as `import_sessions` makes them; nothing of it stays.

    Raises NotFound, Denied.
    """
    require(actor, access.WRITE, area, now)
    with transaction.atomic():
        found = [Tried(row, row.why or _try(actor, area, row, now)) for row in rows]
        transaction.set_rollback(True)
    return found


def _try(actor: User, area: Area, row: Wanted, now: datetime) -> str:
    try:
        with transaction.atomic():
            _make(actor, area, row, now)
    except LoaError as error:
        return error.message
    return ""


def _note(actor: User, verb: str, row: CalendarFeed, now: datetime) -> None:
    facts = {"name": row.name}
    record(actor=actor, verb=verb, object=("calendar", row.pk), area=row.area.path, facts=facts, now=now)
