"""What the rules of the air make of placements: told once, when it is time, and to nobody whom it does not concern."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from airtime.hours import Hours
from airtime.limits import Cap
from airtime.spans import Span
from devicelink import jws
from devicelink.contents import check_form
from devicelink.messages import Message, Placement
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loa.areas.models import Area, DayOff, Extension, OperatingRules
from loa.devices import actions, signing
from loa.devices.actions.placing import following
from loa.devices.models import ClusterRules, Device, Mute, PlanSet
from loa.devices.queries import latest
from loa.devices.queries.placements import places_of
from loa.devices.rules import wire
from loa.kernel.clock import LOCAL, local, to_ms
from loa.kernel.errors import Refusal
from tests.cast import Cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def pole(area: Area, number: int, **changes: Any) -> Device:
    fields: dict[str, Any] = {
        "area": area,
        "number": number,
        "name": f"Cụm {number}",
        "made_at": datetime(2026, 1, 1, tzinfo=LOCAL),
        "state": Device.State.PLACED,
        "public_key": f"{area.pk}-{number}".ljust(43, "A"),
    }
    return Device.objects.create(**(fields | changes))


def told(device: Device) -> Placement:
    paper = latest("placement", f"device/{device.pk}")
    assert paper is not None
    placement = jws.decode(jws.parse(paper.jws).payload, Placement)
    check_form(placement)
    return placement


def closed(device: Device) -> list[tuple[datetime, datetime]]:
    spans = told(device).hours.closures
    return [(datetime.fromtimestamp(s.start / 1000, LOCAL), datetime.fromtimestamp(s.end / 1000, LOCAL)) for s in spans]


def midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), LOCAL)


def day_off(area: Area, day: date, **changes: Any) -> DayOff:
    fields: dict[str, Any] = {
        "area": area, "kind": "own", "name": "Giỗ tổ làng", "document": "TB 3", "effect": "silence", "starts": day,
        "ends": day,
    }  # fmt: skip
    return DayOff.objects.create(**(fields | changes))


def mute(device: Device, cast: Cast, starts: datetime, until: datetime, **changes: Any) -> Mute:
    return Mute.objects.create(
        device=device, starts=starts, until=until, reason="funeral", by=cast.lan, made_at=cast.now, **changes
    )


def evening(area: Area, cast: Cast, start: datetime, **changes: Any) -> Extension:
    fields: dict[str, Any] = {
        "id": uuid.uuid4(), "area": area, "starts": start, "ends": start + 3 * HOUR, "reason": "event",
        "words": "Lễ hội đền Đông Cuông", "state": "approved", "author_id": cast.lan.pk, "author_name": "Lan",
        "made_at": cast.now, "approver_id": cast.thanh.pk, "decided_at": cast.now,
    }  # fmt: skip
    return Extension.objects.create(**(fields | changes))


def test_a_day_off_of_the_commune_reaches_every_cluster_and_its_plan_once(cast: Cast, signer: list[Message]) -> None:
    one, other, far = pole(cast.quy_mong, 1), pole(cast.quy_mong, 2, hamlet=cast.thon_5), pole(cast.tran_yen, 1)
    assert actions.refresh_places(now=cast.now) == 3
    sets = set(PlanSet.objects.values_list("pk", flat=True))
    day = local(cast.now).date() + 3 * DAY
    day_off(cast.quy_mong, day)
    assert actions.refresh_places(now=cast.now) == 2
    assert closed(one) == closed(other) == [(midnight(day), midnight(day + DAY))]
    assert closed(far) == []
    assert set(PlanSet.objects.values_list("pk", flat=True)) == sets  # nobody has another plan for it
    one.refresh_from_db()
    assert one.plan_set is not None
    assert len(one.plan_set.hours["closures"]) == 1
    signed = len(signer)
    for hours in range(0, 60, 7):
        assert actions.refresh_places(now=cast.now + hours * HOUR) == 0
    assert len(signer) == signed


def test_a_muted_cluster_is_told_alone_and_obeys_the_same_plan(cast: Cast) -> None:
    one, other = pole(cast.quy_mong, 1), pole(cast.quy_mong, 2)
    actions.refresh_places(now=cast.now)
    row = mute(one, cast, cast.now, cast.now + 5 * HOUR)
    assert actions.refresh_places(now=cast.now) == 1
    assert closed(one) == [(cast.now, cast.now + 5 * HOUR)]
    one.refresh_from_db()
    other.refresh_from_db()
    assert one.plan_set_id == other.plan_set_id
    assert following(cast.quy_mong.path, cast.now).placed == 2
    Mute.objects.filter(pk=row.pk).update(lifted_at=cast.now + HOUR, lifted_by=cast.lan)
    assert actions.refresh_places(now=cast.now + HOUR) == 1
    assert closed(one) == [(cast.now, cast.now + HOUR)]
    assert actions.refresh_places(now=cast.now + 6 * HOUR) == 0  # that it is over needs no word


def test_a_mute_of_three_months_is_told_in_pieces(cast: Cast) -> None:
    one = pole(cast.quy_mong, 1)
    mute(one, cast, cast.now, cast.now + 90 * DAY)
    actions.refresh_places(now=cast.now)
    spans = closed(one)
    assert (spans[0][0], spans[-1][1]) == (cast.now, cast.now + 90 * DAY)
    assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]


def test_a_hamlet_with_a_festival_of_its_own_gets_a_plan_of_its_own_for_it(cast: Cast) -> None:
    one, other = pole(cast.quy_mong, 1), pole(cast.quy_mong, 2, hamlet=cast.thon_5)
    actions.refresh_places(now=cast.now)
    one.refresh_from_db()
    other.refresh_from_db()
    assert one.plan_set_id == other.plan_set_id
    evening(cast.thon_5, cast, midnight(local(cast.now).date() + DAY) + 21 * HOUR)
    assert actions.refresh_places(now=cast.now) == 1
    other.refresh_from_db()
    assert one.plan_set_id != other.plan_set_id
    assert other.plan_set is not None
    assert len(other.plan_set.hours["extensions"]) == len(told(other).hours.extensions) == 1
    Extension.objects.update(ended_at=cast.now)
    assert actions.refresh_places(now=cast.now) == 1
    other.refresh_from_db()
    assert one.plan_set_id == other.plan_set_id


def test_a_festival_that_comes_into_sight_is_told_then(cast: Cast) -> None:
    one = pole(cast.quy_mong, 1)
    day = local(cast.now).date() + 100 * DAY
    evening(cast.quy_mong, cast, midnight(day) + 21 * HOUR)
    actions.refresh_places(now=cast.now)
    assert not told(one).hours.extensions
    changes = [n for n in range(1, 101) if actions.refresh_places(now=cast.now + n * DAY)]
    assert len(changes) == 1
    assert 28 <= 100 - changes[0] <= 62
    assert len(told(one).hours.extensions) == 1


def test_a_cluster_is_quieter_by_its_own_rules_and_those_above(cast: Cast) -> None:
    one, other = pole(cast.quy_mong, 1), pole(cast.quy_mong, 2)
    today = local(cast.now).date()
    OperatingRules.objects.create(
        area=cast.quy_mong,
        starts=today - DAY,
        document="QC 1",
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}],
        volumes=[{"from": "20:00", "to": "06:00", "most": 50}],
    )
    ClusterRules.objects.create(
        device=one,
        starts=today,
        document="Gần trạm xá",
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "06:00", "to": "19:00"}],
        volumes=[{"from": "11:00", "to": "14:00", "most": 30}],
        made_at=cast.now,
    )
    actions.refresh_places(now=cast.now)
    caps = [(cap.start, cap.end, cap.most) for cap in told(one).volumes]
    assert caps == [(0, 360, 50), (660, 840, 30), (1200, 1440, 50)]
    assert [(cap.start, cap.end) for cap in told(other).volumes] == [(0, 360), (1200, 1440)]
    assert [(w.start, w.end) for w in told(one).hours.windows] == [(360, 1140)]
    one.refresh_from_db()
    other.refresh_from_db()
    assert one.plan_set_id == other.plan_set_id


def test_longer_hours_that_the_signer_refuses_do_not_keep_a_cluster_from_being_muted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one, _ = pole(cast.quy_mong, 1), pole(cast.quy_mong, 2)
    actions.refresh_places(now=cast.now)
    sign, asked = signing.sign_all, []

    def refuse(messages: Sequence[Message]) -> list[str]:
        asked.append(len(messages))
        if any(isinstance(one, Placement) and one.hours.extensions for one in messages):
            raise Refusal("Bộ phận ký từ chối.", code="signer_not_approved", facts={"detail": "nobody who may"})
        return sign(messages)

    monkeypatch.setattr(signing, "sign_all", refuse)
    evening(cast.quy_mong, cast, midnight(local(cast.now).date() + DAY) + 21 * HOUR)
    mute(one, cast, cast.now, cast.now + HOUR)
    actions.refresh_places(now=cast.now)
    assert "nobody who may" in caplog.text
    assert len(closed(one)) == 1
    assert not told(one).hours.extensions
    assert asked == [2, 1]  # the other one is told nothing new
    actions.refresh_places(now=cast.now + HOUR)
    assert asked == [2, 1, 2]
    assert following(cast.quy_mong.path, cast.now).placed == 0


def test_a_province_costs_as_many_queries_as_a_commune(cast: Cast) -> None:
    def queries(count: int) -> int:
        rows = [pole(cast.quy_mong, 10 * count + n, hamlet=cast.thon_5 if n % 2 else None) for n in range(count)]
        mute(rows[0], cast, cast.now, cast.now + HOUR)
        devices = list(Device.objects.select_related("area", "hamlet").prefetch_related("groups"))
        with CaptureQueriesContext(connection) as asked:
            found = places_of(devices, cast.now)
            for device in devices:
                found.placement(device)
        return len(asked)

    assert queries(2) == queries(30) <= 8


def test_nothing_is_told_of_a_month_that_is_over(cast: Cast) -> None:
    one = pole(cast.quy_mong, 1)
    since, _ = wire.horizon(cast.quy_mong.path, local(cast.now).date())
    mute(one, cast, midnight(since) - 2 * DAY, midnight(since) - DAY)
    evening(cast.quy_mong, cast, midnight(since) - DAY)
    actions.refresh_places(now=cast.now)
    assert told(one).hours.closures == told(one).hours.extensions == ()


@pytest.mark.parametrize("path", ["vn.15.04531", "vn.15.04498", "vn.01.00004", "vn.79.27007"])
def test_the_horizon_turns_once_a_month_and_always_reaches_a_month_ahead(path: str) -> None:
    days = [date(2026, 1, 1) + n * DAY for n in range(800)]
    seen = [wire.horizon(path, day) for day in days]
    for day, (since, until) in zip(days, seen, strict=True):
        assert since <= day
        assert 28 <= (until - day).days <= 61
    assert len(set(seen)) in (27, 28)


def test_communes_do_not_turn_on_one_day() -> None:
    turns = {wire.horizon(f"vn.15.{number:05}", date(2026, 6, 30))[0] for number in range(300)}
    assert len(turns) == 28


def test_too_many_spans_and_caps_still_make_a_placement() -> None:
    start = datetime(2026, 1, 1, tzinfo=LOCAL)
    spans = tuple(Span(start + n * HOUR, start + n * HOUR + HOUR / 2) for n in range(100))
    hours = wire.wire_hours(Hours(LOCAL, (), spans, spans), start)
    assert len(hours.extensions) == len(hours.closures) == 64
    assert hours.closures[0].start == to_ms(start)
    caps = wire.volume_caps([Cap(n, n + 1, n % 100) for n in range(200)] + [Cap(5, 5, 0), Cap(0, 9, 100)])
    assert len(caps) == 64
    assert max(cap.most for cap in caps) < 40
