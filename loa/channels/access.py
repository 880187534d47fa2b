"""The door to channels, to lists of recipients and to what was sent."""

from datetime import datetime
from uuid import UUID

from loa.channels.models import Channel, Recipient, Sending
from loa.kernel.errors import NotFound
from loa.people.access import require
from loa.people.models import User

MANAGE = "channel.manage"
LISTS = "recipient.write"


def channel_for(user: User, channel_id: UUID, now: datetime, *, lock: bool = False) -> Channel:
    """A channel that is in use, for who manages it. Raises NotFound, Denied."""
    rows = Channel.objects.select_related("area").filter(pk=channel_id, ended_at=None)
    channel = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if channel is None:
        raise NotFound
    require(user, MANAGE, channel.area, now)
    return channel


def recipient_for(user: User, recipient_id: UUID, now: datetime, *, lock: bool = False) -> Recipient:
    """Somebody of a list that `user` keeps. Raises NotFound, Denied."""
    rows = Recipient.objects.select_related("area").filter(pk=recipient_id, ended_at=None)
    recipient = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if recipient is None:
        raise NotFound
    require(user, LISTS, recipient.area, now)
    return recipient


def sending_for(user: User, sending_id: UUID, now: datetime) -> Sending:
    """What was sent about an area of theirs. Raises NotFound, Denied."""
    sending = Sending.objects.select_related("area").filter(pk=sending_id).first()
    if sending is None:
        raise NotFound
    require(user, "view", sending.area, now)
    return sending
