"""The door to devices: through it or "not found"."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from loa.devices import tickets
from loa.devices.models import Device, DeviceGroup
from loa.kernel.errors import NotFound
from loa.people import access as people
from loa.people.models import User

ON_TICKETS = ("view", "hold.set", "bulletin.approve")


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
