"""Reads the units from where they are published, as plain values; nothing here knows the database of Loa.

`vietnamadminunits` (MIT) ships 34 provinces and 3,321 communes with coordinates, the 63 provinces, 696 districts and
10,035 communes of 30/6/2025, and which commune took over which. Its own code is not used: only its two data files.
"""

import importlib.metadata
import importlib.util
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from loa.areas.rules import LABELS, NOW_ROOT, PAST_ROOT, Kind, Level

PACKAGE = "vietnamadminunits"
LICENCE = "MIT"
MERGER = date(2025, 7, 1)
LAST_DAY_BEFORE = date(2025, 6, 30)
CHANGES = Path(__file__).parent / "data" / "changes-2026.yaml"

_PROVINCES = {"Tỉnh": Kind.PROVINCE, "Thành phố": Kind.CITY}
_DISTRICTS = {
    "Quận": Kind.URBAN_DISTRICT,
    "Huyện": Kind.RURAL_DISTRICT,
    "Thị xã": Kind.TOWN,
    "Thành phố": Kind.PROVINCIAL_CITY,
}
_COMMUNES = {"Xã": Kind.COMMUNE, "Phường": Kind.WARD, "Thị trấn": Kind.TOWNSHIP, "Đặc khu": Kind.SPECIAL_ZONE}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as published. `parent` is a path."""

    path: str
    code: str
    kind: Kind
    level: Level
    name: str
    full_name: str
    parent: str | None
    latitude: float | None = None
    longitude: float | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class Link(NamedTuple):
    """Paths of the unit that ended and of one that took it over; `in_part` when it was divided."""

    old: str
    new: str
    in_part: bool


class Former(NamedTuple):
    """What the unit at `path` was until `valid_to`."""

    path: str
    kind: Kind
    name: str
    full_name: str
    valid_to: date
    document: str


@dataclass(frozen=True, slots=True)
class Published:
    """Everything one source says, parents before children, and where it is from."""

    source: str
    version: str
    licence: str
    state_of: date
    units: tuple[Unit, ...]
    links: tuple[Link, ...]
    former: tuple[Former, ...]


class ProvinceName(NamedTuple):
    """A province of today for somebody who types its name; `former`: what it took over, its own old name left out."""

    code: str
    name: str
    former: tuple[str, ...]


class BadSource(Exception):
    """The published data do not have the form that this reader knows."""


def _folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise BadSource(f"package {PACKAGE} is not installed")
    return Path(spec.submodule_search_locations[0]) / "data"


def published() -> Published:
    """The units of the installed package, with the changes since applied. Raises BadSource."""
    folder = _folder()
    file = (folder / "dataset.db").as_uri() + "?mode=ro&immutable=1"
    with closing(sqlite3.connect(file, uri=True)) as database:
        database.row_factory = sqlite3.Row
        now_rows = database.execute("select * from admin_units").fetchall()
        past_rows = database.execute("select * from admin_units_legacy").fetchall()
    mapping = json.loads((folder / "converter_2025.json").read_text(encoding="utf-8"))
    units = [*_roots(), *_provinces(now_rows, NOW_ROOT), *_communes_now(now_rows)]
    units += [*_provinces(past_rows, PAST_ROOT), *_districts(past_rows), *_communes_past(past_rows)]
    links = sorted(_links(now_rows, past_rows, mapping))
    changed, former, read_on = apply_changes(units, yaml.safe_load(CHANGES.read_text(encoding="utf-8")))
    return Published(
        source=PACKAGE,
        version=importlib.metadata.version(PACKAGE),
        licence=LICENCE,
        state_of=read_on,
        units=tuple(changed),
        links=tuple(links),
        former=tuple(former),
    )


def provinces_by_name() -> list[ProvinceName]:
    """The provinces alone, quickly, without a database. Raises BadSource."""
    folder = _folder()
    with closing(sqlite3.connect((folder / "dataset.db").as_uri() + "?mode=ro&immutable=1", uri=True)) as database:
        columns = "select distinct provinceKey, provinceCode, provinceShort from"
        now = database.execute(f"{columns} admin_units order by provinceCode").fetchall()
        past = {key: name for key, _, name in database.execute(f"{columns} admin_units_legacy")}
    merged = json.loads((folder / "converter_2025.json").read_text(encoding="utf-8"))["DICT_PROVINCE"]
    return [
        ProvinceName(code, name, tuple(past[old] for old in merged[key] if past[old] != name))
        for key, code, name in now
    ]


def _roots() -> Iterator[Unit]:
    yield Unit(NOW_ROOT, "vn", Kind.COUNTRY, Level.CENTRE, "Việt Nam", "Việt Nam", None)
    name = "Việt Nam trước 1/7/2025"
    yield Unit(PAST_ROOT, "vn63", Kind.COUNTRY, Level.CENTRE, name, name, None, valid_to=LAST_DAY_BEFORE)


def _kind(kinds: dict[str, Kind], label: str) -> Kind:
    try:
        return kinds[label]
    except KeyError:
        raise BadSource(f"unknown kind of unit {label!r}") from None


def _dates(root: str) -> dict[str, date | None]:
    now = root == NOW_ROOT
    return {"valid_from": MERGER if now else None, "valid_to": None if now else LAST_DAY_BEFORE}


def _provinces(rows: Iterable[sqlite3.Row], root: str) -> Iterator[Unit]:
    for row in {row["provinceCode"]: row for row in rows}.values():
        label = row["province"].removesuffix(row["provinceShort"]).strip()
        yield Unit(
            path=f"{root}.{row['provinceCode']}",
            code=row["provinceCode"],
            kind=_kind(_PROVINCES, label),
            level=Level.PROVINCE,
            name=row["provinceShort"],
            full_name=row["province"],
            parent=root,
            latitude=row["provinceLat"],
            longitude=row["provinceLon"],
            **_dates(root),
        )


def _districts(rows: Iterable[sqlite3.Row]) -> Iterator[Unit]:
    for row in {row["districtCode"]: row for row in rows}.values():
        parent = f"{PAST_ROOT}.{row['provinceCode']}"
        yield Unit(
            path=f"{parent}.{row['districtCode']}",
            code=row["districtCode"],
            kind=_kind(_DISTRICTS, row["districtType"]),
            level=Level.DISTRICT,
            name=row["districtShort"],
            full_name=row["district"],
            parent=parent,
            latitude=row["districtLat"],
            longitude=row["districtLon"],
            **_dates(PAST_ROOT),
        )


def _commune(row: sqlite3.Row, parent: str, root: str) -> Unit:
    return Unit(
        path=f"{parent}.{row['wardCode']}",
        code=row["wardCode"],
        kind=_kind(_COMMUNES, row["wardType"]),
        level=Level.COMMUNE,
        name=row["wardShort"],
        full_name=row["ward"],
        parent=parent,
        latitude=row["wardLat"],
        longitude=row["wardLon"],
        **_dates(root),
    )


def _communes_now(rows: Iterable[sqlite3.Row]) -> Iterator[Unit]:
    for row in rows:
        yield _commune(row, f"{NOW_ROOT}.{row['provinceCode']}", NOW_ROOT)


def _communes_past(rows: Iterable[sqlite3.Row]) -> Iterator[Unit]:
    for row in rows:
        if row["wardCode"] is not None:  # five island districts had no communes
            yield _commune(row, _past_path(row).rsplit(".", 1)[0], PAST_ROOT)


def _past_path(row: sqlite3.Row) -> str:
    """Path of the past commune, or of the island district that had none."""
    district = f"{PAST_ROOT}.{row['provinceCode']}.{row['districtCode']}"
    return district if row["wardCode"] is None else f"{district}.{row['wardCode']}"


def _links(now_rows: Sequence[sqlite3.Row], past_rows: Sequence[sqlite3.Row], mapping: Mapping[str, Any]) -> set[Link]:
    provinces = {row["provinceKey"]: f"{NOW_ROOT}.{row['provinceCode']}" for row in now_rows}
    past_provinces = {row["provinceKey"]: f"{PAST_ROOT}.{row['provinceCode']}" for row in past_rows}
    communes = {(r["provinceKey"], r["wardKey"]): f"{NOW_ROOT}.{r['provinceCode']}.{r['wardCode']}" for r in now_rows}
    past = {f"{r['provinceKey']}_{r['districtKey']}_{r['wardKey'] or ''}": _past_path(r) for r in past_rows}
    try:
        merged = {Link(past_provinces[old], provinces[new], False) for new, old in _merged(mapping["DICT_PROVINCE"])}
        whole = {Link(past[old], communes[new], False) for new, old in _whole(mapping["DICT_PROVINCE_WARD_NO_DIVIDED"])}
        parts = {Link(past[old], communes[new], True) for new, old in _parts(mapping["DICT_PROVINCE_WARD_DIVIDED"])}
    except KeyError as error:
        raise BadSource(f"the mapping names the unknown unit {error}") from error
    return merged | whole | parts


def _merged(entries: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    return ((new, old) for new, olds in entries.items() for old in olds)


def _whole(entries: Mapping[str, Mapping[str, list[str]]]) -> Iterator[tuple[tuple[str, str], str]]:
    return (
        ((province, new), old)
        for province, communes in entries.items()
        for new, olds in communes.items()
        for old in olds
    )


def _parts(entries: Mapping[str, Mapping[str, list[Any]]]) -> Iterator[tuple[tuple[str, str], str]]:
    return (
        ((province, part["newWardKey"]), old)
        for province, communes in entries.items()
        for old, parts in communes.items()
        for part in parts
    )


def apply_changes(units: Iterable[Unit], table: Mapping[str, Any]) -> tuple[list[Unit], list[Former], date]:
    """The units with the documents of `table` (see data/changes-2026.yaml) applied, what they were, and as of when."""
    by_path = {unit.path: unit for unit in units}
    former: list[Former] = []
    for change in sorted(table["changes"], key=lambda change: change["dated"]):
        for code in change["codes"]:
            path = f"{change['below']}.{code}"
            if path not in by_path:
                raise BadSource(f"{change['document']} changes the unknown unit {path}")
            by_path[path], was = _changed(by_path[path], change)
            former.append(was)
    return list(by_path.values()), former, table["read_on"]


def _changed(unit: Unit, change: Mapping[str, Any]) -> tuple[Unit, Former]:
    kind, name = Kind(change["kind"]), change.get("names", {}).get(unit.code, unit.name)
    last = change["dated"] - timedelta(days=1)
    was = Former(unit.path, unit.kind, unit.name, unit.full_name, last, change["document"])
    return replace(unit, kind=kind, name=name, full_name=f"{LABELS[kind]} {name}"), was
