"""Whom a live voice is for: from what a person ticked to an audience, the loudspeakers meant and their topics."""

from collections.abc import Callable
from dataclasses import dataclass

from devicelink import topics
from devicelink.messages import Audience, Where

from loa.areas.rules import is_inside
from loa.gateway.live.wire import Wish
from loa.gateway.world import Member, World
from loa.kernel.errors import Invalid, NotFound

MOST_LOUDSPEAKERS = 20_000


@dataclass(frozen=True, slots=True)
class Meant:
    """`area` bounds everything; `where` is empty when all of it is meant. `devices` by topic of their commune."""

    area: str
    where: Where
    devices: frozenset[str]
    topics: tuple[str, ...]

    @property
    def audience(self) -> Audience:
        """For the certificate."""
        return Audience(area=self.area)


def meant(wish: Wish, scope: str, world: World) -> Meant:
    """Raises Invalid for nothing, NotFound for a place outside `scope` (a path) or one that is not there."""
    areas = tuple(dict.fromkeys(wish.areas))
    places = [*areas, *(_place(name, world.group_areas.get(name)) for name in wish.groups)]
    places += [_place(name, member.path if (member := world.members.get(name)) else None) for name in wish.devices]
    if not places:
        raise Invalid("Hãy chọn nơi phát.", code="live_nowhere")
    if not all(is_inside(place, scope) for place in places):
        raise NotFound
    area = common(places)
    whole = area in areas
    where = Where() if whole else Where(areas=areas, groups=tuple(wish.groups), devices=tuple(wish.devices))
    members = [member for member in _inside(area, world) if whole or _is_named(member, where)]
    if not members:
        raise Invalid("Nơi đã chọn chưa có cụm loa nào.", code="live_nobody")
    if len(members) > MOST_LOUDSPEAKERS:
        raise Invalid("Nơi đã chọn quá rộng để nói trực tiếp. Hãy chọn ít xã hơn.", code="live_too_wide")
    communes = sorted({member.commune for member in members if member.commune})
    return Meant(area, where, frozenset(member.id for member in members), tuple(topics.area(one) for one in communes))


def common(places: list[str]) -> str:
    """The smallest area that holds them all."""
    labels = [place.split(".") for place in places]
    shared = []
    for column in zip(*labels, strict=False):
        if len(set(column)) > 1:
            break
        shared.append(column[0])
    return ".".join(shared)


def counts(devices: frozenset[str], is_online: Callable[[str], bool], is_held: Callable[[str], bool]) -> dict[str, int]:
    """How many loudspeakers are meant, ready, not there, and there but stopped."""
    there = {device for device in devices if is_online(device)}
    held = {device for device in there if is_held(device)}
    return {
        "expected": len(devices),
        "ready": len(there) - len(held),
        "away": len(devices) - len(there),
        "held": len(held),
    }


def _place(name: str, path: str | None) -> str:
    if not path:
        raise NotFound
    return path


def _inside(area: str, world: World) -> list[Member]:
    return [world.members[name] for name in world.meant(Audience(area=area))]


def _is_named(member: Member, where: Where) -> bool:
    return (
        any(is_inside(member.path, path) for path in where.areas)
        or not set(where.groups).isdisjoint(member.groups)
        or member.id in where.devices
    )
