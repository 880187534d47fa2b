"""A unit is found the way people type: short kinds, no comma, old spelling, slips, signs that came with copying."""

import unicodedata
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from loa.areas import queries, typed
from loa.areas.search import Found
from loa.areas.typed import Wanted

QUY_MONG = ("Xã Quy Mông", "Tỉnh Lào Cai")


def first(text: str, **options: str) -> tuple[str, str]:
    hit = queries.search(text, **options)[0]  # type: ignore[arg-type]
    return hit.full_name, hit.province


@pytest.mark.parametrize(
    "text",
    [
        "x. quy mông", "X.Quy Mông", "x quy mong", "quy mong lao cai", "xa quy mong tinh lao cai", "quy mong t lao cai",
        "xã Quy Mông, tỉnh Lào Cai", "quy mong,", "qui mong", "quymong", "quy-mong", "quy mogn", "qyu mong",
        "quy monng", "(Quy Mông)", "“Quy Mông”", "Quy\u00a0Mông", "quy\u200b mong", "\x00quy mong\x07",
        "ｑｕｙ ｍｏｎｇ",
        "quy mong 😀", unicodedata.normalize("NFD", "Quy Mông"), "04531", "  QUY \n MÔNG  ", "quy mong lao",
    ],
)  # fmt: skip
def test_quy_mong_however_it_is_typed(country: None, text: str) -> None:
    assert first(text) == QUY_MONG


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("P.Bến Thành", "Phường Bến Thành"),
        ("p.1", "Phường 1"),
        ("q1", "Quận 1"),
        ("tphcm", "Thành phố Hồ Chí Minh"),
        ("tp.hcm", "Thành phố Hồ Chí Minh"),
        ("tt. co le", "Thị trấn Cổ Lễ"),
        ("tx son tay", "Thị xã Sơn Tây"),
        ("h.tran yen", "Huyện Trấn Yên"),
        ("hanoi", "Thành phố Hà Nội"),
        ("hoà bình", "Phường Hòa Bình"),
        ("hòa bình", "Phường Hòa Bình"),
        ("thuỷ nguyên", "Phường Thủy Nguyên"),
        ("quí châu", "Xã Quỳ Châu"),
        ("dac lac", "Tỉnh Đắk Lắk"),
        ("bac can", "Phường Bắc Kạn"),
        ("cu mgar", "Xã Cư M'gar"),
        ("cư m’gar", "Xã Cư M'gar"),
        ("y can", "Xã Y Can"),
        ("ba ria vung tau", "Tỉnh Bà Rịa - Vũng Tàu"),
        ("tinh ba ria vung tau", "Tỉnh Bà Rịa - Vũng Tàu"),
        ("phan rang thap cham", "Thành phố Phan Rang - Tháp Chàm"),
    ],
)
def test_short_kinds_old_spelling_and_names_of_other_tongues(country: None, text: str, name: str) -> None:
    assert first(text)[0] == name


def test_the_place_behind_a_past_name_may_be_its_district(country: None) -> None:
    for text in ("quy mong tran yen yen bai", "xã Quy Mông, huyện Trấn Yên, tỉnh Yên Bái"):
        (hit,) = queries.search(text)
        assert (hit.province, [one.full_name for one in hit.successors]) == ("Tỉnh Yên Bái", ["Xã Quy Mông"])


def test_of_namesakes_those_around_come_first(country: None) -> None:
    assert first("tan lap", near="vn.66")[1] == "Tỉnh Đắk Lắk"
    assert first("hoa binh", near="vn.31.11737")[1] == "Thành phố Hải Phòng"
    assert len(queries.search("tan lap", limit=100)) > 25


def test_a_name_that_is_not_there_is_answered_with_those_that_bear_it(country: None) -> None:
    hits = queries.search("tan lap lao cai")
    assert {hit.name for hit in hits} == {"Tân Lập"}
    assert all(hit.near for hit in hits)
    assert not any(hit.near for hit in queries.search("tan lap thai nguyen"))


@pytest.mark.parametrize(
    "text",
    [
        "😀", "x" * 10_000, "tan " * 2_500, "a" * 10_000, "a " * 5_000, "%" * 10_000, '"', "''", "--",
        "; drop table x",
        "_%_", "\\\\", "\u202e", "\ud800", "\ufffe", "???", "...", "<script>", "(((", "0" * 5, "thon 5", "{row}",
        "%(text)s",
    ],
)  # fmt: skip
def test_nonsense_finds_nothing_and_breaks_nothing(country: None, text: str) -> None:
    assert queries.search(text) == []


def test_no_input_asks_the_database_more_than_seven_times(
    country: None, django_assert_max_num_queries: Callable[..., AbstractContextManager[object]]
) -> None:
    for text in ("zzzzzz zzzz", "tan lap lao cai", "12345 xyz", "xa tan lap, khong co"):
        with django_assert_max_num_queries(7):
            queries.search(text)


def test_a_hit_by_a_former_name_says_which(country: None) -> None:
    hits = {hit.path: hit for hit in queries.search("xã xuân lộc")}
    assert isinstance(hits["vn.75.26425"], Found)
    assert hits["vn.75.26425"].former_name == "Xã Xuân Lộc"


@pytest.mark.parametrize(
    ("rest", "fits"),
    [
        ("", True),
        ("lao cai", True),
        ("tinh lao cai", True),
        ("la", True),
        ("l", False),
        ("tran yen", True),
        ("h tran yen t lao cai", True),
        ("lao cai tran yen", False),
        ("thai nguyen", False),
        ("lao cai xyz", False),
    ],
)
def test_what_stands_behind_a_name_has_to_lie_above_it(rest: str, fits: bool) -> None:
    assert typed.lies_in(rest, ("Huyện Trấn Yên", "Tỉnh Lào Cai")) is fits


def test_reading_what_was_typed() -> None:
    assert typed.read("tân lập") == Wanted("tan lap")
    assert typed.read(" , lào cai") is None
    wanted = typed.read("TT. Cổ Lễ, h. Trực Ninh, t. Nam Định")
    assert wanted is not None
    assert (wanted.whole, wanted.bare, wanted.places) == ("thi tran co le", "co le", ("truc ninh", "nam dinh"))
