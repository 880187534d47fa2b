"""Communes that merge on a later day: written down today, done on the day of the decision, or cancelled before."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.audit.actions import record
from loa.broadcasts.actions.merging import Merged, merge_communes
from loa.broadcasts.models import PlannedMerger, Schedule, State
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, NotFound, Refusal
from loa.people.access import require
from loa.people.models import User

MANAGE = "device.manage"


@transaction.atomic
def plan_merger(
    *, actor: User, merger_id: UUID, former: Sequence[Area], into: Area, day: date, document: str, now: datetime
) -> PlannedMerger:
    """Write it down; the same id again gives the one that is there. Raises NotFound, Denied, Invalid (`no_commune`,
    `merger_day`, `document`), Refusal `merger_planned`."""
    for area in (into, *former):
        require(actor, MANAGE, area, now)
    known = PlannedMerger.objects.filter(pk=merger_id, area=into).first()
    if known is not None:
        return known
    if not former or into in former or any(area.level != Level.COMMUNE for area in (into, *former)):
        raise Invalid("Hãy chọn xã nhận và những xã được nhập vào.", code="no_commune")
    if day <= local(now).date():
        raise Invalid("Hãy chọn một ngày sau hôm nay, hoặc nhập ngay hôm nay.", code="merger_day")
    if not document.strip():
        raise Invalid("Hãy ghi văn bản quyết định việc sáp nhập.", code="document")
    _require_free([into, *former])
    row = PlannedMerger.objects.create(
        pk=merger_id, area=into, former=[area.path for area in former], day=day, document=document.strip()[:200],
        made_by=actor, made_at=now,
    )  # fmt: skip
    _note(actor, "merger.planned", row, now)
    return row


def _require_free(communes: Sequence[Area]) -> None:
    """No commune merges twice."""
    names = {area.path: area.full_name for area in communes}
    for row in PlannedMerger.objects.filter(done_at=None, cancelled_at=None).select_related("area"):
        for path in (*row.former, row.area.path):
            if path in names:
                message = f"{names[path]} đã có lịch sáp nhập ngày {row.day:%d/%m/%Y}. Hãy hủy lịch đó trước."
                raise Refusal(message, code="merger_planned")


def is_planned(paths: Collection[str]) -> bool:
    """Whether any of these communes is to merge."""
    rows = PlannedMerger.objects.filter(done_at=None, cancelled_at=None)
    return rows.filter(Q(area__path__in=paths) | Q(former__overlap=list(paths))).exists()


def has_schedules(former: Collection[str]) -> bool:
    """Whether something is on the calendar there, that will have to be approved once more."""
    below = Q(area__path__in=former) | Q(area__parent__path__in=former)
    return Schedule.objects.filter(below, state__in=[State.SUBMITTED, State.APPROVED]).exists()


@transaction.atomic
def cancel_merger(*, actor: User, merger_id: UUID, now: datetime) -> PlannedMerger:
    """It will not happen. Raises NotFound, Denied, Refusal `merger_over`."""
    row = PlannedMerger.objects.select_for_update(of=("self",)).select_related("area").filter(pk=merger_id).first()
    if row is None:
        raise NotFound
    for path in (row.area.path, *row.former):
        require(actor, MANAGE, path, now)
    if not row.open:
        raise Refusal("Lần sáp nhập này đã làm xong hoặc đã hủy.", code="merger_over")
    row.cancelled_at, row.cancelled_by = now, actor
    row.save(update_fields=["cancelled_at", "cancelled_by"])
    _note(actor, "merger.cancelled", row, now)
    return row


def merge_as_planned(row: PlannedMerger, *, now: datetime) -> Merged:
    """What was written down, by who wrote it down; the caller holds the row. Raises as `merge_communes`."""
    former = {area.path: area for area in Area.objects.filter(path__in=row.former)}
    done = merge_communes(actor=row.made_by, former=[former[path] for path in row.former], into=row.area, now=now)
    row.done_at, row.problem = now, ""
    row.save(update_fields=["done_at", "problem"])
    _note(row.made_by, "merger.done", row, now)
    return done


@transaction.atomic
def note_problem(row: PlannedMerger, message: str, *, now: datetime) -> None:
    """Why it is not done yet; the record hears of each reason once."""
    if row.problem == message[:400]:
        return
    row.problem = message[:400]
    row.save(update_fields=["problem"])
    _note(None, "merger.waits", row, now, problem=row.problem)


def _note(actor: User | None, verb: str, row: PlannedMerger, now: datetime, **more: object) -> None:
    facts = {"former": row.former, "day": row.day, "document": row.document, **more}
    for path in (row.area.path, *row.former):
        record(actor=actor, verb=verb, object=("merger", row.pk), area=path, facts=facts, now=now)
