"""Holds: the gateway signs them and writes them down first; this asks it, and copies its journal into the database."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from devicelink import messages
from django.conf import settings
from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.devices.access import ticket_for
from loa.devices.models import Hold
from loa.devices.rules import papers
from loa.kernel.clock import from_ms
from loa.kernel.errors import LoaError, Unavailable
from loa.people.access import require
from loa.people.models import User

_TIMEOUT_S = 5
_TICKET_LIFE = timedelta(minutes=1)
_AWAY = "Cổng điều khiển loa không trả lời nên chưa dừng được. Hãy thử lại ngay, hoặc tắt tại tủ loa."


def set_hold(
    *, actor: User, audience: messages.Audience, area: Area, until: datetime, now: datetime, reason: str = ""
) -> Mapping[str, object]:
    """Ask the gateway to stop these devices until `until` (<= 24 h): the way for pages without script.

    Answers {"revision", "until", "devices"}. NotFound, Denied, Invalid, Unavailable.
    """
    require(actor, "hold.set", area, now)
    papers.check_hold_until(until, now)
    body = {"audience": msgspec.to_builtins(audience), "until": round(until.timestamp() * 1000), "reason": reason}
    return _ask("/edge/stop", ticket_for(actor, area.path, now, life=_TICKET_LIFE), body)


def release_hold(*, actor: User, audience: messages.Audience, area: Area, now: datetime) -> Mapping[str, object]:
    """Ask the gateway to let these devices sound again."""
    require(actor, "hold.set", area, now)
    ticket = ticket_for(actor, area.path, now, life=_TICKET_LIFE)
    return _ask("/edge/resume", ticket, {"audience": msgspec.to_builtins(audience)})


def _ask(path: str, ticket: str, body: Mapping[str, object]) -> Mapping[str, object]:
    request = urllib.request.Request(  # noqa: S310 - the address is the installation's own
        settings.ENV.gateway_url + path,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {ticket}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        told = json.load(error)
        raise LoaError(str(told.get("detail", _AWAY)), code=str(told.get("code", "refused"))) from error
    except (OSError, ValueError) as error:
        raise Unavailable(_AWAY, code="gateway_away") from error


class HoldEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the gateway's journal. `until` 0 = released; instants in Unix milliseconds; `area` is a path."""

    entry: str
    subject: str
    area: str
    revision: int
    until: int
    jws: str
    user: int
    name: str
    reason: str = ""
    at: int


@transaction.atomic
def record_hold(*, entry: HoldEntry) -> bool:
    """Copy a line of the journal into the database and the audit record; False if it was copied before."""
    by = User.objects.filter(pk=entry.user).first()
    row, fresh = Hold.objects.get_or_create(
        entry=entry.entry,
        defaults={
            "subject": entry.subject,
            "audience": msgspec.to_builtins(papers.audience_of(entry.subject)),
            "area": Area.objects.filter(path=entry.area).first(),
            "revision": entry.revision,
            "until": from_ms(entry.until) if entry.until else None,
            "jws": entry.jws,
            "by": by,
            "by_name": entry.name[:150],
            "reason": entry.reason[:200],
            "at": from_ms(entry.at),
        },
    )
    if fresh:
        _note(row, entry, by)
    return fresh


def _note(row: Hold, entry: HoldEntry, by: User | None) -> None:
    verb = "devices.held" if row.until else "devices.released"
    facts = {"until": row.until, "reason": row.reason, "by_name": row.by_name, "subject": row.subject}
    record(actor=by, verb=verb, object=("hold", row.entry), area=entry.area, facts=facts, now=row.at)
