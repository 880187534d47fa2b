"""Drills on the calendar, notes about silent places, texts of an area's own."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from loa.alerts import access, hazards, wording
from loa.alerts.models import AlertRecord, Drill, OwnTemplate, PlaceNote, Status
from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel.clock import local
from loa.kernel.errors import Invalid
from loa.people import access as people
from loa.people.models import User

EVERY = (0, 1, 3, 6, 12)


@dataclass(frozen=True, slots=True)
class Plan:
    """When a drill is, of what, how often (`every` months, 0 = once)."""

    title: str
    status: Status
    event: str
    day: date
    minute: int
    every: int = 0


@transaction.atomic
def set_drill(*, actor: User, area: Area, plan: Plan, now: datetime) -> Drill:
    """Put a drill on the calendar. NotFound, Denied, Invalid `drill`."""
    people.require(actor, access.DRILL, area, now)
    title = " ".join(plan.title.split())[:120]
    if not title or plan.event not in hazards.book().kinds or plan.every not in EVERY:
        raise Invalid("Hãy ghi tên, loại và chu kỳ của buổi diễn tập.", code="drill")
    if plan.status == Status.ACTUAL or plan.day < local(now).date() or not 0 <= plan.minute < 1440:
        raise Invalid("Ngày diễn tập chưa đúng: chọn từ hôm nay trở đi.", code="drill")
    row = Drill.objects.create(
        area=area, title=title, status=plan.status, event=plan.event, day=plan.day, minute=plan.minute,
        every=plan.every, made_by=actor, made_at=now,
    )  # fmt: skip
    facts = {"title": title, "on": plan.day, "status": plan.status}
    record(actor=actor, verb="drill.set", object=("drill", row.pk), area=area.path, facts=facts, now=now)
    return row


@transaction.atomic
def drop_drill(*, actor: User, row: Drill, now: datetime) -> None:
    """Off the calendar. NotFound, Denied, Invalid when it was held."""
    people.require(actor, access.DRILL, row.area, now)
    if row.record_id is not None:
        raise Invalid("Buổi này đã diễn ra, kết quả được giữ lại.", code="drill_held")
    row.dropped_at = now
    row.save(update_fields=["dropped_at"])
    record(
        actor=actor, verb="drill.dropped", object=("drill", row.pk), area=row.area.path, facts={"title": row.title},
        now=now,
    )  # fmt: skip


@transaction.atomic
def follow_up(*, actor: User, row: Drill, place: Area, note: str, now: datetime) -> None:
    """Somebody has found out why this commune was silent. NotFound, Denied, Invalid."""
    people.require(actor, access.DRILL, row.area, now)
    note = " ".join(note.split())[:300]
    if row.record is None or not note:
        raise Invalid("Hãy ghi nguyên nhân đã tìm ra.", code="note_empty")
    PlaceNote.objects.create(record=row.record, area=place, text=note, by=actor, at=now)
    if place.path not in row.followed:
        row.followed = [*row.followed, place.path]
        row.save(update_fields=["followed"])
    facts = {"title": row.title, "note": note}
    record(actor=actor, verb="drill.followed", object=("drill", row.pk), area=place.path, facts=facts, now=now)


@transaction.atomic
def note_place(
    *, actor: User, alert: AlertRecord, place: Area, text: str, now: datetime, device: str = ""
) -> PlaceNote:
    """What was done where it stayed silent. NotFound, Denied, Invalid `note_empty`."""
    people.require(actor, access.VIEW, place, now)
    text = " ".join(text.split())[:300]
    if not text:
        raise Invalid("Hãy ghi đã làm gì, ví dụ: đã báo bằng loa tay.", code="note_empty")
    row = PlaceNote.objects.create(record=alert, area=place, device=device[:64], text=text, by=actor, at=now)
    facts = {"note": text, "title": alert.headline}
    record(actor=actor, verb="alert.noted", object=("alert", alert.pk), area=place.path, facts=facts, now=now)
    return row


@transaction.atomic
def save_template(
    *, actor: User, area: Area, event: str, name: str, text: str, now: datetime, language: str = "vi"
) -> OwnTemplate:
    """A text with blanks of the area's own. NotFound, Denied, Invalid."""
    people.require(actor, access.AUTHOR, area, now)
    name, text = " ".join(name.split())[:80], " ".join(text.split())
    if not name or event not in hazards.book().kinds:
        raise Invalid("Hãy ghi tên mẫu và chọn loại cảnh báo.", code="template")
    wording.check(text)
    row = OwnTemplate.objects.create(area=area, event=event, name=name, language=language, text=text, by=actor, at=now)
    record(
        actor=actor, verb="alert_template.saved", object=("alert_template", row.pk), area=area.path,
        facts={"name": name}, now=now,
    )  # fmt: skip
    return row


@transaction.atomic
def remove_template(*, actor: User, row: OwnTemplate, now: datetime) -> None:
    """It is offered no more. NotFound, Denied."""
    people.require(actor, access.AUTHOR, row.area, now)
    row.removed_at = now
    row.save(update_fields=["removed_at"])
    record(
        actor=actor, verb="alert_template.removed", object=("alert_template", row.pk), area=row.area.path,
        facts={"name": row.name}, now=now,
    )  # fmt: skip
