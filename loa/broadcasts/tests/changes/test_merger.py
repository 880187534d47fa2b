"""Trấn Yên and Việt Hồng become part of Quy Mông: every loudspeaker goes on with what it had, at its time, once."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from loa.areas.actions import set_operating_rules
from loa.areas.hours import WindowText
from loa.areas.models import Area
from loa.areas.rules import Kind, Level
from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.changes import keeping
from loa.broadcasts.changes.change import APPROVER_AFTER
from loa.broadcasts.changes.kinds.devices import MergeCommunes
from loa.broadcasts.models import KeptChange, Programme, Schedule, State
from loa.broadcasts.queries import asked, sources
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.tests import conftest
from loa.broadcasts.tests.changes.conftest import see
from loa.broadcasts.tests.conftest import Station, TestSigner, on_air, settle, speaker
from loa.bulletins import queries as bulletins
from loa.bulletins import rules
from loa.bulletins.models import Version
from loa.devices import signing
from loa.devices.models import Device, DeviceGroup
from loa.kernel.clock import from_ms, local
from loa.kernel.errors import Refusal
from tests.cast import Cast, place

TOMORROW = timedelta(days=1)


@pytest.fixture(autouse=True)
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signer of placements that signs whatever is asked of it."""
    monkeypatch.setattr(signing, "sign_all", lambda messages: ["signed" for _ in messages])


@pytest.fixture(autouse=True)
def handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bulletins as an approver gets them: handed in, with the digest of what they are."""
    made = conftest.version

    def version(cast: Cast, *facts: object, **more: object) -> Version:
        own = made(cast, *facts, **more)  # type: ignore[arg-type]
        own.content_hash, own.submitted_at = rules.content_hash(bulletins.content_of(own)), cast.now
        own.save()
        return own

    monkeypatch.setattr(conftest, "version", version)


@dataclass
class Three:
    """The communes with their loudspeakers: 1-8 are Quy Mông's, 21 and 22 of Trấn Yên, 31 of Việt Hồng."""

    station: Station
    viet_hong: Area
    market: DeviceGroup

    def heard(self, number: int) -> list[str]:
        """What its plan says for tomorrow."""
        self.station.speakers[number].refresh_from_db()
        day = local(self.station.cast.now + TOMORROW).date()
        plan = self.station.plan(number)
        mine = [one for one in plan.airings if local(from_ms(one.start)).date() == day]
        pk = self.station.speakers[number].pk
        return [f"{local(from_ms(one.start)):%H:%M} {one.title}" for one in mine if not one.only or pk in one.only]


@pytest.fixture
def three(cast: Cast, station: Station) -> Three:
    """All three sound something at 05:00; Trấn Yên has its Trung tâm too, and a session that is called like another."""
    viet_hong = place("vn.15.04506", "Việt Hồng", Kind.COMMUNE, Level.COMMUNE, cast.lao_cai)
    for number, area in ((21, cast.tran_yen), (22, cast.tran_yen), (31, viet_hong)):
        station.speakers[number] = speaker(cast, area, number % 10)
    market = DeviceGroup.objects.create(area=cast.tran_yen, name="Trung tâm")
    market.members.set([station.speakers[21]])
    settle(station.speakers.values(), cast.now)
    every_day: list[WindowText] = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "20:00"}]
    set_operating_rules(area=cast.quy_mong, starts=local(cast.now).date(), document="QĐ 5/QĐ-UBND", windows=every_day)
    on_air(cast, "Quy Mông sáng", "05:00")
    on_air(cast, "Trấn Yên sáng", "05:00", area=cast.tran_yen, author=cast.mai)
    on_air(
        cast,
        "Chợ tối",
        "20:30",
        area=cast.tran_yen,
        author=cast.mai,
        target=Target(groups=(market.pk,)),
    )
    on_air(cast, "Việt Hồng sáng", "05:00", area=viet_hong, author=cast.mai)
    on_air(cast, "Tin tỉnh", "18:00", area=cast.lao_cai, author=cast.minh_anh)
    for area in (cast.quy_mong, cast.tran_yen):
        Programme.objects.create(
            area=area, name="Buổi sáng", starts="05:00", minutes=30, weekdays=[1, 2, 3, 4, 5, 6, 7]
        )
    return Three(station, viet_hong, market)


@pytest.fixture
def merger(cast: Cast, three: Three) -> MergeCommunes:
    return MergeCommunes(area=cast.quy_mong.path, former=(cast.tran_yen.path, three.viet_hong.path))


def keep(cast: Cast, merger: MergeCommunes) -> KeptChange:
    return keeping.keep(actor=cast.son, change=merger, token=see(cast, merger, cast.son).token, now=cast.now)


def approve_all(cast: Cast) -> None:
    seen = {one.schedule.pk: one.digest for one in asked.waiting(cast.quy_mong, cast.now)}
    actions.approve(actor=cast.thanh, seen=seen, now=cast.now)


BEFORE = {
    1: ["05:00 Quy Mông sáng", "18:00 Tin tỉnh"],
    21: ["05:00 Trấn Yên sáng", "18:00 Tin tỉnh", "20:30 Chợ tối"],
    22: ["05:00 Trấn Yên sáng", "18:00 Tin tỉnh"],
    31: ["05:00 Việt Hồng sáng", "18:00 Tin tỉnh"],
}


def test_only_what_the_other_rules_silence_is_shown_and_for_whom(
    cast: Cast, three: Three, merger: MergeCommunes
) -> None:
    shown = see(cast, merger, cast.son)
    [line] = shown.lines
    assert str(line) == "Chợ tối: 20:30 → không phát (ngoài giờ được phát), 14 ngày, 20/8–2/9"
    assert [(one.name, one.devices) for one in line.where] == [
        ("Trung tâm (Trấn Yên)", (three.station.speakers[21].pk,))
    ]
    assert shown.waits_for == APPROVER_AFTER
    assert "3 lịch phát chờ lãnh đạo" in shown.told


def test_each_loudspeaker_goes_on_with_its_own_once_it_is_approved(
    cast: Cast, three: Three, merger: MergeCommunes, signer: TestSigner
) -> None:
    """Nothing of the neighbours' sounds at the same time, nor twice; until the yes nothing but the province."""
    compiler.compile_plans(signer=signer, now=cast.now)
    assert {number: three.heard(number) for number in BEFORE} == BEFORE
    keep(cast, merger)
    compiler.compile_plans(signer=signer, now=cast.now)
    assert {number: three.heard(number) for number in (1, 21, 31)} == {
        1: BEFORE[1], 21: ["18:00 Tin tỉnh"], 31: ["18:00 Tin tỉnh"],
    }  # fmt: skip
    with pytest.raises(Refusal) as refused:
        approve_all(cast)
    assert refused.value.code == "outside_hours"  # the evening market, by the hours of its new commune
    Schedule.objects.filter(version__title="Chợ tối", state=State.SUBMITTED).update(state=State.DRAFT)
    approve_all(cast)
    compiler.compile_plans(signer=signer, now=cast.now)
    late = {number: [one for one in told if "Chợ" not in one] for number, told in BEFORE.items()}
    assert {number: three.heard(number) for number in BEFORE} == late


def test_groups_names_numbers_and_sessions_go_over(cast: Cast, three: Three, merger: MergeCommunes) -> None:
    keep(cast, merger)
    row = DeviceGroup.objects.get(pk=three.market.pk)
    assert (row.area, row.name) == (cast.quy_mong, "Trung tâm (Trấn Yên)")
    assert [one.pk for one in row.members.all()] == [three.station.speakers[21].pk]
    numbers = list(Device.objects.filter(area=cast.quy_mong).values_list("number", flat=True))
    assert sorted(numbers) == list(range(1, 12))
    assert sources.places([cast.tran_yen.path, three.viet_hong.path]) == []  # their plans have nobody any more
    assert set(Programme.objects.filter(area=cast.quy_mong).values_list("name", flat=True)) == {
        "Buổi sáng", "Buổi sáng (Trấn Yên)",
    }  # fmt: skip
    assert not Schedule.objects.filter(area__in=[cast.tran_yen, three.viet_hong]).exclude(state=State.ENDED).exists()


def test_all_of_it_is_taken_back_for_ten_minutes(
    cast: Cast, three: Three, merger: MergeCommunes, signer: TestSigner
) -> None:
    kept = keep(cast, merger)
    keeping.undo(actor=cast.son, kept_id=kept.pk, now=cast.now + timedelta(minutes=9))
    compiler.compile_plans(signer=signer, now=cast.now)
    assert {number: three.heard(number) for number in BEFORE} == BEFORE
    three.market.refresh_from_db()
    assert (three.market.area, three.market.name) == (cast.tran_yen, "Trung tâm")
    assert set(Device.objects.filter(area=cast.tran_yen).values_list("number", flat=True)) == {1, 2}
    assert not Schedule.objects.filter(state=State.SUBMITTED).exists()
    again = keep(cast, merger)
    with pytest.raises(Refusal, match="Đã quá 10 phút"):
        keeping.undo(actor=cast.son, kept_id=again.pk, now=cast.now + timedelta(minutes=11))


def test_it_is_not_taken_back_over_what_somebody_has_approved_since(
    cast: Cast, three: Three, merger: MergeCommunes
) -> None:
    kept = keep(cast, merger)
    Schedule.objects.filter(version__title="Chợ tối", state=State.SUBMITTED).update(state=State.DRAFT)
    approve_all(cast)
    with pytest.raises(Refusal, match="Sau đó đã có người sửa tiếp chỗ này") as refused:
        keeping.undo(actor=cast.son, kept_id=kept.pk, now=cast.now)
    assert refused.value.code == "changed_since"
