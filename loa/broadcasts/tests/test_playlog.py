"""Sổ nhật ký phát thanh of Quy Mông: what stands in it, who may open it, what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Airing
from loa.broadcasts.queries.airings import who_sounded
from loa.broadcasts.queries.playlog import playlog
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air, settle
from loa.broadcasts.tests.test_today import swear, words
from loa.broadcasts.web.playlog import line
from loa.devices.models import Transition
from loa.kernel import clock
from loa.kernel.clock import local
from tests.cast import Cast


@pytest.fixture
def day(cast: Cast, station: Station, signer: TestSigner) -> dict[str, Airing]:
    """Three items this morning, one of them of the province; one tonight."""
    on_air(cast, "Nhạc hiệu", "05:00", seconds=60)
    on_air(cast, "Ven sông", "06:00", seconds=120, target=Target(groups=(station.groups["Ven sông"].pk,)))
    on_air(cast, "Mưa lớn", "07:00", seconds=300, area=cast.lao_cai, author=cast.minh_anh)
    on_air(cast, "Buổi tối", "19:00", seconds=60)
    compiler.compile_plans(signer=signer, now=cast.now)
    return {airing.title: airing for airing in Airing.objects.filter(start__lt=at(cast, 0, days=1))}


@pytest.fixture
def morning(cast: Cast, station: Station, day: dict[str, Airing]) -> dict[str, Airing]:
    """Cluster 8 lost its power at four, cluster 5 was stopped in the middle of it, all others sounded."""
    Transition.objects.create(device=station.speakers[8], at=at(cast, 4), state="silent", cause="power_lost")
    for number, device in station.speakers.items():
        if number not in (5, 8):
            swear(cast, device, *(words(day[title]) for title in ("Nhạc hiệu", "Mưa lớn")))
    swear(cast, station.speakers[5], words(day["Nhạc hiệu"], outcome="cut", reason="held"), words(day["Mưa lớn"]))
    return day


def test_every_line_says_who_sounded_it_and_who_did_not_and_why(cast: Cast, morning: dict[str, Airing]) -> None:
    log = playlog(cast.quy_mong, local(cast.now).date(), cast.now)
    lines = {entry.airing.title: line(entry, cast.now) for entry in log.entries}
    assert list(lines) == ["Nhạc hiệu", "Ven sông", "Mưa lớn"]
    call = lines["Nhạc hiệu"]
    assert (call.time, call.heard, call.kind, call.source) == ("05:00", "6/8 cụm", "person", "Của xã")
    assert call.silent == ("Cụm 05 Cụm 05: loa đang được dừng", "Cụm 08 Cụm 08: mất điện")
    assert (call.writer, call.approver) == ("Hoàng Thị Lan", "Nguyễn Văn Thành")
    assert lines["Mưa lớn"].source == "Của tỉnh"
    assert lines["Ven sông"].heard == "0/3 cụm"
    assert lines["Ven sông"].silent == ("Cụm 04 Cụm 04, 05 Cụm 05, 06 Cụm 06: chưa có bằng chứng",)


def test_what_moved_is_told_with_the_time_at_which_it_sounded(
    cast: Cast, station: Station, day: dict[str, Airing]
) -> None:
    swear(cast, station.speakers[1], words(day["Nhạc hiệu"], late_ms=300_000))
    [entry] = [one for one in playlog(cast.quy_mong, local(cast.now).date(), cast.now).entries if one.proved]
    assert line(entry, cast.now).moved == "phát lúc 05:05"


def test_the_evening_is_not_in_the_book_before_it_comes(cast: Cast, day: dict[str, Airing]) -> None:
    today = local(cast.now).date()
    assert "Buổi tối" not in {entry.airing.title for entry in playlog(cast.quy_mong, today, cast.now).entries}
    later = playlog(cast.quy_mong, today, at(cast, 19))
    assert line(later.entries[-1], at(cast, 19)).heard == "Đang phát"
    assert playlog(cast.quy_mong, today + timedelta(days=1), cast.now).entries == ()


def test_a_hamlet_s_book_names_its_own_loudspeakers_only(cast: Cast, morning: dict[str, Airing]) -> None:
    log = playlog(cast.thon_5, local(cast.now).date(), cast.now)
    assert [(entry.expected, entry.proved) for entry in log.entries] == [(1, 0), (1, 0)]


def test_a_loudspeaker_that_moves_away_takes_no_proof_out_of_the_book(
    cast: Cast, station: Station, morning: dict[str, Airing]
) -> None:
    """And brings none into the book of the commune that it came to."""
    moved = station.speakers[1]
    moved.area = cast.tran_yen
    moved.save()
    moved.groups.clear()
    settle([moved], cast.now)
    day = local(cast.now).date()
    call, *_ = playlog(cast.quy_mong, day, cast.now).entries
    assert line(call, cast.now).heard == "6/8 cụm"
    assert moved in [row.device for row in who_sounded(call.airing, cast.quy_mong.path)]
    assert "Nhạc hiệu" not in {entry.airing.title for entry in playlog(cast.tran_yen, day, cast.now).entries}


def test_the_book_costs_the_same_however_much_stands_in_it(
    cast: Cast, station: Station, signer: TestSigner, morning: dict[str, Airing]
) -> None:
    today = local(cast.now).date()
    with CaptureQueriesContext(connection) as few:
        playlog(cast.quy_mong, today, cast.now)
    for number in range(8):
        on_air(cast, f"Thêm {number}", f"08:{number:02}", seconds=20)
    compiler.compile_plans(signer=signer, now=cast.now)
    with CaptureQueriesContext(connection) as many:
        log = playlog(cast.quy_mong, today, cast.now)
        assert [line(entry, cast.now).writer for entry in log.entries]
    assert len(log.entries) == 11
    assert len(many) == len(few) == 8


def test_the_page_and_its_paper(
    client: Client, cast: Cast, morning: dict[str, Airing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    client.force_login(cast.lan)
    for address in ("/so-nhat-ky/", "/so-nhat-ky/in/"):
        page = client.get(address).content.decode()
        assert "mất điện" in page
        assert "Của tỉnh" in page
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in page
    assert "LÃNH ĐẠO UBND XÃ" in page
    assert "Ngày này chưa phát mục nào" in client.get("/so-nhat-ky/?ngay=2026-08-19").content.decode()
    assert "/so-nhat-ky/" in client.get("/hom-nay/").content.decode()
    for unreadable in ("hôm qua", "2026-13-01", "2026-08-21", "0001-01-01"):
        assert client.get("/so-nhat-ky/", {"ngay": unreadable}).status_code == 422


def test_one_item_loudspeaker_by_loudspeaker(
    client: Client, cast: Cast, morning: dict[str, Airing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    client.force_login(cast.lan)
    address = f"/so-nhat-ky/muc/{morning['Nhạc hiệu'].pk}/"
    assert address in client.get("/so-nhat-ky/").content.decode()
    page = client.get(address).content.decode()
    assert "6 trong 8 cụm loa đã phát hết mục này." in page
    assert page.count('<span class="num">05:00:00<') == 7
    rows = page.split("<tr>")[1:]
    assert ["loa đang được dừng" in row for row in rows if "Phát dở" in row] == [True]
    assert ["mất điện" in row for row in rows if "Chưa có bằng chứng" in row] == [True]
    client.force_login(cast.xuan)
    assert "0 trong 1 cụm loa" in client.get(address).content.decode()
    client.force_login(cast.mai)
    assert client.get(address).status_code == 404


def test_the_neighbour_does_not_read_it(client: Client, cast: Cast, morning: dict[str, Airing]) -> None:
    client.force_login(cast.mai)
    for address in ("/so-nhat-ky/", "/so-nhat-ky/in/"):
        assert client.get(address, {"don-vi": cast.quy_mong.path}).status_code == 404
        assert "Nhạc hiệu" not in client.get(address).content.decode()
