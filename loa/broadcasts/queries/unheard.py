"""Who has not yet heard that something was taken off the air, and until when they could still play it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from airtime.spans import to_ms
from devicelink import jws
from devicelink.limits import MAX_PLAN_BYTES
from devicelink.messages import Plan
from django.db.models import Min

from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import sources
from loa.broadcasts.rules import plans, targets
from loa.devices import queries as devices
from loa.devices.models import Device, DeviceStatus, SignedDocument


@dataclass(frozen=True, slots=True)
class StillPlaying:
    """A loudspeaker that has not confirmed a plan without it; the last instant at which it could still begin."""

    device: Device
    until: datetime


def still_playing(schedules: Iterable[Schedule], now: datetime) -> list[StillPlaying]:
    """For schedules that have ended (`ended_at`): loudspeakers whose plan still names an air time of theirs ahead.

    Their last sign of life and `offline_for` bound it too: silent longer than that, a device skips the item by itself.
    """
    latest: dict[str, StillPlaying] = {}
    for schedule in schedules:
        for row in _of(schedule, now):
            known = latest.get(row.device.pk)
            if known is None or known.until < row.until:
                latest[row.device.pk] = row
    return sorted(latest.values(), key=lambda row: (-row.until.timestamp(), row.device.number))


def _of(schedule: Schedule, now: datetime) -> Iterable[StillPlaying]:
    if schedule.approval_id is None or schedule.ended_at is None:
        return
    target = targets.from_json(schedule.target)
    places = sources.places_meant(schedule.area.path, target)
    meant = targets.devices_meant(target, schedule.area.path, places)
    horizon = schedule.ended_at + timedelta(days=plans.DAYS)
    starts = sources.rule_of(schedule).starts(now, horizon)
    if not starts:
        return
    held = _Held.read(place.id for place in places)
    for device, status in devices.holding_plan_before([place.id for place in places], _without(places, schedule)):
        mine = held.of(schedule, starts, device, status) if device.pk in meant and status is not None else ()
        until = _until(schedule, mine, status)
        if until is not None:
            yield StillPlaying(device, until)


@dataclass(frozen=True, slots=True)
class _Held:
    """What the plans say that devices may hold: (plan set, revision) -> airing -> loudspeakers, () = all of the set."""

    plans: Mapping[tuple[str, int], Mapping[str, tuple[str, ...]]]

    @classmethod
    def read(cls, names: Iterable[str]) -> "_Held":
        subjects = {f"plan_set/{name}": name for name in names}
        rows = SignedDocument.objects.filter(typ="plan", subject__in=subjects).values_list("subject", "revision", "jws")
        return cls({(subjects[subject], revision): _airings(text) for subject, revision, text in rows})

    def of(
        self, schedule: Schedule, starts: tuple[datetime, ...], device: Device, status: DeviceStatus
    ) -> tuple[datetime, ...]:
        """Those of `starts` that its plan names. Of a plan so old that it is not kept any more, all of them may be."""
        listed = self.plans.get((str(device.plan_set_id), status.plan))
        if listed is None:
            return starts
        names = {start: plans.airing_id(str(schedule.pk), to_ms(start)) for start in starts}
        return tuple(at for at, name in names.items() if name in listed and device.pk in (listed[name] or (device.pk,)))


def _airings(text: str) -> dict[str, tuple[str, ...]]:
    found = msgspec.json.decode(jws.parse(text, limit=MAX_PLAN_BYTES).payload, type=Plan)
    return {airing.id: tuple(airing.only or ()) for airing in found.airings}


def _without(places: Iterable[targets.Place], schedule: Schedule) -> dict[str, int]:
    """Plan set -> first revision issued after the end; not issued yet = more than anybody holds."""
    subjects = {f"plan_set/{place.id}": place.id for place in places}
    issued = SignedDocument.objects.filter(typ="plan", subject__in=subjects, issued_at__gt=schedule.ended_at)
    first = dict(issued.values_list("subject").annotate(Min("revision")))
    return {name: first.get(subject, 2**62) for subject, name in subjects.items()}


def _until(schedule: Schedule, starts: tuple[datetime, ...], status: DeviceStatus | None) -> datetime | None:
    if status is None or status.seen_at is None or status.plan == 0:
        return None
    asleep = status.seen_at + timedelta(hours=schedule.offline_for)
    possible = [start for start in starts if start <= asleep]
    return possible[-1] + timedelta(seconds=schedule.slack_s) if possible else None
