"""Who was to sound something, who swore to have done so, who did not and why: of one airing, or of many at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from loa.areas.queries import within
from loa.broadcasts.models import Airing, PlayProof
from loa.broadcasts.queries.proved import sworn_in
from loa.devices.models import Device, Transition
from loa.kernel.clock import local

_DAY = timedelta(days=1)  # an airing may begin so long after it was planned, and a proof names what was planned


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
    """All loudspeakers that were meant (below `path`, if given) and all that swore something. Five queries at most."""
    return all_sounded([airing], path)[airing.pk]


def all_sounded(airings: Sequence[Airing], path: str | None = None) -> dict[str, list[Sounded]]:
    """The same of many airings, by their ids. As many queries as for one."""
    if not airings:
        return {}
    words, meant = _words(airings, path), _meant(airings)
    sets = {plan_set for only in meant.values() for plan_set in only}
    devices = _devices(airings, path, sets, words)
    asked = {row.pk: [one for one in devices if _concerns(one, row.pk, meant, words)] for row in airings}
    quiet = {one.pk for row in airings for one in asked[row.pk] if one.pk not in words[row.pk]}
    away = _Away.read(quiet, airings)
    return {
        row.pk: [_row(one, words[row.pk].get(one.pk), away.why(one.pk, row.start)) for one in asked[row.pk]]
        for row in airings
    }


def _devices(
    airings: Sequence[Airing], path: str | None, sets: Collection[str], words: Mapping[str, Mapping[str, PlayProof]]
) -> list[Device]:
    swore = {device for row in airings for device in words[row.pk]}
    rows = Device.objects.filter(Q(plan_set__in=sets) | Q(pk__in=swore))
    if path is not None:
        here = within(path, "area__path") | within(path, "hamlet__path")
        rows = rows.filter(here | Q(pk__in=swore))  # also who has moved away since
    return list(rows.select_related("area", "status").order_by("area__sort_key", "number").distinct())


def _concerns(
    device: Device, airing: str, meant: Mapping[str, Mapping[str, Sequence[str]]],
    words: Mapping[str, Mapping[str, PlayProof]],
) -> bool:  # fmt: skip
    if device.pk in words[airing]:
        return True
    only = meant[airing].get(str(device.plan_set_id))
    return only is not None and (not only or device.pk in only)


_PLANNED = """
select item->>'id', d.plan_set_id, array(select jsonb_array_elements_text(coalesce(item->'only', '[]')))
from broadcasts_planday d, jsonb_array_elements(d.airings) item
where d.day = any(%s) and item->>'id' = any(%s)
"""


def _meant(airings: Iterable[Airing]) -> dict[str, dict[str, list[str]]]:
    """Airing -> plan sets whose plan named it, each with the only ones that were meant ([] = all of it)."""
    listed = list(airings)
    days, names = {local(row.start).date() for row in listed}, [row.pk for row in listed]
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_PLANNED, [sorted(days), names])
        for airing, plan_set, only in cursor.fetchall():
            found[airing][plan_set] = only
    return found


def _words(airings: Sequence[Airing], path: str | None) -> dict[str, dict[str, PlayProof]]:
    """Airing -> device -> its best word: it may have been cut first and played later."""
    since, until = min(row.start for row in airings) - _DAY, max(row.latest for row in airings) + _DAY
    rows = PlayProof.objects.filter(airing__in=[row.pk for row in airings], planned__gte=since, planned__lte=until)
    if path is not None:
        rows = rows.filter(sworn_in(path))
    found: dict[str, dict[str, PlayProof]] = defaultdict(dict)
    for row in rows.order_by("stored_at", "count"):
        known = found[row.airing].get(row.device_id)
        if known is None or known.outcome != "played":
            found[row.airing][row.device_id] = row
    return found


@dataclass(frozen=True, slots=True)
class _Away:
    """Changes of state by device, the newest first."""

    changes: Mapping[str, Sequence[tuple[datetime, str]]] = field(default_factory=dict)

    @classmethod
    def read(cls, devices: Collection[str], airings: Sequence[Airing]) -> "_Away":
        """Of these devices in the time of these airings. Two queries, none if nobody kept silent."""
        if not devices:
            return cls()
        since, until = min(row.start for row in airings), max(row.start for row in airings)
        mine = Transition.objects.filter(device__in=devices)
        before = mine.filter(at__lte=since).order_by("device_id", "-at").distinct("device_id")
        during = mine.filter(at__gt=since, at__lte=until).order_by("-at") if until > since else mine.none()
        found: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for row in (*during, *before):
            found[row.device_id].append((row.at, "" if row.state == "online" else row.cause))
        return cls(found)

    def why(self, device: str, at: datetime) -> str:
        """Why it was not there at that instant, "" if it was."""
        return next((cause for since, cause in self.changes.get(device, ()) if since <= at), "")


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
