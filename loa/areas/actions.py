"""Writes of areas. Who may do them is decided above: `people.places` holds the door and the record."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from airtime.hours import Window
from django.db import connection, transaction
from django.db.models import Model, Q
from psycopg import sql

from loa.areas import hours, queries, rules
from loa.areas.hours import AreaHours, Reach
from loa.areas.models import Area, AreaLanguages, AreaSuccession, FormerName, ImportRun, OperatingRules
from loa.areas.rules import Kind, Level
from loa.areas.sources import MERGER, Published, Unit
from loa.kernel.errors import Invalid, Refusal

_COMPARED = (
    "code", "kind", "level", "name", "full_name", "latitude", "longitude", "valid_from", "valid_to", "sort_key",
)  # fmt: skip
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `gone` are paths that are in the database and valid there, but no longer published."""

    created: int
    changed: int
    unchanged: int
    successions: int
    former_names: int
    by_level: dict[str, int]
    gone: tuple[str, ...]


@transaction.atomic
def import_units(*, data: Published, now: datetime) -> Imported:
    """Bring the units to what is published; a second run changes nothing. Hamlets and rules stay as they are."""
    before = {area.path: area for area in Area.objects.exclude(level=Level.HAMLET)}
    created = _create(data.units, before)
    changed = _update(data.units, before)
    paths = dict(Area.objects.exclude(level=Level.HAMLET).values_list("path", "pk"))
    successions = _link(data, paths)
    former = _name_formers(data, paths)
    published = {unit.path for unit in data.units}
    result = Imported(
        created=created,
        changed=changed,
        unchanged=len(data.units) - created - changed,
        successions=successions,
        former_names=former,
        by_level=_counts(data.units),
        gone=tuple(sorted(path for path, area in before.items() if path not in published and area.valid_to is None)),
    )
    _note_run(data, result, now)
    if created:
        _refresh_statistics()
    return result


def _refresh_statistics() -> None:
    """Without them the first searches after a first import are planned for an empty table."""
    with connection.cursor() as cursor:
        cursor.execute("analyze areas_area, areas_areasuccession, areas_formername")


def _fields(unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code,
        "kind": unit.kind.value,
        "level": int(unit.level),
        "name": unit.name,
        "full_name": unit.full_name,
        "latitude": unit.latitude,
        "longitude": unit.longitude,
        "valid_from": unit.valid_from,
        "valid_to": unit.valid_to,
        "sort_key": rules.sort_key(unit.name),
    }


def _create(units: Iterable[Unit], before: Mapping[str, Area]) -> int:
    """Insert the missing ones by COPY: 14,000 units at the first import. Parents come before their children."""
    numbers = {path: area.pk for path, area in before.items()}
    missing = [unit for unit in units if unit.path not in numbers]
    numbers |= zip((unit.path for unit in missing), _fresh_numbers(Area, len(missing)), strict=True)
    _copy(
        Area,
        ("id", "path", "parent_id", *_COMPARED),
        (
            (
                numbers[unit.path],
                unit.path,
                numbers[unit.parent] if unit.parent else None,
                *map(_fields(unit).__getitem__, _COMPARED),
            )
            for unit in missing
        ),
    )
    return len(missing)


def _fresh_numbers(model: type[Model], count: int) -> list[int]:
    with connection.cursor() as cursor:
        table = model._meta.db_table
        cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [table, count])
        return [number for (number,) in cursor.fetchall()]


def _copy(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as out:
        for row in rows:
            out.write_row(row)


def _update(units: Iterable[Unit], before: Mapping[str, Area]) -> int:
    changed = []
    for unit in units:
        area = before.get(unit.path)
        fields = _fields(unit) if area else {}
        if area and any(getattr(area, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(area, name, value)
            changed.append(area)
    Area.objects.bulk_update(changed, _COMPARED, batch_size=_BATCH)
    return len(changed)


def _link(data: Published, paths: Mapping[str, int]) -> int:
    known = set(AreaSuccession.objects.values_list("old_id", "new_id"))
    pairs = ((paths[link.old], paths[link.new], link.in_part) for link in data.links)
    rows = [(old, new, MERGER, in_part) for old, new, in_part in pairs if (old, new) not in known]
    _copy(AreaSuccession, ("old_id", "new_id", "on", "in_part"), rows)
    return len(rows)


def _name_formers(data: Published, paths: Mapping[str, int]) -> int:
    known = set(FormerName.objects.values_list("area_id", "valid_to"))
    rows = [
        FormerName(
            area_id=paths[was.path],
            kind=was.kind,
            name=was.name,
            full_name=was.full_name,
            valid_to=was.valid_to,
            document=was.document,
        )
        for was in data.former
        if (paths[was.path], was.valid_to) not in known
    ]
    FormerName.objects.bulk_create(rows)
    return len(rows)


def _counts(units: Iterable[Unit]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for unit in units:
        era = "past" if unit.valid_to else "now"
        key = f"{era}.{unit.level.name.lower()}"
        counts[key] = counts.get(key, 0) + 1
    return counts


def _note_run(data: Published, result: Imported, now: datetime) -> None:
    ImportRun.objects.create(
        source=data.source,
        version=data.version,
        licence=data.licence,
        state_of=data.state_of,
        at=now,
        counts=asdict(result) | {"gone": list(result.gone)},
    )


@transaction.atomic
def add_hamlet(
    *, commune: Area, kind: Kind, name: str, on: date, latitude: float | None = None, longitude: float | None = None
) -> Area:
    """A new hamlet of a living commune. Raises Invalid, and Refusal("hamlet_exists") for a name that is taken."""
    name = bare_hamlet_name(kind, name)
    _check_hamlet(commune, kind, name, on)
    number = _next_hamlet_number(commune)
    return Area.objects.create(
        path=f"{commune.path}.h{number}",
        code=f"h{number}",
        kind=kind,
        level=Level.HAMLET,
        name=name,
        full_name=f"{rules.LABELS[kind]} {name}",
        parent=commune,
        latitude=latitude,
        longitude=longitude,
        valid_from=on,
        sort_key=rules.sort_key(name),
    )


def bare_hamlet_name(kind: Kind, name: str) -> str:
    """ "thôn  5" of the kind Thôn -> "5": people write the kind into the name too."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    label = rules.fold(rules.LABELS[kind]) + " "
    return name[len(label) :] if rules.fold(name).startswith(label) else name


def _check_hamlet(commune: Area, kind: Kind, name: str, on: date, itself: Area | None = None) -> None:
    if commune.level != Level.COMMUNE or (commune.valid_to and commune.valid_to < on):
        raise Invalid(f"{commune.full_name} không phải là xã, phường, đặc khu đang tồn tại nên không thêm thôn được.")
    if kind not in rules.HAMLET_KINDS:
        raise Invalid("Hãy chọn loại: thôn, bản, làng, ấp, buôn, khóm, khu phố hoặc tổ dân phố.")
    if not name or len(name) > 100:
        raise Invalid("Tên thôn cần từ 1 đến 100 ký tự.")
    if commune.valid_from and on < commune.valid_from:
        raise Invalid(f"{commune.full_name} có từ {commune.valid_from:%d/%m/%Y}. Hãy chọn một ngày từ hôm ấy.")
    namesakes = Area.objects.filter(queries.valid_on(on), parent=commune, kind=kind, name__iexact=name)
    if any(other != itself for other in namesakes):
        raise Refusal(f"{commune.full_name} đã có {rules.LABELS[kind].lower()} {name}.", code="hamlet_exists")


def _next_hamlet_number(commune: Area) -> int:
    """One more than the highest ever used: a closed hamlet's path is never given to another."""
    Area.objects.select_for_update().get(pk=commune.pk)
    used = Area.objects.filter(parent=commune, level=Level.HAMLET).values_list("code", flat=True)
    return max((int(code[1:]) for code in used if code[1:].isdigit()), default=0) + 1


@transaction.atomic
def rename_hamlet(*, hamlet: Area, kind: Kind, name: str, on: date, slip: bool = False) -> Area:
    """The hamlet is called so from `on`; its former name is kept and still finds it, unless it was a `slip` of the pen.

    Raises Invalid, and Refusal("hamlet_exists") for a name that is taken.
    """
    _check_is_hamlet(hamlet)
    name = bare_hamlet_name(kind, name)
    assert hamlet.parent is not None
    _check_hamlet(hamlet.parent, kind, name, on, itself=hamlet)
    if (kind, name) == (hamlet.kind, hamlet.name):
        raise Invalid(f"{hamlet.full_name} đang mang đúng tên này rồi.")
    if not slip:
        _keep_name(hamlet, on)
    hamlet.kind, hamlet.name = kind, name
    hamlet.full_name, hamlet.sort_key = f"{rules.LABELS[kind]} {name}", rules.sort_key(name)
    hamlet.save(update_fields=["kind", "name", "full_name", "sort_key"])
    return hamlet


def _keep_name(hamlet: Area, on: date) -> None:
    if hamlet.valid_from and on <= hamlet.valid_from:
        raise Invalid(
            f"{hamlet.full_name} có từ {hamlet.valid_from:%d/%m/%Y}, nên tên mới phải tính từ một ngày sau đó. "
            "Nếu tên cũ chỉ là gõ sai thì hãy đánh dấu ô “Tên cũ gõ sai”."
        )
    FormerName.objects.get_or_create(
        area=hamlet,
        valid_to=on - timedelta(days=1),
        defaults={"kind": hamlet.kind, "name": hamlet.name, "full_name": hamlet.full_name},
    )


def _check_is_hamlet(hamlet: Area) -> None:
    if hamlet.level != Level.HAMLET:
        raise Invalid(f"{hamlet.full_name} không phải là thôn hay tổ dân phố.")
    if hamlet.valid_to is not None:
        raise Refusal(
            f"{hamlet.full_name} đã kết thúc từ {hamlet.valid_to:%d/%m/%Y}; việc này không làm lại được.",
            code="hamlet_ended",
        )


@transaction.atomic
def end_hamlet(*, hamlet: Area, last_day: date) -> Area:
    """The hamlet exists until `last_day`; its rows and paths stay. Raises Invalid, Refusal("hamlet_ended")."""
    _check_is_hamlet(hamlet)
    if hamlet.valid_from and last_day < hamlet.valid_from:
        raise Invalid(f"{hamlet.full_name} có từ {hamlet.valid_from:%d/%m/%Y}; ngày cuối cùng không thể trước hôm ấy.")
    hamlet.valid_to = last_day
    hamlet.save(update_fields=["valid_to"])
    return hamlet


def weigh_rules(
    *,
    area: Area,
    starts: date,
    ends: date | None,
    document: str,
    windows: list[hours.WindowText],
    ceiling: tuple[Window, ...],
) -> Reach:
    """What such rules would need. Raises Invalid for windows or dates that cannot be, Refusal("wider_than_parent")."""
    if not document.strip():
        raise Invalid("Hãy ghi số và ngày của văn bản ban hành quy chế.")
    if ends is not None and ends < starts:
        raise Invalid("Ngày kết thúc không được trước ngày bắt đầu.")
    reach = hours.reach(windows, queries.hours_above(area, starts), ceiling)
    if reach.forbidden is not None:
        raise _forbidden(reach.forbidden)
    return reach


@transaction.atomic
def set_operating_rules(
    *,
    area: Area,
    starts: date,
    document: str,
    windows: list[hours.WindowText],
    ends: date | None = None,
    children_may_widen: bool = False,
    max_sessions_per_day: int | None = None,
    max_minutes_per_session: int | None = None,
    max_minutes_per_day: int | None = None,
    ceiling: tuple[Window, ...] = hours.DEFAULT_WINDOWS,
    confirmed: Mapping[str, Any] | None = None,
) -> OperatingRules:
    """Rules of `area` from `starts`. Open ones end what was open before; dated ones lie above it until `ends`.

    `ceiling`: hours that need no second person; `confirmed`: what the second person's key signed, judged by the caller.
    Of two that begin on one day the later written wins. Raises what `weigh_rules` does, and
    Refusal("needs_second_person") for wider unconfirmed ones.
    """
    reach = weigh_rules(area=area, starts=starts, ends=ends, document=document, windows=windows, ceiling=ceiling)
    if reach.wider and confirmed is None:
        raise Refusal(
            f"Khung giờ này vượt {hours.spoken(reach.limit)} nên cần người thứ hai xác nhận bằng khóa đăng nhập.",
            code="needs_second_person",
        )
    if ends is None:
        _end_open_ones(area, starts)
    return OperatingRules.objects.create(
        area=area,
        starts=starts,
        ends=ends,
        document=document.strip(),
        windows=windows,
        children_may_widen=children_may_widen,
        max_sessions_per_day=max_sessions_per_day,
        max_minutes_per_session=max_minutes_per_session,
        max_minutes_per_day=max_minutes_per_day,
        confirmed=dict(confirmed) if confirmed is not None and reach.wider else None,
    )


def _end_open_ones(area: Area, starts: date) -> None:
    """What was open until the new rules; of the same day only the later decision is kept."""
    still_open = OperatingRules.objects.filter(area=area, ends=None)
    still_open.filter(starts=starts).delete()
    still_open.filter(starts__lt=starts).update(ends=starts - timedelta(days=1))


def _forbidden(above: AreaHours) -> Refusal:
    """The refusal that names the rule above."""
    return Refusal(
        f"Khung giờ rộng hơn khung của {above.set_by} ({above.document}: {hours.spoken(above)}). "
        "Hãy chọn khung giờ nằm trong khung đó, hoặc đề nghị cấp trên sửa quy chế.",
        code="wider_than_parent",
        facts={"document": above.document, "set_by": above.set_by},
    )


@transaction.atomic
def drop_coming_rules(*, row: OperatingRules, on: date) -> None:
    """Rules that have not begun on the day `on` never do. Refusal("rules_begun") for others."""
    if row.starts <= on:
        raise Refusal("Quy định này đã có hiệu lực. Hãy ghi quy định mới thay cho nó.", code="rules_begun")
    row.delete()


@transaction.atomic
def set_languages(*, area: Area, languages: Sequence[str], starts: date) -> AreaLanguages | None:
    """What `area` airs from `starts` on, in this order; none at all = what the area above says holds again.

    The later word holds: what was said for days from `starts` on is gone. Raises Invalid `languages`.
    """
    if len(set(languages)) < len(languages) or not all(code and len(code) <= 16 for code in languages):
        raise Invalid("Mỗi ngôn ngữ chỉ ghi một lần.", code="languages")
    own = AreaLanguages.objects.filter(area=area)
    own.filter(starts__gte=starts).delete()
    own.filter(Q(ends=None) | Q(ends__gte=starts)).update(ends=starts - timedelta(days=1))
    return AreaLanguages.objects.create(area=area, languages=list(languages), starts=starts) if languages else None
