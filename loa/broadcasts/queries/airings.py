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
    """All loudspeakers that were meant (below `path`, if given) and all that swore something. Six queries at most."""
    return all_sounded([airing], path)[airing.pk]


def all_sounded(airings: Sequence[Airing], path: str | None = None) -> dict[str, list[Sounded]]:
    """The same of many airings, by their ids. As many queries as for one."""
    if not airings:
        return {}
    words, meant = _words(airings, path), _meant(airings)
    sets = {plan_set for only in meant.values() for plan_set in only}
    devices = _devices(airings, path, sets, words)
    asked = _asked(airings, devices, meant, words)
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
    return list(rows.prefetch_related("area").order_by("area__sort_key", "number"))


def _asked(
    airings: Iterable[Airing], devices: Sequence[Device], meant: Mapping[str, Mapping[str, Sequence[str]]],
    words: Mapping[str, Mapping[str, PlayProof]],
) -> dict[str, list[Device]]:  # fmt: skip
    """Airing -> whom it concerns, in their order. A hundred airings do not each look through all devices."""
    order = {one.pk: number for number, one in enumerate(devices)}
    by_set: dict[str, list[str]] = defaultdict(list)
    for one in devices:
        by_set[str(one.plan_set_id)].append(one.pk)
    found = {}
    for airing in airings:
        names = {pk for pk in words[airing.pk] if pk in order}
        for plan_set, only in meant[airing.pk].items():
            names.update(set(by_set[plan_set]) & set(only) if only else by_set[plan_set])
        found[airing.pk] = [devices[number] for number in sorted(order[pk] for pk in names)]
    return found


@dataclass(frozen=True, slots=True)
class Tally:
    """Ids of loudspeakers: who was meant or swore something, who played it to its end, who was cut."""

    meant: frozenset[str]
    played: frozenset[str]
    cut: frozenset[str]


def tallies(airings: Sequence[Airing]) -> dict[str, Tally]:
    """What `all_sounded` says, in numbers alone: by the ids of the airings. Three queries."""
    if not airings:
        return {}
    planned, said = _meant(airings), _outcomes(airings)
    members: dict[str, set[str]] = defaultdict(set)
    sets = {plan_set for only in planned.values() for plan_set in only}
    for device, plan_set in Device.objects.filter(plan_set__in=sets).values_list("pk", "plan_set_id"):
        members[str(plan_set)].add(device)
    return {row.pk: _tally(planned[row.pk], members, said[row.pk]) for row in airings}


def _tally(
    planned: Mapping[str, Sequence[str]], members: Mapping[str, set[str]], said: Mapping[str, set[str]]
) -> Tally:
    found = set().union(*said.values())
    for plan_set, only in planned.items():
        here = members.get(plan_set, set())
        found |= here & set(only) if only else here
    played = frozenset(said.get("played", ()))
    return Tally(frozenset(found), played, frozenset(said.get("cut", ())) - played)


def _outcomes(airings: Sequence[Airing]) -> dict[str, dict[str, set[str]]]:
    """Airing -> outcome -> who swore it."""
    since, until = min(row.start for row in airings) - _DAY, max(row.latest for row in airings) + _DAY
    rows = PlayProof.objects.filter(airing__in=[row.pk for row in airings], planned__gte=since, planned__lte=until)
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for airing, device, outcome in rows.values_list("airing", "device_id", "outcome"):
        found[airing][outcome].add(device)
    return found


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
