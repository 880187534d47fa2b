"""Whatever a place writes: below it is only stricter, unless the level above lets it; and nobody lets others go beyond
what binds it. One row of the table for each thing that rules speak of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from airtime.limits import loudest

from loa.areas import queries
from loa.areas.actions import add_day_off, set_operating_rules
from loa.areas.air import AirRules
from loa.areas.codes import Effect
from loa.areas.models import Area, DayOff, OperatingRules
from loa.kernel.errors import Refusal
from tests.cast import Cast

pytestmark = pytest.mark.django_db

DAY = date(2026, 8, 20)
SINCE = date(2026, 1, 1)


def windows(start: str, end: str) -> dict[str, Any]:
    return {"windows": [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": start, "to": end}]}


def most(percent: int) -> dict[str, Any]:
    return {"volumes": [{"from": "05:00", "to": "06:00", "most": percent}]}


@dataclass(frozen=True)
class Field:
    """A thing that rules speak of: how it is written, how it is read, what is `strict`, `usual` and `loose`."""

    write: Callable[[Any], dict[str, Any]]
    read: Callable[[AirRules], Any]
    strict: Any
    usual: Any
    loose: Any


def minutes_open(found: AirRules) -> tuple[int, int]:
    [window] = found.hours.windows
    return window.start // 60, window.end // 60


FIELDS = {
    "hours": Field(lambda v: windows(f"{v[0]:02}:00", f"{v[1]:02}:00"), minutes_open, (7, 18), (6, 20), (5, 21)),
    "sessions": Field(lambda v: {"max_sessions_per_day": v}, lambda r: r.limits.sessions_per_day, 1, 2, 4),
    "session minutes": Field(
        lambda v: {"max_minutes_per_session": v}, lambda r: r.limits.minutes_per_session, 10, 15, 45
    ),
    "day minutes": Field(lambda v: {"max_minutes_per_day": v}, lambda r: r.limits.minutes_per_day, 20, 30, 90),
    "volume": Field(most, lambda r: loudest(r.volumes, 300, 310), 30, 50, 80),
}
each_field = pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)


def written(area: Area, field: Field, value: Any, **more: Any) -> None:
    """As it may stand in the database, whoever wrote it."""
    values = {**windows("05:00", "21:00"), **field.write(value), **more}
    if field is not FIELDS["hours"] and "windows" not in more:
        values |= windows("05:00", "21:00")
    OperatingRules.objects.create(area=area, starts=SINCE, document=f"QĐ của {area.name}", **values)


@each_field
def test_below_it_is_only_stricter(cast: Cast, field: Field) -> None:
    written(cast.lao_cai, field, field.usual)
    written(cast.quy_mong, field, field.loose)
    assert field.read(queries.rules_for(cast.quy_mong, DAY)) == field.usual
    written(cast.tran_yen, field, field.strict)
    assert field.read(queries.rules_for(cast.tran_yen, DAY)) == field.strict


@each_field
def test_the_level_above_may_let_it(cast: Cast, field: Field) -> None:
    written(cast.lao_cai, field, field.usual, children_may_widen=True)
    written(cast.quy_mong, field, field.loose)
    assert field.read(queries.rules_for(cast.quy_mong, DAY)) == field.loose


@each_field
def test_who_says_nothing_inherits_also_where_it_might_be_wider(cast: Cast, field: Field) -> None:
    written(cast.lao_cai, field, field.usual, children_may_widen=True)
    if field is not FIELDS["hours"]:
        OperatingRules.objects.create(
            area=cast.quy_mong, starts=SINCE, document="QĐ của xã", **windows("05:00", "21:00")
        )
    assert field.read(queries.rules_for(cast.quy_mong, DAY)) == field.usual


@each_field
def test_a_commune_cannot_let_its_hamlets_what_the_province_does_not_let_it(cast: Cast, field: Field) -> None:
    written(cast.lao_cai, field, field.usual)
    written(cast.quy_mong, field, field.strict, children_may_widen=True)
    written(cast.thon_5, field, field.loose)
    assert field.read(queries.rules_for(cast.thon_5, DAY)) == field.usual
    assert field.read(queries.rules_for(cast.quy_mong, DAY)) == field.strict


@each_field
def test_the_hamlet_is_bound_again_by_a_commune_that_was_let(cast: Cast, field: Field) -> None:
    written(cast.lao_cai, field, field.strict, children_may_widen=True)
    written(cast.quy_mong, field, field.usual)
    written(cast.thon_5, field, field.loose)
    assert field.read(queries.rules_for(cast.thon_5, DAY)) == field.usual


def decided(area: Area, **said: Any) -> OperatingRules:
    values = {**windows("05:00", "21:00"), **said}
    return set_operating_rules(area=area, starts=DAY, document="QĐ 5", **values)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (windows("05:00", "21:00"), "wider_than_parent"),
        ({**windows("07:00", "18:00"), **most(51)}, "louder_than_parent"),
        ({**windows("07:00", "18:00"), **most(50)}, ""),
    ],
)
@pytest.mark.parametrize("by_the_commune", [False, True])
def test_what_would_be_wider_is_refused_and_the_binding_rule_named(
    cast: Cast, said: dict[str, Any], code: str, by_the_commune: bool
) -> None:
    decided(cast.lao_cai, **windows("06:00", "20:00"), **most(50))
    if by_the_commune:  # it lets its hamlets, as far as the province lets it
        decided(cast.quy_mong, **windows("07:00", "18:00"), **most(30), children_may_widen=True)
    where = cast.thon_5 if by_the_commune else cast.quy_mong
    if not code:
        assert decided(where, **said).pk
        return
    with pytest.raises(Refusal, match=r"tỉnh Lào Cai \(QĐ 5") as refused:
        decided(where, **said)
    assert refused.value.code == code


def day_off(area: Area, effect: Effect, **more: Any) -> DayOff:
    values = {"kind": "own", "name": "Ngày riêng", "document": "QĐ 6", "starts": DAY, "ends": DAY, **more}
    return add_day_off(area=area, effect=effect, **values)


@pytest.mark.parametrize("effect", [Effect.SILENCE, Effect.NO_MUSIC, Effect.FEWER])
def test_days_off_add_up_and_are_lifted_only_by_leave(cast: Cast, effect: Effect) -> None:
    more = {"sessions": 1} if effect is Effect.FEWER else {}
    day_off(cast.lao_cai, effect, **more)
    with pytest.raises(Refusal) as refused:
        day_off(cast.quy_mong, Effect.USUAL)
    assert refused.value.code == "not_liftable"
    DayOff.objects.create(
        area=cast.quy_mong, kind="own", name="Vẫn phát", document="QĐ 6", effect="usual", starts=DAY, ends=DAY
    )  # written past the door
    assert queries.rules_for(cast.thon_5, DAY).off.rows
    DayOff.objects.filter(area=cast.lao_cai).update(children_may_lift=True)
    assert not queries.rules_for(cast.thon_5, DAY).off.rows


def test_fewer_sessions_by_the_commune_never_make_more(cast: Cast) -> None:
    day_off(cast.lao_cai, Effect.FEWER, sessions=1)
    day_off(cast.quy_mong, Effect.FEWER, sessions=4)
    assert queries.rules_for(cast.quy_mong, DAY).limits.sessions_per_day == 1


def numbers(area: Area, sessions: int, **more: Any) -> None:
    decided(area, max_sessions_per_day=sessions, exempts=["events"], **more)


def test_a_commune_declares_no_event_that_frees_it_of_the_provinces_numbers(cast: Cast) -> None:
    numbers(cast.lao_cai, 3)
    numbers(cast.quy_mong, 1)
    day_off(cast.quy_mong, Effect.EXEMPT)
    assert queries.rules_for(cast.quy_mong, DAY).limits.sessions_per_day == 3  # of its own, yes


def test_an_event_of_the_province_frees_everybody_who_exempts_events(cast: Cast) -> None:
    numbers(cast.lao_cai, 3)
    numbers(cast.quy_mong, 1)
    day_off(cast.lao_cai, Effect.EXEMPT)
    assert queries.rules_for(cast.quy_mong, DAY).limits.sessions_per_day is None
    OperatingRules.objects.filter(area=cast.quy_mong).update(exempts=[])
    assert queries.rules_for(cast.quy_mong, DAY).limits.sessions_per_day == 1


def test_a_quieter_event_stays_quieter(cast: Cast) -> None:
    numbers(cast.lao_cai, 3)
    day_off(cast.lao_cai, Effect.EXEMPT)
    day_off(cast.quy_mong, Effect.FEWER, sessions=2)
    assert queries.rules_for(cast.quy_mong, DAY).limits.sessions_per_day == 2


@pytest.mark.parametrize(
    ("province", "commune", "left"),
    [
        ((3, 300, 1470), (9, 240, 1500), (3, 300, 1470)),
        ((3, 300, 1470), (1, 360, 1440), (1, 360, 1440)),
        (None, (9, 240, 1500), None),
    ],
)
def test_what_may_be_extended_is_only_narrowed(
    cast: Cast, province: tuple[int, ...] | None, commune: tuple[int, ...], left: tuple[int, ...] | None
) -> None:
    for area, numbers_ in ((cast.lao_cai, province), (cast.quy_mong, commune)):
        if numbers_ is not None:
            days, earliest, latest = numbers_
            decided(
                area, extension_days=days, extension_earliest=earliest, extension_latest=latest,
                extension_reasons=["new_year_eve"], children_may_widen=True,
            )  # fmt: skip
    found = queries.rules_for(cast.thon_5, DAY).permits
    assert (found and (found.days, found.earliest, found.latest)) == left
