"""An area in one picture: the units below it with how their loudspeakers are. What the map of a province shows."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Count, F, Func, Q, Value
from django.db.models.functions import Concat

from loa.areas.models import Area
from loa.areas.queries import valid_on, within
from loa.areas.rules import NOW_ROOT, PATH_SEPARATOR, Level
from loa.devices.models import Device
from loa.devices.queries.listed import needs_person, reason
from loa.devices.queries.rows import standing
from loa.devices.rules.condition import State
from loa.kernel.clock import local


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: a province below the centre, a commune below a province. `person`: devices that need a person."""

    area: Area
    devices: int = 0
    online: int = 0
    person: int = 0

    @property
    def silent(self) -> int:
        """Not there just now."""
        return self.devices - self.online

    @property
    def look(self) -> str:
        """The worst that there is: person, quiet (not there, nobody has to act), live, none (no loudspeaker yet)."""
        if not self.devices:
            return "none"
        return "person" if self.person else "quiet" if self.silent else "live"


def picture(area: Area, now: datetime) -> list[Unit]:
    """The units one level below `area` (centre or province): most work first. Two queries."""
    today = local(now).date()
    level = Level.PROVINCE if area.level == Level.CENTRE else Level.COMMUNE
    below = Area.objects.filter(valid_on(today), level=level, path__startswith=area.path + PATH_SEPARATOR)
    counted = {
        path: (devices, online, person)
        for path, devices, online, person in standing(area.path)
        .annotate(reason=reason(today), unit=_province() if level == Level.PROVINCE else F("area__path"))
        .values_list("unit")
        .annotate(
            devices=Count("pk"),
            online=Count("pk", filter=Q(status__state=State.ONLINE)),
            person=Count("pk", filter=needs_person()),
        )
    }
    units = [Unit(one, *counted.get(one.path, (0, 0, 0))) for one in below.order_by("sort_key")]
    return sorted(units, key=lambda unit: (not unit.devices, -unit.person, -unit.silent))


def _province() -> Concat:
    """The path of the province that a commune's path begins with."""
    code = Func(F("area__path"), Value(PATH_SEPARATOR), Value(2), function="split_part", output_field=CharField())
    return Concat(Value(NOW_ROOT + PATH_SEPARATOR), code)


def left_behind(path: str, limit: int = 50) -> list[tuple[Area, int]]:
    """Past units below `path` in which loudspeakers still stand, with how many: their heirs take them over."""
    standing_there = Q(devices__sample=False) & ~Q(devices__state=Device.State.RETIRED)
    rows = Area.objects.filter(within(path), valid_to__isnull=False).annotate(
        left=Count("devices", filter=standing_there)
    )
    return [(row, row.left) for row in rows.filter(left__gt=0).order_by("sort_key")[:limit]]
