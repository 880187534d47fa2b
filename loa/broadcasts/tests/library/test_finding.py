"""The library of Quy Mông: what is found in it, and how fast."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from devicelink.messages import Audience
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loa.areas.rules import Kind, Level
from loa.broadcasts.tests.library.shelves import (
    STATE,
    approved,
    in_languages,
    let_others_use,
    shared,
    sound_of,
    with_file,
)
from loa.bulletins import actions as bulletins
from loa.bulletins import library
from loa.bulletins.actions import sharing
from loa.bulletins.tests import stories
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, NotFound
from loa.media import library as shelves
from loa.media.library import Wanted
from loa.media.models import Block, Origin, Sound
from loa.people.models import Role
from tests.cast import Cast, give, place


def found(cast: Cast, **wanted: Any) -> list[str]:
    return [one.title for one in shelves.narrowed(shelves.own(cast.quy_mong), Wanted(**wanted))]


def test_sounds_are_found_by_title_and_by_what_is_said_without_diacritics(cast: Cast) -> None:
    stories.sound_of(cast, title="Họp thôn Đồng Cát", language="tyz")
    stories.sound_of(cast, title="Nhạc hiệu", block=Block.JINGLE, origin=Origin.UPLOADED)
    stories.sound_of(cast, title="Đọc máy", origin=Origin.SYNTHESISED, spoken="bảy giờ ba mươi phút")
    approved(cast, title="ghi-01.m4a", made_at=cast.now - timedelta(days=40))
    assert found(cast, words="dong cat") == ["Họp thôn Đồng Cát"]
    assert found(cast, words="bay gio") == ["Đọc máy"]
    assert found(cast, words="ngừng cấp NƯỚC") == ["Tạm ngừng cấp nước"]
    assert found(cast, words="“Tạm ngừng, cấp nước!” - từ 8h…") == ["Tạm ngừng cấp nước"]
    assert found(cast, words="100%") == []
    assert found(cast, block="any") == found(cast, block="jingle") == ["Nhạc hiệu"]
    assert found(cast, origin="synthesised") == ["Đọc máy"]
    assert found(cast, language="tyz") == ["Họp thôn Đồng Cát"]
    assert found(cast, until=local(cast.now).date() - timedelta(days=40)) == ["Tạm ngừng cấp nước"]
    rows = library.with_category(shelves.own(cast.quy_mong), "livelihood")
    assert [one.title for one in rows] == ["Tạm ngừng cấp nước"]


def titles(rows: QuerySet[Sound]) -> list[str]:
    return [one.title for one in rows.order_by("made_at", "pk")]


def test_a_recording_is_called_and_found_as_its_draft_says_and_then_as_it_was_approved(cast: Cast) -> None:
    draft = stories.drafted(cast, sound=stories.sound_of(cast, title="ghi-02").pk, title="Tiêm chủng", text="Sáng mai.")
    assert found(cast, words="tiem chung") == found(cast, words="sang mai") == ["Tiêm chủng"]
    stories.save(cast, draft, title="Tiêm phòng", text="Chiều mai.")
    assert found(cast, words="tiem chung") == found(cast, words="sang mai") == []
    bulletins.submit(actor=cast.lan, bulletin_id=draft.pk, now=cast.now)
    stories.approve(cast, draft)
    stories.drafted(cast, sound=sound_of(draft).pk, title="Nháp khác", text="Chưa ai duyệt.")
    assert found(cast, words="tiem phong chieu mai") == ["Tiêm phòng"]
    assert found(cast, words="nhap khac") == []


def test_each_language_is_found_by_its_own_words(cast: Cast) -> None:
    in_languages(cast, "hmn", "tyz")
    assert found(cast, words="loi bang tieng hmn") == ["Tạm ngừng cấp nước"]
    [mong] = shelves.narrowed(shelves.own(cast.quy_mong), Wanted(language="hmn"))
    assert mong.transcript == "Lời bằng tiếng hmn"
    assert len(found(cast, language="vi")) == 1
    rows = library.with_category(shelves.own(cast.quy_mong), "livelihood")
    assert rows.count() == 3


def test_a_building_block_keeps_its_name_whatever_bulletin_says_it(cast: Cast) -> None:
    call = stories.sound_of(cast, title="Xướng tên đài", transcript="Đây là Đài", block=Block.STATION_CALL)
    stories.approve(cast, stories.submitted(cast, sound=call.pk, title="Mở đầu", text="Khác"))
    call.refresh_from_db()
    assert (call.title, call.transcript) == ("Xướng tên đài", "Đây là Đài")


def test_a_category_that_the_area_added_is_looked_for_alone_or_with_its_group(cast: Cast) -> None:
    bulletins.add_category(actor=cast.thanh, area=cast.quy_mong, group="livelihood", name="Giá quế", now=cast.now)
    key = f"{cast.quy_mong.path}/gia-que"
    stories.drafted(cast, title="Giá quế hôm nay", category=key)
    stories.drafted(cast, title="Ngừng cấp nước")
    rows = shelves.own(cast.quy_mong)
    assert titles(library.with_category(rows, key)) == ["Giá quế hôm nay"]
    assert len(titles(library.with_category(rows, "livelihood"))) == 2
    assert titles(library.with_category(rows, "gia-que")) == []


@pytest.mark.parametrize("hamlets", [0, 70])
def test_every_sound_of_a_commune_is_on_some_page_however_many_hamlets_it_has(cast: Cast, hamlets: int) -> None:
    places = [
        place(f"{cast.quy_mong.path}.n{number}", f"N{number}", Kind.THON, Level.HAMLET, cast.quy_mong)
        for number in range(hamlets)
    ]
    for number in range(45):
        area = places[number] if number < hamlets else cast.quy_mong
        stories.sound_of(cast, title=f"Bản {number}", area=area, made_at=cast.now - timedelta(hours=number))
    parts = [shelves.narrowed(part, Wanted()) for part in shelves.own_parts(cast.quy_mong)]
    pages = [shelves.page(parts, number) for number in (1, 2, 3)]
    assert [one.title for page in pages for one in page.rows] == [f"Bản {number}" for number in range(45)]
    assert [page.more for page in pages] == [True, True, False]


@pytest.mark.parametrize("shelf", ["", "chung"])
def test_a_page_asks_the_same_for_one_sound_and_for_twenty(cast: Cast, client: Client, shelf: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse("broadcasts:library"), {"kho": shelf, "tim": "ngung"}).status_code == 200
        return len(found)

    client.force_login(cast.mai if shelf else cast.lan)
    shared(cast)
    asked()
    one = asked()
    for _ in range(20):
        shared(cast)
    assert asked() == one


def test_the_gongs_of_the_nation_are_on_every_shelf_but_its_sirens_on_none(cast: Cast, client: Client) -> None:
    gong = stories.sound_of(
        cast, title="Chuông ngân", area=cast.vietnam, made_by=None, origin=Origin.BUILT, block=Block.GONG, shared=True,
        licence="cc0-1.0", source="Loa, tạo bằng mã",
    )  # fmt: skip
    Sound.objects.filter(pk=gong.pk).update(made_by=None)
    siren = stories.sound_of(cast, title="Còi báo động", area=cast.vietnam, shared=True, block="siren")
    Sound.objects.filter(pk=siren.pk).update(made_by=None, origin=Origin.BUILT)
    assert list(library.shared_with(cast.quy_mong)) == [gong]
    with_file(gong)
    client.force_login(cast.lan)
    assert "Chuông ngân" in client.get(reverse("broadcasts:library"), {"kho": "chung"}).content.decode()
    page = client.get(reverse("broadcasts:library_sound", args=[gong.pk])).content.decode()
    assert "Nguồn: Loa, tạo bằng mã. Điều kiện dùng: Ai cũng dùng được, không cần ghi nguồn (CC0)" in page
    assert client.get(reverse("broadcasts:library_play", args=[gong.pk])).status_code == 200
    assert client.post(reverse("broadcasts:library_reuse", args=[gong.pk])).status_code == 302
    taken = Sound.objects.get(made_from=gong)
    assert (taken.area, taken.source, taken.licence, taken.block) == (cast.quy_mong, gong.source, "cc0-1.0", "")
    assert client.get(reverse("broadcasts:library_sound", args=[siren.pk])).status_code == 404
    assert client.post(reverse("broadcasts:library_reuse", args=[siren.pk])).status_code == 404


def test_what_the_province_and_the_centre_share_reaches_the_commune_and_says_whose_it_is(cast: Cast) -> None:
    give(cast.bao, Role.APPROVER, cast.vietnam)
    give(cast.bao, Role.CENTRAL_EDITOR, cast.vietnam)
    for area, writer in ((cast.lao_cai, cast.minh_anh), (cast.vietnam, cast.son)):
        give(writer, Role.CENTRAL_EDITOR, area)
        sound = with_file(stories.sound_of(cast, area=area, made_by=writer))
        draft = bulletins.create_draft(
            actor=writer, bulletin_id=uuid4(), area=area, draft=stories.notice(cast, sound=sound.pk), now=cast.now
        )
        bulletins.submit(actor=writer, bulletin_id=draft.pk, now=cast.now)
        stories.approve(cast, draft, by=cast.bao, area=area.path, targets=[Audience(area=area.path)])
        assert not library.shared_with(cast.quy_mong).filter(pk=sound.pk).exists()
        sharing.share(actor=cast.bao, sound_id=sound.pk, licence=STATE, source=library.place_of(area), now=cast.now)
        made = sharing.reuse(
            actor=cast.lan, sound_id=sound.pk, area=cast.quy_mong, bulletin_id=uuid4(), now=cast.now
        )  # fmt: skip
        assert sound_of(made).source == f"{area.full_name}, duyệt ngày 20/08/2026"
    with pytest.raises(Invalid):
        sharing.share(actor=cast.bao, sound_id=sound.pk, licence="trong-tinh", source="Việt Nam", now=cast.now)


def test_a_block_of_the_province_lies_ready_for_its_communes_only(cast: Cast, client: Client) -> None:
    jingle = with_file(stories.sound_of(cast, title="Nhạc hiệu tỉnh", area=cast.lao_cai, block=Block.JINGLE))
    assert list(library.shared_with(cast.quy_mong)) == [jingle]
    client.force_login(cast.lan)
    page = client.get(reverse("broadcasts:library_sound", args=[jingle.pk])).content.decode()
    assert "Nguồn: Tỉnh Lào Cai. Điều kiện dùng: Đơn vị cấp trên dùng chung trong địa bàn." in page
    own = sharing.reuse(actor=cast.lan, sound_id=jingle.pk, area=cast.quy_mong, bulletin_id=uuid4(), now=cast.now)
    assert sound_of(own).source == "Tỉnh Lào Cai"
    assert "cấp trên" in sound_of(own).licence
    cast.tran_yen.path = "vn.99.00001"
    assert not library.shared_with(cast.tran_yen).exists()


def test_a_province_hears_what_its_communes_have_but_uses_only_what_they_share(cast: Cast, client: Client) -> None:
    sound = sound_of(approved(cast))
    assert not shelves.own(cast.lao_cai).exists()
    assert list(shelves.below(cast.lao_cai)) == [sound]
    client.force_login(cast.minh_anh)
    page = client.get(reverse("broadcasts:library"), {"kho": "duoi"}).content.decode()
    assert "Tạm ngừng cấp nước" in page
    page = client.get(reverse("broadcasts:library_sound", args=[sound.pk])).content.decode()
    assert "Dùng lại thành bản tin mới" not in page
    assert "Điều kiện dùng" not in page
    wish = {"actor": cast.minh_anh, "sound_id": sound.pk, "area": cast.lao_cai, "bulletin_id": uuid4(), "now": cast.now}
    with pytest.raises(NotFound):
        sharing.reuse(**wish)  # type: ignore[arg-type]
    let_others_use(cast, sound)
    own = sound_of(sharing.reuse(**wish))  # type: ignore[arg-type]
    assert (own.area, own.made_from) == (cast.lao_cai, sound)
    assert own.source.startswith("Xã Quy Mông, tỉnh Lào Cai, duyệt ngày")
    assert client.get(reverse("broadcasts:library"), {"kho": "duoi", "don-vi": cast.quy_mong.path}).status_code == 200


def test_the_neighbour_reads_what_was_approved_and_not_what_is_being_written(cast: Cast, client: Client) -> None:
    sound = shared(cast)
    stories.drafted(cast, sound=sound.pk, title="Bí mật của Quy Mông", text="Chưa công bố")
    client.force_login(cast.mai)
    for address in (reverse("broadcasts:library"), reverse("broadcasts:library_sound", args=[sound.pk])):
        page = client.get(address, {"kho": "chung"}).content.decode()
        assert "Tạm ngừng cấp nước" in page
        assert "Bí mật" not in page
        assert "Chưa công bố" not in page
    for name in ("library", "library_going"):
        assert client.get(reverse(f"broadcasts:{name}"), {"don-vi": cast.quy_mong.path}).status_code == 404
