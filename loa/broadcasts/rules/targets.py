"""Where something sounds: from what a person chose to the devices of each plan set. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from airtime.hours import Hours
from devicelink.audience import inside, named
from devicelink.messages import Audience

_FIELDS = ("areas", "groups", "devices", "without")


@dataclass(frozen=True, slots=True)
class Target:
    """`areas` are paths (communes, hamlets, former communes), the others ids; all of them together are meant.

    With no area, group and device named, all of the schedule's area is meant. `without` names devices left out.
    """

    areas: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def everywhere(self) -> bool:
        """Nothing is named, so the whole area is meant."""
        return not (self.areas or self.groups or self.devices)


@dataclass(frozen=True, slots=True)
class Place:
    """A plan set: its commune, the groups all its devices belong to, their hours, and for each device the areas that
    hold it (commune, hamlet, former commune)."""

    id: str
    area: str
    groups: frozenset[str]
    hours: Hours
    devices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def from_json(stored: Mapping[str, object]) -> Target:
    """Inverse of `to_json`. ValueError for an unknown field or a value that is not a list of texts."""
    if not set(stored) <= set(_FIELDS):
        raise ValueError(f"unknown field of a target: {sorted(set(stored) - set(_FIELDS))}")
    return Target(**{name: _texts(stored[name]) for name in _FIELDS if name in stored})


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(text, str) and text for text in value):
        raise ValueError(f"not a list of names: {value!r}")
    return tuple(sorted(set(value)))


def to_json(target: Target) -> dict[str, list[str]]:
    """The stored form; empty fields are left out."""
    return {name: list(getattr(target, name)) for name in _FIELDS if getattr(target, name)}


def reach(target: Target, area: str, place: Place) -> tuple[str, ...] | None:
    """Whom of `place` is meant: () = all, present and to come; ids = these; None = nobody.

    "All but some" always names the others one by one, as its approval does.
    """
    if not inside(area, place.area) and not inside(place.area, area):
        return None
    if _whole(target, area, place) and not target.without:
        return ()
    return tuple(sorted(_meant(target, area, place).difference(target.without))) or None


def _meant(target: Target, area: str, place: Place) -> set[str]:
    """Devices of the place, those that are left out among them."""
    if _whole(target, area, place):
        return set(place.devices)
    paths = target.areas if not target.everywhere else (area,)
    held = {name for name, areas in place.devices.items() if _holds(paths, areas)} if paths else set()
    return held.union(name for name in target.devices if name in place.devices)


def _holds(paths: Iterable[str], areas: Iterable[str]) -> bool:
    return any(inside(path, own) for path in paths for own in areas)


def _whole(target: Target, area: str, place: Place) -> bool:
    if target.everywhere:
        return inside(area, place.area)
    return _by_area(target, place) or any(group in place.groups for group in target.groups)


def _by_area(target: Target, place: Place) -> bool:
    return any(inside(path, place.area) for path in target.areas)


def devices_meant(target: Target, area: str, places: Iterable[Place]) -> frozenset[str]:
    """Every device that is meant now."""
    return frozenset(
        device
        for place in places
        if (got := reach(target, area, place)) is not None
        for device in (got or place.devices)
    )


def audiences(target: Target, area: str, places: Sequence[Place]) -> tuple[Audience, ...]:
    """What the approval names: never more than the target. Sorted.

    Devices that are left out make the approval name the others of their commune one by one. So does a former commune:
    it lies in another tree of areas than the unit that took it over.
    """
    former = tuple(path for path in target.areas if not inside(area, path))
    if former and not target.without:
        rest = replace(target, areas=tuple(path for path in target.areas if inside(area, path)))
        named_now = {Audience(device=device) for place in places for device in _of_former(former, place)}
        return _sorted(named_now | (set() if rest.everywhere else _named_by(rest, area)))
    if not target.without:
        return _sorted(_named_by(target, area))
    split = {place.area for place in places if any(device in place.devices for device in target.without)}
    found: set[Audience] = set()
    for place in places:
        got = reach(target, area, place)
        if got is None:
            continue
        if place.area not in split and _whole(target, area, place):
            found.update(_whole_audiences(target, place))
        else:
            found.update(Audience(device=device) for device in got)
    return _sorted(found)


def allowed(only: tuple[str, ...], named_targets: Iterable[Audience], place: Place) -> tuple[str, ...]:
    """Those of `only` that an approval names: a loudspeaker that came later must not spoil it for the others."""
    names = [named(audience) for audience in named_targets]
    if any(kind == "group" and value in place.groups for kind, value in names):
        return only
    devices = {value for kind, value in names if kind == "device"}
    paths = [value for kind, value in names if kind == "area"]
    return tuple(device for device in only if device in devices or _holds(paths, place.devices[device]))


def _of_former(former: Sequence[str], place: Place) -> set[str]:
    return {name for name, areas in place.devices.items() if _holds(former, areas)}


def _named_by(target: Target, area: str) -> set[Audience]:
    if target.everywhere:
        return {Audience(area=area)}
    return {
        *(Audience(area=path) for path in target.areas),
        *(Audience(group=group) for group in target.groups),
        *(Audience(device=device) for device in target.devices),
    }


def _whole_audiences(target: Target, place: Place) -> set[Audience]:
    if target.everywhere or _by_area(target, place):
        return {Audience(area=place.area)}
    return {Audience(group=group) for group in target.groups if group in place.groups}


def _sorted(found: Iterable[Audience]) -> tuple[Audience, ...]:
    return tuple(sorted(found, key=named))
