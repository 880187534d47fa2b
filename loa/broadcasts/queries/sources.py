"""What a plan is made of, read in a few wide queries: places with their devices, schedules with their sounds."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache, reduce
from operator import or_

import msgspec
from airtime.hours import Hours, from_wire
from devicelink.messages import Part, SoundFile
from devicelink.permits import Permit
from django.db.models import Model, Prefetch, Q, QuerySet

from loa.areas.models import Area
from loa.areas.queries import languages_in, within
from loa.areas.rules import Level, lineage
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.rules import plans, targets, times
from loa.broadcasts.rules.live import Live
from loa.broadcasts.rules.targets import Place
from loa.bulletins.models import Approval, Version, VersionLanguage
from loa.devices.models import Device, PlanSet
from loa.devices.rules import papers
from loa.kernel.clock import local, to_ms
from loa.media.models import Sound
from loa.relays.models import RelaySource
from loa.relays.queries import receivable

LEVELS: Mapping[int, str] = {Level.CENTRE: "centre", Level.PROVINCE: "province"}
_SPEAKERS = {"state": Device.State.PLACED, "kind": Device.Kind.SPEAKER}


def places(paths: Iterable[str] | None = None, *, plan_sets: Collection[str] | None = None) -> list[Place]:
    """Plan sets with at least one placed loudspeaker, by area path or by id; None = all. Two queries."""
    devices = Device.objects.filter(plan_set__isnull=False, **_SPEAKERS)
    if plan_sets is not None:
        devices = devices.filter(plan_set__in=plan_sets)
    if paths is not None:
        devices = devices.filter(_inside(paths, "area__path"))
    members: dict[str, dict[str, tuple[str, ...]]] = {}
    columns = ("plan_set_id", "pk", "area__path", "hamlet__path", "former_area__path")
    for plan_set, device, *held_by in devices.values_list(*columns):
        members.setdefault(plan_set, {})[device] = tuple(path for path in held_by if path)
    rows = PlanSet.objects.filter(pk__in=members).order_by("area__path", "pk")
    return [
        Place(pk, path, frozenset(groups), hours_of(hours), members[pk])
        for pk, path, groups, hours in rows.values_list("pk", "area__path", "groups", "hours")
    ]


def _inside(paths: Iterable[str], field: str) -> Q:
    return reduce(or_, (within(path, field) for path in paths), Q(pk__in=[]))


def hours_of(stored: Mapping[str, object]) -> Hours:
    """Allowed hours from their stored wire form."""
    wire = papers.hours_from(stored)
    windows = [(window.weekdays, window.start, window.end) for window in wire.windows]
    dated = ([(span.start, span.end) for span in spans] for spans in (wire.extensions, wire.closures))
    return from_wire(wire.utc_offset, windows, *dated)


def approved(communes: Collection[str], day: date) -> QuerySet[Schedule]:
    """Approved schedules that may still sound on or after `day` in these communes. Two or more share one above them.

    With what plans are made of, which is all that a province's thousands of rows can be read with at once; whoever asks
    one for more asks the database again.
    """
    above = {path for commune in communes for path in lineage(commune)}
    return (
        Schedule.objects.filter(Q(area__path__in=above) | Q(area__parent__path__in=communes))
        .filter(state=State.APPROVED, approval__revoked_at=None)
        .exclude(last_day__lt=day - times.LONGEST_SPILL)
        .exclude(pattern="once", first_day__lt=day - times.LONGEST_SPILL)
        .select_related("area", "approval", "version__sound", "version__link", "version__relay")
        .prefetch_related(Prefetch("version__languages", _WITH_SOUND, to_attr="further"))
        .defer(*_UNPLANNED)
        .order_by("area__path", "pk")
    )


def _beside(model: type[Model], path: str, *planned: str) -> list[str]:
    """All columns of the row at `path` but these."""
    names = {field.name for field in model._meta.concrete_fields if not field.primary_key}
    return [f"{path}{name}" for name in sorted(names.difference(planned))]


_WITH_SOUND = VersionLanguage.objects.select_related("sound")
_OF_SOUND = ("sha256", "size", "duration_ms", "profile")
_UNPLANNED = (
    *_beside(Area, "area__", "path", "level"),
    *_beside(Approval, "approval__", "permit", "decided_at"),
    *_beside(
        Version, "version__", "title", "sound", "relay", "relay_minutes", "priority", "language", "valid_from",
        "valid_to", "readings", "link",
    ),
    *_beside(Sound, "version__sound__", *_OF_SOUND),
    *_beside(Sound, "version__link__", *_OF_SOUND),
)  # fmt: skip


def level_of(schedule: Schedule) -> str:
    """Whose word it is: "centre" | "province" | "commune". What a commune airs for those above stays theirs."""
    permit = schedule.approval.permit if schedule.approval is not None else None
    return str(permit["level"]) if permit else LEVELS.get(schedule.area.level, "commune")


def from_above(schedule: Schedule) -> bool:
    """Whether a commune airs it for those above it."""
    return schedule.area.level >= Level.COMMUNE and level_of(schedule) != "commune"


def entries(schedules: Iterable[Schedule]) -> list[plans.Entry]:
    """The schedules in the words of the planner; one without a finished sound cannot have been approved: left out."""
    return [entry for schedule in schedules if (entry := entry_of(schedule)) is not None]


def entry_of(schedule: Schedule) -> plans.Entry | None:
    """One approved schedule, or None when its version has no sound and relays none."""
    version, approval = schedule.version, schedule.approval
    if version is None or approval is None or (version.sound is None and version.relay is None):
        return None
    spoken = spoken_in(version)
    if version.relay is not None:
        return _relayed(schedule, approval, version, version.relay)
    between = link_of(version)
    parts, duration = plans.row_of(plans.aired(spoken, ()), version.readings, between)
    return plans.Entry(
        schedule=str(schedule.pk),
        area=schedule.area.path,
        target=targets.from_json(schedule.target),
        rule=rule_of(schedule),
        permit=msgspec.convert(approval.permit, Permit),
        title=version.title,
        issued=to_ms(approval.decided_at),
        parts=parts,
        files=tuple(map(_file, (*spoken, between) if between else spoken)),
        duration=duration,
        filling=schedule.filling,
        offline_for=schedule.offline_for,
        position=schedule.position,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        spoken=spoken,
        readings=version.readings,
        link=between,
        music=version.sound is not None and version.sound.profile == plans.MUSIC,
    )


def _relayed(schedule: Schedule, approval: Approval, version: Version, source: RelaySource) -> plans.Entry:
    """A live source, its sound only while it fails. It goes on through other items and may be joined midway."""
    spoken = spoken_in(version)[:1]
    return plans.Entry(
        schedule=str(schedule.pk),
        area=schedule.area.path,
        target=targets.from_json(schedule.target),
        rule=rule_of(schedule),
        permit=msgspec.convert(approval.permit, Permit),
        title=version.title,
        issued=to_ms(approval.decided_at),
        parts=tuple(Part(sha256=one.sha256) for one in spoken),
        files=tuple(map(_file, spoken)),
        duration=relay_ms(version),
        filling=True,
        offline_for=schedule.offline_for,
        position=schedule.position,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        music=version.sound is not None and version.sound.profile == plans.MUSIC,
        relay=Live(receivable(source), source.silent_after_s * 1000),
    )


def relay_ms(version: Version) -> int:
    """How long a relay sounds, 0 for a version that is none."""
    return version.relay_minutes * 60_000


def spoken_in(version: Version) -> tuple[plans.Spoken, ...]:
    """The languages of a version that have a sound, the main one first; () without the main one."""
    if version.sound is None:
        return ()
    main = (version.language, version.sound)
    further: Iterable[VersionLanguage] | None = getattr(version, "further", None)  # as `approved` has read them
    further = version.languages.all() if further is None else further
    rows = [main, *((one.language, one.sound) for one in further if one.sound)]
    return tuple(plans.Spoken(language, own.sha256, own.size, own.duration_ms) for language, own in rows)


def link_of(version: Version) -> plans.Spoken | None:
    """What is said between two readings of it, if there is more than one and something to say."""
    own = version.link if version.readings > 1 else None
    return plans.Spoken("", own.sha256, own.size, own.duration_ms) if own else None


def _file(one: plans.Spoken) -> SoundFile:
    return SoundFile(sha256=one.sha256, size=one.size, duration=one.duration)


def rule_of(schedule: Schedule) -> times.Rule:
    """The air times of a schedule."""
    return _rule(
        pattern=schedule.pattern,
        first_day=schedule.first_day,
        last_day=schedule.last_day,
        times=tuple(schedule.times),
        weekdays=tuple(schedule.weekdays),
        repeats=schedule.repeats,
        gap_s=schedule.gap_s,
        except_days=tuple(schedule.except_days),
        dropped=tuple(schedule.dropped),
        slack_s=schedule.slack_s,
        lunar_days=tuple(schedule.lunar_days),
        lunar_months=tuple(schedule.lunar_months),
        lunar_leap=schedule.lunar_leap,
        spill=tuple(schedule.spill),
    )


_rule = lru_cache(maxsize=4_096)(times.read)  # a province has thousands of schedules and a few dozen rules


def validity_of(version: Version) -> times.Validity:
    """The days on which it may sound."""
    return times.Validity(version.valid_from, version.valid_to)


def length_ms(version: Version, area: str, since: datetime) -> int:
    """How long an airing of this version lasts in the area (path); 0 without a finished sound.

    With several languages the longest that it may last from `since` on: the area may have them otherwise from some day,
    and above a commune each commune has its own.
    """
    if version.relay_id is not None:
        return relay_ms(version)
    return lasting_ms(spoken_in(version), area, since, version.readings, link_of(version))


def lasting_ms(
    spoken: Sequence[plans.Spoken], area: str, since: datetime, readings: int = 1, link: plans.Spoken | None = None
) -> int:
    """See `length_ms`."""
    orders: set[tuple[str, ...]] = {()}
    if len(spoken) > 1 and area.count(".") >= 2:
        commune = commune_or_above(area)
        orders = languages_in([commune]).since(commune, local(since).date())
    return max(plans.row_of(plans.aired(spoken, order), readings, link)[1] for order in orders) if spoken else 0


def commune_or_above(area: str) -> str:
    """Where the devices of a schedule of this area are looked for: the area itself, or the commune of a hamlet."""
    return area if area.count(".") < 3 else area.rsplit(".", 1)[0]


def places_meant(area: str, target: targets.Target) -> list[Place]:
    """The plan sets that this target reaches now."""
    return [place for place in places([commune_or_above(area)]) if targets.reach(target, area, place) is not None]
