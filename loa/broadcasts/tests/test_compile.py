"""From approved schedules to the plans that loudspeakers fetch."""

from datetime import date, timedelta

import pytest
from devicelink.signing import SignerUnavailable
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loa.areas.actions import add_day_off, set_operating_rules
from loa.areas.codes import Effect
from loa.areas.hours import WindowText
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Airing, PlanDay, PlanState, State
from loa.broadcasts.rules import plans
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air, settle, sound, speaker
from loa.bulletins.models import Approval
from loa.devices.models import Device, SignedDocument
from loa.kernel.clock import from_ms, local, to_ms
from tests.cast import Cast


def run(cast: Cast, signer: TestSigner, **more: object) -> compiler.Outcome:
    return compiler.compile_plans(signer=signer, now=more.pop("now", cast.now), **more)  # type: ignore[arg-type]


def test_every_loudspeaker_gets_the_week_ahead(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Tạm ngừng cấp nước", "17:03")
    outcome = run(cast, signer)
    assert len(outcome.published) == 3  # one for each group
    plan = station.plan(1)
    assert [airing.start for airing in plan.airings] == [to_ms(at(cast, 17, 3, days=n)) for n in range(8)]
    assert (plan.start, plan.end) == (to_ms(at(cast, 18, days=-1)), to_ms(at(cast, 0, days=8)))
    assert {part.sha256 for part in plan.airings[0].parts} == {file.sha256 for file in plan.files}
    assert plan.airings[0].offline_for == 168


def test_a_neighbour_hears_nothing_of_it(cast: Cast, station: Station, neighbour: Device, signer: TestSigner) -> None:
    on_air(cast, "Họp thôn", "17:03")
    run(cast, signer)
    documents = SignedDocument.objects.filter(subject=f"plan_set/{neighbour.plan_set_id}")
    assert documents.count() == 1
    assert not any(PlanDay.objects.filter(plan_set=neighbour.plan_set_id).values_list("airings", flat=True))


def test_groups_hamlets_single_clusters_and_all_but_some(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Ven sông", "05:10", target=Target(groups=(station.groups["Ven sông"].pk,)))
    on_air(cast, "Thôn 5", "05:20", target=Target(areas=(cast.thon_5.path,)))
    on_air(cast, "Cụm 02", "05:30", target=Target(devices=(station.speakers[2].pk,)))
    on_air(cast, "Trừ cụm 01", "05:40", target=Target(without=(station.speakers[1].pk,)))
    run(cast, signer)
    heard = {number: set(station.titles(number)) for number in station.speakers}
    assert heard[1] == set()
    assert heard[2] == {"Cụm 02", "Trừ cụm 01"}
    assert heard[3] == {"Trừ cụm 01"}
    assert heard[4] == {"Ven sông", "Trừ cụm 01"}
    assert heard[7] == {"Trừ cụm 01"}
    assert heard[8] == {"Thôn 5", "Trừ cụm 01"}


def test_the_province_reaches_every_commune(
    cast: Cast, station: Station, neighbour: Device, signer: TestSigner
) -> None:
    on_air(cast, "Bão số 5", "18:00", area=cast.lao_cai, author=cast.minh_anh, version_priority="priority")
    run(cast, signer)
    airing = station.plan(1).airings[0]
    assert (airing.priority, airing.level, airing.title) == ("priority", "province", "Bão số 5")
    assert all(len(day.airings) == 1 for day in PlanDay.objects.filter(plan_set=neighbour.plan_set_id))
    assert Airing.objects.count() == 8


def test_read_twice_is_the_same_file_twice(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Đọc hai lần", "17:03", seconds=50, version_readings=2)
    run(cast, signer)
    airing = station.plan(1).airings[0]
    assert [part.gap for part in airing.parts] == [0, 2000]
    assert airing.duration == 102_000
    assert len(station.plan(1).files) == 1


def test_xin_nhac_lai_is_said_between_three_readings_and_the_permit_names_it(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    link = sound(cast, 1)
    approval = on_air(cast, "Cấp nước", "17:03", seconds=50, version_readings=3, version_link=link).approval
    assert approval is not None
    assert approval.permit is not None
    run(cast, signer)
    airing = station.plan(1).airings[0]
    assert [part.sha256 == link.sha256 for part in airing.parts] == [False, True, False, True, False]
    assert airing.duration == 3 * 50_000 + 2 * 1_000 + 4 * 1_000
    assert {file.sha256 for file in station.plan(1).files} == set(approval.permit["sounds"])


def test_nothing_new_is_not_issued_again(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Một", "17:03")
    run(cast, signer)
    again = run(cast, signer, now=cast.now + timedelta(hours=3))
    assert again.published == {}
    assert len(again.unchanged) == len(signer.signed) == 3


def test_a_change_plans_anew_only_what_it_touches(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Một", "17:03")
    run(cast, signer)
    on_air(cast, "Hai", "17:10", target=Target(groups=(station.groups["Ven sông"].pk,)))
    later = cast.now + timedelta(minutes=1)
    outcome = run(cast, signer, now=later)
    assert set(outcome.published) == {station.speakers[4].plan_set_id}
    assert outcome.published[str(station.speakers[4].plan_set_id)] == to_ms(later)


def test_ids_stay_the_same_and_tomorrow_moves_the_window(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Một", "17:03")
    run(cast, signer)
    before = [airing.id for airing in station.plan(1).airings]
    run(cast, signer, now=cast.now + timedelta(days=1))
    after = [airing.id for airing in station.plan(1).airings]
    assert after[:-1] == before[1:]
    assert Airing.objects.filter(dropped_at=None).count() == 9


def test_the_plans_made_after_midnight_still_hold_the_evening_before(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    """23:55 gives way to the province until ten past midnight; the plan of the new day comes in between."""
    on_air(cast, "Mưa lớn", "23:50", seconds=1200, area=cast.lao_cai, author=cast.minh_anh)
    on_air(cast, "Một", "23:55", slack_s=1800)
    run(cast, signer)
    run(cast, signer, now=at(cast, 0, 7, days=1))
    assert [airing.start for airing in station.plan(1).airings[:2]] == [
        to_ms(at(cast, 23, 50)),
        to_ms(at(cast, 23, 55)),
    ]
    evening = PlanDay.objects.get(plan_set=station.speakers[1].plan_set_id, day=local(cast.now).date())
    assert len(evening.airings) == 2
    assert PlanDay.objects.filter(plan_set=station.speakers[1].plan_set_id).count() == 9


def test_what_is_withdrawn_after_midnight_is_ended_by_the_next_plan(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    """A loudspeaker lets go on what began before its plan does, so the plan has to begin before the evening."""
    schedule = on_air(cast, "Dài", "23:55", seconds=1200)
    run(cast, signer)
    schedule.state = State.ENDED
    schedule.save()
    run(cast, signer, now=at(cast, 0, 7, days=1))
    plan = station.plan(1)
    assert (plan.airings, plan.start < to_ms(at(cast, 23, 55))) == ((), True)
    evening = PlanDay.objects.get(plan_set=station.speakers[1].plan_set_id, day=local(cast.now).date())
    assert len(evening.airings) == 1


def test_an_ended_schedule_leaves_the_plan_but_not_the_past(cast: Cast, station: Station, signer: TestSigner) -> None:
    schedule = on_air(cast, "Một", "05:10", "17:03")
    run(cast, signer)
    schedule.state = State.ENDED
    schedule.save()
    run(cast, signer)
    assert station.plan(1).airings == ()
    assert Airing.objects.get(dropped_at=None).start == at(cast, 5, 10)
    assert Airing.objects.filter(dropped_at=cast.now).count() == 15
    today = PlanDay.objects.get(plan_set=station.speakers[1].plan_set_id, day=local(cast.now).date())
    assert [item["at"] for item in today.airings] == [to_ms(at(cast, 5, 10))]


def test_a_revoked_approval_is_as_good_as_none(cast: Cast, station: Station, signer: TestSigner) -> None:
    schedule = on_air(cast, "Một", "17:03")
    Approval.objects.filter(schedules=schedule).update(revoked_at=cast.now)
    run(cast, signer)
    assert station.plan(1).airings == ()


def test_what_the_approval_does_not_cover_is_not_planned(cast: Cast, station: Station, signer: TestSigner) -> None:
    """Somebody changes the table behind everybody's back: five in the morning was never approved."""
    schedule = on_air(cast, "Một", "17:03")
    schedule.times = ["17:03", "05:00"]
    schedule.save()
    run(cast, signer)
    assert {airing.start for airing in station.plan(1).airings} == {to_ms(at(cast, 17, 3, days=n)) for n in range(8)}


def test_validity_of_the_bulletin_limits_its_airings(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Đến thứ Bảy", "17:03", version_valid_to=date(2026, 8, 22))
    run(cast, signer)
    assert len(station.plan(1).airings) == 3


def test_too_many_airings_are_refused_and_the_old_plan_stays(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Một", "17:03")
    run(cast, signer)
    for number in range(15):
        on_air(cast, f"Nhạc {number}", *(f"{hour:02}:{number:02}" for hour in range(5, 23)), repeats=1, gap_s=900)
    outcome = run(cast, signer)
    assert outcome.published == {}
    assert {code for code, _ in outcome.refused.values()} == {"limit_exceeded"}
    assert "tối đa là 2000" in next(iter(outcome.refused.values()))[1]
    assert len(station.plan(1).airings) == 8
    assert PlanState.objects.filter(refused="limit_exceeded").count() == 3


def test_the_signer_refuses_one_and_the_others_go_out(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Một", "17:03")
    signer.refuse = {str(station.speakers[1].plan_set_id)}
    outcome = run(cast, signer)
    assert set(outcome.refused) == signer.refuse
    assert not PlanDay.objects.filter(plan_set__in=signer.refuse).exists()
    signer.refuse = set()
    assert set(run(cast, signer).published) == {str(station.speakers[1].plan_set_id)}


def test_without_the_signer_nothing_changes(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Một", "17:03")
    signer.away = True
    with pytest.raises(SignerUnavailable):
        run(cast, signer)
    assert not SignedDocument.objects.exists()
    assert not Airing.objects.exists()


def test_due_are_new_touched_changed_and_yesterdays_plans(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Một", "17:03")
    every = {str(device.plan_set_id) for device in station.speakers.values()}
    assert set(compiler.due(cast.now)) == every
    run(cast, signer)
    assert compiler.due(cast.now) == []
    one = str(station.speakers[1].plan_set_id)
    compiler.touch([one], now=cast.now)
    assert compiler.due(cast.now) == compiler.touched() == [one]
    run(cast, signer, plan_sets=[one])
    assert compiler.due(cast.now) == compiler.touched() == []
    compiler.touch([one], now=cast.now - timedelta(seconds=1))  # it waited while this compilation held the row
    assert compiler.touched() == [one]
    run(cast, signer, plan_sets=[one])
    newcomer = speaker(cast, cast.quy_mong, 9)
    newcomer.plan_set = station.speakers[1].plan_set
    newcomer.save()
    assert compiler.due(cast.now) == [one]


def test_other_numbers_of_sessions_make_plans_anew_by_themselves(
    cast: Cast, station: Station, neighbour: Device, signer: TestSigner
) -> None:
    """Nobody has to say that a plan depends on them; the commune next door keeps its own."""
    on_air(cast, "Sáng", "05:10")
    on_air(cast, "Chiều", "17:03")
    run(cast, signer)
    assert compiler.due(cast.now) == []
    tomorrow = local(cast.now).date() + timedelta(days=1)
    every_day: list[WindowText] = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}]
    rules = set_operating_rules(
        area=cast.quy_mong, starts=tomorrow, document="QĐ 5", windows=every_day, max_sessions_per_day=1
    )
    every = {str(device.plan_set_id) for device in station.speakers.values()}
    assert set(compiler.due(cast.now)) == every
    assert set(run(cast, signer, plan_sets=every).published) == every
    assert [local(from_ms(one.start)).strftime("%d %H:%M") for one in station.plan(1).airings[1:4]] == [
        "20 17:03", "21 05:10", "22 05:10",
    ]  # fmt: skip
    assert compiler.due(cast.now) == []
    rules.delete()
    add_day_off(
        area=cast.quy_mong, kind="own", name="Ngày nghỉ", document="QĐ 9", effect=Effect.FEWER, sessions=1,
        starts=tomorrow, ends=tomorrow,
    )  # fmt: skip
    assert set(compiler.due(cast.now)) == every


def test_the_daily_issue_is_spread_over_the_night(cast: Cast) -> None:
    names = [f"ps-{number}" for number in range(300)]
    minutes = (0, 60, 120, 245)
    done = [
        sum(plans.reissue_due(name, at(cast, 0, days=1) + timedelta(minutes=minute)) for name in names)
        for minute in minutes
    ]
    assert done[0] == 0
    assert 40 < done[1] < 110
    assert done[1] < done[2] < done[3] == 300


def test_a_loudspeaker_that_joins_later(cast: Cast, station: Station, signer: TestSigner) -> None:
    """It hears what was approved for the whole commune; what was approved for named ones goes on without it."""
    on_air(cast, "Cả xã", "05:10")
    on_air(cast, "Trừ cụm 01", "05:40", target=Target(without=(station.speakers[1].pk,)))
    newcomer = station.speakers[9] = speaker(cast, cast.quy_mong, 9)
    station.groups["Trung tâm"].members.add(newcomer)
    settle([newcomer], cast.now)
    run(cast, signer)
    assert set(station.titles(9)) == {"Cả xã"}
    assert set(station.titles(2)) == {"Cả xã", "Trừ cụm 01"}


def test_one_cluster_alone_has_a_smaller_limit(cast: Cast, station: Station, signer: TestSigner) -> None:
    """Cluster 9 stands in no group, so its plan is for it alone and has to fit a small device."""
    station.speakers[9] = speaker(cast, cast.quy_mong, 9)
    settle([station.speakers[9]], cast.now)
    for number in range(2):
        on_air(cast, f"Nhạc {number}", *(f"{hour:02}:{number:02}" for hour in range(5, 21)))
    outcome = run(cast, signer)
    assert set(outcome.refused) == {str(station.speakers[9].plan_set_id)}
    assert "64 KB" in outcome.refused[str(station.speakers[9].plan_set_id)][1]
    assert len(station.plan(1).airings) == 256


def test_reading_does_not_grow_with_the_number_of_schedules(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Một", "17:03")
    run(cast, signer)
    with CaptureQueriesContext(connection) as few:
        run(cast, signer)
    for number in range(6):
        on_air(cast, f"Thêm {number}", f"18:0{number}", target=Target(devices=("spk-none",)))
    with CaptureQueriesContext(connection) as many:
        run(cast, signer)
    assert len(many) == len(few)


def test_an_exchanged_key_signs_every_plan_anew_though_it_says_nothing_new(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    """A loudspeaker forgets a key together with what it signed; a revoked one at once."""
    on_air(cast, "Tạm ngừng cấp nước", "17:03")
    before = run(cast, signer).published
    assert compiler.key_exchanged(["plan-1"], now=cast.now) == 0
    assert compiler.touched() == []
    assert compiler.key_exchanged(["plan-2"], now=cast.now) == 3
    after = run(cast, signer, plan_sets=compiler.touched(), now=cast.now + timedelta(minutes=1)).published
    assert after.keys() == before.keys()
    assert all(after[name] > before[name] for name in before)
