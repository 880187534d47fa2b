"""The decision says: from the first of the month. It is written down today, and nobody has to stay up for midnight."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from loa.broadcasts import tasks
from loa.broadcasts.changes import due, keeping
from loa.broadcasts.changes.change import APPROVER_AFTER
from loa.broadcasts.changes.kinds.mergers import CancelMerger, PlanMerger
from loa.broadcasts.models import KeptChange, PlannedMerger, Schedule, State
from loa.broadcasts.rules.times import midnight
from loa.broadcasts.tests.changes.conftest import see
from loa.broadcasts.tests.changes.test_merger import Three, handed_in, signed, three
from loa.broadcasts.tests.story.conftest import refusal
from loa.devices import signing
from loa.devices.models import Device
from loa.kernel import clock
from loa.kernel.clock import local
from loa.kernel.errors import Unavailable
from loa.people.models import RoleGrant
from tests.cast import Cast
from tests.changes import confirm

__all__ = ["handed_in", "signed", "three"]


@pytest.fixture
def day(cast: Cast) -> date:
    """Far enough away that two weeks from today show nothing of it."""
    return local(cast.now).date() + timedelta(days=30)


@pytest.fixture
def merger(cast: Cast, three: Three, day: date) -> PlanMerger:
    return PlanMerger(
        area=cast.quy_mong.path, merger=uuid4(), former=(cast.tran_yen.path, three.viet_hong.path), day=day,
        document="Nghị quyết 12/NQ-HĐND",
    )  # fmt: skip


@pytest.fixture
def planned(cast: Cast, merger: PlanMerger) -> KeptChange:
    return keeping.keep(actor=cast.son, change=merger, token=see(cast, merger, cast.son).token, now=cast.now)


def standing(cast: Cast) -> int:
    return Device.objects.filter(area=cast.quy_mong).count()


def test_the_difference_is_that_of_the_day_and_today_nothing_moves(
    cast: Cast, three: Three, merger: PlanMerger, day: date
) -> None:
    shown = see(cast, merger, cast.son)
    (line,) = shown.lines
    last = day + timedelta(days=13)
    assert str(line) == (
        f"Chợ tối: 20:30 → không phát (ngoài giờ được phát), 14 ngày, {day.day}/{day.month}–{last.day}/{last.month}"
    )
    assert (shown.since, shown.waits_for) == (day, APPROVER_AFTER)
    before = standing(cast)
    keeping.keep(actor=cast.son, change=merger, token=shown.token, now=cast.now)
    assert standing(cast) == before
    assert due.merge_due(now=midnight(day) - timedelta(minutes=1)) == 0
    assert standing(cast) == before


def test_at_midnight_it_happens_by_itself_and_once(cast: Cast, planned: KeptChange, day: date) -> None:
    before = standing(cast)
    assert due.merge_due(now=midnight(day)) == 1
    assert standing(cast) == before + 3
    asked = Schedule.objects.filter(area=cast.quy_mong, state=State.SUBMITTED).count()
    assert asked == 3
    assert due.merge_due(now=midnight(day) + timedelta(minutes=1)) == 0
    assert Schedule.objects.filter(area=cast.quy_mong, state=State.SUBMITTED).count() == asked
    assert PlannedMerger.objects.get().done_at == midnight(day)


def test_a_machine_that_was_off_on_the_day_does_it_later(
    cast: Cast, planned: KeptChange, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = midnight(day) + timedelta(days=3, hours=8)
    monkeypatch.setattr(tasks, "now", lambda: late)
    assert tasks.merge_due(0) == 1
    assert PlannedMerger.objects.get().done_at == late


def test_what_breaks_off_half_way_leaves_nothing_and_is_done_the_next_minute(
    cast: Cast, three: Three, planned: KeptChange, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = standing(cast)

    def away(_: object) -> list[str]:
        raise Unavailable("Bộ ký đang tắt.", code="signer_away")

    with monkeypatch.context() as patched:
        patched.setattr(signing, "sign_all", away)
        for minute in range(2):
            assert due.merge_due(now=midnight(day) + timedelta(minutes=minute)) == 0
    assert standing(cast) == before
    assert PlannedMerger.objects.get().problem == "Bộ ký đang tắt."
    assert due.merge_due(now=midnight(day) + timedelta(minutes=2)) == 1
    assert PlannedMerger.objects.get().problem == ""


def test_who_has_left_the_office_merges_nothing(cast: Cast, planned: KeptChange, day: date) -> None:
    RoleGrant.objects.filter(user=cast.son).update(ends=cast.now + timedelta(days=1))
    assert due.merge_due(now=midnight(day)) == 0
    assert PlannedMerger.objects.get().problem


def test_it_is_cancelled_before_the_day(cast: Cast, merger: PlanMerger, planned: KeptChange, day: date) -> None:
    change = CancelMerger(area=cast.quy_mong.path, merger=merger.merger)
    shown = see(cast, change, cast.son)
    assert shown.lines == ()
    keeping.keep(actor=cast.son, change=change, token=shown.token, now=cast.now)
    assert due.merge_due(now=midnight(day)) == 0
    again = see(cast, change, cast.son)
    assert again.refusal is not None
    assert again.refusal.code == "merger_over"


def test_the_plan_is_taken_back_within_ten_minutes(cast: Cast, planned: KeptChange, day: date) -> None:
    keeping.undo(actor=cast.son, kept_id=planned.pk, now=cast.now + timedelta(minutes=9))
    assert due.merge_due(now=midnight(day)) == 0


def test_no_commune_is_promised_twice(cast: Cast, merger: PlanMerger, planned: KeptChange, day: date) -> None:
    other = PlanMerger(
        area=cast.tran_yen.path, merger=uuid4(), former=(cast.quy_mong.path,), day=day, document="Nghị quyết 13",
    )  # fmt: skip
    shown = see(cast, other, cast.son)
    assert shown.refusal is not None
    assert shown.refusal.code == "merger_planned"


def test_who_manages_only_one_of_them_cannot(cast: Cast, merger: PlanMerger) -> None:
    assert refusal(lambda: see(cast, merger, cast.mai)).code == "denied"


def test_son_plans_it_on_the_page_and_cancels_it_there(
    client: Client, cast: Cast, three: Three, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    def now() -> datetime:
        return cast.now

    monkeypatch.setattr(clock, "now", now)
    client.force_login(cast.son)
    page = f"/lich-phat/sap-nhap/?don-vi={cast.lao_cai.path}"
    assert "Xã Quy Mông" in client.get(page).content.decode()
    fields = {
        "into": cast.quy_mong.path,
        "former0": cast.tran_yen.path,
        "day": f"{day:%d/%m/%Y}",
        "document": "Nghị quyết 12",
    }
    assert client.post(page, fields | {"former0": cast.quy_mong.path}).status_code == 422
    shown = client.post(page, fields).content.decode()
    assert f"Từ ngày {day:%d/%m/%Y} nhập xã Trấn Yên vào xã Quy Mông" in shown
    assert f"14 ngày từ {day:%d/%m/%Y}" in shown
    confirm(client, shown)
    row = PlannedMerger.objects.get()
    listed = client.get(page).content.decode()
    assert "Nghị quyết 12" in listed
    assert "Sắp sáp nhập" in listed
    client.post(f"/lich-phat/sap-nhap/{row.pk}/huy/")
    assert "đã hủy" in client.get(page).content.decode()
    client.force_login(cast.lan)
    assert client.post(f"/lich-phat/sap-nhap/{row.pk}/huy/").status_code == 403
