"""Reads of areas."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.models import Q

from loa.areas import hours, rules
from loa.areas.hours import AreaHours, Ruling
from loa.areas.models import Area, AreaSuccession, OperatingRules
from loa.areas.rules import Kind, Level


def within(path: str, field: str = "path") -> Q:
    """The area itself and everything below it; `field` names the path column, such as `area__path`."""
    return Q(**{field: path}) | Q(**{f"{field}__startswith": path + "."})


def by_path(path: str) -> Area | None:
    """The area with this path."""
    return Area.objects.filter(path=path).first()


def valid_on(on: date) -> Q:
    """Filter: units that exist on the day `on`."""
    return (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_to=None) | Q(valid_to__gte=on))


def hamlets_of(commune: Area, on: date) -> list[Area]:
    """Hamlets of a commune on a day, in Vietnamese order."""
    return list(Area.objects.filter(valid_on(on), parent=commune, level=Level.HAMLET))


@dataclass(frozen=True, slots=True)
class Successor:
    """A unit of today that took over the found one, `in_part` if the old unit was divided."""

    path: str
    full_name: str
    province: str
    in_part: bool


@dataclass(slots=True)
class Found:
    """One hit of a search. `former_name` is set if the unit was found by a name it no longer bears."""

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
    successors: tuple[Successor, ...] = field(default=())

    @property
    def kind_label(self) -> str:
        """ "Xã", "Phường", ..."""
        return rules.LABELS[Kind(self.kind)]


# One row per unit: by its present name, or else by a former one. Rank: the whole name, its beginning, a word's
# beginning, anywhere; then what exists today, then the higher level, then Vietnamese order. One letter is only looked
# for at the beginning: it is inside almost every name.
_SEARCH = """
with wanted as (select loa_fold(%(text)s) as whole, loa_fold(%(like)s) as part),
places as materialized (
    select path from areas_area where level between 1 and 3 and fold like '%%' || loa_fold(%(place)s) || '%%'
),
hits as (
    select a.id, a.fold, a.kind, null::text as former from areas_area a
        where a.fold like %(before)s || loa_fold(%(like)s) || '%%'
    union all
    select f.area_id, f.fold, f.kind, f.full_name from areas_formername f
        where f.fold like %(before)s || loa_fold(%(like)s) || '%%'
),
best as (
    select distinct on (hits.id) hits.id, hits.former,
        case when fold = whole then 0 when fold like part || '%%' then 1
             when fold like '%% ' || part || '%%' then 2 else 3 end as rank
    from hits, wanted
    where %(kind)s::text is null or kind = any(string_to_array(%(kind)s::text, ','))
    order by hits.id, hits.former nulls first
),
chosen as (
    select a.*, best.former, best.rank from best join areas_area a on a.id = best.id
    where (%(on)s::date is null or ((a.valid_from is null or a.valid_from <= %(on)s::date)
            and (a.valid_to is null or a.valid_to >= %(on)s::date)))
        and (%(place)s::text is null or exists (select from places where starts_with(a.path, places.path || '.')))
        and (%(under)s::text is null or a.path = %(under)s::text or starts_with(a.path, %(under)s::text || '.'))
    order by best.rank, a.valid_to is not null, a.level, a.sort_key, a.path
    limit %(limit)s
)
select c.id, c.path, c.code, c.kind, c.level, c.name, c.full_name, coalesce(parent.full_name, ''),
    coalesce(province.full_name, ''), c.valid_from, c.valid_to, c.former
from chosen c
    left join areas_area parent on parent.id = c.parent_id
    left join areas_area province on province.path = split_part(c.path, '.', 1) || '.' || split_part(c.path, '.', 2)
order by c.rank, c.valid_to is not null, c.level, c.sort_key, c.path
"""


def search(text: str, on: date | None = None, limit: int = 20, under: str | None = None) -> list[Found]:
    """Units whose name holds `text`, diacritics ignored, beginnings first; past ones with their successors.

    `on` keeps what existed on that day, None searches past and present; `under` keeps one path and below. A leading
    kind ("xa quy mong") and a trailing place after a comma ("tan lap, lao cai") narrow the search.
    """
    name, _, place = (" ".join(part.split()) for part in text.partition(","))
    if not name:
        return []
    kinds, bare = _split_kind(name)
    found = _hits(name, place, on, limit, under, None)
    if kinds and len(found) < limit:
        more = _hits(bare, place, on, limit, under, kinds)
        found = list({hit.id: hit for hit in (*found, *more)}.values())[:limit]
    _add_successors(found)
    return found


def _split_kind(name: str) -> tuple[tuple[Kind, ...], str]:
    """ "xa quy mong" -> (the kinds called "Xã", "quy mong"); no kinds if it does not begin with one."""
    folded = rules.fold(name)
    for label in sorted({rules.fold(label) for label in rules.LABELS.values()}, key=len, reverse=True):
        if folded.startswith(label + " "):
            kinds = tuple(kind for kind, own in rules.LABELS.items() if rules.fold(own) == label)
            return kinds, name[len(label) + 1 :]
    return (), name


def _hits(
    name: str, place: str, on: date | None, limit: int, under: str | None, kinds: Iterable[Kind] | None
) -> list[Found]:
    values = {
        "text": name,
        "like": _unmeant(name),
        "before": "%" if len(name) > 1 else "",
        "place": _unmeant(place) or None,
        "on": on,
        "kind": ",".join(kinds) if kinds else None,
        "under": under,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEARCH, values)
        return [Found(*row) for row in cursor.fetchall()]


def _unmeant(text: str) -> str:
    """LIKE's own signs as plain characters."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _add_successors(found: Sequence[Found]) -> None:
    past = [hit for hit in found if hit.valid_to is not None]
    if not past:
        return
    links = AreaSuccession.objects.filter(
        Q(old_id__in=[hit.id for hit in past]) | Q(old__parent_id__in=[h.id for h in past if h.level == Level.DISTRICT])
    ).select_related("new__parent")
    by_old: dict[int, dict[str, Successor]] = {}
    for link in links.order_by("new__sort_key").values_list(
        "old_id", "old__parent_id", "new__path", "new__full_name", "new__parent__full_name", "in_part"
    ):
        old, parent, path, name, province, in_part = link
        for key in (old, parent or old):
            by_old.setdefault(key, {})[path] = Successor(path, name, province, in_part)
    for hit in past:
        hit.successors = tuple(by_old.get(hit.id, {}).values())


def successors_of(area: Area) -> list[Area]:
    """Units of today that took over a past one, in Vietnamese order; for a past district those of its communes."""
    old = Q(predecessions__old=area)
    if area.level == Level.DISTRICT:
        old |= Q(predecessions__old__parent=area)
    return list(Area.objects.filter(old).distinct())


def predecessors_of(area: Area) -> list[Area]:
    """Past units that this one took over ("former communes" of a target), in Vietnamese order."""
    return list(Area.objects.filter(successions__new=area).distinct())


def hours_for(area: Area | str, on: date) -> AreaHours:
    """Hours in which loudspeakers of the area may sound on the day, with the document that says so.

    An `airtime.hours.Hours` in Vietnamese local time; rules are inherited, each can only narrow those above it unless
    they permit more; 05:00-21:00 where nobody has set any.
    """
    return hours.in_force(_rulings(rules.lineage(area if isinstance(area, str) else area.path), on))


def hours_above(area: Area, on: date) -> AreaHours | None:
    """The hours that bind the area's own rules from above; None if no unit above it has set any."""
    rulings = _rulings(rules.lineage(area.path)[:-1], on)
    return hours.in_force(rulings) if rulings else None


def _rulings(paths: Sequence[str], on: date) -> list[Ruling]:
    """The rules of these areas that hold on the day, outermost first; of two the one that began later."""
    rows = (
        OperatingRules.objects.filter(Q(ends=None) | Q(ends__gte=on), area__path__in=paths, starts__lte=on)
        .select_related("area")
        .order_by("starts")
    )
    latest = {row.area.path: row for row in rows}
    return [_ruling(latest[path]) for path in paths if path in latest]


def _ruling(row: OperatingRules) -> Ruling:
    return Ruling(
        windows=hours.parse_windows(row.windows),
        document=row.document,
        set_by=row.area.full_name,
        limits=hours.Limits(row.max_sessions_per_day, row.max_minutes_per_session, row.max_minutes_per_day),
        children_may_widen=row.children_may_widen,
    )
