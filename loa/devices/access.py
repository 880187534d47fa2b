"""The door to devices: through it or "not found"."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import is_inside
from loa.devices import tickets
from loa.devices.models import (
    Device,
    DeviceBatch,
    DeviceGroup,
    Incident,
    LogRequest,
    Photo,
    PlannedOutage,
    RepairTicket,
    Rollout,
)
from loa.kernel.errors import NotFound
from loa.people import access as people
from loa.people.models import User

ON_TICKETS = ("view", "hold.set", "bulletin.approve", "alert.view", "alert.author", "alert.confirm", "live.speak")


def device_for(user: User | AnonymousUser, identifier: str, now: datetime, capability: str = "view") -> Device:
    """The device, if this user holds `capability` where it stands. NotFound, Denied."""
    try:
        device = Device.objects.select_related("area", "hamlet", "plan_set", "status").get(pk=identifier)
    except (Device.DoesNotExist, ValueError):
        raise NotFound from None
    people.require(user, capability, device.area, now)
    return device


def group_for(user: User | AnonymousUser, identifier: str, now: datetime, capability: str = "view") -> DeviceGroup:
    """The group, if this user holds `capability` in its commune. NotFound, Denied."""
    group = DeviceGroup.objects.select_related("area").filter(pk=identifier).first()
    if group is None:
        raise NotFound
    people.require(user, capability, group.area, now)
    return group


def incident_for(user: User | AnonymousUser, identifier: UUID, now: datetime) -> tuple[Incident, Area]:
    """The incident, and the area inside which this user may see who it holds. NotFound if it holds none there.

    Whoever works below the area of the incident sees it as far as it reaches into his own.
    """
    row = Incident.objects.select_related("area").filter(pk=identifier).first()
    if row is None:
        raise NotFound
    scopes = people.areas_with(user, "view", now)
    if any(is_inside(row.area.path, scope) for scope in scopes):
        return row, row.area
    for scope in scopes:
        held = within(scope, "device__area__path") | within(scope, "device__hamlet__path")
        if is_inside(scope, row.area.path) and row.members.filter(held).exists():
            return row, Area.objects.get(path=scope)
    raise NotFound


def ticket_for_repair(
    user: User | AnonymousUser, identifier: UUID, now: datetime, capability: str = "view"
) -> RepairTicket:
    """The repair ticket, if this user holds `capability` where its device stands. NotFound, Denied."""
    row = RepairTicket.objects.select_related("device__area").filter(pk=identifier).first()
    if row is None:
        raise NotFound
    people.require(user, capability, row.device.area, now)
    return row


def photo_for(user: User | AnonymousUser, identifier: UUID, now: datetime) -> Photo:
    """A picture of a device that this user may see. NotFound."""
    row = Photo.objects.select_related("device__area").filter(pk=identifier).first()
    if row is None:
        raise NotFound
    people.require(user, "view", row.device.area, now)
    return row


def batch_for(user: User, identifier: UUID, now: datetime) -> DeviceBatch:
    """A file that this user has sent and not taken in yet, where devices are still his to manage. NotFound."""
    row = DeviceBatch.objects.select_related("area").filter(pk=identifier, by=user, taken_at=None).first()
    if row is None or not people.may(user, "device.manage", row.area, now):
        raise NotFound
    return row


def outage_for(user: User | AnonymousUser, identifier: UUID, now: datetime, capability: str = "view") -> PlannedOutage:
    """The planned outage, if this user holds `capability` where it is. NotFound, Denied."""
    row = PlannedOutage.objects.select_related("area").filter(pk=identifier).first()
    if row is None:
        raise NotFound
    people.require(user, capability, row.area, now)
    return row


def rollout_for(user: User | AnonymousUser, identifier: UUID, now: datetime) -> Rollout:
    """The rollout, if this user looks after the software of loudspeakers where it goes. NotFound, Denied."""
    rows = Rollout.objects.select_related("release", "back", "area", "proposed_by", "approved_by")
    row = rows.filter(pk=identifier).first()
    if row is None:
        raise NotFound
    people.require(user, "release.propose", row.area, now)
    return row


def log_for(user: User | AnonymousUser, identifier: UUID, now: datetime) -> LogRequest:
    """What a loudspeaker was asked for and answered, for those who manage it. NotFound, Denied."""
    row = LogRequest.objects.select_related("device__area", "by").filter(pk=identifier).first()
    if row is None:
        raise NotFound
    people.require(user, "device.manage", row.device.area, now)
    return row


def ticket_for(user: User, area: str, now: datetime, *, session: str = "", life: timedelta = tickets.LIFE) -> str:
    """The ticket that a page about this area (path) carries to the gateway. NotFound outside the user's scope.

    It ends with the `session` (people.rules.session_mark), and when a role of its user ends by itself.
    """
    grant = people.require(user, "view", area, now)
    return tickets.mint(
        seed=tickets.ensure_seed(settings.ENV.ticket_keys),
        user=user.pk,
        name=user.full_name or user.get_username(),
        area=area,
        role=grant.role,
        may=[name for name in ON_TICKETS if people.may(user, name, area, now)],
        now=now,
        life=min((life, *(ends - now for ends in people.ends_of(user, now)))),
        session=session,
    )
