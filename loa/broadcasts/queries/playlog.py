"""The log of a day or of several: what was aired, who wrote and allowed it, which loudspeakers proved it, which not."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import is_inside
from loa.broadcasts.models import Airing, PlanDay, PlayProof
from loa.broadcasts.queries.proved import sworn_in
from loa.broadcasts.rules.times import midnight
from loa.devices.models import Device, Transition


@dataclass(frozen=True, slots=True)
class Missed:
    """A loudspeaker without a proof of having played all of it.

    `outcome`: cut | skipped, or "" when it said nothing; then `cause` is why it was away, "" if it was there.
    """

    device: Device
    outcome: str
    reason: str
    cause: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `started` is the first proved start; `proved` of `expected` loudspeakers played it to its end."""

    airing: Airing
    started: datetime | None
    expected: int
    proved: int
    missed: tuple[Missed, ...]


@dataclass(frozen=True, slots=True)
class PlayLog:
    """Local days of an area, both included, as far as they are over at `until`."""

    area: Area
    day: date
    last: date
    until: datetime
    devices: int
    entries: tuple[Entry, ...]


def playlog(area: Area, day: date, now: datetime, *, last: date | None = None) -> PlayLog:
    """What should have begun from `day` to `last` (else on that local day alone) before `now`.

    Ten queries at most, however much there is.
    """
    last = last or day
    starts, ends = midnight(day), midnight(last + timedelta(days=1))
    devices = _devices(area)
    meant = _meant(devices, day, last)
    heard = _heard(PlayProof.objects.filter(sworn_in(area.path), device__in=list(devices)), starts, ends)
    placed = sum(device.state == Device.State.PLACED for device in devices.values())
    for airing, proofs in _heard(_left(area, list(devices), starts, ends), starts, ends).items():
        heard[airing] |= proofs
        devices |= {proof.device_id: proof.device for proof in proofs.values()}
    airings = _airings({*meant, *heard}, starts, min(ends, now))
    away = _Absences.read(devices, starts, ends)
    entries = [_entry(airing, meant, heard.get(airing.pk, {}), devices, away) for airing in airings]
    shown = tuple(entry for entry in entries if entry.expected and _concerns(entry.airing, area))
    return PlayLog(area=area, day=day, last=last, until=min(ends, now), devices=placed, entries=shown)


def _devices(area: Area) -> dict[str, Device]:
    here = within(area.path, "area__path") | within(area.path, "hamlet__path")
    rows = Device.objects.filter(here, kind=Device.Kind.SPEAKER).order_by("area__sort_key", "number")
    return {row.pk: row for row in rows}


def _meant(devices: Mapping[str, Device], first: date, last: date) -> dict[str, set[str]]:
    """Airing -> loudspeakers whose plan of those days names it."""
    members: dict[str, list[str]] = defaultdict(list)
    for device in devices.values():
        if device.plan_set_id and device.state == Device.State.PLACED:
            members[device.plan_set_id].append(device.pk)
    found: dict[str, set[str]] = defaultdict(set)
    rows = PlanDay.objects.filter(day__range=(first, last), plan_set__in=members).values_list("plan_set_id", "airings")
    for plan_set, airings in rows:
        for item in airings:
            only = item.get("only") or members[plan_set]
            found[item["id"]].update(name for name in members[plan_set] if name in only)
    return found


def _concerns(airing: Airing, area: Area) -> bool:
    """False for what a loudspeaker that came today still sounded for the commune that it left."""
    whose = airing.schedule.area.path
    return is_inside(area.path, whose) or is_inside(whose, area.path)


def _left(area: Area, standing: Collection[str], starts: datetime, ends: datetime) -> QuerySet[PlayProof]:
    """What loudspeakers that stand elsewhere now swore while they hung here: the book does not forget it."""
    rows = PlayProof.objects.filter(within(area.path, "area__path"), planned__gte=starts, planned__lt=ends)
    return rows.exclude(device__in=standing).select_related("device")


def _heard(proofs: QuerySet[PlayProof], starts: datetime, ends: datetime) -> dict[str, dict[str, PlayProof]]:
    """Airing -> device -> its best word: it may have been cut first and played later."""
    found: dict[str, dict[str, PlayProof]] = defaultdict(dict)
    rows = proofs.filter(planned__gte=starts, planned__lt=ends)
    for row in rows.order_by("stored_at", "count"):
        known = found[row.airing].get(row.device_id)
        if known is None or known.outcome != "played":
            found[row.airing][row.device_id] = row
    return found


def _airings(names: Iterable[str], starts: datetime, until: datetime) -> list[Airing]:
    related = (
        "schedule__programme", "schedule__area", "schedule__version__category", "schedule__version__author",
        "schedule__version__sound__made_from__made_by", "schedule__version__sound__made_by", "schedule__made_by",
        "approval__approver", "approval__on_behalf_of",
    )  # fmt: skip
    rows = Airing.objects.filter(pk__in=list(names), start__gte=starts, start__lte=until)
    rows = rows.select_related(*related).prefetch_related("schedule__version__languages__sound__made_from")
    return list(rows.order_by("start", "position", "pk"))


@dataclass(frozen=True, slots=True)
class _Absences:
    """Changes of state by device, oldest first, beginning with the last one before the day."""

    changes: Mapping[str, Sequence[Transition]]

    @classmethod
    def read(cls, devices: Iterable[str], starts: datetime, ends: datetime) -> "_Absences":
        mine = Transition.objects.filter(device__in=list(devices))
        before = mine.filter(at__lt=starts).order_by("device_id", "-at").distinct("device_id")
        found: dict[str, list[Transition]] = defaultdict(list)
        for row in (*before, *mine.filter(at__gte=starts, at__lt=ends).order_by("at")):
            found[row.device_id].append(row)
        return cls(found)

    def cause(self, device: str, at: datetime) -> str:
        """Why the device was away then; "" if it was there, or nothing is known."""
        last = next((row for row in reversed(self.changes.get(device, ())) if row.at <= at), None)
        return "" if last is None or last.state == "online" else last.cause


def _entry(
    airing: Airing,
    meant: Mapping[str, set[str]],
    heard: Mapping[str, PlayProof],
    devices: Mapping[str, Device],
    away: _Absences,
) -> Entry:
    expected = [name for name in devices if name in meant.get(airing.pk, ()) or name in heard]
    played = [heard[name] for name in expected if name in heard and heard[name].outcome == "played"]
    done = {row.device_id for row in played}
    return Entry(
        airing=airing,
        started=min((row.started for row in played), default=None),
        expected=len(expected),
        proved=len(played),
        missed=tuple(_missed(devices[name], heard.get(name), airing, away) for name in expected if name not in done),
    )


def _missed(device: Device, word: PlayProof | None, airing: Airing, away: _Absences) -> Missed:
    if word is not None:
        return Missed(device, word.outcome, word.reason, "")
    return Missed(device, "", "", away.cause(device.pk, airing.start))
