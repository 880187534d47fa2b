"""One airing: who was to sound it, who swore to have done so, who did not and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from loa.areas.queries import within
from loa.areas.rules import is_inside
from loa.broadcasts.models import Airing, PlanDay, PlayProof
from loa.devices.models import Device, Transition
from loa.kernel.clock import local


@dataclass(frozen=True, slots=True)
class Sounded:
    """One loudspeaker. `outcome`: played | cut | skipped, or "" while nothing is known. `late` is how much after the
    planned instant it began, `rendered` how much sounded; `reason` is a code of the wire, `cause` why one that said
    nothing was away, "" if it was there. `relayed` as of PlayProof."""

    device: Device
    outcome: str
    started: datetime | None
    late: timedelta | None
    rendered: timedelta
    reason: str
    cause: str
    relayed: tuple[dict[str, Any], ...] = ()


def who_sounded(airing: Airing, path: str | None = None) -> list[Sounded]:
    """All loudspeakers that were meant (below `path`, if given) and all that swore something. Four queries."""
    proofs = _best(PlayProof.objects.filter(airing=airing.pk).order_by("stored_at", "count"))
    day = local(airing.start).date()
    listed = PlanDay.objects.filter(day=day, airings__contains=[{"id": airing.pk}])
    only = {str(row.plan_set_id): _only(row, airing.pk) for row in listed}
    devices = Device.objects.filter(plan_set__in=only) | Device.objects.filter(pk__in=proofs)
    if path is not None:
        here = within(path, "area__path") | within(path, "hamlet__path")
        own = is_inside(airing.schedule.area.path, path)  # then also those that have moved away since
        devices = devices.filter(here | Q(pk__in=proofs) if own else here)
    rows = devices.select_related("area", "status").order_by("area__sort_key", "number").distinct()
    asked = [device for device in rows if device.pk in proofs or _is_meant(device, only)]
    away = _away([device.pk for device in asked], airing.start)
    return [_row(device, proofs.get(device.pk), away.get(device.pk, "")) for device in asked]


def _away(devices: Iterable[str], at: datetime) -> dict[str, str]:
    """Device -> why it was not there at that instant."""
    rows = Transition.objects.filter(device__in=list(devices), at__lte=at)
    last = rows.order_by("device_id", "-at").distinct("device_id")
    return {row.device_id: row.cause for row in last if row.state != "online"}


def _only(row: PlanDay, airing: str) -> list[str]:
    return next((list(item.get("only", ())) for item in row.airings if item["id"] == airing), [])


def _is_meant(device: Device, only: dict[str, list[str]]) -> bool:
    names = only[str(device.plan_set_id)]
    return not names or device.pk in names


def _best(rows: Iterable[PlayProof]) -> dict[str, PlayProof]:
    """Of several words of one device about an airing the best counts: it may have been cut first and played later."""
    found: dict[str, PlayProof] = {}
    for row in rows:
        known = found.get(row.device_id)
        if known is None or known.outcome != "played":
            found[row.device_id] = row
    return found


def _row(device: Device, proof: PlayProof | None, cause: str) -> Sounded:
    if proof is None:
        return Sounded(device, "", None, None, timedelta(0), "", cause)
    began = proof.started if proof.outcome != "skipped" else None
    return Sounded(
        device=device,
        outcome=proof.outcome,
        started=began,
        late=began - proof.planned if began else None,
        rendered=timedelta(milliseconds=proof.rendered_ms),
        reason=proof.reason,
        cause="",
        relayed=tuple(proof.relayed),
    )
