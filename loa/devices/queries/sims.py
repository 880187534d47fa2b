"""SIM cards of a place: what ends within a month, what will be used up before its end."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from loa.devices.models import Device
from loa.devices.queries.rows import standing
from loa.devices.rules import sims as rules
from loa.devices.rules.sims import Use
from loa.kernel.clock import local

WINDOWS = (14, 30)


@dataclass(frozen=True, slots=True)
class SimRow:
    """One card that needs money. `days` until it ends (negative: over), None = nobody has written its last day."""

    device: Device
    days: int | None
    use: Use | None

    @property
    def ends(self) -> bool:
        """Its last day is near or over."""
        return self.days is not None and self.days <= WINDOWS[-1]


@dataclass(frozen=True, slots=True)
class Sims:
    """`soon` end within 14 days or are over, `later` within 30, `data` will run out of data this month. `unknown`: how
    many say no last day.
    """

    soon: tuple[SimRow, ...]
    later: tuple[SimRow, ...]
    data: tuple[SimRow, ...]
    unknown: int


def sims(path: str, now: datetime) -> Sims:
    """Of all that stand in this area. Two queries."""
    today = local(now).date()
    here = standing(path)
    near = Q(sim_expires__lte=today + timedelta(days=WINDOWS[-1]))
    wanted = here.filter(near | Q(monthly_mb__gt=0)).select_related("area", "status")
    rows = [_row(device, today) for device in wanted.order_by("sim_expires", "area__sort_key", "number")]
    return Sims(
        soon=tuple(row for row in rows if row.days is not None and row.days <= WINDOWS[0]),
        later=tuple(row for row in rows if row.days is not None and WINDOWS[0] < row.days <= WINDOWS[1]),
        data=tuple(row for row in rows if row.use is not None and row.use.over),
        unknown=here.filter(sim_expires=None, kind__in=Device.SOUNDING).count(),
    )


def _row(device: Device, today: date) -> SimRow:
    status = getattr(device, "status", None)
    seen_this_month = status and status.seen_at and local(status.seen_at).strftime("%Y%m") == today.strftime("%Y%m")
    return SimRow(
        device=device,
        days=(device.sim_expires - today).days if device.sim_expires else None,
        use=rules.use(status.used_mb, device.monthly_mb, today) if status and seen_this_month else None,
    )
