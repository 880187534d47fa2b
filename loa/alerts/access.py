"""The door to alerts and to what belongs to them: within the user's areas, or not found."""

from datetime import datetime
from uuid import UUID

from loa.alerts.models import AlertRecord, Draft, Drill
from loa.areas.rules import is_inside
from loa.kernel.errors import NotFound
from loa.people import access as people
from loa.people.models import User

AUTHOR, CONFIRM, VIEW, DUTY, DRILL = "alert.author", "alert.confirm", "alert.view", "duty.write", "drill.write"


def draft_for(user: User, draft_id: UUID, now: datetime) -> Draft:
    """A draft that this user may go on with: in an area where he may ask for alerts. NotFound, Denied."""
    row = Draft.objects.select_related("area", "author").filter(pk=draft_id, dropped_at=None).first()
    if row is None:
        raise NotFound
    people.require(user, AUTHOR, row.area, now)
    return row


def alert_for(user: User, alert_id: str, now: datetime) -> AlertRecord:
    """An alert that touches the user's places: of an area inside them, or of one above that reaches down. NotFound."""
    row = AlertRecord.objects.select_related("area", "author", "confirmer").filter(pk=alert_id).first()
    if row is None or row.area is None:
        raise NotFound
    scopes = people.areas_with(user, VIEW, now)
    if not any(is_inside(row.area.path, scope) or is_inside(scope, row.area.path) for scope in scopes):
        raise NotFound
    return row


def drill_for(user: User, drill_id: int, now: datetime, capability: str = VIEW) -> Drill:
    """A drill of an area in the user's places. NotFound, Denied."""
    row = Drill.objects.select_related("area", "record").filter(pk=drill_id, dropped_at=None).first()
    if row is None:
        raise NotFound
    people.require(user, capability, row.area, now)
    return row
