"""What was sent to the public, as CAP: one message, or the newest of an area. Tests are nobody's business outside."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from cap import model as cap
from devicelink import messages as wire
from django.db.models import Q, QuerySet

from loa.alerts import outward
from loa.alerts.models import AlertRecord, Status
from loa.alerts.outward import Sent, Unit
from loa.alerts.wishes import Said
from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import lineage
from loa.kernel.errors import NotFound

SHOWN_FOR = timedelta(days=30)
MOST = 50


def document(alert_id: str, sender: str) -> cap.Alert:
    """One message. NotFound for what was never sent."""
    row = _sent().filter(pk=alert_id).first()
    if row is None:
        raise NotFound
    return _documents([row], sender)[0]


def area(path: str) -> Area:
    """The place of a feed. NotFound."""
    found = Area.objects.filter(path=path).first()
    if found is None:
        raise NotFound
    return found


def newest(path: str, sender: str, now: datetime) -> list[cap.Alert]:
    """Actual alerts and exercises that touched this place within 30 days, and what ended them; newest first."""
    touches = within(path, "area__path") | Q(area__path__in=lineage(path))
    rows = _sent().filter(touches, issued__gt=now - SHOWN_FOR).exclude(status=Status.TEST)
    return _documents(list(rows.order_by("-issued", "pk")[:MOST]), sender)


def _sent() -> QuerySet[AlertRecord]:
    return AlertRecord.objects.filter(state=AlertRecord.State.SENT, issued__isnull=False, expires__isnull=False)


def _documents(rows: list[AlertRecord], sender: str) -> list[cap.Alert]:
    messages = [_message(row) for row in rows]
    paths = {path for message in messages for path in outward.paths_of(message)}
    units = {
        row.path: Unit(row.full_name, row.code if row.code.isdecimal() else "")
        for row in Area.objects.filter(path__in=paths)
    }
    earlier = _instants(name for message in messages for name in _ended_by(message))
    found = []
    for row, message in zip(rows, messages, strict=True):
        assert row.issued is not None
        assert row.expires is not None
        references = tuple(
            cap.Reference(sender=sender, identifier=name, sent=earlier[name])
            for name in _ended_by(message)
            if name in earlier
        )
        said = msgspec.convert(row.said, tuple[Said, ...])
        found.append(outward.document(Sent(message, said, row.issued, row.expires, references), sender, units))
    return found


def _message(row: AlertRecord) -> wire.Alert | wire.Cancel:
    if row.kind in (AlertRecord.Kind.ALERT, AlertRecord.Kind.UPDATE):
        return msgspec.convert(row.content, wire.Alert)
    return msgspec.convert(row.content, wire.Cancel)


def _ended_by(message: wire.Alert | wire.Cancel) -> tuple[str, ...]:
    return (message.alert,) if isinstance(message, wire.Cancel) else message.references


def _instants(names: Iterable[str]) -> dict[str, datetime]:
    rows = _sent().filter(pk__in=set(names)).values_list("pk", "issued")
    return {name: issued for name, issued in rows if issued is not None}
