"""What one loudspeaker heard of itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loa.devices.models import Device, Hardware, RepairTicket, SelfTest
from loa.devices.rules import hearing as rules
from loa.devices.rules.diagnosis import Fault

CHART = timedelta(days=90)
WIDTH, HEIGHT, EDGE = 320, 96, 8


@dataclass(frozen=True, slots=True)
class Dot:
    """One heard test on the chart; places are written as SVG wants them, not as people write numbers."""

    x: str
    y: str
    test: SelfTest


@dataclass(frozen=True, slots=True)
class Panel:
    """`newest` tests with their words; `dots` of the last 90 days with `line` at the reference level."""

    newest: list[tuple[SelfTest, str]]
    judged: rules.Judged
    dots: list[Dot]
    line: str | None


def judged(device: Device) -> rules.Judged:
    """What its tests tell since the hardware is as it is."""
    rows = device.selftests.filter(at__gte=_since(device)).order_by("at")
    return rules.judge([rules.Trial(row.at, row.verdict, row.level) for row in rows.only("at", "verdict", "level")])


def panel(device: Device, now: datetime) -> Panel:
    """For the page of a device."""
    newest = [(row, rules.words(row.verdict, row.reason)) for row in device.selftests.order_by("-at")[:5]]
    found = judged(device)
    heard = device.selftests.filter(verdict="heard", level__isnull=False, at__gt=now - CHART).order_by("at")
    dots, line = _drawn(list(heard), found.reference, now)
    return Panel(newest, found, dots, line)


def _since(device: Device) -> datetime:
    """Since when it is as it is: this hardware, the last repair of its sound."""
    hung = Hardware.objects.filter(device=device, until=None).values_list("since", flat=True).first()
    mended = (
        RepairTicket.objects.filter(device=device, cause=Fault.SOUND, state=RepairTicket.State.CLOSED)
        .order_by("-closed_at")
        .values_list("repaired_at", flat=True)
        .first()
    )
    return max((at for at in (hung, mended) if at), default=device.made_at)


def _drawn(heard: list[SelfTest], reference: float | None, now: datetime) -> tuple[list[Dot], str | None]:
    """Places on the chart; the highest level stands at the top, at least 12 dB are shown."""
    levels = [row.level for row in heard if row.level is not None]
    if not levels:
        return [], None
    known = [*levels, *([] if reference is None else [reference])]
    top = max(known) + 1
    span = max(12.0, top - min(known) + 1)

    def y(level: float) -> str:
        return f"{EDGE + (HEIGHT - 2 * EDGE) * (top - level) / span:.1f}"

    def x(at: datetime) -> str:
        return f"{EDGE + (WIDTH - 2 * EDGE) * (1 - (now - at) / CHART):.1f}"

    dots = [Dot(x(row.at), y(row.level), row) for row in heard if row.level is not None]
    return dots, None if reference is None else y(reference)
