"""Each line of the file: what it says, and everything that is wrong with it, not just the first. Pure."""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from loa.areas.rules import fold
from loa.devices.rules.batch.columns import columns_of, unknown
from loa.devices.rules.operators import operator_of
from loa.devices.rules.pole import read_horns
from loa.devices.rules.position import read_position
from loa.kernel.errors import Invalid

FAR_KM = 40.0
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_UNITS = ("thon", "ban", "lang", "ap", "buon", "khom", "khu pho", "to dan pho", "to")
# What people write for each kind, folded; the kinds are those of Device.SOUNDING.
_KINDS: Mapping[str, str] = {
    "cum loa": "speaker",
    "loa": "speaker",
    "loa ip": "speaker",
    "nut chuyen tiep": "adapter",
    "nut chuyen tiep loa co day, fm": "adapter",
    "loa co day": "adapter",
    "fm": "adapter",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of the commune: units by their folded names, numbers that stand, its middle if known."""

    name: str
    hamlets: Mapping[str, int]
    former: Mapping[str, int]
    taken: frozenset[int] = frozenset()
    middle: tuple[float, float] | None = None


@dataclass(slots=True)
class Line:
    """One place of the file; `row` as Excel counts. `facts` are what the action takes, as far as they could be read."""

    row: int
    facts: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Draft:
    """The whole file. `ignored`: headings that mean nothing here."""

    lines: tuple[Line, ...]
    ignored: tuple[str, ...] = ()

    @property
    def faulty(self) -> int:
        """Lines with something wrong."""
        return sum(bool(line.errors) for line in self.lines)


def judged(rows: Sequence[Sequence[str]], ground: Ground) -> Draft:
    """Read every line below the headings; lines without a number get the next free ones. Invalid: no headings."""
    columns = columns_of(rows[0])
    lines = [
        _line(place, {columns[at]: cell for at, cell in enumerate(row) if at in columns}, ground)
        for place, row in enumerate(rows[1:], 2)
        if any(row)
    ]
    if not lines:
        raise Invalid("Dưới dòng tên cột không có cụm loa nào.", code="empty")
    _number(lines, ground)
    _same_names(lines)
    return Draft(tuple(lines), unknown(rows[0]))


def _line(row: int, cells: Mapping[str, str], ground: Ground) -> Line:
    line = Line(row)
    for name, reader in _READERS.items():
        _read(line, name, cells.get(name, ""), lambda text, reader=reader: reader(text, ground))  # type: ignore[misc]
    _read_position(line, cells, ground)
    return line


def _read(line: Line, name: str, text: str, reader: Callable[[str], Any]) -> None:
    try:
        line.facts[name] = reader(text)
    except Invalid as error:
        line.errors.append(error.message)


def _name(text: str, ground: Ground) -> str:
    if not text:
        raise Invalid("Thiếu tên cụm loa.")
    if len(text) > 120:
        raise Invalid("Tên dài quá 120 chữ.")
    return text


def _whole(most: int, least: int, what: str) -> Callable[[str, Ground], int | None]:
    def read(text: str, ground: Ground) -> int | None:
        if not text:
            return None
        digits = text.removesuffix("%").strip()
        if not digits.isdecimal() or not least <= int(digits[:10]) <= most:
            raise Invalid(f"{what} “{text}” không phải số từ {least} đến {most}.")
        return int(digits)

    return read


def _unit(what: str, units: Callable[[Ground], Mapping[str, int]]) -> Callable[[str, Ground], int | None]:
    def read(text: str, ground: Ground) -> int | None:
        if not text:
            return None
        known = units(ground)
        plain = fold(text)
        bare = next((plain.removeprefix(kind + " ") for kind in _UNITS if plain.startswith(kind + " ")), plain)
        found = known.get(plain, known.get(bare))
        if found is None:
            raise Invalid(f"{ground.name} không có {what} “{text}”.")
        return found

    return read


def _day(text: str, ground: Ground) -> date | None:
    if not text:
        return None
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        raise Invalid(f"Ngày “{text}” không đọc được. Hãy ghi ngày/tháng/năm, ví dụ 25/8/2026.") from None


def _kind(text: str, ground: Ground) -> str:
    found = _KINDS.get(fold(text)) if text else "speaker"
    if found is None:
        raise Invalid(
            f"Không có loại “{text}”. Hãy ghi “cụm loa” hoặc “nút chuyển tiếp” (cho loa có dây, FM), "
            "hoặc để trống: cụm loa."
        )
    return found


def _sim_number(text: str, ground: Ground) -> str:
    digits = re.sub(r"[ .\-]", "", text)
    if digits and not re.fullmatch(r"\+?\d{8,20}", digits):
        raise Invalid(f"Số SIM “{text}” không đúng.")
    return digits


_READERS: Mapping[str, Callable[[str, Ground], Any]] = {
    "name": _name,
    "kind": _kind,
    "number": _whole(9999, 1, "Số cụm"),
    "hamlet": _unit("thôn, tổ dân phố", lambda ground: ground.hamlets),
    "former": _unit("xã cũ", lambda ground: ground.former),
    "operator": lambda text, ground: operator_of(text),
    "sim_number": _sim_number,
    "sim_expires": _day,
    "monthly_mb": _whole(1_000_000, 0, "MB mỗi tháng"),
    "max_volume": _whole(100, 0, "Âm lượng tối đa"),
    "horns": lambda text, ground: read_horns(text),
    "owner": lambda text, ground: text[:120],
    "nearest_house": _whole(10_000, 0, "Khoảng cách nhà gần nhất"),
}


def _read_position(line: Line, cells: Mapping[str, str], ground: Ground) -> None:
    text = cells.get("position", "") or f"{cells.get('latitude', '')} {cells.get('longitude', '')}".strip()
    line.facts["position"] = None
    if not text:
        return
    try:
        place = read_position(text)
    except Invalid as error:
        line.errors.append(error.message)
        return
    away = distance_km(place, ground.middle) if ground.middle else 0.0
    if away > FAR_KM:
        line.errors.append(f"Vị trí {text} cách {ground.name} {away:.0f} km. Hãy xem lại vĩ độ và kinh độ.")
    line.facts["position"] = place


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Over the ground, good to a percent within a country."""
    north = math.radians(one[0] - other[0])
    east = math.radians(one[1] - other[1]) * math.cos(math.radians((one[0] + other[0]) / 2))
    return 6371 * math.hypot(north, east)


def _number(lines: Collection[Line], ground: Ground) -> None:
    given: dict[int, int] = {}
    for line in lines:
        number = line.facts.get("number")
        if number is None:
            continue
        if number in ground.taken:
            line.errors.append(f"Số {number:02d} đã dùng cho một cụm loa khác của {ground.name}.")
        if number in given:
            line.errors.append(f"Số {number:02d} đã có ở dòng {given[number]}.")
        given.setdefault(number, line.row)
    following = max([0, *ground.taken, *given]) + 1
    for line in lines:
        if "number" in line.facts and line.facts["number"] is None:
            line.facts["number"] = following
            following += 1


def _same_names(lines: Collection[Line]) -> None:
    seen: dict[str, int] = {}
    for line in lines:
        name = fold(line.facts.get("name") or "")
        if name and name in seen:
            line.errors.append(f"Tên này đã có ở dòng {seen[name]}. Hãy ghi rõ chỗ đứng để khỏi nhầm.")
        seen.setdefault(name, line.row)
