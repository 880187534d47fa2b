"""Documents of CAP a second: read, verified, found to make sense, their areas resolved against all units there are.

One thread. Half of them name units by code, half draw a polygon; each is signed (P-256) and about 2.5 KB long, as are
those of weather services. `hostile_ms` is the slowest of: 50 MB, an entity bomb, 20,000 levels of depth, a wrapped
signature.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 5.0
COUNT = 50


def main() -> None:
    """Measure, print one JSON line."""
    from cap import resolve, rules, samples, signature

    country = units()
    index = resolve.Index(country)
    station = samples.sender()
    trusted = [signature.load(station.certificate)]
    documents = [signature.sign(one, station.key, station.certificate) for one in alerts()]
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        for document in documents:
            verified = signature.verify(document, trusted, samples.NOW)
            rules.check(verified.alert, samples.NOW)
            assert resolve.resolve(verified.alert, index).paths
        done += len(documents)
    took = time.perf_counter() - began
    print(json.dumps({
        "bench": "cap", "per_second": round(done / took), "bytes": sum(map(len, documents)) // len(documents),
        "units": len(country), "hostile_ms": round(max(map(refused, hostile(documents[0]))), 1),
    }))  # fmt: skip


def units() -> list[Any]:
    """Every unit of today, as the platform brings them in."""
    from cap.resolve import Unit

    from loa.areas import sources
    from loa.areas.rules import NOW_ROOT

    now = [row for row in sources.published().units if row.path.split(".")[0] == NOW_ROOT and row.valid_to is None]
    return [Unit(row.path, row.code, row.full_name, row.latitude, row.longitude) for row in now]


def alerts() -> Iterator[Any]:
    """By code and by polygon in turn, two languages each."""
    from cap import samples
    from cap.model import Area, Point

    for number in range(COUNT):
        south, west = 21.0 + number / 100, 104.0 + number / 50
        corners = ((0.0, 0.0), (0.2, 0.05), (0.35, 0.0), (0.4, 0.2), (0.35, 0.4), (0.1, 0.35), (-0.05, 0.2), (0.0, 0.0))
        ring = tuple(Point(latitude=round(south + a, 4), longitude=round(west + b, 4)) for a, b in corners)
        area = Area(area_desc="Ven sông", polygon=(ring,)) if number % 2 else samples.area()
        texts = (samples.info(area=(area,)), samples.info(language="en-US", headline="Flash flood", area=(area,)))
        yield samples.alert(identifier=f"VN-MAU-{number}", info=texts)


def hostile(signed: bytes) -> list[bytes]:
    """What must be refused at once."""
    bomb = b"<!DOCTYPE a [<!ENTITY a 'ha'>" + b"<!ENTITY b '&a;&a;&a;'>" * 9 + b"]><a>&b;</a>"
    deep = b"<a>" * 20_000 + b"</a>" * 20_000
    return [b" " * 50_000_000, bomb, deep, signed.replace(b"</alert>", b"<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/></alert>")]  # fmt: skip # noqa: E501


def refused(document: bytes) -> float:
    """Milliseconds until it was."""
    from cap import samples, signature
    from cap.refusals import Refused

    began = time.perf_counter()
    try:
        signature.verify(document, [signature.load(samples.sender().certificate)], samples.NOW)
    except Refused:
        return (time.perf_counter() - began) * 1000
    raise AssertionError("taken")


if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # not this folder: there is a package of the same name
    main()
