"""Finding units by what people type: past and present, without diacritics, with slips. Each step is tried only when
the surer ones before it found nothing, so a good name costs one question to the database.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from loa.areas import rules, typed
from loa.areas.rules import Kind, Level
from loa.areas.typed import Wanted

ALIKE = 0.48  # least share of common trigrams for a slip of the pen: "quy mogn" and "quy mong" have 0.5
_SLIPS = 5, 40  # letters of a name in which one is looked for
_NAMESAKES = 400  # more than bear any one name


@dataclass(frozen=True, slots=True)
class Successor:
    """A unit of today that took over the found one, `in_part` if the old unit was divided."""

    path: str
    full_name: str
    province: str
    in_part: bool


@dataclass(slots=True)
class Found:
    """One hit of a search. `former_name` is set if the unit was found by a name it no longer bears.

    `near` is true when no name is what was typed and this one only resembles it.
    """

    id: int
    path: str
    code: str
    kind: str
    level: int
    name: str
    full_name: str
    parent: str
    province: str
    valid_from: date | None
    valid_to: date | None
    former_name: str | None = None
    near: bool = False
    successors: tuple[Successor, ...] = field(default=())

    @property
    def kind_label(self) -> str:
        """ "Xã", "Phường", ..."""
        return rules.LABELS[Kind(self.kind)]


@dataclass(frozen=True, slots=True)
class _Where:
    """What narrows every step of one search."""

    on: date | None
    under: str | None
    near: str | None
    limit: int
    places: tuple[str, ...]


# `names` is what one step asks of the names; both tables of names have the columns kind and fold. What exists today
# comes before what is past, then what lies near the person, then the higher level, then Vietnamese order.
_SEARCH = """
with {places} by_name as (
    select a.*, null::text as former, {rank} as rank from areas_area a where {names} {narrowed}
    order by {order} limit %(limit)s
),
by_former_name as (
    select a.*, f.full_name, {former_rank} as rank from areas_formername f join areas_area a on a.id = f.area_id
    where {former_names} {narrowed}
)
select a.id, a.path, a.code, a.kind, a.level, a.name, a.full_name, coalesce(parent.full_name, ''),
    coalesce(province.full_name, ''), a.valid_from, a.valid_to, a.former
from (select * from by_name union all select * from by_former_name) a
    left join areas_area parent on parent.id = a.parent_id
    left join areas_area province on province.path = split_part(a.path, '.', 1) || '.' || split_part(a.path, '.', 2)
order by {order}
"""
_PLACES = """places as materialized (
    select a.path, part.number from areas_area a
        join unnest(%(places)s::text[]) with ordinality part (likes, number) on a.fold like part.likes
    where a.level between 1 and 3
),"""
_ORDER = "rank, a.valid_to is not null, {nearness} a.level, a.sort_key, a.path"
# Only what is asked for stands in the question: planning it takes as long as answering it.
_NEARNESS = "not starts_with(a.path || '.', %(near)s::text || '.'),"
_NARROWED = {
    "on": """(a.valid_from is null or a.valid_from <= %(on)s::date) and (a.valid_to is null or a.valid_to >= %(on)s)""",
    "places": """cardinality(%(places)s::text[]) =
        (select count(distinct number) from places where starts_with(a.path, places.path || '.'))""",
    "under": "(a.path = %(under)s::text or starts_with(a.path, %(under)s::text || '.'))",
}
# A word of the name begins with it. The second condition is for a kind typed before: "xa quy mong".
_NAMED = "({row}.fold like %(start)s or {row}.fold like %(word)s)"
_NAMED_WITH_KIND = f"""({_NAMED} or {{row}}.kind = any(%(kinds)s::text[])
    and ({{row}}.fold like %(bare_start)s or {{row}}.fold like %(bare_word)s))"""
_NAMED_RANK = """case when {row}.fold in (%(whole)s, %(bare)s) then 0
    when {row}.fold like %(start)s or {row}.fold like %(bare_start)s then 1 else 2 end"""
_ONE_LETTER = "({row}.fold like %(start)s)"
_CODED = "({row}.code = %(whole)s)"
_CALLED = "({row}.fold = any(%(called)s::text[]))"
_SOUND = "translate({row}.fold, 'yk ''-./()', 'ic')"
_SOUNDS = f"({_SOUND} like %(sound)s or {_SOUND} like %(bare_sound)s)"
_RESEMBLES = "({row}.fold %% %(whole)s or {row}.fold %% %(bare)s)"
_UNLIKE = "1 - greatest(similarity({row}.fold, %(whole)s), similarity({row}.fold, %(bare)s))"


def search(
    text: str, on: date | None = None, limit: int = 20, under: str | None = None, near: str | None = None
) -> list[Found]:
    """Units that are called `text`, diacritics ignored, beginnings first; past ones with their successors.

    `on` keeps what existed on that day, None searches past and present; `under` keeps one path and below; of namesakes
    those in the province of the path `near` come first. A leading kind ("xa quy mong", "x. quy mong") and places
    behind the name ("tan lap, lao cai", "tan lap lao cai") narrow the search; a code of the national list finds its
    unit.
    """
    wanted = typed.read(text)
    if wanted is None:
        return []
    where = _Where(on, under, near and rules.lineage(near)[:2][-1], limit, wanted.places)
    steps: tuple[Callable[[Wanted, _Where], list[Found]], ...] = (
        _named, _coded, _with_place, _sounding, _with_any_place, _resembling,
    )  # fmt: skip
    found = next((hits for step in steps if (hits := step(wanted, where))), [])
    _add_successors(found)
    return found


def _named(wanted: Wanted, where: _Where) -> list[Found]:
    """One letter is only looked for at the beginning: it is inside almost every name."""
    start = _unmeant(wanted.whole)
    bare = _unmeant(wanted.bare) or start
    return _ask(
        where,
        _NAMED_WITH_KIND if wanted.kinds else _NAMED if len(wanted.whole) > 1 else _ONE_LETTER,
        _NAMED_RANK,
        whole=wanted.whole,
        bare=wanted.bare or wanted.whole,
        kinds=[kind.value for kind in wanted.kinds],
        start=f"{start}%",
        word=f"% {start}%",
        bare_start=f"{bare}%",
        bare_word=f"% {bare}%",
    )


def _coded(wanted: Wanted, where: _Where) -> list[Found]:
    if not wanted.whole.isdecimal():
        return []
    return _ask(where, _CODED, "0", former_names="false", whole=wanted.whole)


def _with_place(wanted: Wanted, where: _Where) -> list[Found]:
    """ "tan lap thai nguyen": a name that exists, and behind it units that lie above."""
    behind = dict(_splits(wanted))
    hits = _called(wanted, where)
    return [hit for hit in hits if typed.lies_in(_behind(hit, behind), (hit.parent, hit.province))][: where.limit]


def _with_any_place(wanted: Wanted, where: _Where) -> list[Found]:
    """ "tan lap thai nguyn": all who bear a name of several words, wherever they lie."""
    return _near([hit for hit in _called(wanted, where) if " " in hit.name][: where.limit])


def _splits(wanted: Wanted) -> list[tuple[str, str]]:
    return [split for name in wanted.names for split in typed.splits(name)]


def _called(wanted: Wanted, where: _Where) -> list[Found]:
    """Units whose whole name is what the line begins with, the longest names first."""
    names = [name for name, _ in _splits(wanted)]
    wide = _Where(where.on, where.under, where.near, _NAMESAKES, where.places)
    return _ask(wide, _CALLED, "-length({row}.fold)", called=names) if names else []


def _behind(hit: Found, ways: dict[str, str]) -> str:
    """What was typed behind the name by which the unit was found."""
    return ways.get(rules.fold(hit.name)) or ways.get(typed.bare_name(hit.former_name or ""), "?")


def _sounding(wanted: Wanted, where: _Where) -> list[Found]:
    sounds = [typed.sound(name) for name in wanted.names]
    if len(sounds[0]) < 3 or len(sounds[-1]) < 2:
        return []
    starts = [_unmeant(sound) + "%" for sound in sounds]
    rank = f"length({_SOUND})"
    return _near(_ask(where, _SOUNDS, rank, sound=starts[0], bare_sound=starts[-1]))


def _resembling(wanted: Wanted, where: _Where) -> list[Found]:
    """Words that are only said again say nothing; short ones resemble half of the country."""
    said = [" ".join(dict.fromkeys(name.split())) for name in wanted.names]
    told = [name for name in said if _SLIPS[0] <= len(name) <= _SLIPS[1]]
    if not told:
        return []
    with connection.cursor() as cursor:
        cursor.execute("select set_limit(%s)", [ALIKE])
    return _near(_ask(where, _RESEMBLES, _UNLIKE, whole=told[0], bare=told[-1]))


def _near(found: list[Found]) -> list[Found]:
    for hit in found:
        hit.near = True
    return found


def _ask(where: _Where, names: str, rank: str, *, former_names: str = "", **values: Any) -> list[Found]:
    """One step: `names` and `rank` are SQL over a table of names called {row}. A unit is told once."""
    places = [f"%{_unmeant(place)}%" for place in where.places]
    values |= {"places": places, "on": where.on, "under": where.under, "near": where.near, "limit": where.limit}
    query = _SEARCH.format(
        places=_PLACES if places else "",
        names=names.format(row="a"),
        rank=rank.format(row="a"),
        former_names=former_names or names.format(row="f"),
        former_rank="0" if former_names else rank.format(row="f"),
        narrowed="".join(f" and {condition}" for name, condition in _NARROWED.items() if values[name]),
        order=_ORDER.format(nearness=_NEARNESS if where.near else ""),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(_once(Found(*row) for row in cursor.fetchall()))[: where.limit]


def _once(found: Iterator[Found]) -> Iterator[Found]:
    seen: set[int] = set()
    for hit in found:
        if hit.id not in seen:
            seen.add(hit.id)
            yield hit


def _unmeant(text: str) -> str:
    """LIKE's own signs as plain characters."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


# A past district has no links of its own: those of its communes are its. In two parts, since one condition over both
# columns reads the whole table.
_SUCCESSORS = """
select link.key, new.path, new.full_name, province.full_name, link.in_part from (
    select old_id as key, new_id, in_part from areas_areasuccession where old_id = any(%(past)s)
    union all
    select old.parent_id, new_id, in_part from areas_areasuccession s join areas_area old on old.id = s.old_id
        where old.parent_id = any(%(districts)s)
) link
    join areas_area new on new.id = link.new_id
    left join areas_area province on province.id = new.parent_id
order by new.sort_key, new.path
"""


def _add_successors(found: Sequence[Found]) -> None:
    past = [hit for hit in found if hit.valid_to is not None]
    if not past:
        return
    districts = [hit.id for hit in past if hit.level == Level.DISTRICT]
    heirs: dict[int, dict[str, Successor]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SUCCESSORS, {"past": [hit.id for hit in past], "districts": districts})
        for key, path, name, province, in_part in cursor.fetchall():
            heirs.setdefault(key, {})[path] = Successor(path, name, province or "", in_part)
    for hit in past:
        hit.successors = tuple(heirs.get(hit.id, {}).values())
