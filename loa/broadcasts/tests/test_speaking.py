"""Who may speak live: one asks, another allows, the signer looks at the same rows."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from devicelink.messages import Audience, Session
from devicelink.refusals import Refused
from django.db import IntegrityError, connection, transaction
from signer.checks import Facts
from signer.live import Leave, check_session
from signer.live import LivePermit as Row

from loa.areas.models import Area
from loa.broadcasts.actions import speaking as actions
from loa.broadcasts.models import LivePermit, LiveSession
from loa.broadcasts.queries import speaking as queries
from loa.broadcasts.rules import speaking as rules
from loa.broadcasts.rules.speaking import Fault, Terms
from loa.kernel.clock import LOCAL, to_ms
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.people.models import Role, RoleGrant, User
from tests.cast import Cast, give

WORKDAYS = (1, 2, 3, 4, 5)


def terms(cast: Cast, **changes: Any) -> Terms:
    fields: dict[str, Any] = {
        "place": "Xã Quy Mông",
        "weekdays": WORKDAYS,
        "opens": 5 * 60,
        "closes": 20 * 60,
        "minutes": 15,
        "day_minutes": 30,
        "starts": cast.now - timedelta(days=1),
        "ends": cast.now + timedelta(days=90),
    }
    return Terms(**(fields | changes))


def ask(cast: Cast, person: User | None = None, area: Area | None = None, **changes: Any) -> LivePermit:
    who = person or cast.lan
    return actions.ask(
        actor=who, person=who, area=area or cast.quy_mong, terms=terms(cast, **changes), reason="Đọc thông báo",
        permit_id=uuid.uuid4(), now=cast.now,
    )  # fmt: skip


def allowed(cast: Cast, person: User | None = None, area: Area | None = None, **changes: Any) -> LivePermit:
    return actions.allow(actor=cast.thanh, permit_id=ask(cast, person, area, **changes).pk, now=cast.now)


def row_of(permit: LivePermit) -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute("select * from signer_live_permits where id = %s", [str(permit.pk)])
        columns = [column[0] for column in cursor.description or ()]
        return dict(zip(columns, cursor.fetchone(), strict=True))


# --- the rule ---


AT = datetime(2026, 8, 20, 16, 50, tzinfo=LOCAL)  # a Thursday


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"weekdays": ()}, "live_days"),
        ({"weekdays": (0,)}, "live_days"),
        ({"weekdays": (8,)}, "live_days"),
        ({"opens": 600, "closes": 600}, "live_hours"),
        ({"closes": 1441}, "live_hours"),
        ({"opens": -1}, "live_hours"),
        ({"minutes": 0}, "live_minutes"),
        ({"minutes": 61, "day_minutes": 90}, "live_minutes"),
        ({"minutes": 20, "day_minutes": 19}, "live_minutes"),
        ({"starts": AT, "ends": AT}, "live_span"),
        ({"starts": AT - timedelta(days=9), "ends": AT - timedelta(days=1)}, "live_span"),
        ({"ends": AT + timedelta(days=366)}, "live_span"),
    ],
)
def test_a_wish_that_nobody_is_asked(changes: dict[str, Any], code: str) -> None:
    fields: dict[str, Any] = {
        "place": "Thôn 5", "weekdays": WORKDAYS, "opens": 300, "closes": 1200, "minutes": 15, "day_minutes": 30,
        "starts": AT - timedelta(days=1), "ends": AT + timedelta(days=30),
    }  # fmt: skip
    assert rules.wish_fault(Terms(**fields), AT) is None
    fault = rules.wish_fault(Terms(**(fields | changes)), AT)
    assert fault is not None
    assert fault.code == code


@pytest.mark.parametrize(
    ("changes", "used", "found"),
    [
        ({}, 0, 15),
        ({}, 20, 10),
        ({"closes": 16 * 60 + 55}, 0, 5),
        ({"ends": AT + timedelta(minutes=3)}, 0, 3),
        ({}, 30, "live_day_is_full"),
        ({"opens": 17 * 60}, 0, "live_outside_permit"),
        ({"closes": 16 * 60 + 50}, 0, "live_outside_permit"),
        ({"weekdays": (1, 2, 3, 5, 6, 7)}, 0, "live_outside_permit"),
        ({"starts": AT + timedelta(seconds=1)}, 0, "live_not_yet"),
        ({"ends": AT}, 0, "live_over"),
        ({"ends": AT + timedelta(seconds=19)}, 0, "live_too_late"),
    ],
)
def test_until_when_somebody_may_speak(changes: dict[str, Any], used: int, found: int | str) -> None:
    fields: dict[str, Any] = {
        "place": "Thôn 5", "weekdays": WORKDAYS, "opens": 300, "closes": 1200, "minutes": 15, "day_minutes": 30,
        "starts": AT - timedelta(days=1), "ends": AT + timedelta(days=30),
    }  # fmt: skip
    answer = rules.until(Terms(**(fields | changes)), timedelta(minutes=used), AT)
    if isinstance(answer, Fault):
        assert answer.code == found
        assert "Thôn 5" in answer.message
    else:
        assert answer == AT + timedelta(minutes=int(found))


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((1, 2, 3, 4, 5), "thứ Hai đến thứ Sáu"),
        ((7, 1, 2, 3, 4, 5, 6), "mọi ngày"),
        ((1, 3), "thứ Hai, thứ Tư"),
        ((7,), "Chủ nhật"),
    ],
)
def test_days_are_told_in_words(days: tuple[int, ...], words: str) -> None:
    assert rules.days_words(days) == words


# --- asking and answering ---


def test_an_officer_asks_a_leader_allows_and_both_page_and_signer_know_until_when(cast: Cast) -> None:
    with pytest.raises(Refusal) as refused:
        queries.leave_for(cast.lan, "vn.15.04531", cast.now)
    assert refused.value.code == "live_no_permit"
    permit = allowed(cast)
    leave = queries.leave_for(cast.lan, "vn.15.04531", cast.now)
    assert (leave.permit, leave.until) == (str(permit.pk), cast.now + timedelta(minutes=15))
    row = row_of(permit)
    assert (row["approver_may"], row["person_may"], row["revoked"]) == (True, True, False)
    assert (row["person"], row["approver"], row["area"]) == (str(cast.lan.pk), str(cast.thanh.pk), "vn.15.04531")


def test_nobody_allows_what_they_asked_for_themselves_nor_does_their_stand_in(cast: Cast) -> None:
    give(cast.lan, Role.APPROVER, cast.quy_mong)
    permit = ask(cast)
    with pytest.raises(Denied) as denied:
        actions.allow(actor=cast.lan, permit_id=permit.pk, now=cast.now)
    assert denied.value.code == "own_live"
    mine = actions.ask(
        actor=cast.thanh, person=cast.thanh, area=cast.quy_mong, terms=terms(cast), reason="Phát biểu",
        permit_id=uuid.uuid4(), now=cast.now,
    )  # fmt: skip
    with pytest.raises(Denied):
        actions.allow(actor=cast.phuc, permit_id=mine.pk, now=cast.now)


def test_the_database_itself_wants_two_people(cast: Cast) -> None:
    permit = ask(cast)
    mine = LivePermit.objects.filter(pk=permit.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        mine.update(state="approved", decided_by=cast.lan, decided_at=cast.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        mine.update(state="approved")


def test_the_head_of_a_hamlet_speaks_to_the_own_hamlet_only(cast: Cast) -> None:
    permit = allowed(cast, cast.xuan, cast.thon_5)
    assert queries.leave_for(cast.xuan, "vn.15.04531.h5", cast.now).area == "vn.15.04531.h5"
    for path in ("vn.15.04531", "vn.15.04531.h4", "vn.15.04498", "vn.15", "vn"):
        with pytest.raises(NotFound):
            queries.leave_for(cast.xuan, path, cast.now)
    with pytest.raises(NotFound):
        ask(cast, cast.xuan, cast.quy_mong)
    assert row_of(permit)["area"] == "vn.15.04531.h5"


def test_a_permit_of_the_commune_holds_in_its_hamlets_and_the_neighbour_sees_nothing(cast: Cast) -> None:
    permit = allowed(cast)
    assert queries.leave_for(cast.lan, "vn.15.04531.h4", cast.now).area == "vn.15.04531"
    with pytest.raises(NotFound):
        actions.take_back(actor=cast.mai, permit_id=permit.pk, now=cast.now)
    with pytest.raises(NotFound):
        queries.leave_for(cast.mai, "vn.15.04531", cast.now)


def test_a_permit_that_is_taken_back_lets_nobody_speak(cast: Cast) -> None:
    permit = allowed(cast)
    actions.take_back(actor=cast.thanh, permit_id=permit.pk, now=cast.now)
    with pytest.raises(Refusal):
        queries.leave_for(cast.lan, "vn.15.04531", cast.now)
    assert row_of(permit)["revoked"] is True
    with pytest.raises(Refusal):
        actions.take_back(actor=cast.thanh, permit_id=permit.pk, now=cast.now)


def test_who_lost_the_office_is_no_longer_let_by_the_signer(cast: Cast) -> None:
    permit = allowed(cast)
    RoleGrant.objects.filter(user=cast.lan).update(ends=cast.now)
    assert row_of(permit)["person_may"] is False


def test_an_approver_of_another_place_does_not_count(cast: Cast) -> None:
    permit = allowed(cast)
    RoleGrant.objects.filter(user=cast.thanh, role=Role.APPROVER).update(area=cast.tran_yen)
    assert row_of(permit)["approver_may"] is False


def test_a_single_yes_is_needed_within_five_minutes_and_used_within_ten(cast: Cast) -> None:
    wish = actions.ask_once(
        actor=cast.xuan, area=cast.thon_5, minutes=10, reason="Gọi dân chạy lũ", permit_id=uuid.uuid4(), now=cast.now
    )
    assert queries.to_answer(cast.thanh, cast.now) == [wish]
    assert queries.to_answer(cast.mai, cast.now) == []
    late = cast.now + timedelta(minutes=5)
    assert queries.to_answer(cast.thanh, late) == []
    with pytest.raises(Refusal) as refused:
        actions.allow(actor=cast.thanh, permit_id=wish.pk, now=late)
    assert refused.value.code == "live_asked_too_long_ago"
    said = cast.now + timedelta(minutes=4)
    actions.allow(actor=cast.thanh, permit_id=wish.pk, now=said)
    assert queries.leave_for(cast.xuan, "vn.15.04531.h5", said).until == said + timedelta(minutes=10)
    with pytest.raises(Refusal):
        queries.leave_for(cast.xuan, "vn.15.04531.h5", said + timedelta(minutes=20))
    with pytest.raises(Refusal) as again:
        actions.refuse(actor=cast.thanh, permit_id=wish.pk, now=said)
    assert again.value.code == "already_decided"


def test_no_is_no(cast: Cast) -> None:
    permit = ask(cast)
    actions.refuse(actor=cast.thanh, permit_id=permit.pk, now=cast.now)
    assert row_of(permit)["revoked"] is True
    with pytest.raises(Refusal):
        queries.leave_for(cast.lan, "vn.15.04531", cast.now)


def test_asking_twice_with_one_id_asks_once_and_without_a_reason_not_at_all(cast: Cast) -> None:
    name = uuid.uuid4()
    for _ in range(2):
        actions.ask_once(actor=cast.lan, area=cast.quy_mong, minutes=5, reason="Họp", permit_id=name, now=cast.now)
    assert LivePermit.objects.count() == 1
    with pytest.raises(Invalid):
        actions.ask_once(
            actor=cast.lan, area=cast.quy_mong, minutes=5, reason=" ", permit_id=uuid.uuid4(), now=cast.now
        )


def test_at_night_the_hours_of_the_place_refuse_whatever_is_permitted(cast: Cast) -> None:
    allowed(cast, opens=0, closes=24 * 60, weekdays=(1, 2, 3, 4, 5, 6, 7))
    night = cast.now.astimezone(LOCAL).replace(hour=22, minute=0)
    with pytest.raises(Refusal) as refused:
        queries.leave_for(cast.lan, "vn.15.04531", night)
    assert refused.value.code == "live_outside_hours"
    assert "Xã Quy Mông" in refused.value.message
    assert "05:00" in refused.value.message
    evening = cast.now.astimezone(LOCAL).replace(hour=20, minute=55)
    assert queries.leave_for(cast.lan, "vn.15.04531", evening).until <= evening + timedelta(minutes=5)


# --- what was spoken ---


def spoken(cast: Cast, permit: LivePermit, **changes: Any) -> actions.Spoken:
    fields: dict[str, Any] = {
        "session": uuid.uuid4().hex, "area": "vn.15.04531", "user": cast.lan.pk, "permit": str(permit.pk), "alert": "",
        "title": "Họp thôn", "targets": ("Xã Quy Mông",), "started": to_ms(cast.now),
        "ended": to_ms(cast.now + timedelta(minutes=12)), "spoken": 700_000, "reason": "stopped", "expected": 8,
        "sounding": 7,
    }  # fmt: skip
    return actions.Spoken(**(fields | changes))


def test_what_was_spoken_is_kept_once_and_counts_against_the_minutes_of_the_day(cast: Cast) -> None:
    permit = allowed(cast)
    told = spoken(cast, permit)
    for _ in range(2):
        row = actions.record_session(spoken=told, sound=None, now=cast.now)
    assert LiveSession.objects.get() == row
    later = cast.now + timedelta(minutes=20)
    left = queries.leave_for(cast.lan, "vn.15.04531", later).until - later
    assert left == timedelta(minutes=15)
    actions.record_session(spoken=spoken(cast, permit), sound=None, now=cast.now)
    assert queries.leave_for(cast.lan, "vn.15.04531", later).until - later == timedelta(minutes=5, seconds=40)


def test_the_signer_reads_the_same_rows(cast: Cast) -> None:
    permit = allowed(cast)
    row = row_of(permit)
    judged = Row(**{**row, "weekdays": WORKDAYS})  # type: ignore[arg-type]
    now = to_ms(cast.now)
    session = Session(
        audience=Audience(area="vn.15.04531.h5"), id="0f" * 16, issued=now, expires=now + 600_000, start=now + 3_000,
        end=now + 600_000, public="A" * 43,
    )  # fmt: skip

    known = Facts(live={judged.id: judged}, leaves={session.id: Leave(judged.id, str(cast.lan.pk))})
    assert check_session(session, known, 420, now) == "vn.15.04531.h5"
    with pytest.raises(Refused):
        check_session(session, known, 420, to_ms(cast.now + timedelta(days=91)))
