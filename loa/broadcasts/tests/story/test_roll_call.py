"""Who sounded: the session of five o'clock in Quy Mông, and a bulletin of the province in all its communes."""

from datetime import time
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Airing, PlayProof, Programme
from loa.broadcasts.queries import rollcall
from loa.broadcasts.queries.airings import who_sounded
from loa.broadcasts.queries.playlog import playlog
from loa.broadcasts.rules.rollcall import Standing, Word, standing
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air, settle
from loa.broadcasts.tests.test_today import swear, words
from loa.devices.models import Device, Transition
from loa.kernel import clock
from loa.kernel.clock import local
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def aired(cast: Cast, station: Station, neighbour: Device, signer: TestSigner) -> dict[str, Airing]:
    """Two items of the commune this afternoon, and a storm warning of the province at the same time everywhere."""
    on_air(cast, "Mở đầu", "17:00", seconds=60)
    on_air(cast, "Cấp nước", "17:05", seconds=60)
    on_air(cast, "Bão số 5", "17:10", seconds=60, area=cast.lao_cai, author=cast.minh_anh)
    compiler.compile_plans(signer=signer, now=cast.now)
    return {row.title: row for row in Airing.objects.filter(start__lt=at(cast, 0, days=1))}


@pytest.fixture
def five(cast: Cast) -> Programme:
    return actions.save_programme(
        actor=cast.lan, area=cast.quy_mong, name="Buổi chiều", starts=time(17), minutes=30, weekdays=range(1, 8),
        now=cast.now,
    )  # fmt: skip


@pytest.fixture
def heard(cast: Cast, station: Station, aired: dict[str, Airing]) -> None:
    """Clusters 1 to 4 played all, 5 was cut once, 6 was held all the time, 7 and 8 have said nothing."""
    Transition.objects.create(device=station.speakers[8], at=at(cast, 4), state="silent", cause="power_lost")
    every = [aired[title] for title in ("Mở đầu", "Cấp nước", "Bão số 5")]
    for number in range(1, 5):
        swear(cast, station.speakers[number], *map(words, every))
    swear(cast, station.speakers[5], words(every[0]), words(every[1], outcome="cut", reason="held"), words(every[2]))
    swear(cast, station.speakers[6], *(words(one, outcome="skipped", reason="held") for one in every))


def test_a_session_says_who_proved_all_of_it_and_who_did_not(
    cast: Cast, station: Station, five: Programme, heard: None
) -> None:
    called = rollcall.of_session(five, cast.quy_mong, local(cast.now).date(), at(cast, 18))
    assert called is not None
    assert [one.title for one in called.airings] == ["Mở đầu", "Cấp nước", "Bão số 5"]
    assert called.count.expected == 8
    assert dict(called.count.by) == {
        Standing.SILENT: 1, Standing.UNKNOWN: 2, Standing.PARTIAL: 1, Standing.PROVED: 4
    }  # fmt: skip
    eight = next(row for row in called.rows if row.device == station.speakers[8])
    assert (eight.proved, eight.expected, {one.cause for _, one in eight.lacking}) == (0, 3, {"power_lost"})


def test_the_province_sees_its_bulletin_commune_by_commune_and_each_commune_its_own(
    cast: Cast, neighbour: Device, aired: dict[str, Airing], heard: None
) -> None:
    swear(cast, neighbour, words(aired["Bão số 5"]))
    bulletin = aired["Bão số 5"].schedule.bulletin
    called = rollcall.of_bulletin(bulletin, cast.lao_cai, at(cast, 18))
    sums = {one.area.name: one.count for one in called.communes}
    assert (sums["Quy Mông"].expected, sums["Quy Mông"].of(Standing.PROVED)) == (8, 5)
    assert (sums["Trấn Yên"].expected, sums["Trấn Yên"].of(Standing.PROVED)) == (1, 1)
    assert rollcall.of_bulletin(bulletin, cast.tran_yen, at(cast, 18)).count.expected == 1


def test_it_costs_the_same_however_many_items_and_loudspeakers(
    cast: Cast, station: Station, five: Programme, heard: None, signer: TestSigner
) -> None:
    day = local(cast.now).date()
    with CaptureQueriesContext(connection) as few:
        rollcall.of_session(five, cast.quy_mong, day, at(cast, 18))
    for number in range(6):
        on_air(cast, f"Thêm {number}", f"17:{20 + number}", seconds=20)
    compiler.compile_plans(signer=signer, now=cast.now)
    with CaptureQueriesContext(connection) as many:
        called = rollcall.of_session(five, cast.quy_mong, day, at(cast, 18))
    assert called is not None
    assert len(called.airings) == 9
    assert len(few) == len(many) <= 10


def test_before_and_during_the_session_nobody_is_called_silent(cast: Cast) -> None:
    starts, ends = at(cast, 17), at(cast, 17, 10)
    assert standing([Word("", starts, ends)], at(cast, 16, 59)) is Standing.COMING
    assert standing([Word("", starts, ends)], at(cast, 17, 1)) is Standing.ON_AIR
    assert standing([Word("played", starts, ends), Word("", ends, at(cast, 18))], at(cast, 17, 12)) is Standing.ON_AIR
    both = [Word("played", starts, ends), Word("", at(cast, 5, days=1), at(cast, 6, days=1))]
    assert standing(both, at(cast, 22)) is Standing.SO_FAR, "nothing is on the air at ten in the evening"
    assert standing([Word("", starts, ends)], at(cast, 17, 11)) is Standing.UNKNOWN
    assert standing([Word("skipped", starts, ends)], at(cast, 17, 11)) is Standing.SILENT


def test_what_a_loudspeaker_played_before_it_moved_stays_in_the_place_it_left(
    cast: Cast, station: Station, aired: dict[str, Airing]
) -> None:
    """Cluster 1 goes to Trấn Yên at six; its last proofs of the province's item come in only then."""
    storm, one, two = aired["Bão số 5"], station.speakers[1], station.speakers[2]
    swear(cast, two, words(storm))
    for number, device in enumerate((one, two), 20):
        device.number = number
        device.moved_from, device.moved_at, device.area = cast.quy_mong, at(cast, 18), cast.tran_yen
        device.save()
        device.groups.clear()
    settle([one, two], cast.now)
    swear(cast, one, words(storm))
    assert set(PlayProof.objects.values_list("area__path", flat=True)) == {cast.quy_mong.path}
    here = {row.device.pk for row in who_sounded(storm, cast.quy_mong.path) if row.outcome == "played"}
    assert here == {one.pk, two.pk}
    there = {row.device.pk for row in who_sounded(storm, cast.tran_yen.path) if row.outcome == "played"}
    assert there == set()
    day = local(cast.now).date()
    home = next(row for row in playlog(cast.quy_mong, day, at(cast, 19)).entries if row.airing == storm)
    assert home.proved == 2
    after = words(aired["Mở đầu"], boot="b2", late_ms=90 * 60_000)
    swear(cast, one, after)
    assert PlayProof.objects.get(boot="b2").area == cast.tran_yen


def test_the_pages_and_the_file_for_excel(
    cast: Cast, five: Programme, heard: None, aired: dict[str, Airing], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: at(cast, 18))
    client.force_login(cast.lan)
    address = f"/so-nhat-ky/buoi/{five.pk}/{local(cast.now).date()}/"
    page = client.get(address).content.decode()
    assert "8 cụm loa được giao 3 mục" in page
    assert "Mất điện" in page
    only = client.get(address, {"muc": "silent"}).content.decode()
    assert "Cụm 06" in only
    assert "Cụm 01 ·" not in only
    book = client.get(address, {"dang": "xlsx"})
    with ZipFile(BytesIO(book.content)) as file:
        assert "Phát một phần" in file.read("xl/sharedStrings.xml").decode()
    bulletin = aired["Bão số 5"].schedule.bulletin_id
    client.force_login(cast.mai)
    assert client.get(address).status_code == 404
    assert client.get(f"/so-nhat-ky/ban-tin/{aired['Mở đầu'].schedule.bulletin_id}/").status_code == 404
    assert client.get(f"/so-nhat-ky/ban-tin/{bulletin}/").status_code == 200
    client.force_login(cast.minh_anh)
    assert "Xã Quy Mông" in client.get(f"/so-nhat-ky/ban-tin/{bulletin}/").content.decode()
