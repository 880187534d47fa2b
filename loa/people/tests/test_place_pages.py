"""Địa bàn: everybody looks up any unit, the commune keeps its own hamlets, and nobody else does."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from loa.areas import actions as areas
from loa.areas.models import Area, AreaSuccession, FormerName, ImportRun
from loa.areas.rules import Kind, Level
from loa.audit.models import Entry
from loa.people.models import User
from tests.cast import NOW, Cast, give, place

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def y_can(cast: Cast) -> Area:
    """A commune of before 1/7/2025 that is part of Quy Mông now."""
    past = place("vn63", "Việt Nam trước 1/7/2025", Kind.COUNTRY, Level.CENTRE, ends=date(2025, 6, 30))
    yen_bai = place("vn63.15", "Yên Bái", Kind.PROVINCE, Level.PROVINCE, past, ends=date(2025, 6, 30))
    tran_yen = place("vn63.15.138", "Trấn Yên", Kind.RURAL_DISTRICT, Level.DISTRICT, yen_bai, ends=date(2025, 6, 30))
    y_can = place("vn63.15.138.04531", "Y Can", Kind.COMMUNE, Level.COMMUNE, tran_yen, ends=date(2025, 6, 30))
    AreaSuccession.objects.create(old=y_can, new=cast.quy_mong, on=date(2025, 7, 1), in_part=True)
    ImportRun.objects.create(
        source="vietnamadminunits", version="1", licence="MIT", state_of=date(2026, 10, 10), at=NOW, counts={}
    )
    return y_can


def of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, name: str, *values: object, status: int = 200, **query: str) -> str:
    answer = of(user).get(reverse(f"people:{name}", args=values), query)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def test_mai_looks_up_a_commune_that_is_not_hers(cast: Cast, y_can: Area) -> None:
    found = page(cast.mai, "places", tim="quy mong")
    assert "Xã Quy Mông" in found
    assert "Tỉnh Lào Cai" in found
    past = page(cast.mai, "places", tim="y can")
    assert "Đến 30/6/2025" in past
    assert "Huyện Trấn Yên, Tỉnh Yên Bái" in past
    assert "Nay là" in past
    assert "(một phần)" in past


def test_while_somebody_types_only_the_results_are_sent_and_the_address_follows(cast: Cast) -> None:
    answer = of(cast.lan).get(reverse("people:places"), {"tim": "quy mong"}, headers=HTMX)
    assert "<html" not in answer.content.decode()
    assert answer["HX-Replace-Url"] == "/dia-ban/?tim=quy+mong"
    assert answer["Vary"].startswith("HX-Request")


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "%", '"><script>alert(1)</script>', "   ", "😀", "\x00", "\ud7ff", "()"]
)
def test_nonsense_is_answered_kindly(cast: Cast, text: str) -> None:
    found = page(cast.lan, "places", tim=text)
    assert "<script>alert" not in found
    assert "Không tìm thấy đơn vị" in found or "Thử tìm" in found


def test_the_page_of_a_unit_tells_its_history_hours_and_source(cast: Cast, y_can: Area) -> None:
    now = page(cast.mai, "place", cast.quy_mong.path)
    for words in ("Xã Y Can", "(một phần)", "05:00–21:00", "khung giờ mặc định", "10/10/2026", "Thôn 4", "Có từ"):
        assert words in now
    past = page(cast.mai, "place", y_can.path)
    assert "Đơn vị này nay thuộc" in past
    assert "Không còn từ sau 30/6/2025" in past
    assert "Giờ được phát loa" not in past
    district = page(cast.mai, "place", "vn63.15.138")
    assert "Xã Quy Mông" in district
    assert "Xã Y Can" in district


def test_what_does_not_exist_is_not_found(cast: Cast) -> None:
    for path in ("vn.99", "x", "vn.15.04531.h99", "%"):
        page(cast.lan, "place", path, status=404)


def test_only_those_who_may_see_the_buttons(cast: Cast) -> None:
    assert "Thêm thôn" in page(cast.lan, "place", cast.quy_mong.path)
    for user in (cast.mai, cast.thanh, cast.son, cast.xuan):
        assert "Thêm thôn" not in page(user, "place", cast.quy_mong.path)
    assert "Thêm thôn" not in page(cast.lan, "place", cast.tran_yen.path)


def test_lan_adds_a_hamlet_and_writes_the_kind_into_the_name_too(cast: Cast) -> None:
    data = {"kind": "thon", "name": " thôn  Khe Lếch", "on": "20/8/2026"}
    answer = of(cast.lan).post(reverse("people:add_hamlet", args=[cast.quy_mong.path]), data)
    assert answer.status_code == 302
    hamlet = Area.objects.get(path="vn.15.04531.h6")
    assert (hamlet.full_name, hamlet.valid_from) == ("Thôn Khe Lếch", date(2026, 8, 20))
    entry = Entry.objects.get(verb="hamlet.added")
    assert (entry.actor_id, entry.area) == (cast.lan.pk, hamlet.path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "thon", "name": "5", "on": "20/8/2026"}, "đã có thôn 5"),
        ({"kind": "xa", "name": "5", "on": "20/8/2026"}, "Loại"),
        ({"kind": "thon", "name": "", "on": "20/8/2026"}, "Tên"),
        ({"kind": "thon", "name": "thôn ", "on": "20/8/2026"}, "thôn thôn"),
        ({"kind": "thon", "name": "Mới", "on": "30/2/2026"}, "ngày/tháng/năm"),
        ({"kind": "thon", "name": "Mới", "on": "1/1/2020"}, "có từ 01/07/2025"),
    ],
)
def test_a_hamlet_that_will_not_do(cast: Cast, data: dict[str, str], words: str) -> None:
    answer = of(cast.lan).post(reverse("people:add_hamlet", args=[cast.quy_mong.path]), data)
    if answer.status_code == 302:
        assert Area.objects.get(path="vn.15.04531.h6").full_name.lower() == words
    else:
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert Area.objects.filter(parent=cast.quy_mong).count() == 2


def test_a_former_name_still_finds_the_hamlet_but_a_slip_of_the_pen_does_not(cast: Cast) -> None:
    url = reverse("people:rename_hamlet", args=[cast.thon_5.path])
    assert of(cast.lan).post(url, {"kind": "ban", "name": "Khe Lech", "on": "20/8/2026"}).status_code == 302
    assert (
        of(cast.lan).post(url, {"kind": "ban", "name": "Khe Lếch", "on": "20/8/2026", "slip": "on"}).status_code == 302
    )
    cast.thon_5.refresh_from_db()
    assert cast.thon_5.full_name == "Bản Khe Lếch"
    assert [str(row) for row in FormerName.objects.all()] == ["Thôn 5 (đến 19/08/2026)"]
    assert "trước đây là Thôn 5" in page(cast.lan, "places", tim="thôn 5, quy mông")
    assert Entry.objects.filter(verb="hamlet.renamed").count() == 2
    assert "Tên cũ" in page(cast.lan, "place", cast.thon_5.path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "thon", "name": "4", "on": "20/8/2026"}, "đã có thôn 4"),
        ({"kind": "thon", "name": "5", "on": "20/8/2026"}, "đang mang đúng tên này"),
        ({"kind": "thon", "name": "6", "on": "1/7/2025"}, "Tên cũ gõ sai"),
    ],
)
def test_a_name_that_will_not_do(cast: Cast, data: dict[str, str], words: str) -> None:
    answer = of(cast.lan).post(reverse("people:rename_hamlet", args=[cast.thon_5.path]), data)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)


def test_a_hamlet_ends_only_with_a_word_of_consent_and_only_once(cast: Cast) -> None:
    url = reverse("people:end_hamlet", args=[cast.thon_5.path])
    asked = page(cast.lan, "end_hamlet", cast.thon_5.path)
    assert "Việc này không làm lại được" in asked
    assert "Bàn Thị Xuân" in asked
    assert of(cast.lan).post(url, {"last_day": "20/8/2026"}).status_code == 422
    early = of(cast.lan).post(url, {"last_day": "20/8/2020", "sure": "on"})
    assert "không thể trước hôm ấy" in early.content.decode()
    assert of(cast.lan).post(url, {"last_day": "20/8/2026", "sure": "on"}).status_code == 302
    assert "đã kết thúc" in of(cast.lan).post(url, {"last_day": "21/8/2026", "sure": "on"}).content.decode()
    cast.thon_5.refresh_from_db()
    assert cast.thon_5.valid_to == date(2026, 8, 20)
    assert Entry.objects.get(verb="hamlet.ended").facts["full_name"] == "Thôn 5"


@pytest.mark.parametrize("name", ["rename_hamlet", "end_hamlet"])
def test_the_hamlets_of_others_are_not_found(cast: Cast, name: str) -> None:
    page(cast.mai, name, cast.thon_5.path, status=404)
    page(cast.thanh, name, cast.thon_5.path, status=403)
    page(cast.lan, name, cast.quy_mong.path, status=404)


def test_of_namesakes_the_person_s_own_comes_first(cast: Cast) -> None:
    thai_nguyen = place("vn.19", "Thái Nguyên", Kind.PROVINCE, Level.PROVINCE, cast.vietnam)
    here = areas.add_hamlet(commune=cast.tran_yen, kind=Kind.THON, name="Tân Lập", on=date(2026, 8, 1))
    place("vn.19.00001", "Tân Lập", Kind.COMMUNE, Level.COMMUNE, thai_nguyen)
    near = page(cast.mai, "places", tim="tan lap")
    assert near.index(here.path) < near.index("vn.19.00001")


def test_somebody_without_a_role_may_look_too(cast: Cast) -> None:
    stranger = User.objects.create(username="la", full_name="Người lạ")
    assert "Xã Quy Mông" in page(stranger, "places", tim="quy mong")
    assert "Thêm thôn" not in page(stranger, "place", cast.quy_mong.path)
    assert Client().get(reverse("people:places")).status_code == 302


def test_the_administrator_of_the_country_may_keep_any_commune_s_hamlets(cast: Cast) -> None:
    assert "Thêm thôn" in page(cast.bao, "place", cast.quy_mong.path)
    give(cast.mai, "officer", cast.lao_cai)  # type: ignore[arg-type]
    assert "Đổi tên" in page(cast.mai, "rename_hamlet", cast.thon_5.path)


def test_those_who_decide_about_the_hours_find_the_page_that_changes_them(cast: Cast) -> None:
    door = f'href="{reverse("broadcasts:hours", args=[cast.quy_mong.path])}"'
    assert door in page(cast.thanh, "place", cast.quy_mong.path)
    for user in (cast.lan, cast.mai):
        assert door not in page(user, "place", cast.quy_mong.path)
