"""A plan that cannot be made, signed or brought up to date is said on the page of the day."""

from datetime import timedelta

import pytest
from devicelink.refusals import Reason
from django.test import Client

from loa.broadcasts import compile as compiler
from loa.broadcasts.models import PlanState
from loa.broadcasts.queries import troubles
from loa.broadcasts.rules import troubles as rules
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air
from loa.kernel import clock
from tests.cast import Cast


def test_all_is_well(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Tạm ngừng cấp nước", "17:03")
    compiler.compile_plans(signer=signer, now=cast.now)
    assert troubles.of_plans(cast.quy_mong, cast.now) == []


def test_a_plan_that_the_signer_refuses(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Tạm ngừng cấp nước", "17:03")
    signer.refuse.add(str(station.speakers[4].plan_set_id))
    compiler.compile_plans(signer=signer, now=cast.now)
    [trouble] = troubles.of_plans(cast.quy_mong, cast.now)
    assert (trouble.groups, trouble.devices, trouble.stale, trouble.covered_until) == (("Ven sông",), 3, True, None)
    assert trouble.message.startswith("Bộ phận ký không nhận kế hoạch mới: ")
    assert troubles.of_plans(cast.tran_yen, cast.now) == []


def test_an_older_plan_stays_in_force_until_its_last_day(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Tạm ngừng cấp nước", "17:03")
    compiler.compile_plans(signer=signer, now=cast.now)
    on_air(cast, "Họp thôn", "17:20")
    signer.refuse |= {str(device.plan_set_id) for device in station.speakers.values()}
    compiler.compile_plans(signer=signer, now=cast.now)
    [trouble] = troubles.of_plans(cast.quy_mong, cast.now)
    assert (len(trouble.groups), trouble.devices) == (3, 8)
    assert trouble.covered_until == at(cast, 23, 59, days=7)


def test_an_airing_that_its_permit_does_not_cover_any_more(
    cast: Cast, station: Station, signer: TestSigner, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = on_air(cast, "Tạm ngừng cấp nước", "17:03")
    schedule.times = ["17:10"]
    schedule.save()
    compiler.compile_plans(signer=signer, now=cast.now)
    found = troubles.of_plans(cast.quy_mong, cast.now)
    assert {trouble.stale for trouble in found} == {False}
    assert found[0].message.startswith("“Tạm ngừng cấp nước” lúc 17:10 ngày ")
    assert found[0].message.endswith("không được đưa vào kế hoạch: không nằm trong phạm vi đã duyệt.")
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    client.force_login(cast.lan)
    page = client.get("/hom-nay/").content.decode()
    assert "8 cụm loa (Thôn 4, thôn 5, Trung tâm, Ven sông) sẽ không phát mục này" in page


def test_a_change_that_waits_too_long_for_the_signer(cast: Cast, station: Station, signer: TestSigner) -> None:
    on_air(cast, "Tạm ngừng cấp nước", "17:03")
    compiler.compile_plans(signer=signer, now=cast.now)
    compiler.touch(list(PlanState.objects.values_list("pk", flat=True)), now=cast.now)
    assert troubles.of_plans(cast.quy_mong, cast.now + rules.PATIENCE) == []
    [trouble] = troubles.of_plans(cast.quy_mong, cast.now + rules.PATIENCE + timedelta(seconds=1))
    assert "bộ phận ký chưa trả lời" in trouble.message


def test_a_day_without_its_plan(cast: Cast, station: Station, signer: TestSigner) -> None:
    compiler.compile_plans(signer=signer, now=cast.now)
    assert troubles.of_plans(cast.quy_mong, at(cast, 4, 15, days=1)) == []
    [trouble] = troubles.of_plans(cast.quy_mong, at(cast, 4, 16, days=1))
    assert trouble.message.startswith("Kế hoạch ngày ")


@pytest.mark.parametrize("reason", [*Reason, "unheard_of"])
def test_every_refusal_has_words(cast: Cast, reason: str) -> None:
    told = rules.plan(refused=reason, detail="Quá nhiều.", touched=None, day=None, now=cast.now)
    assert told.endswith(".")
