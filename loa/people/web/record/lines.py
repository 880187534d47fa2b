"""One entry of the record as a person reads it: who, did what, on what (with the door to it), when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from loa.areas.models import Area
from loa.audit import words
from loa.audit.models import Entry
from loa.people.models import RoleGrant, User
from loa.people.web.doors import address

NOBODY = "Hệ thống"
Key = tuple[str, str]

# Kind of thing -> the page about it. Things that have gone answer "not found" there: the record outlives them.
DOORS: Mapping[str, str] = {
    "area": "people:place",
    "bulletin": "broadcasts:bulletin",
    "device": "devices:show",
    "programme": "broadcasts:programme",
    "schedule": "broadcasts:item",
    "user": "people:person",
}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in words. `url` is "" where no page is about the thing."""

    entry: Entry
    who: str
    did: str
    about: str
    url: str
    place: str
    details: str


def lines(entries: Sequence[Entry], *, manages: bool) -> list[Line]:
    """The entries in words, with a handful of queries however many there are."""
    keys = {(entry.object_kind, entry.object_id) for entry in entries}
    names = _own_names(keys) | _names_from_above(keys)
    paths = {entry.area for entry in entries if entry.area}
    places = dict(Area.objects.filter(path__in=paths).values_list("path", "full_name"))
    return [_line(entry, names, places, manages=manages) for entry in entries]


def _line(entry: Entry, names: Mapping[Key, str], places: Mapping[str, str], *, manages: bool) -> Line:
    return Line(
        entry=entry,
        who=entry.actor_name or NOBODY,
        did=words.told(entry.verb),
        about=_about(entry, names),
        url="" if entry.object_kind == "user" and not manages else door(entry),
        place=places.get(entry.area, ""),
        details=words.explained(entry.facts if isinstance(entry.facts, dict) else {}),
    )


def _about(entry: Entry, names: Mapping[Key, str]) -> str:
    kind = words.kind_of(entry.object_kind)
    name = names.get((entry.object_kind, entry.object_id), "")
    return f"{kind} {name}".strip() or entry.object_kind


def door(entry: Entry) -> str:
    """The address of the page about the thing, "" without one."""
    name = DOORS.get(entry.object_kind, "")
    return address(name, entry.object_id) if name and not entry.verb.startswith(("week.",)) else ""


def _own_names(keys: set[Key]) -> dict[Key, str]:
    areas = Area.objects.filter(path__in=_of("area", keys)).values_list("path", "full_name")
    users = User.objects.filter(pk__in=_numbers("user", keys)).values_list("pk", "full_name")
    grants = RoleGrant.objects.filter(pk__in=_numbers("grant", keys)).select_related("user")
    found = {("area", path): name for path, name in areas} | {("user", str(pk)): name for pk, name in users}
    return found | {
        ("grant", str(row.pk)): f"{row.get_role_display().lower()} của {row.user.full_name}" for row in grants
    }


def _names_from_above(keys: set[Key]) -> dict[Key, str]:
    """Titles of bulletins, names of loudspeakers: known to folders that this one may not know."""
    namer: Callable[[set[Key]], dict[Key, str]] = import_string(settings.LOA_RECORD_NAMES)
    return namer(keys)


def _of(kind: str, keys: set[Key]) -> list[str]:
    return [identifier for one, identifier in keys if one == kind]


def _numbers(kind: str, keys: set[Key]) -> list[int]:
    return [int(identifier) for identifier in _of(kind, keys) if identifier.isdecimal() and identifier.isascii()]
