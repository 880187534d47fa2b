"""Lan proposes, Thành decides, the loudspeakers obey: through the real actions of bulletins and broadcasts."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from devicelink.messages import MAX_PLAN_AIRINGS

from loa.areas.models import OperatingRules
from loa.audit.models import Entry
from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import PlanState, Programme, Schedule, State
from loa.broadcasts.queries import asked
from loa.broadcasts.queries.unheard import still_playing
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import Station, TestSigner, at, sound, speaker
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import Draft
from loa.devices.models import Device, DeviceStatus
from loa.kernel.clock import local, to_ms
from loa.kernel.errors import Denied, Invalid, LoaError, NotFound, Refusal
from loa.people.models import Role, User
from tests.cast import Cast, give


@pytest.fixture
def quy_mong_rules(cast: Cast) -> None:
    OperatingRules.objects.create(
        area=cast.quy_mong, starts=date(2026, 1, 1), document="Quy chế kèm theo Quyết định 12/QĐ-UBND",
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}], max_minutes_per_session=45,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def ready(cast: Cast, station: Station, quy_mong_rules: None) -> None:
    bulletins.load_categories()


@pytest.fixture
def afternoon(cast: Cast) -> Programme:
    return actions.save_programme(
        actor=cast.lan, area=cast.quy_mong, name="Buổi chiều", starts=time(17), minutes=30, weekdays=range(1, 8),
        now=cast.now,
    )  # fmt: skip


def write(cast: Cast, title: str = "Tạm ngừng cấp nước", seconds: float = 52, **more: Any) -> Bulletin:
    own = sound(cast, seconds)
    draft = Draft(title=title, text=title, spoken=title, sound=own.pk, category="livelihood", **more)
    return bulletins.create_draft(
        actor=cast.lan, bulletin_id=uuid.uuid4(), area=cast.quy_mong, draft=draft, now=cast.now
    )


def propose(cast: Cast, bulletin: Bulletin, when: When | None = None, **more: Any) -> Schedule:
    today = local(cast.now).date()
    facts = {
        "actor": cast.lan,
        "schedule_id": uuid.uuid4(),
        "bulletin_id": bulletin.pk,
        "when": when or When("once", today, ("17:03",)),
        "target": Target(),
        "now": cast.now,
        **more,
    }
    return actions.propose(**facts)


def submitted(cast: Cast, title: str = "Tạm ngừng cấp nước", when: When | None = None, **more: Any) -> Schedule:
    schedule = propose(cast, write(cast, title), when, **more)
    actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)
    return fresh(schedule)


def seen(cast: Cast, **more: Any) -> dict[uuid.UUID, str]:
    return {request.schedule.pk: request.digest for request in asked.waiting(cast.quy_mong, cast.now, **more)}


def approved(cast: Cast, title: str = "Tạm ngừng cấp nước", when: When | None = None, **more: Any) -> Schedule:
    schedule = submitted(cast, title, when, **more)
    actions.approve(actor=cast.thanh, seen={schedule.pk: seen(cast)[schedule.pk]}, now=cast.now)
    return fresh(schedule)


def fresh(schedule: Schedule) -> Schedule:
    return Schedule.objects.select_related("area", "bulletin", "approval", "version").get(pk=schedule.pk)


def refusal(call: Callable[[], object]) -> LoaError:
    with pytest.raises(LoaError) as caught:
        call()
    return caught.value


def compiled(cast: Cast, signer: TestSigner, now: datetime | None = None) -> compiler.Outcome:
    return compiler.compile_plans(signer=signer, now=now or cast.now, plan_sets=compiler.touched(now or cast.now))


def test_from_a_written_notice_to_the_plan(cast: Cast, station: Station, signer: TestSigner) -> None:
    schedule = approved(cast)
    assert schedule.state == State.APPROVED
    assert schedule.approval is not None
    assert schedule.approval.approver_id == cast.thanh.pk
    assert len(compiled(cast, signer).published) == 3
    assert station.titles(1) == ["Tạm ngừng cấp nước"]
    assert station.plan(1).airings[0].start == to_ms(at(cast, 17, 3))
    verbs = list(Entry.objects.order_by("pk").values_list("verb", flat=True))
    assert [verb for verb in verbs if verb.startswith("schedule.")] == [
        "schedule.proposed",
        "schedule.submitted",
        "schedule.approved",
    ]


def test_before_the_approval_nothing_is_planned(cast: Cast, station: Station, signer: TestSigner) -> None:
    submitted(cast)
    compiler.compile_plans(signer=signer, now=cast.now)
    assert station.titles(1) == []


def test_0315_is_refused_with_rule_place_and_nearest_time(cast: Cast) -> None:
    bulletin = write(cast)
    tomorrow = local(cast.now).date() + timedelta(days=1)
    error = refusal(lambda: propose(cast, bulletin, When("once", tomorrow, ("03:15",))))
    assert error.message == (
        "Xã Quy Mông không phát trước 05:00 (Quy chế kèm theo Quyết định 12/QĐ-UBND). Sớm nhất: 05:00."
    )
    assert error.code == "outside_hours"
    late = refusal(lambda: propose(cast, bulletin, When("once", local(cast.now).date(), ("21:30",))))
    assert late.message == (
        "Xã Quy Mông không phát sau 21:00 (Quy chế kèm theo Quyết định 12/QĐ-UBND). Sớm nhất: 05:00 ngày mai."
    )


def test_an_item_that_would_end_after_nine_is_refused(cast: Cast) -> None:
    error = refusal(lambda: propose(cast, write(cast, seconds=90), When("once", local(cast.now).date(), ("20:59",))))
    assert "không phát sau 21:00" in error.message


def test_the_past_is_refused(cast: Cast) -> None:
    error = refusal(lambda: propose(cast, write(cast), When("once", local(cast.now).date(), ("16:00",))))
    assert error.code == "nothing_ahead"


def test_the_author_cannot_approve(cast: Cast) -> None:
    schedule = submitted(cast)
    give(cast.lan, Role.APPROVER, cast.quy_mong)
    error = refusal(lambda: actions.approve(actor=cast.lan, seen=seen(cast), now=cast.now))
    assert error.code == "own_bulletin"
    assert fresh(schedule).state == State.SUBMITTED


def test_nobody_approves_air_times_they_chose_themselves(cast: Cast) -> None:
    bulletin = write(cast)
    give(cast.thanh, Role.OFFICER, cast.quy_mong)
    propose(cast, bulletin, actor=cast.thanh)
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    error = refusal(lambda: actions.approve(actor=cast.thanh, seen=seen(cast), now=cast.now))
    assert error.code == "own_bulletin"
    actions.approve(actor=cast.phuc, seen=seen(cast), now=cast.now)


def test_mai_of_the_neighbour_commune_finds_nothing(cast: Cast) -> None:
    schedule = submitted(cast)
    approver = cast.mai
    give(approver, Role.APPROVER, cast.tran_yen)
    for call in (
        lambda: actions.approve(actor=approver, seen=seen(cast), now=cast.now),
        lambda: actions.return_(actor=approver, schedule_id=schedule.pk, reason="Không", now=cast.now),
        lambda: actions.end(actor=approver, schedule_id=schedule.pk, reason="Không", now=cast.now),
        lambda: propose(cast, schedule.bulletin, actor=approver),
    ):
        assert isinstance(refusal(call), NotFound)


def test_lan_may_not_approve_and_thanh_may_not_schedule(cast: Cast) -> None:
    submitted(cast)
    assert isinstance(refusal(lambda: actions.approve(actor=cast.lan, seen=seen(cast), now=cast.now)), Denied)
    assert isinstance(refusal(lambda: propose(cast, write(cast), actor=cast.thanh)), Denied)


def test_what_changed_after_the_page_was_opened_is_not_approved(cast: Cast, station: Station) -> None:
    schedule = submitted(cast, target=Target(without=(station.speakers[1].pk,)))
    digest = seen(cast)
    newcomer = speaker(cast, cast.quy_mong, 9)
    newcomer.plan_set = station.speakers[1].plan_set
    newcomer.save()
    assert refusal(lambda: actions.approve(actor=cast.thanh, seen=digest, now=cast.now)).code == "changed"
    assert fresh(schedule).state == State.SUBMITTED
    assert refusal(lambda: actions.approve(actor=cast.thanh, seen={schedule.pk: "0"}, now=cast.now)).code == "changed"


def test_a_week_is_approved_in_one_go_or_not_at_all(cast: Cast) -> None:
    today = local(cast.now).date()
    week = [submitted(cast, f"Tin {n}", When("once", today + timedelta(days=n), ("17:10",))) for n in range(1, 6)]
    since = at(cast, 0)
    chosen = seen(cast, since=since, until=since + timedelta(days=7))
    assert list(chosen) == [schedule.pk for schedule in week]
    broken = {**chosen, week[3].pk: "0" * 64}
    refusal(lambda: actions.approve(actor=cast.thanh, seen=broken, now=cast.now))
    assert not Schedule.objects.filter(state=State.APPROVED).exists()
    assert len(actions.approve(actor=cast.thanh, seen=chosen, now=cast.now)) == 5


def test_a_session_fills_up_and_says_where_there_is_room(cast: Cast, afternoon: Programme) -> None:
    when = When("once", local(cast.now).date())
    first = propose(cast, write(cast, "Một", seconds=52), when, programme_id=afternoon.pk)
    second = propose(cast, write(cast, "Hai", seconds=100), when, programme_id=afternoon.pk)
    third = propose(cast, write(cast, "Ba", seconds=25 * 60), when, programme_id=afternoon.pk)
    assert (first.times, second.times, third.times) == (["17:00"], ["17:01"], ["17:03"])
    error = refusal(lambda: propose(cast, write(cast, "Bốn", seconds=150), when, programme_id=afternoon.pk))
    assert error.code == "session_full"
    assert error.message == (
        "Buổi chiều 20/08 chỉ còn 3 phút, mục này dài 3 phút. Buổi gần nhất còn chỗ: Buổi chiều, 17:00 ngày mai."
    )
    assert set(seen(cast, programme=afternoon)) == set()
    actions.submit(actor=cast.lan, bulletin_id=second.bulletin_id, now=cast.now)
    assert set(seen(cast, programme=afternoon)) == {second.pk}


def test_three_days_in_a_row_get_one_hour_that_is_free_on_all_of_them(cast: Cast, afternoon: Programme) -> None:
    today = local(cast.now).date()
    tomorrow = When("once", today + timedelta(days=1))
    propose(cast, write(cast, "Mai thôi", seconds=300), tomorrow, programme_id=afternoon.pk)
    three = When("daily", today, last_day=today + timedelta(days=2))
    assert propose(cast, write(cast, "Ba ngày"), three, programme_id=afternoon.pk).times == ["17:05"]


def test_programmes_obey_the_rules_of_the_commune(cast: Cast, afternoon: Programme) -> None:
    def save(**more: Any) -> Programme:
        facts: dict[str, Any] = {
            "name": "Buổi mới", "starts": time(5), "minutes": 30, "weekdays": [1, 2], "actor": cast.lan,
            "area": cast.quy_mong, "now": cast.now, **more,
        }  # fmt: skip
        return actions.save_programme(**facts)

    assert refusal(lambda: save(minutes=46)).code == "session_too_long"
    assert refusal(lambda: save(starts=time(4, 45))).code == "outside_hours"
    assert refusal(lambda: save(starts=time(17, 15))).code == "overlap"
    assert refusal(lambda: save(name="Buổi chiều")).code == "name_taken"
    assert refusal(lambda: save(weekdays=[])).code == "programme"
    save()
    actions.close_programme(actor=cast.lan, programme_id=afternoon.pk, now=cast.now)
    save(starts=time(17, 15), name="Buổi tối")


def test_returned_with_a_reason_and_sent_again(cast: Cast) -> None:
    schedule = submitted(cast)
    assert refusal(
        lambda: actions.return_(actor=cast.thanh, schedule_id=schedule.pk, reason=" ", now=cast.now)
    ).code == ("reason_missing")
    actions.return_(actor=cast.thanh, schedule_id=schedule.pk, reason="Ghi đúng giờ theo công văn", now=cast.now)
    back = fresh(schedule)
    assert (back.state, back.bulletin.state, back.return_reason) == (
        "returned",
        "returned",
        "Ghi đúng giờ theo công văn",
    )
    assert seen(cast) == {}
    actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)
    actions.approve(actor=cast.thanh, seen=seen(cast), now=cast.now)
    assert fresh(schedule).state == State.APPROVED


def test_more_air_times_for_an_approved_bulletin_wait_on_their_own(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    first = approved(cast)
    more = propose(cast, first.bulletin, When("once", local(cast.now).date(), ("19:00",)))
    actions.submit(actor=cast.lan, bulletin_id=first.bulletin_id, now=cast.now)
    compiled(cast, signer)
    assert len(station.titles(1)) == 1
    actions.return_(actor=cast.thanh, schedule_id=more.pk, reason="Một lần là đủ", now=cast.now)
    assert fresh(first).state == State.APPROVED
    assert fresh(first).bulletin.state == "approved"


def test_a_new_version_is_judged_with_all_its_air_times(cast: Cast, station: Station, signer: TestSigner) -> None:
    schedule = approved(cast)
    bulletin = Bulletin.objects.get(pk=schedule.bulletin_id)
    draft = Draft(title="Ngừng cấp nước đến 12h", text="…", spoken="…", sound=sound(cast, 40).pk, category="livelihood")
    bulletins.save_version(
        actor=cast.lan, bulletin_id=bulletin.pk, draft=draft, revision=bulletin.revision, now=cast.now
    )
    later = cast.now + timedelta(minutes=2)
    extra = propose(cast, bulletin, When("once", local(cast.now).date(), ("19:00",)), now=later)
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=later)
    both = {request.schedule.pk: request.digest for request in asked.waiting(cast.quy_mong, later)}
    assert set(both) == {schedule.pk, extra.pk}
    only = {extra.pk: both[extra.pk]}
    assert refusal(lambda: actions.approve(actor=cast.thanh, seen=only, now=later)).code == "incomplete"
    compiled(cast, signer, later)
    assert station.titles(1) == ["Tạm ngừng cấp nước"]
    actions.approve(actor=cast.thanh, seen=both, now=later)
    compiled(cast, signer, later)
    assert station.titles(1) == ["Ngừng cấp nước đến 12h"] * 2


def test_dropping_needs_nobodys_leave_but_adding_does(cast: Cast, station: Station, signer: TestSigner) -> None:
    today = local(cast.now).date()
    daily = When("daily", today, ("17:03",), last_day=today + timedelta(days=5))
    schedule = approved(cast, when=daily)
    actions.remove_airing(actor=cast.lan, schedule_id=schedule.pk, start=at(cast, 17, 3, days=2), now=cast.now)
    shorter = When("daily", today, ("17:03",), last_day=today + timedelta(days=3))
    same = actions.change(actor=cast.lan, schedule_id=schedule.pk, when=shorter, target=Target(), now=cast.now)
    assert (same.pk, same.state) == (schedule.pk, State.APPROVED)
    fewer = Target(without=(station.speakers[1].pk,))
    actions.change(actor=cast.lan, schedule_id=schedule.pk, when=shorter, target=fewer, now=cast.now)
    compiled(cast, signer)
    assert [airing.start for airing in station.plan(2).airings] == [to_ms(at(cast, 17, 3, days=n)) for n in (0, 1, 3)]
    assert station.titles(1) == []

    longer = When("daily", today, ("17:03", "19:00"), last_day=today + timedelta(days=3))
    wanted = actions.change(actor=cast.lan, schedule_id=schedule.pk, when=longer, target=fewer, now=cast.now)
    assert (wanted.state, wanted.replaces_id) == (State.SUBMITTED, schedule.pk)
    compiled(cast, signer)
    assert len(station.plan(2).airings) == 3
    [request] = asked.waiting(cast.quy_mong, cast.now)
    assert {(shift.was, shift.becomes) for shift in request.shifts} == {
        (None, at(cast, 19, days=n)) for n in (0, 1, 3)
    } | {(None, at(cast, 19, days=2))}
    actions.approve(actor=cast.thanh, seen=seen(cast), now=cast.now)
    assert fresh(schedule).state == State.ENDED
    compiled(cast, signer)
    assert len(station.plan(2).airings) == 7


def test_a_moved_airing_stays_until_the_move_is_approved(cast: Cast, station: Station, signer: TestSigner) -> None:
    today = local(cast.now).date()
    schedule = approved(cast, when=When("daily", today, ("17:03",), last_day=today + timedelta(days=2)))
    call: dict[str, Any] = {"actor": cast.lan, "schedule_id": schedule.pk, "now": cast.now, "moved_id": uuid.uuid4()}
    early = refusal(lambda: actions.move_airing(start=at(cast, 17, 3, days=1), to=at(cast, 3, 15, days=1), **call))
    assert early.code == "outside_hours"
    moved = actions.move_airing(start=at(cast, 17, 3, days=1), to=at(cast, 18, days=1), **call)
    compiled(cast, signer)
    assert len(station.plan(1).airings) == 3
    [request] = asked.waiting(cast.quy_mong, cast.now)
    [shift] = request.shifts
    assert (shift.was, shift.becomes) == (at(cast, 17, 3, days=1), at(cast, 18, days=1))
    actions.approve(actor=cast.thanh, seen={moved.pk: request.digest}, now=cast.now)
    compiled(cast, signer)
    assert [airing.start for airing in station.plan(1).airings] == [
        to_ms(at(cast, 17, 3)),
        to_ms(at(cast, 18, days=1)),
        to_ms(at(cast, 17, 3, days=2)),
    ]


def test_what_has_begun_or_does_not_exist_is_not_removed(cast: Cast) -> None:
    schedule = approved(cast)
    call: dict[str, Any] = {"actor": cast.lan, "schedule_id": schedule.pk}
    begun = refusal(lambda: actions.remove_airing(start=at(cast, 17, 3), now=at(cast, 17, 4), **call))
    assert begun.code == "begun"
    none = refusal(lambda: actions.remove_airing(start=at(cast, 17, 30), now=cast.now, **call))
    assert none.code == "no_airing"


def status(device: Device, plan: int, seen_at: datetime) -> None:
    DeviceStatus.objects.update_or_create(
        device=device, defaults={"state": "online", "since": seen_at, "seen_at": seen_at, "plan": plan}
    )


def test_withdrawal_says_who_could_still_play_it_and_until_when(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    today = local(cast.now).date()
    schedule = approved(
        cast, when=When("daily", today, ("17:03",), last_day=today + timedelta(days=20)), offline_for=24
    )
    revisions = compiled(cast, signer).published
    for number, device in station.speakers.items():
        seen_at = cast.now - timedelta(hours=30) if number == 3 else cast.now
        status(device, 0 if number == 4 else revisions[str(device.plan_set_id)], seen_at)
    left = actions.withdraw(actor=cast.thanh, bulletin_id=schedule.bulletin_id, reason="Đã có nước", now=cast.now)
    assert {row.device.number for row in left} == {1, 2, 5, 6, 7, 8}  # 3 sleeps too long, 4 never had the plan
    assert {row.until for row in left} == {at(cast, 17, 3)}
    later = cast.now + timedelta(minutes=1)
    newer = compiled(cast, signer, later).published
    assert station.titles(1) == []
    for number in (1, 2):
        status(station.speakers[number], newer[str(station.speakers[number].plan_set_id)], later)
    assert {row.device.number for row in still_playing([fresh(schedule)], later)} == {5, 6, 7, 8}
    assert still_playing([fresh(schedule)], at(cast, 17, 4, days=8)) == []


def test_a_bulletin_withdrawn_elsewhere_leaves_the_calendar_too(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    schedule = approved(cast)
    compiled(cast, signer)
    bulletins.withdraw(actor=cast.lan, bulletin_id=schedule.bulletin_id, reason="Nhầm", now=cast.now)
    assert actions.end_revoked(now=cast.now) == 1
    assert actions.end_revoked(now=cast.now) == 0
    compiled(cast, signer)
    assert station.titles(1) == []
    assert fresh(schedule).state == State.ENDED


def test_one_schedule_ends_and_the_others_go_on(cast: Cast, station: Station, signer: TestSigner) -> None:
    first = approved(cast)
    second = propose(cast, first.bulletin, When("once", local(cast.now).date(), ("19:00",)))
    actions.submit(actor=cast.lan, bulletin_id=first.bulletin_id, now=cast.now)
    actions.approve(actor=cast.thanh, seen=seen(cast), now=cast.now)
    actions.end(actor=cast.lan, schedule_id=first.pk, reason="Đổi ý", now=cast.now)
    compiled(cast, signer)
    assert [airing.start for airing in station.plan(1).airings] == [to_ms(at(cast, 19))]
    assert (
        refusal(lambda: actions.end(actor=cast.lan, schedule_id=first.pk, reason="", now=cast.now)).code
        == "wrong_state"
    )
    assert fresh(second).state == State.APPROVED


def test_a_station_call_is_approved_once_until_a_date(cast: Cast, station: Station, signer: TestSigner) -> None:
    today = local(cast.now).date()
    call = When("daily", today, ("05:00", "17:00"), last_day=date(2027, 8, 19))
    schedule = approved(cast, "Nhạc hiệu", call, recurring_part=True)
    compiled(cast, signer)
    assert len(station.plan(1).airings) == 16
    assert schedule.approval is not None
    assert schedule.approval.permit is not None
    assert schedule.approval.permit["times"][0]["to_day"] == "2027-08-19"
    assert refusal(lambda: propose(cast, write(cast, "Mãi mãi"), When("daily", today, ("05:00",)))).message == (
        "Hãy chọn ngày cuối: một lần duyệt luôn có hạn."
    )


def test_last_week_is_copied_as_drafts(cast: Cast) -> None:
    today = local(cast.now).date()
    monday = at(cast, 0, days=4)
    approved(cast, "Một lần", When("once", today + timedelta(days=1), ("17:10",), repeats=1, gap_s=3600))
    approved(cast, "Nhạc hiệu", When("daily", today, ("05:00",), last_day=date(2026, 12, 31)), recurring_part=True)
    approved(cast, "Cả tháng", When("daily", today, ("18:00",), last_day=today + timedelta(days=30)))
    ended = approved(cast, "Đã thu hồi", When("once", today, ("19:00",)))
    actions.withdraw(actor=cast.lan, bulletin_id=ended.bulletin_id, reason="Sai", now=cast.now)
    copies = actions.copy_last_week(actor=cast.lan, area=cast.quy_mong, monday=monday, now=cast.now)
    assert [(copy.first_day, copy.times, copy.state) for copy in copies] == [
        (today + timedelta(days=8), ["17:10:00", "18:10:00"], State.DRAFT)
    ]
    actions.submit(actor=cast.lan, bulletin_id=copies[0].bulletin_id, now=cast.now)
    assert set(seen(cast)) == {copies[0].pk}


def test_the_deputy_is_asked_when_nobody_answers(cast: Cast) -> None:
    schedule = submitted(cast)
    assert actions.escalate(now=cast.now + timedelta(minutes=14)) == []
    assert [row.pk for row in actions.escalate(now=cast.now + timedelta(minutes=15))] == [schedule.pk]
    assert actions.escalate(now=cast.now + timedelta(minutes=30)) == []


def test_a_full_plan_is_refused_before_anybody_is_asked(cast: Cast, station: Station) -> None:
    device = station.speakers[1]
    assert device.plan_set is not None
    PlanState.objects.create(plan_set=device.plan_set, airings=MAX_PLAN_AIRINGS)
    schedule = propose(cast, write(cast))
    error = refusal(lambda: actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now))
    assert error.code == "limit_exceeded"


@pytest.mark.parametrize(
    ("when", "code"),
    [
        (When("sometimes", date(2026, 8, 21), ("17:00",)), "times"),
        (When("once", date(2026, 8, 21), ("25:00",)), "times"),
        (When("once", date(2026, 8, 21), ()), "times"),
        (When("weekdays", date(2026, 8, 21), ("17:00",), last_day=date(2026, 9, 1)), "times"),
        (When("daily", date(2026, 8, 21), ("17:00",), last_day=date(2026, 8, 20)), "times"),
        (When("once", date(2026, 8, 21), ("17:00",), repeats=2), "times"),
        (When("once", date(2026, 8, 21), ("17:00",), slack_s=20_000), "times"),
    ],
)
def test_senseless_times_get_a_clear_answer(cast: Cast, when: When, code: str) -> None:
    error = refusal(lambda: propose(cast, write(cast), when))
    assert isinstance(error, Invalid)
    assert (error.code, error.message.endswith(".")) == (code, True)


def test_targets_of_others_are_refused(cast: Cast, station: Station, neighbour: Device) -> None:
    bulletin = write(cast)
    for target, code in (
        (Target(areas=(cast.tran_yen.path,)), "target_area"),
        (Target(groups=("grp-none",)), "target_group"),
        (Target(devices=(neighbour.pk,)), "target_device"),
        (Target(without=("spk-none",)), "target_device"),
    ):
        assert refusal(lambda target=target: propose(cast, bulletin, target=target)).code == code  # type: ignore[misc]


def test_the_same_proposal_twice_is_one(cast: Cast) -> None:
    name, bulletin = uuid.uuid4(), write(cast)
    assert propose(cast, bulletin, schedule_id=name).pk == propose(cast, bulletin, schedule_id=name).pk
    assert Schedule.objects.count() == 1


def test_a_notice_without_air_times_is_not_submitted(cast: Cast) -> None:
    error = refusal(lambda: actions.submit(actor=cast.lan, bulletin_id=write(cast).pk, now=cast.now))
    assert isinstance(error, Refusal)
    assert error.code == "no_times"


def test_the_hamlet_announcers_words_reach_the_hamlet_only(cast: Cast, station: Station, signer: TestSigner) -> None:
    xuan: User = cast.xuan
    own = sound(cast, 30, cast.thon_5)
    draft = Draft(title="Họp thôn", text="Họp", spoken="Họp", sound=own.pk, category="society")
    bulletin = bulletins.create_draft(actor=xuan, bulletin_id=uuid.uuid4(), area=cast.thon_5, draft=draft, now=cast.now)
    propose(cast, bulletin)
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    [request] = asked.waiting(cast.thon_5, cast.now)
    assert request.devices == 1
    actions.approve(actor=cast.thanh, seen={request.schedule.pk: request.digest}, now=cast.now)
    compiler.compile_plans(signer=signer, now=cast.now)
    assert station.titles(8) == ["Họp thôn"]
    assert station.titles(7) == station.titles(1) == []
