"""The door to relay sources: those of one's own area to keep, those of the areas above to use."""

from datetime import datetime
from uuid import UUID

from loa.areas.models import Area
from loa.areas.rules import lineage
from loa.devices.models import DeviceGroup
from loa.kernel.errors import NotFound
from loa.people.access import areas_with, require
from loa.people.models import User
from loa.relays.models import RelaySource, SourceTest

KEEP = "relay.write"


def source_for(
    user: User, source_id: UUID, now: datetime, capability: str = KEEP, *, lock: bool = False
) -> RelaySource:
    """A source that is still in use, where `user` may do `capability`. Raises NotFound, Denied."""
    rows = RelaySource.objects.select_related("area", "fallback").filter(pk=source_id, ended_at=None)
    source = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if source is None:
        raise NotFound
    require(user, capability, source.area, now)
    return source


def relay_for(user: User, source_id: UUID, area: Area, now: datetime) -> RelaySource:
    """A source that `area` may relay: its own, or one of a unit above it. Raises NotFound, Denied."""
    require(user, "view", area, now)
    rows = RelaySource.objects.filter(pk=source_id, area__path__in=lineage(area.path), ended_at=None)
    source = rows.select_related("area", "fallback").first()
    if source is None:
        raise NotFound
    return source


def usable(user: User, source_id: UUID, now: datetime) -> RelaySource:
    """A source that `user` sees on the page of sources: of an area of theirs or of a unit above one. Raises NotFound,
    Denied.
    """
    source = RelaySource.objects.select_related("area", "fallback").filter(pk=source_id, ended_at=None).first()
    if source is None:
        raise NotFound
    _sees(user, source.area, now)
    return source


def _sees(user: User, area: Area, now: datetime) -> None:
    if not any(area.path in lineage(scope) for scope in areas_with(user, "view", now)):
        require(user, "view", area, now)


def trial_for(user: User, test_id: UUID, now: datetime) -> SourceTest:
    """What a try of a source showed, for who may use the source. Raises NotFound, Denied."""
    test = SourceTest.objects.select_related("source__area").filter(pk=test_id).first()
    if test is None:
        raise NotFound
    _sees(user, test.source.area, now)
    return test


def group_for(user: User, group_id: str, now: datetime) -> DeviceGroup:
    """A group whose way of receiving `user` may choose. Raises NotFound, Denied."""
    group = DeviceGroup.objects.select_related("area").filter(pk=group_id).first()
    if group is None:
        raise NotFound
    require(user, KEEP, group.area, now)
    return group
