"""Trực ban, break-glass, drills, notes: who may, and what is written."""

from datetime import date, timedelta

import pytest

from loa.alerts.actions import drills, duty
from loa.alerts.models import AlertRecord, Drill, Duty, OwnTemplate, Status
from loa.alerts.tests.test_records import sent
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.people import access as people
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_who_is_on_duty_confirms_while_it_lasts(cast: Cast) -> None:
    ends = cast.now + timedelta(hours=12)
    assert not people.may(cast.minh_anh, "alert.confirm", cast.quy_mong, cast.now)
    duty.set_duty(actor=cast.bao, person=cast.minh_anh, area=cast.lao_cai, starts=cast.now, ends=ends, now=cast.now)
    assert people.may(cast.minh_anh, "alert.confirm", cast.quy_mong, cast.now)
    assert not people.may(cast.minh_anh, "alert.confirm", cast.quy_mong, ends)


def test_a_duty_can_be_taken_back_once(cast: Cast) -> None:
    row = duty.set_duty(
        actor=cast.thanh, person=cast.lan, area=cast.quy_mong, starts=cast.now, ends=cast.now + timedelta(1),
        now=cast.now,
    )  # fmt: skip
    later = cast.now + timedelta(hours=1)
    duty.take_duty_back(actor=cast.thanh, row=row, now=later)
    assert not people.may(cast.lan, "alert.confirm", cast.quy_mong, later)
    with pytest.raises(Refusal):
        duty.take_duty_back(actor=cast.thanh, row=Duty.objects.get(), now=later)


def test_a_stranger_and_an_officer_set_no_duty(cast: Cast) -> None:
    when = {"starts": cast.now, "ends": cast.now + timedelta(1), "now": cast.now}
    with pytest.raises(Denied):
        duty.set_duty(actor=cast.lan, person=cast.lan, area=cast.quy_mong, **when)
    with pytest.raises(NotFound):
        duty.set_duty(actor=cast.mai, person=cast.mai, area=cast.quy_mong, **when)
    with pytest.raises(Refusal, match="Hà Thị Mai"):
        duty.set_duty(actor=cast.thanh, person=cast.mai, area=cast.quy_mong, **when)


def test_break_glass_needs_a_document_and_the_right(cast: Cast) -> None:
    with pytest.raises(Invalid):
        duty.set_break_glass(actor=cast.thanh, area=cast.quy_mong, allowed=True, document=" ", now=cast.now)
    with pytest.raises(Denied):
        duty.set_break_glass(actor=cast.lan, area=cast.quy_mong, allowed=True, document="QĐ 1", now=cast.now)
    row = duty.set_break_glass(actor=cast.thanh, area=cast.quy_mong, allowed=True, document="QĐ 1", now=cast.now)
    assert row.allowed


def plan(**other: object) -> drills.Plan:
    facts = {"title": "Kiểm tra quý", "status": Status.TEST, "event": "lu", "day": date(2026, 9, 1), "minute": 540}
    return drills.Plan(**(facts | other))  # type: ignore[arg-type]


def test_a_drill_is_put_on_the_calendar_and_taken_off(cast: Cast) -> None:
    row = drills.set_drill(actor=cast.lan, area=cast.quy_mong, plan=plan(every=3), now=cast.now)
    drills.drop_drill(actor=cast.thanh, row=row, now=cast.now)
    assert Drill.objects.get().dropped_at == cast.now


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"status": Status.ACTUAL}, {"day": date(2026, 8, 19)}, {"every": 2}, {"event": "x"}]
)
def test_a_drill_that_is_none_is_refused(cast: Cast, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        drills.set_drill(actor=cast.lan, area=cast.quy_mong, plan=plan(**wrong), now=cast.now)


def test_a_silent_commune_is_followed_up(cast: Cast) -> None:
    record = sent(cast)
    row = drills.set_drill(actor=cast.lan, area=cast.quy_mong, plan=plan(), now=cast.now)
    with pytest.raises(Invalid):
        drills.follow_up(actor=cast.lan, row=row, place=cast.quy_mong, note="Mất điện", now=cast.now)
    row.record = record
    row.save()
    drills.follow_up(actor=cast.lan, row=row, place=cast.quy_mong, note="Mất điện", now=cast.now)
    assert Drill.objects.get().followed == [cast.quy_mong.path]
    with pytest.raises(Invalid):
        drills.drop_drill(actor=cast.lan, row=row, now=cast.now)


def test_a_note_stands_beside_a_silent_place(cast: Cast) -> None:
    record: AlertRecord = sent(cast)
    text = "đã báo bằng loa tay lúc 14:20"
    drills.note_place(actor=cast.lan, alert=record, place=cast.quy_mong, text=text, now=cast.now)
    assert [note.text for note in record.notes.all()] == [text]
    with pytest.raises(NotFound):
        drills.note_place(actor=cast.mai, alert=record, place=cast.quy_mong, text=text, now=cast.now)
    with pytest.raises(Invalid):
        drills.note_place(actor=cast.lan, alert=record, place=cast.quy_mong, text=" ", now=cast.now)


def test_an_area_has_texts_of_its_own(cast: Cast) -> None:
    made = drills.save_template(
        actor=cast.lan, area=cast.quy_mong, event="lu", name="Ngầm tràn", text="Ngầm [tên] ngập.", now=cast.now
    )
    with pytest.raises(Invalid):
        drills.save_template(actor=cast.lan, area=cast.quy_mong, event="lu", name="A", text="Ngầm [", now=cast.now)
    drills.remove_template(actor=cast.lan, row=made, now=cast.now)
    assert OwnTemplate.objects.get().removed_at == cast.now
