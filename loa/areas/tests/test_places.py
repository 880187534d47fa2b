"""Paths, names in Vietnamese order, hamlets."""

import random
from datetime import date

import pytest
from django.db import connection

from loa.areas import actions, queries, rules
from loa.areas.models import Area
from loa.areas.rules import Kind
from loa.kernel.errors import Invalid, Refusal
from tests.cast import Cast

DAY = date(2026, 8, 20)


def test_names_stand_in_vietnamese_order() -> None:
    right = ["An Dương", "Ăn Đông", "Ân", "Da", "Đa", "Đi", "Em", "Êm", "Ôn", "Ơn", "Zz"]
    shuffled = right[:]
    random.Random(5).shuffle(shuffled)
    assert sorted(shuffled, key=rules.sort_key) == right


def test_tones_count_only_between_equal_letters_and_in_dictionary_order() -> None:
    right = ["Ma", "Mà", "Mả", "Mã", "Má", "Mạ", "Mà Ra", "Mai"]
    names = right[::-1]
    names.sort(key=rules.sort_key)
    assert names == right


def test_thon_5_stands_before_thon_12() -> None:
    assert sorted(["12", "5", "5A", "Khe Lếch"], key=rules.sort_key) == ["5", "12", "5A", "Khe Lếch"]


def test_composed_and_decomposed_text_are_the_same() -> None:
    assert rules.sort_key("Quy Mo\u0302ng") == rules.sort_key("Quy Mông")
    assert rules.fold("Đo\u0302\u0323i") == "doi"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["Quy Mông", "ĐẮK LẮK", "Đường Ướt", "Thuỷ", "Cư M'gar", "Yên Bái 2", "Quy Mo\u0302ng"]
)
def test_python_and_the_database_fold_alike(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select loa_fold(%s)", [text])
        assert cursor.fetchone() == (rules.fold(text),)


def test_within_holds_the_place_and_what_is_below_and_not_its_namesake(cast: Cast) -> None:
    found = set(Area.objects.filter(queries.within("vn.15.04531")).values_list("path", flat=True))
    assert found == {"vn.15.04531", "vn.15.04531.h4", "vn.15.04531.h5"}


def test_the_commune_adds_a_hamlet_and_finds_it(cast: Cast) -> None:
    hamlet = actions.add_hamlet(commune=cast.quy_mong, kind=Kind.BAN, name="  Khe   Lếch ", on=DAY)
    assert (hamlet.path, hamlet.full_name, hamlet.kind) == ("vn.15.04531.h6", "Bản Khe Lếch", "ban")
    assert [hit.path for hit in queries.search("khe lech")] == [hamlet.path]
    assert [area.full_name for area in queries.hamlets_of(cast.quy_mong, DAY)] == ["Thôn 4", "Thôn 5", "Bản Khe Lếch"]


def test_a_hamlet_is_there_only_once(cast: Cast) -> None:
    with pytest.raises(Refusal, match="đã có thôn 5"):
        actions.add_hamlet(commune=cast.quy_mong, kind=Kind.THON, name="5", on=DAY)


@pytest.mark.parametrize(("kind", "name"), [(Kind.COMMUNE, "6"), (Kind.THON, "   "), (Kind.THON, "x" * 101)])
def test_what_is_no_hamlet_is_refused(cast: Cast, kind: Kind, name: str) -> None:
    with pytest.raises(Invalid):
        actions.add_hamlet(commune=cast.quy_mong, kind=kind, name=name, on=DAY)


def test_only_communes_have_hamlets(cast: Cast) -> None:
    with pytest.raises(Invalid):
        actions.add_hamlet(commune=cast.lao_cai, kind=Kind.THON, name="6", on=DAY)


def test_the_path_of_a_closed_hamlet_is_never_given_again(cast: Cast) -> None:
    actions.end_hamlet(hamlet=cast.thon_5, last_day=DAY)
    again = actions.add_hamlet(commune=cast.quy_mong, kind=Kind.THON, name="5", on=date(2026, 8, 21))
    assert again.path == "vn.15.04531.h6"
    assert [a.path for a in queries.hamlets_of(cast.quy_mong, date(2026, 8, 21))] == ["vn.15.04531.h4", again.path]
    with pytest.raises(Invalid):
        actions.end_hamlet(hamlet=cast.quy_mong, last_day=DAY)
