"""Codes, polygons and circles, and the units they mean."""

import pytest
from cap import resolve, samples
from cap.model import Area, Circle, Pair, Point
from cap.refusals import Code, Refused
from cap.resolve import Index, Unit
from cap.samples import RING, alert, area, info

INDEX = Index(samples.UNITS)


def coded(name: str, value: str) -> Area:
    return area(geocode=(Pair(value_name=name, value=value),))


def square(south: float, west: float, side: float) -> Area:
    corners = ((south, west), (south + side, west), (south + side, west + side), (south, west + side), (south, west))
    ring = tuple(Point(latitude=latitude, longitude=longitude) for latitude, longitude in corners)
    return Area(area_desc="ô vuông", polygon=(ring,))


@pytest.mark.parametrize(
    ("one", "path"),
    [
        (coded("GSO", "04531"), "vn.15.04531"),
        (coded("gso", " 4531 "), "vn.15.04531"),
        (coded("commune", "04531"), "vn.15.04531"),
        (coded("province", "15"), "vn.15"),
        (coded("ma DVHC", "04531"), "vn.15.04531"),
        (coded("loa:area", "vn.15"), "vn.15"),
        (square(21.6, 104.7, 0.2), "vn.15.04531"),
        (square(21.40, 104.70, 0.5), "vn.15"),
    ],
)
def test_it_means_this(one: Area, path: str) -> None:
    found = resolve.of_area(one, INDEX)

    assert found.paths[0].startswith(path)


def test_a_code_wins_over_nothing_and_counts_beside_a_shape() -> None:
    both = Area(area_desc="x", polygon=(RING,), geocode=(Pair(value_name="GSO", value="04537"),))

    assert resolve.of_area(both, INDEX).paths == ("vn.15.04531", "vn.15.04537")
    assert resolve.of_area(both, INDEX).named == ("vn.15.04537",)


def test_a_shape_that_holds_no_middle_means_the_nearest_unit_if_it_is_near() -> None:
    assert resolve.of_area(square(21.67, 104.83, 0.01), INDEX).paths == ("vn.15.04531",)
    for far in (square(10.0, 104.0, 0.01), square(-60, -100, 1)):
        with pytest.raises(Refused) as refused:
            resolve.of_area(far, INDEX)
        assert refused.value.code == Code.UNKNOWN_AREA


def test_a_circle_ends_at_its_rim() -> None:
    here = Point(latitude=21.66, longitude=104.82)
    away = resolve.distance(here, Point(latitude=21.55, longitude=104.80))

    def meant(radius: float) -> tuple[str, ...]:
        return resolve.of_area(Area(area_desc="x", circle=(Circle(centre=here, radius=radius),)), INDEX).paths

    assert meant(away - 0.01) == ("vn.15.04531",)
    assert meant(away + 0.01) == ("vn.15.04531", "vn.15.04537")


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (Area(area_desc="đâu đó"), Code.NO_AREA),
        (coded("GSO", "99999"), Code.UNKNOWN_AREA),
        (coded("FIPS6", "04531"), Code.UNKNOWN_AREA),
        (coded("loa:area", "vn.99"), Code.UNKNOWN_AREA),
        (coded("GSO", ""), Code.UNKNOWN_AREA),
        (coded("GSO", "xã"), Code.UNKNOWN_AREA),
    ],
)
def test_what_means_nothing_is_refused(one: Area, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        resolve.of_area(one, INDEX)

    assert refused.value.code == code


def test_one_part_that_means_nothing_spoils_the_alert() -> None:
    with pytest.raises(Refused):
        resolve.resolve(alert(info=(info(), info(area=(coded("GSO", "99999"),)))), INDEX)
    with pytest.raises(Refused):
        resolve.resolve(alert(info=(info(), info(area=()))), INDEX)


def test_what_lies_inside_another_is_not_named_twice() -> None:
    assert resolve.topmost(["vn.15.04531", "vn.15", "vn.150", "vn.15.04537", "vn.15"]) == ("vn.15", "vn.150")
    assert resolve.common(["vn.15.04531", "vn.15.04537"]) == "vn.15"
    assert resolve.common(["vn.15.04531", "vn.15"]) == "vn.15"
    assert resolve.common(["vn.15", "vn.1"]) == "vn"
    assert resolve.common(["x", "vn"]) == ""


def test_a_unit_without_coordinates_is_found_by_its_code_only() -> None:
    index = Index([Unit("vn.15.1", "00001", "x")])

    assert resolve.of_area(coded("GSO", "1"), index).paths == ("vn.15.1",)
    with pytest.raises(Refused):
        resolve.of_area(square(21.6, 104.7, 0.2), index)
