"""The door to notifications: who was told of one, and still has to do with its place, may open it."""

from datetime import datetime
from uuid import UUID

from loa.kernel.errors import NotFound
from loa.notifications.models import Told
from loa.notifications.queries.boxes import told_to
from loa.people.access import grants_of
from loa.people.models import User


def told_for(user: User, notification: UUID, now: datetime, *, lock: bool = False) -> Told:
    """What this person was told of it. Raises NotFound."""
    rows = told_to(user, grants_of(user, now)).filter(notification=notification)
    row = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if row is None:
        raise NotFound
    return row
