"""Of other hours only what lies near them is planned, and alike mornings once; it must come to what planning and
resolving every airing of every loudspeaker comes to, whatever else is going on: extensions, days off, mutes, own rules,
lunar days, seasons, material from above."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from loa.areas.codes import Effect
from loa.areas.models import DayOff, Extension, OperatingRules
from loa.broadcasts.changes import ground
from loa.broadcasts.changes.ground import Allowed, Window
from loa.broadcasts.rules.differences import Difference
from loa.broadcasts.rules.projection import AirTime, Row, Rows, Stand
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.tests.conftest import Station, on_air
from loa.devices.models import ClusterRules, Mute
from loa.kernel.clock import LOCAL, local
from tests.cast import Cast

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def every_air_time(before: Stand, after: Stand, since: int, until: int) -> list[Rows]:
    """By the words of the definition: what each airing becomes, none left out, none told by another."""
    was, becomes = (_of_each(stand) for stand in (before, after))
    pairs = [(was.get(name), becomes.get(name)) for name in sorted(was.keys() | becomes.keys())]
    inside = [tuple(one if one and since <= one.start < until else None for one in pair) for pair in pairs]
    return [Rows([Row(*pair)]) for pair in inside if _heard(pair[0]) != _heard(pair[1])]


def _of_each(stand: Stand) -> dict[str, AirTime]:
    return {one.airing: one for one in stand.air_times()}


def _heard(one: AirTime | None) -> tuple[int, int] | None:
    return None if one is None or one.silent else (one.start, one.end)


def on(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), LOCAL)


def clock(random: Random, first: int, last: int) -> str:
    minute = random.randrange(first * 60, last * 60)
    return f"{minute // 60:02}:{minute % 60:02}"


def schedules(cast: Cast, station: Station, random: Random, days: Sequence[date]) -> None:
    """A busy early morning and evening of all patterns, close enough to push each other."""
    whom = [Target(), *(Target(groups=(group.pk,)) for group in station.groups.values())]
    whom += [Target(devices=(station.speakers[number].pk,)) for number in (1, 4, 8)]
    patterns: list[dict[str, Any]] = [
        {},
        {"pattern": "weekdays", "weekdays": sorted(random.sample(EVERY_DAY, 3))},
        {"pattern": "lunar", "lunar_days": sorted(random.sample(range(1, 30), 8))},
        {"first_day": days[3], "last_day": days[9]},
        {"except_days": random.sample(days, 4)},
        {"pattern": "once", "first_day": days[5]},
    ]
    for number in range(14):
        on_air(
            cast, f"Tin {number}", clock(random, 4, 7), clock(random, 19, 22), seconds=random.choice((60, 300, 900)),
            target=random.choice(whom), slack_s=random.choice((0, 0, 900, 3600)), **random.choice(patterns),
        )  # fmt: skip
    for number in range(3):
        clocks = clock(random, 4, 6), clock(random, 20, 21)
        on_air(cast, f"Tin tỉnh {number}", *clocks, seconds=240, area=cast.lao_cai, author=cast.minh_anh)


def air(cast: Cast, station: Station, random: Random, days: Sequence[date]) -> None:
    """What is out of the ordinary in these days."""
    OperatingRules.objects.create(
        area=cast.thon_5, starts=days[0], document="Hương ước", children_may_widen=False,
        windows=[{"weekdays": EVERY_DAY, "from": clock(random, 5, 6), "to": "20:45"}],
    )  # fmt: skip
    night = days[random.randrange(0, 12)]
    Extension.objects.create(
        id=uuid4(), area=cast.quy_mong, starts=on(night, "20:30"), ends=on(night, "23:30"), reason="new_year_eve",
        words="Giao thừa", state="approved", author_id=1, approver_id=2, made_at=cast.now, decided_at=cast.now,
    )  # fmt: skip
    for number in (2, 8):
        begins = random.randrange(0, 10)
        Mute.objects.create(
            device=station.speakers[number], starts=on(days[begins], "05:15"), until=on(days[begins + 2], "20:10"),
            reason="funeral", by=cast.lan, made_at=cast.now,
        )  # fmt: skip
    ClusterRules.objects.create(
        device=station.speakers[5], starts=days[2], document="Đơn của dân", made_at=cast.now,
        windows=[{"weekdays": EVERY_DAY, "from": "05:40", "to": "20:00"}],
    )  # fmt: skip


def days_off(cast: Cast, random: Random, days: Sequence[date]) -> None:
    """They come with numbers (no music), which are counted over the whole day: then everything is planned."""
    DayOff.objects.create(
        area=cast.quy_mong, kind="own", name="Quốc tang", document="Công điện", effect=Effect.SILENCE,
        starts=days[random.randrange(1, 12)], ends=days[13],
    )  # fmt: skip
    DayOff.objects.create(
        area=cast.lao_cai, kind="own", name="Ngày rằm", document="QĐ 5", effect=Effect.SILENCE, every="lunar", day=15,
        starts=days[0],
    )  # fmt: skip


def other_hours(cast: Cast, random: Random, days: Sequence[date]) -> Iterator[OperatingRules]:
    """Rules of the commune or of the province; from some day on, for some days or for good, on all weekdays or some."""
    for area in (cast.quy_mong, cast.lao_cai, cast.quy_mong):
        begins = random.randrange(0, 8)
        yield OperatingRules(
            area=area, starts=days[begins], ends=random.choice((None, days[begins + 4])), document="QĐ 1",
            windows=[
                {
                    "weekdays": random.choice((EVERY_DAY, [1, 3, 6, 7])),
                    "from": clock(random, 5, 7),
                    "to": clock(random, 19, 21),
                }
            ],
        )  # fmt: skip


def as_shown(world: ground.World, was: Allowed, becomes: Allowed, window: Window, now: datetime) -> Difference:
    """The way that a change of rules takes (`keeping`)."""
    if not was.bound(world.standings) and not becomes.bound(world.standings):
        return ground.difference_of_hours(world, was, becomes, window, now)
    return everything(world, was, becomes, window, now)


def everything(world: ground.World, was: Allowed, becomes: Allowed, window: Window, now: datetime) -> Difference:
    before, after = (ground.state_of(world, window, now, hours) for hours in (was, becomes))
    return ground.differ(before, after, window)


def heard_otherwise(found: Difference) -> set[tuple[str, str, str, str, date, str]]:
    """Of every loudspeaker for itself: those that are told alike near the hours may be told apart elsewhere."""
    return {
        (line.title, line.was, line.becomes, line.why, day, device)
        for line in found.lines
        for day in line.days
        for one in line.where
        for device in one.devices
    }


@pytest.mark.parametrize("numbers", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_near_tells_as_much_as_everything(
    cast: Cast, station: Station, seed: int, numbers: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(seed)
    days = [local(cast.now).date() + timedelta(days=number) for number in range(14)]
    schedules(cast, station, random, days)
    air(cast, station, random, days)
    if numbers:
        days_off(cast, random, days)
    else:
        OperatingRules.objects.update(max_minutes_per_session=None)
    window = Window.of(cast.now, cast.now)
    world = ground.read([cast.lao_cai.path], window, cast.now)
    told = 0
    for rules in other_hours(cast, random, days):
        was = Allowed.of(world.standings, window)
        rules.save()
        becomes = Allowed.of(world.standings, window)
        assert was.bound(world.standings) is numbers
        shown = as_shown(world, was, becomes, window, cast.now)
        with monkeypatch.context() as patched:
            patched.setattr(ground, "compare", every_air_time)
            plain = everything(world, was, becomes, window, cast.now)
        assert heard_otherwise(shown) == heard_otherwise(plain)
        assert shown.devices == plain.devices
        told += len(shown.lines)
    assert told
