"""Tells the gateway, inside the writer's transaction, that something changed: it acts when the transaction commits.

PostgreSQL delivers a notification only with the commit, and drops nothing while the gateway listens; what it missed it
reads again when it connects.
"""

import json
from collections.abc import Mapping

from django.db import connection

OUTBOX = "loa_outbox"
CHANGED = "loa_changed"


def _notify(channel: str, payload: Mapping[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify(%s, %s)", [channel, json.dumps(payload)])


def message(identifier: object) -> None:
    """There is a new message in the outbox."""
    _notify(OUTBOX, {"id": str(identifier)})


def document(typ: str, subject: str, revision: int) -> None:
    """There is a new revision of a signed state; devices are told to fetch it."""
    _notify(CHANGED, {"what": "document", "typ": typ, "subject": subject, "revision": revision})


def device(identifier: str) -> None:
    """Key, place or settings of a device changed. A connection made with an older key or place is ended at once."""
    _notify(CHANGED, {"what": "device", "id": identifier})


def event(kind: str, area: str, facts: Mapping[str, object]) -> None:
    """Something that open pages of this area should hear of ("bulletin.approved"). Facts under 7 KB, no secrets."""
    _notify(CHANGED, {"what": "event", "kind": kind, "area": area, "facts": dict(facts)})
