"""Lan proposes, Thành decides, the loudspeakers obey: through the real actions of bulletins and broadcasts."""

from datetime import time, timedelta
from typing import Any

from loa.audit.models import Entry
from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Programme, Schedule, State
from loa.broadcasts.queries import asked
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import Station, TestSigner, at, sound, speaker
from loa.broadcasts.tests.story.conftest import approved, compiled, fresh, propose, refusal, seen, submitted, write
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import Draft
from loa.kernel.clock import local, to_ms
from loa.kernel.errors import Denied, NotFound
from loa.people.models import Role
from tests.cast import Cast, give


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
    give(cast.son, Role.APPROVER, cast.quy_mong)
    actions.approve(actor=cast.son, seen=seen(cast), now=cast.now)


def test_a_deputy_of_two_acts_for_the_one_who_did_not_choose_the_air_times(cast: Cast) -> None:
    bulletin = write(cast)
    give(cast.thanh, Role.OFFICER, cast.quy_mong)
    schedule = propose(cast, bulletin, actor=cast.thanh)
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    error = refusal(lambda: actions.approve(actor=cast.phuc, seen=seen(cast), now=cast.now))
    assert error.code == "own_bulletin"
    give(cast.son, Role.APPROVER, cast.quy_mong)
    give(cast.phuc, Role.APPROVER, cast.quy_mong, on_behalf_of=cast.son)
    actions.approve(actor=cast.phuc, seen=seen(cast), now=cast.now)
    approval = fresh(schedule).approval
    assert approval is not None
    assert approval.on_behalf_of == cast.son


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
