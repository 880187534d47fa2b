"""Changes that were shown and kept for a later day, when the day has come."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction

from loa.broadcasts.actions import mergers
from loa.broadcasts.changes.keeping import hold
from loa.broadcasts.models import PlannedMerger
from loa.kernel.clock import local
from loa.kernel.errors import LoaError

log = logging.getLogger(__name__)


def merge_due(*, now: datetime) -> int:
    """Every merger whose day is here or past, each once, all of it or nothing: one that cannot be done now is tried
    again the next time. Returns how many were done."""
    today = local(now).date()
    waiting = PlannedMerger.objects.filter(done_at=None, cancelled_at=None, day__lte=today).values_list("pk", flat=True)
    return sum(_merge(pk, now) for pk in waiting)


def _merge(pk: UUID, now: datetime) -> bool:
    try:
        with transaction.atomic():
            row = _held(pk)
            if row is None:
                return False
            hold((row.area.path, *row.former))
            mergers.merge_as_planned(row, now=now)
            return True
    except LoaError as error:
        log.warning("the merger %s waits: %s", pk, error)
        with transaction.atomic():
            if (row := _held(pk)) is not None:
                mergers.note_problem(row, error.message, now=now)
        return False


def _held(pk: UUID) -> PlannedMerger | None:
    """None for one that another worker has, or that is over by now."""
    rows = PlannedMerger.objects.select_for_update(of=("self",), skip_locked=True).select_related("area", "made_by")
    return rows.filter(pk=pk, done_at=None, cancelled_at=None).first()
