"""Trực ban, and whether one person alone may send an alert: set beforehand, by name and by document."""

from datetime import datetime

from django.db import transaction

from loa.alerts import access, rules
from loa.alerts.models import BreakGlass, Duty
from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel.errors import Invalid, Refusal
from loa.people import access as people
from loa.people.actions import roles
from loa.people.models import Role, User


@transaction.atomic
def set_duty(*, actor: User, person: User, area: Area, starts: datetime, ends: datetime, now: datetime) -> Duty:
    """This person is on duty for the area: asks for alerts and confirms those of others. The role is dated and ends by
    itself. NotFound, Denied, Invalid `duty_dates`, Refusal `duty_stranger`.
    """
    people.require(actor, access.DUTY, area, now)
    rules.check_duty(starts, ends, now)
    if not people.may(person, "view", area, now):
        raise Refusal(
            f"{person.full_name} chưa có vai trò nào ở {area.full_name}. Hãy nhờ quản trị giao vai trò trước.",
            code="duty_stranger",
        )
    grant = roles.write_grant(actor=actor, user=person, role=Role.DUTY, area=area, starts=starts, ends=ends, now=now)
    row = Duty.objects.create(area=area, person=person, starts=starts, ends=ends, grant=grant, set_by=actor)
    facts = {"full_name": person.full_name, "user": person.pk, "starts": starts, "ends": ends}
    record(actor=actor, verb="duty.set", object=("duty", row.pk), area=area.path, facts=facts, now=now)
    return row


@transaction.atomic
def take_duty_back(*, actor: User, row: Duty, now: datetime) -> None:
    """The duty ends now, or never begins. NotFound, Denied, Refusal `duty_over`."""
    people.require(actor, access.DUTY, row.area, now)
    if row.taken_back_at is not None or row.ends <= now:
        raise Refusal("Ca trực này đã hết hoặc đã rút rồi.", code="duty_over")
    row.taken_back_at, row.ends = now, max(now, row.starts) if row.starts < now else row.ends
    row.save(update_fields=["taken_back_at", "ends"])
    roles.end_duty(actor=actor, row=row.grant, now=now)
    facts = {"full_name": row.person.full_name, "starts": row.starts, "ends": row.ends}
    record(actor=actor, verb="duty.taken_back", object=("duty", row.pk), area=row.area.path, facts=facts, now=now)


@transaction.atomic
def set_break_glass(*, actor: User, area: Area, allowed: bool, document: str, now: datetime) -> BreakGlass:
    """The answer of an area: may one person alone send an Actual alert when nobody else can be reached?

    It counts on the pages at once, on loudspeakers with their placement, at the signer as its host has set it.
    NotFound, Denied, Invalid `document_missing`.
    """
    people.require(actor, "rules.write", area, now)
    document = " ".join(document.split())[:200]
    if not document:
        raise Invalid("Hãy ghi văn bản quy định việc này (số, ngày).", code="document_missing")
    row = BreakGlass.objects.create(area=area, allowed=allowed, document=document, by=actor, at=now)
    facts = {"allowed": allowed, "document": document}
    record(actor=actor, verb="break_glass.set", object=("break_glass", row.pk), area=area.path, facts=facts, now=now)
    return row
