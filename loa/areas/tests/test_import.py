"""The units of the whole country, as they are published and as they are found."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command

from loa.areas import actions, queries, sources
from loa.areas.models import Area, AreaSuccession, FormerName, ImportRun
from loa.areas.rules import Kind, Level, fold
from loa.areas.sources import BadSource, Published

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def count(level: Level, *, past: bool) -> int:
    return Area.objects.filter(level=level, valid_to__isnull=not past).count()


def test_the_counts_are_those_of_the_resolutions(country: None) -> None:
    assert (count(Level.PROVINCE, past=False), count(Level.COMMUNE, past=False)) == (34, 3321)
    assert (count(Level.PROVINCE, past=True), count(Level.DISTRICT, past=True)) == (63, 696)
    assert count(Level.COMMUNE, past=True) == 10_035


def test_quy_mong_is_where_it_is(country: None) -> None:
    area = Area.objects.get(path="vn.15.04531")
    assert (area.full_name, area.kind, area.code, area.parent.full_name if area.parent else "") == (
        "Xã Quy Mông", Kind.COMMUNE, "04531", "Tỉnh Lào Cai",
    )  # fmt: skip
    assert area.latitude == pytest.approx(21.722)
    assert area.valid_from == date(2025, 7, 1)


def test_every_past_commune_and_province_has_a_successor_and_every_present_one_a_predecessor(country: None) -> None:
    levels = [Level.PROVINCE, Level.COMMUNE]
    assert not Area.objects.filter(level__in=levels, successions=None).exclude(valid_to=None).exists()
    assert not Area.objects.filter(level__in=levels, predecessions=None, valid_to=None).exists()


def test_quy_mong_took_over_three_communes(country: None) -> None:
    area = Area.objects.get(path="vn.15.04531")
    assert [old.full_name for old in queries.predecessors_of(area)] == ["Xã Kiên Thành", "Xã Quy Mông", "Xã Y Can"]


def test_a_divided_commune_names_all_its_heirs(country: None) -> None:
    divided = AreaSuccession.objects.filter(in_part=True).values("old").distinct()
    assert divided.count() == 471
    assert all(AreaSuccession.objects.filter(old=row["old"]).count() > 1 for row in divided[:20])


def test_what_changed_in_2026_bears_its_new_kind_and_is_found_by_the_old(country: None) -> None:
    ward = Area.objects.get(path="vn.75.26425")
    assert ward.full_name == "Phường Xuân Lộc"
    was = FormerName.objects.get(area=ward)
    assert (was.full_name, was.valid_to, was.document) == ("Xã Xuân Lộc", date(2026, 4, 13), "237/NQ-UBTVQH16")
    assert Area.objects.get(path="vn.75").full_name == "Thành phố Đồng Nai"


def test_a_second_import_changes_nothing(country: None, data: Published) -> None:
    again = actions.import_units(data=data, now=NOW)
    assert (again.created, again.changed, again.successions, again.former_names, again.gone) == (0, 0, 0, 0, ())


def test_a_name_that_was_altered_is_mended_and_a_hamlet_left_alone(country: None, data: Published) -> None:
    commune = Area.objects.get(path="vn.15.04531")
    hamlet = actions.add_hamlet(commune=commune, kind=Kind.THON, name="5", on=TODAY)
    Area.objects.filter(pk=commune.pk).update(full_name="Xã Quy Mong")
    assert actions.import_units(data=data, now=NOW).changed == 1
    hamlet.refresh_from_db()
    assert hamlet.full_name == "Thôn 5"


def test_a_unit_that_is_no_longer_published_is_told_and_kept(country: None, data: Published) -> None:
    fewer = replace(data, units=tuple(u for u in data.units if u.path != "vn.15.04531"))
    fewer = replace(fewer, links=tuple(link for link in data.links if link.new != "vn.15.04531"))
    assert actions.import_units(data=fewer, now=NOW).gone == ("vn.15.04531",)
    assert Area.objects.filter(path="vn.15.04531").exists()


def test_a_change_to_an_unknown_unit_is_refused(data: Published) -> None:
    change = {"document": "1/NQ", "dated": TODAY, "kind": "phuong", "below": "vn.15", "codes": ["99999"]}
    with pytest.raises(BadSource, match="99999"):
        sources.apply_changes(data.units, {"read_on": TODAY, "changes": [change]})


def test_the_command_names_source_version_date_and_counts(country: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("areas", "import")
    told = capsys.readouterr().out
    for word in ("vietnamadminunits 1.0.4 (MIT)", "10/10/2026", "3321 xã, phường, hiện nay", "giữ nguyên 14151"):
        assert word in told
    assert ImportRun.objects.latest("pk").source == "vietnamadminunits"


@pytest.mark.parametrize(
    "typed", ["quy mong", "Quy Mông", "QUY MÔNG", "  quy   mong ", "xa quy mong", "quy mong, lao cai"]
)
def test_found_without_diacritics(country: None, typed: str) -> None:
    first = queries.search(typed)[0]
    assert (first.full_name, first.kind_label, first.province) == ("Xã Quy Mông", "Xã", "Tỉnh Lào Cai")
    assert first.valid_to is None


def test_a_past_unit_names_its_successor(country: None) -> None:
    past = next(hit for hit in queries.search("y can") if hit.valid_to)
    assert [(s.full_name, s.province) for s in past.successors] == [("Xã Quy Mông", "Tỉnh Lào Cai")]
    district = queries.search("huyện trấn yên")[0]
    assert "Xã Quy Mông" in [s.full_name for s in district.successors]


def test_beginnings_come_first_and_on_a_day_only_what_existed(country: None) -> None:
    assert all(fold(hit.name).startswith("tan") for hit in queries.search("tan", limit=50))
    assert all(hit.valid_to is None for hit in queries.search("tan lap", on=TODAY))
    assert all(hit.valid_to for hit in queries.search("tan lap", on=date(2025, 6, 30)))


def test_a_place_after_the_comma_narrows(country: None) -> None:
    assert {hit.province for hit in queries.search("tan lap, thai nguyen")} <= {"Tỉnh Thái Nguyên"}


def test_found_by_a_name_of_before_2026(country: None) -> None:
    hits = queries.search("xã xuân lộc, đồng nai")
    assert any(hit.path == "vn.75.26425" for hit in hits)


@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "\\", "' or 1=1", "zzzz", "," * 50, "x" * 5000])
def test_strange_input_finds_nothing_and_breaks_nothing(country: None, typed: str) -> None:
    assert queries.search(typed) == []


def test_under_one_path_only(country: None) -> None:
    hits = queries.search("a", under="vn.15", limit=500)
    assert hits
    assert all(hit.path.startswith("vn.15") for hit in hits)


@pytest.mark.parametrize("typed", ["quy mong", "qu", "t"])
def test_a_search_asks_the_database_few_times(
    country: None, typed: str, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    """How fast it is, `make bench B=search` measures."""
    with django_assert_max_num_queries(4):
        assert queries.search(typed)
