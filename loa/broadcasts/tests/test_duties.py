"""The list of households that get support is owed on three days in a row; Lan and Thành see how it stands."""

from datetime import date, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.test import Client

from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Airing, Obligation, PlayProof, Programme, Schedule, State
from loa.broadcasts.queries import duties as queries
from loa.broadcasts.rules import duties
from loa.broadcasts.rules.duties import DayState, Sounding, judge
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air, version
from loa.broadcasts.web.compose import saving
from loa.broadcasts.web.compose.desk import Desk
from loa.bulletins.models import Bulletin
from loa.devices.models import Device
from loa.kernel import clock
from loa.kernel.clock import local
from loa.kernel.errors import NotFound, Refusal
from tests.cast import Cast

FIRST = date(2026, 9, 1)
ALL = frozenset({"c1", "c2", "c3"})


def heard(day: int, proved: frozenset[str] = ALL, meant: frozenset[str] = ALL) -> Sounding:
    return Sounding(date(2026, 9, day), meant, proved, over=True)


def planned(day: int, meant: frozenset[str] = ALL) -> Sounding:
    return Sounding(date(2026, 9, day), meant, frozenset(), over=False)


def state(soundings: list[Sounding], today: int, times: int = 1) -> duties.State:
    return judge(FIRST, 3, times, soundings, date(2026, 9, today)).state


def test_planned_then_proved() -> None:
    assert state([], 1) is duties.State.LACKING
    assert state([planned(1), planned(2)], 1) is duties.State.LACKING
    assert state([planned(1), planned(2), planned(3)], 1) is duties.State.PLANNED
    assert state([heard(1), planned(2), planned(3)], 2) is duties.State.PLANNED
    assert state([heard(1), heard(2), heard(3)], 3) is duties.State.PROVED
    assert state([heard(1), heard(2), heard(3)], 20) is duties.State.PROVED


def test_one_cluster_that_owes_its_proof_makes_it_late_and_is_named() -> None:
    some = heard(2, proved=frozenset({"c1", "c2"}))
    found = judge(FIRST, 3, 1, [heard(1), some, heard(3)], date(2026, 9, 4))
    assert found.state is duties.State.LATE
    assert found.missing == ("c3",)
    assert [day.state for day in found.days] == [DayState.PROVED, DayState.PARTIAL, DayState.PROVED]
    assert duties.in_words(found.days[1], 1) == "Đủ ở 2 trên 3 cụm"


def test_a_proof_that_comes_late_makes_it_good() -> None:
    before = [heard(1), heard(2, proved=frozenset()), heard(3)]
    assert state(before, 4) is duties.State.LATE
    assert judge(FIRST, 3, 1, before, date(2026, 9, 4)).days[1].state is DayState.SILENT
    assert state([heard(1), heard(2), heard(3)], 4) is duties.State.PROVED


def test_a_later_run_makes_good_for_a_day_that_failed() -> None:
    rows = [heard(1), heard(2, proved=frozenset({"c1"})), heard(3), heard(4), heard(5)]
    found = judge(FIRST, 3, 1, rows, date(2026, 9, 6))
    assert (found.state, found.run) == (duties.State.PROVED, (date(2026, 9, 3), date(2026, 9, 4), date(2026, 9, 5)))


def test_days_with_one_between_them_are_not_consecutive() -> None:
    assert state([heard(1), heard(2), heard(4)], 5) is duties.State.LATE


def test_twice_a_day_means_twice_on_every_cluster() -> None:
    days = [heard(day) for day in (1, 2, 3)]
    assert state(days + days, 4, times=2) is duties.State.PROVED
    half = [heard(day, proved=frozenset({"c1", "c2"})) for day in (1, 2, 3)]
    assert state(days + half, 4, times=2) is duties.State.LATE
    assert state(days, 4, times=2) is duties.State.LATE


def test_what_airs_before_the_first_day_does_not_count() -> None:
    early = Sounding(date(2026, 8, 31), ALL, ALL, over=True)
    assert state([early, heard(1), heard(2)], 3) is duties.State.LACKING


# --- on the air -------------------------------------------------------------------------------------------------------


@pytest.fixture
def owed(cast: Cast, station: Station) -> Schedule:
    """Read at 17:00 on three days from today on."""
    today = local(cast.now).date()
    return on_air(cast, "Danh sách hỗ trợ", "17:00", first_day=today, last_day=today + timedelta(days=2))


@pytest.fixture
def duty(cast: Cast, owed: Schedule, signer: TestSigner) -> Obligation:
    compiler.compile_plans(signer=signer, now=cast.now)
    return actions.set_obligation(actor=cast.lan, bulletin_id=owed.bulletin_id, area=cast.quy_mong, now=cast.now)


def prove(station: Station, days: int, *numbers: int, outcome: str = "played") -> None:
    airing = Airing.objects.get(start=at(station.cast, 17, days=days))
    for number in numbers:
        PlayProof.objects.create(
            device=station.speakers[number], boot="b", count=100 * days + number, airing=airing.pk,
            planned=airing.start,
            started=airing.start, rendered_ms=52_000, outcome=outcome, plan=1, clock_bound=5, hash=f"{days}{number}",
            stored_at=airing.end,
        )  # fmt: skip


def row(cast: Cast, when: datetime) -> queries.Row:
    [found] = queries.rows(cast.quy_mong, when)
    return found


def test_it_begins_with_its_plan_and_ends_with_the_proofs_of_all_eight(
    cast: Cast, station: Station, duty: Obligation
) -> None:
    assert (duty.first_day, duty.days, duty.times_a_day) == (local(cast.now).date(), 3, 1)
    assert row(cast, cast.now).state is duties.State.PLANNED
    for days in range(3):
        prove(station, days, *range(1, 9))
    assert row(cast, at(cast, 18, days=2)).state is duties.State.PROVED
    assert len(queries.proofs(row(cast, at(cast, 18, days=2)))) == 24


def test_an_outage_makes_it_late_and_back_filled_proofs_turn_it_into_proved(
    cast: Cast, station: Station, duty: Obligation
) -> None:
    for days in (0, 2):
        prove(station, days, *range(1, 9))
    prove(station, 1, *range(1, 7))
    prove(station, 1, 8, outcome="cut")
    late = row(cast, at(cast, 8, days=3))
    assert late.state is duties.State.LATE
    assert [device.number for device in late.missing] == [7, 8]
    PlayProof.objects.filter(outcome="cut").delete()
    prove(station, 1, 7, 8)
    assert row(cast, at(cast, 9, days=3)).state is duties.State.PROVED


def test_a_loudspeaker_that_was_put_up_later_owes_nothing_for_the_days_before(
    cast: Cast, station: Station, duty: Obligation
) -> None:
    Device.objects.filter(pk=station.speakers[3].pk).update(placed_at=at(cast, 12, days=2))
    for days in range(3):
        prove(station, days, *(number for number in range(1, 9) if number != 3 or days == 2))
    assert row(cast, at(cast, 18, days=2)).state is duties.State.PROVED


def test_only_who_is_meant_owes_a_proof(cast: Cast, station: Station, signer: TestSigner) -> None:
    today = local(cast.now).date()
    only = Target(groups=(str(station.groups["Ven sông"].pk),))
    schedule = on_air(cast, "Ven sông", "17:00", first_day=today, last_day=today + timedelta(days=2), target=only)
    compiler.compile_plans(signer=signer, now=cast.now)
    actions.set_obligation(actor=cast.lan, bulletin_id=schedule.bulletin_id, area=cast.quy_mong, now=cast.now)
    for days in range(3):
        prove(station, days, 4, 5, 6)
    assert row(cast, at(cast, 18, days=2)).state is duties.State.PROVED


def test_days_are_found_that_have_room_and_a_person_hands_them_in(cast: Cast, station: Station) -> None:
    every = [1, 2, 3, 4, 5, 6, 7]
    Programme.objects.create(area=cast.quy_mong, name="Buổi sáng", starts="05:00", minutes=30, weekdays=every)
    Programme.objects.create(area=cast.quy_mong, name="Buổi chiều", starts="17:00", minutes=30, weekdays=every)
    own = version(cast, "Danh sách hỗ trợ", submitted_at=None)
    own.bulletin.state = "draft"
    own.bulletin.save()
    duty = actions.set_obligation(
        actor=cast.lan, bulletin_id=own.bulletin_id, area=cast.quy_mong, now=cast.now, times_a_day=2
    )
    made = actions.plan_obligation(actor=cast.lan, obligation_id=duty.pk, target=Target(), now=cast.now)
    duty.refresh_from_db()
    tomorrow = local(cast.now).date() + timedelta(days=1)
    assert [(one.times, one.first_day, one.last_day) for one in made] == [
        (["05:00"], tomorrow, tomorrow + timedelta(days=2)), (["17:00"], tomorrow, tomorrow + timedelta(days=2)),
    ]  # fmt: skip
    assert {one.state for one in made} == {State.DRAFT}
    assert duty.first_day == tomorrow
    assert row(cast, cast.now).state is duties.State.LACKING


def test_it_is_let_go_only_with_a_reason_and_by_her_own_commune(cast: Cast, duty: Obligation) -> None:
    with pytest.raises(Refusal):
        actions.end_obligation(actor=cast.lan, obligation_id=duty.pk, reason=" ", now=cast.now)
    with pytest.raises(NotFound):
        actions.end_obligation(actor=cast.mai, obligation_id=duty.pk, reason="Nhầm", now=cast.now)
    actions.end_obligation(actor=cast.lan, obligation_id=duty.pk, reason="Ghi nhầm bản tin", now=cast.now)
    assert row(cast, cast.now).state is duties.State.ENDED


def test_the_questions_do_not_grow_with_the_number_of_obligations(
    cast: Cast, duty: Obligation, signer: TestSigner, django_assert_max_num_queries: object
) -> None:
    today = local(cast.now).date()
    for number in range(4):
        schedule = on_air(cast, f"Thêm {number}", "17:10", first_day=today, last_day=today + timedelta(days=2))
        actions.set_obligation(actor=cast.lan, bulletin_id=schedule.bulletin_id, area=cast.quy_mong, now=cast.now)
    compiler.compile_plans(signer=signer, now=cast.now)
    with django_assert_max_num_queries(11):  # type: ignore[operator]
        assert len(queries.rows(cast.quy_mong, cast.now)) == 5


# --- the pages --------------------------------------------------------------------------------------------------------


def test_the_day_and_the_page_say_what_is_late_and_the_paper_names_the_proofs(
    client: Client, cast: Cast, station: Station, duty: Obligation, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove(station, 0, *range(1, 9))
    prove(station, 1, *range(1, 8))
    monkeypatch.setattr(clock, "now", lambda: at(cast, 8, days=2))
    client.force_login(cast.lan)
    day = client.get("/hom-nay/").content.decode()
    assert "phải công khai đang chậm" in day
    page = client.get("/cong-khai/").content.decode()
    assert "Danh sách hỗ trợ" in page
    assert "Chậm" in page
    assert "Cụm 08" in page
    paper = client.get(f"/cong-khai/{duty.pk}/in/").content.decode()
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in paper
    assert "Luật Thực hiện dân chủ ở cơ sở" in paper
    assert paper.count("Cụm 01") >= 2
    week = client.get("/lich-phat/").content.decode()
    assert "Phải phát 3 ngày liên tiếp" in week
    assert "Đủ ở 7 trên 8 cụm" in week
    asked = {"loai": "bao-cao", "tu": "1/8/2026", "den": "22/8/2026", "dang": "xlsx", "don-vi": cast.quy_mong.path}
    sheet = openpyxl.load_workbook(BytesIO(client.get("/so-nhat-ky/so-sach/", asked).content)).active
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    at_ = cells.index("Danh sách hỗ trợ")
    assert cells[at_ + 1 : at_ + 5] == [
        "3 ngày liên tiếp, mỗi ngày 1 lần, từ 20/8", "Chậm", "20/8", "Cụm 08",
    ]  # fmt: skip


def test_what_the_writer_ticks_is_owed_and_unticked_it_is_not(client: Client, cast: Cast, station: Station) -> None:
    own = version(cast, "Danh sách hỗ trợ", submitted_at=None)
    Bulletin.objects.filter(pk=own.bulletin_id).update(state="draft")
    client.force_login(cast.lan)
    assert "bắt buộc công khai" in client.get(f"/soan-ban-tin/{own.bulletin_id}/").content.decode()
    desk = Desk(cast.lan, cast.quy_mong, cast.now)
    for _ in range(2):
        saving.keep_duty(own.bulletin, {"public": True}, desk)
    assert Obligation.objects.get().ended_at is None
    saving.keep_duty(own.bulletin, {"public": False}, desk)
    assert Obligation.objects.get().end_reason != ""


def test_the_neighbour_finds_nothing_there(client: Client, cast: Cast, duty: Obligation) -> None:
    client.force_login(cast.mai)
    assert client.get(f"/cong-khai/{duty.pk}/in/").status_code == 404
    assert "Danh sách hỗ trợ" not in client.get("/cong-khai/").content.decode()
