"""What is still meant for a group of loudspeakers (see settings.LOA_GROUP_USES)."""

from datetime import datetime

from loa.broadcasts.models import Schedule, State
from loa.broadcasts.rules import times
from loa.devices.models import DeviceGroup
from loa.kernel.clock import local


def of_group(group: DeviceGroup, now: datetime) -> list[str]:
    """Titles of the bulletins with an air time in this group that is not over, drafts included; each once, sorted."""
    day = local(now).date() - times.LONGEST_SPILL
    rows = (
        Schedule.objects.filter(target__groups__contains=[group.pk])
        .exclude(state=State.ENDED)
        .exclude(last_day__lt=day)
        .exclude(pattern="once", first_day__lt=day)
        .prefetch_related("bulletin__versions")
    )
    return sorted({_title(row) for row in rows})


def _title(schedule: Schedule) -> str:
    versions = sorted(schedule.bulletin.versions.all(), key=lambda version: version.number)
    return versions[-1].title if versions and versions[-1].title else "bản tin chưa đặt tên"
