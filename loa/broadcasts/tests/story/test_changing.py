"""What becomes of an approved schedule: dropped, moved, withdrawn, copied, escalated."""

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from devicelink.limits import MAX_PLAN_AIRINGS
from devicelink.permits import Permit, covers_time
from django.test import Client

from loa.areas.models import OperatingRules
from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import PlanState, Schedule, State
from loa.broadcasts.queries import asked
from loa.broadcasts.queries.unheard import still_playing
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import Station, TestSigner, at, sound
from loa.broadcasts.tests.story.conftest import approved, compiled, fresh, propose, refusal, seen, submitted, write
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Version
from loa.bulletins.rules import Draft
from loa.devices.models import Device, DeviceStatus
from loa.kernel.clock import local, to_ms
from loa.kernel.errors import Invalid, Refusal
from loa.people.models import User
from tests.cast import Cast


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


def test_how_long_an_absent_loudspeaker_plays_is_approved_too(
    cast: Cast, station: Station, signer: TestSigner, client: Client
) -> None:
    today = local(cast.now).date()
    week = When("daily", today, ("17:03",), last_day=today + timedelta(days=6))
    schedule = approved(cast, when=week, offline_for=24)
    wish: dict[str, Any] = {"actor": cast.lan, "when": week, "target": Target(), "now": cast.now}
    wanted = actions.change(schedule_id=schedule.pk, offline_for=168, **wish)
    assert (wanted.state, fresh(schedule).offline_for) == (State.SUBMITTED, 24)
    client.force_login(cast.thanh)
    page = client.get(f"/duyet/{schedule.bulletin_id}/").content.decode()
    assert "<del>quá 24 giờ thì thôi</del> → <ins>quá 7 ngày thì thôi</ins>" in page
    actions.approve(actor=cast.thanh, seen=seen(cast), now=cast.now)
    compiled(cast, signer)
    assert {airing.offline_for for airing in station.plan(1).airings} == {168}
    actions.change(schedule_id=wanted.pk, offline_for=24, **wish)
    compiled(cast, signer)
    assert {airing.offline_for for airing in station.plan(1).airings} == {24}


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


def test_a_loudspeaker_whose_plan_never_named_it_is_not_waited_for(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    """The plan of the other loudspeakers does not change when a notice for Ven sông ends: no new one will come."""
    approved(cast, "Nhạc hiệu", when=When("daily", local(cast.now).date(), ("17:10",), last_day=date(2026, 12, 1)))
    later = cast.now + timedelta(seconds=10)
    before = compiled(cast, signer).published
    group = Target(groups=(str(station.groups["Ven sông"].pk),))
    today = local(cast.now).date()
    schedule = approved(cast, when=When("once", today, ("17:03",)), target=group)
    held = compiled(cast, signer, cast.now + timedelta(seconds=5)).published
    for number, device in station.speakers.items():
        newest = before if number == 4 else before | held  # 4 was away when it was approved
        status(device, newest[str(device.plan_set_id)], cast.now)
    left = actions.withdraw(actor=cast.thanh, bulletin_id=schedule.bulletin_id, reason="Đã có nước", now=later)
    assert {row.device.number for row in left} == {5, 6}


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


def test_the_approval_of_a_long_schedule_leaves_out_what_was_taken_out(cast: Cast) -> None:
    today = local(cast.now).date()
    year = When("daily", today, ("05:00", "17:00"), last_day=today + timedelta(days=364))
    schedule = propose(cast, write(cast, "Nhạc hiệu"), year)
    actions.remove_airing(actor=cast.lan, schedule_id=schedule.pk, start=at(cast, 17, days=3), now=cast.now)
    actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)
    actions.approve(actor=cast.thanh, seen=seen(cast), now=cast.now)
    permit = msgspec.convert(fresh(schedule).approval.permit, Permit)  # type: ignore[union-attr]
    there, gone = (to_ms(at(cast, hour, days=3)) for hour in (5, 17))
    assert covers_time(permit.times, there, there)
    assert not covers_time(permit.times, gone, gone)


def test_last_week_is_copied_as_drafts(cast: Cast) -> None:
    today = local(cast.now).date()
    monday = at(cast, 0, days=4)
    once = When("once", today + timedelta(days=1), ("17:10",), repeats=1, gap_s=3600)
    approved(cast, "Một lần", once, offline_for=24)
    approved(cast, "Nhạc hiệu", When("daily", today, ("05:00",), last_day=date(2026, 12, 31)), recurring_part=True)
    approved(cast, "Cả tháng", When("daily", today, ("18:00",), last_day=today + timedelta(days=30)))
    ended = approved(cast, "Đã thu hồi", When("once", today, ("19:00",)))
    actions.withdraw(actor=cast.lan, bulletin_id=ended.bulletin_id, reason="Sai", now=cast.now)
    copies = actions.copy_last_week(actor=cast.lan, area=cast.quy_mong, monday=monday, now=cast.now)
    assert [(copy.first_day, copy.times, copy.state, copy.offline_for) for copy in copies] == [
        (today + timedelta(days=8), ["17:10:00", "18:10:00"], State.DRAFT, 24)
    ]
    actions.submit(actor=cast.lan, bulletin_id=copies[0].bulletin_id, now=cast.now)
    assert set(seen(cast)) == {copies[0].pk}


def unfinished(cast: Cast, schedule: Schedule, **more: Any) -> Version:
    """Lan begins to write a newer version and leaves it."""
    bulletin = fresh(schedule).bulletin
    draft = Draft(title="Đang viết dở", text="Chưa xong", **more)
    return bulletins.save_version(
        actor=cast.lan, bulletin_id=bulletin.pk, draft=draft, revision=bulletin.revision, now=cast.now
    )


def test_a_copied_week_takes_along_no_words_that_are_still_being_written(cast: Cast) -> None:
    today = local(cast.now).date()
    once = approved(cast, "Một lần", When("once", today + timedelta(days=1), ("17:10",)))
    newer = unfinished(cast, once)
    copies = actions.copy_last_week(actor=cast.lan, area=cast.quy_mong, monday=at(cast, 0, days=4), now=cast.now)
    sent = actions.submit(actor=cast.lan, bulletin_id=once.bulletin_id, now=cast.now, words=False)
    assert sent == copies
    newer.refresh_from_db()
    assert (newer.submitted_at, fresh(once).bulletin.state) == (None, "approved")
    [request] = asked.waiting(cast.quy_mong, cast.now)
    assert request.version == once.version
    actions.approve(actor=cast.thanh, seen=seen(cast), now=cast.now)
    assert [fresh(one).version for one in (once, *copies)] == [once.version] * 2
    assert fresh(once).state == State.APPROVED


def test_a_copy_leaves_out_the_days_on_which_it_is_true_no_more(cast: Cast) -> None:
    today, monday = local(cast.now).date(), at(cast, 0, days=4)
    days = When("daily", today, ("17:10",), last_day=today + timedelta(days=2))
    schedule = propose(cast, write(cast, valid_to=today + timedelta(days=8)), days)
    actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)
    actions.approve(actor=cast.thanh, seen=seen(cast), now=cast.now)
    copies = actions.copy_last_week(actor=cast.lan, area=cast.quy_mong, monday=monday, now=cast.now)
    assert sorted(copy.first_day for copy in copies) == [today + timedelta(days=7), today + timedelta(days=8)]


def test_air_times_outside_the_validity_are_told_and_refused(cast: Cast) -> None:
    """They would never be planned."""
    today = local(cast.now).date()
    bulletin = write(cast)
    valid = {"valid_from": today + timedelta(days=1), "valid_to": today + timedelta(days=2)}
    Version.objects.filter(bulletin=bulletin).update(**valid)
    error = refusal(lambda: propose(cast, bulletin, When("once", today, ("17:03",))))
    assert error.code == "outside_validity"
    assert "từ 21/08/2026 đến hết 22/08/2026" in error.message
    schedule = propose(cast, bulletin, When("daily", today, ("17:03",), last_day=today + timedelta(days=4)))
    actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)
    [request] = asked.waiting(cast.quy_mong, cast.now)
    assert [local(start).date() for start in request.starts] == list(valid.values())
    assert "nên 3 lần phát ngoài thời hạn đó loa không phát." in request.warnings[0]


def test_stricter_rules_that_begin_later_are_told_with_their_day(cast: Cast) -> None:
    today = local(cast.now).date()
    OperatingRules.objects.create(
        area=cast.quy_mong, starts=date(2026, 9, 1), document="Quyết định 20/QĐ-UBND",
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:30", "to": "20:00"}],
    )  # fmt: skip
    long = When("daily", today, ("20:30",), last_day=date(2026, 9, 30))
    error = refusal(lambda: propose(cast, write(cast), long))
    assert error.code == "outside_hours"
    assert "Từ ngày 01/09/2026, xã Quy Mông không phát sau 20:00 (Quyết định 20/QĐ-UBND)" in error.message
    assert len(list(error.facts["refused"])) == 30  # type: ignore[call-overload]
    assert propose(cast, write(cast), replace(long, last_day=date(2026, 8, 31)))


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
