"""What is still meant to air, and for which group of loudspeakers (see settings.LOA_GROUP_USES)."""

from datetime import datetime

from django.db.models import Q, QuerySet

from loa.broadcasts.models import Schedule, State
from loa.broadcasts.rules import times
from loa.devices.models import DeviceGroup
from loa.kernel.clock import local


def planned(now: datetime) -> QuerySet[Schedule]:
    """Schedules, drafts included, with an air time that may not be over."""
    day = local(now).date() - times.LONGEST_SPILL
    over = Q(last_day__lt=day) | Q(pattern="once", first_day__lt=day)
    return Schedule.objects.exclude(state=State.ENDED).exclude(over)


def of_group(group: DeviceGroup, now: datetime) -> list[str]:
    """Titles of the bulletins with an air time in this group that is not over, drafts included; each once, sorted."""
    rows = planned(now).filter(target__groups__contains=[group.pk])
    return sorted({_title(row) for row in rows.prefetch_related("bulletin__versions")})


def _title(schedule: Schedule) -> str:
    versions = sorted(schedule.bulletin.versions.all(), key=lambda version: version.number)
    return versions[-1].title if versions and versions[-1].title else "bản tin chưa đặt tên"
