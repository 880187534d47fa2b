"""What Quy Mông pays for the work behind its programmes, and who may say so."""

from datetime import date, timedelta

import pytest
from django.test import Client

from loa.broadcasts import actions
from loa.broadcasts.models import Airing, FeeRate
from loa.broadcasts.queries import books as read
from loa.broadcasts.rules.books import Unit, Work, fees
from loa.broadcasts.tests.test_playlog import day, morning  # noqa: F401 - fixtures
from loa.kernel import clock
from loa.kernel.clock import local
from loa.kernel.errors import Denied, Invalid, NotFound
from tests.cast import Cast

# ruff: noqa: F811 - fixtures of the log are used by their names

TODAY = date(2026, 8, 20)
NEW = {"unit": Unit.ITEM, "dong": 50_000, "starts": TODAY, "document": "Quyết định 27/2026/QĐ-UBND"}


def set_writing(cast: Cast, **changes: object) -> FeeRate:
    facts = {"actor": cast.thanh, "area": cast.quy_mong, "work": Work.WRITING, "now": cast.now, **NEW, **changes}
    return actions.set_fee(**facts)  # type: ignore[arg-type]


def test_thanh_sets_what_is_paid_and_lan_does_not(cast: Cast) -> None:
    set_writing(cast)
    with pytest.raises(Denied):
        set_writing(cast, actor=cast.lan)
    with pytest.raises(NotFound):
        set_writing(cast, area=cast.tran_yen)
    assert FeeRate.objects.count() == 1


def test_a_new_rate_ends_the_old_one_the_day_before(cast: Cast) -> None:
    set_writing(cast)
    later = TODAY + timedelta(days=30)
    set_writing(cast, dong=60_000, starts=later)
    assert list(FeeRate.objects.values_list("dong", "ends")) == [(50_000, later - timedelta(days=1)), (60_000, None)]
    set_writing(cast, dong=70_000)
    assert list(FeeRate.objects.values_list("dong", "ends")) == [(70_000, None)]


def test_the_nearest_area_decides(cast: Cast) -> None:
    FeeRate.objects.create(
        area=cast.lao_cai,
        work=Work.WRITING,
        unit=Unit.ITEM,
        dong=40_000,
        starts=TODAY,
        document="tỉnh",
        set_by=cast.bao,
    )
    FeeRate.objects.create(
        area=cast.lao_cai,
        work=Work.OPERATING,
        unit=Unit.DAY,
        dong=30_000,
        starts=TODAY,
        document="tỉnh",
        set_by=cast.bao,
    )
    assert {rate.dong for rate in read.rates(cast.quy_mong, TODAY, TODAY)} == {40_000, 30_000}
    set_writing(cast)
    assert {rate.dong for rate in read.rates(cast.quy_mong, TODAY, TODAY)} == {50_000, 30_000}
    assert {rate.dong for rate in read.rates(cast.tran_yen, TODAY, TODAY)} == {40_000, 30_000}


@pytest.mark.parametrize(
    "wrong", [{"dong": -1}, {"dong": 100_000_001}, {"work": "x"}, {"unit": "x"}, {"document": " "}]
)
def test_nonsense_changes_nothing(cast: Cast, wrong: dict[str, object]) -> None:
    set_writing(cast)
    with pytest.raises(Invalid):
        set_writing(cast, **({"dong": 1} | wrong))
    assert FeeRate.objects.get().dong == 50_000


def test_what_loudspeakers_proved_is_owed(cast: Cast, morning: dict[str, Airing]) -> None:
    set_writing(cast)
    today = local(cast.now).date()
    found = read.lines(cast.quy_mong, today, today, cast.now)
    owed = fees(found, read.rates(cast.quy_mong, today, today), read.aired_before(found, today))
    assert [(fee.person, fee.count, fee.dong) for fee in owed] == [("Hoàng Thị Lan", 1, 50_000)]


def test_the_page_reads_amounts_as_people_write_them(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    client.force_login(cast.thanh)
    sent = {"work": "writing", "unit": "item", "starts": "20/8/2026", "document": "Quyết định 27/QĐ-UBND"}
    for text in ("50.000", "50 000đ", "50000 đồng"):
        assert client.post("/so-nhat-ky/muc-chi/", {**sent, "dong": text}).status_code == 302
        assert FeeRate.objects.get().dong == 50_000
    for text in ("năm mươi nghìn", "-5", "5e4", "9" * 30, "٥٠"):
        assert client.post("/so-nhat-ky/muc-chi/", {**sent, "dong": text}).status_code == 422
    page = client.get("/so-nhat-ky/muc-chi/").content.decode()
    assert "50.000 đồng một tin, bài" in page
    client.force_login(cast.lan)
    assert "Đặt mức mới" not in client.get("/so-nhat-ky/muc-chi/").content.decode()
    assert client.post("/so-nhat-ky/muc-chi/", {**sent, "dong": "1"}).status_code == 403
