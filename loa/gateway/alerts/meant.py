"""Whom an alert or a cancel means, judged from the gateway's memory as the loudspeaker judges by its placement."""

from collections.abc import Iterable

from devicelink import geometry
from devicelink.audience import inside
from devicelink.messages import Alert, Cancel, Where

from loa.gateway.world import Member, World

LOUD = frozenset({"speaker", "adapter"})
COUNTRY = "vn"


def area_of(message: Alert | Cancel) -> str:
    """The path of the area that bounds it; "" for an audience of another kind, which the wire does not know."""
    return message.audience.area or ""


def is_meant(where: Where, member: Member) -> bool:
    """See `geometry.means`."""
    if where == Where():
        return True
    if any(inside(path, member.path) for path in where.areas) or member.id in where.devices:
        return True
    if not set(where.groups).isdisjoint(member.groups):
        return True
    return geometry.covers(where, member.latitude, member.longitude)


def concerns(message: Alert | Cancel, member: Member) -> bool:
    """True if this loudspeaker has to answer: it has a text of the alert, or stands where it is cancelled."""
    if member.kind not in LOUD or not member.placed or not inside(area_of(message), member.path):
        return False
    return isinstance(message, Cancel) or any(is_meant(target.where, member) for target in message.targets)


def expected(message: Alert | Cancel, world: World) -> list[Member]:
    """All loudspeakers that have to answer."""
    members = (world.members[identifier] for identifier in world.meant(message.audience))
    return [member for member in members if concerns(message, member)]


def sounds_for(message: Alert | Cancel, member: Member) -> frozenset[str]:
    """SHA-256 of what this loudspeaker may fetch of it: those of the first target that means it."""
    if not inside(area_of(message), member.path):
        return frozenset()
    for target in message.targets:
        if is_meant(target.where, member):
            return frozenset((*target.prompts, *(voice.sha256 for voice in target.voices)))
    return frozenset()


def communes(members: Iterable[Member]) -> dict[str, list[Member]]:
    """By code of the commune on whose topic they listen, in the order of the codes."""
    found: dict[str, list[Member]] = {}
    for member in members:
        if member.commune:
            found.setdefault(member.commune, []).append(member)
    return dict(sorted(found.items()))
