"""What the gateway's journal and the loudspeakers tell of alerts, copied: doing it twice changes nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from devicelink.messages import Alert, Cancel
from django.db import transaction

from loa.alerts.models import AlertRecord, AlertStep, Draft, Drill, Receipt
from loa.alerts.rules import months_later
from loa.alerts.wishes import Entry, Report
from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel.clock import from_ms
from loa.people.models import User


@transaction.atomic
def record_alert(*, entry: Entry) -> bool:
    """Copy a line of the journal into the database and the audit record; False if it was copied before."""
    message = entry.wish.alert or entry.wish.cancel
    if message is None or AlertStep.objects.filter(entry=entry.entry).exists():
        return False
    author, by = _person(entry.author or entry.wish.word.user), _person(entry.by)
    row, _ = AlertRecord.objects.select_for_update(of=("self",)).get_or_create(
        pk=entry.id, defaults=_first(entry, message, author)
    )
    at = from_ms(entry.at)
    AlertStep.objects.create(
        entry=entry.entry, record=row, at=at, state=entry.state, by=by, by_name=entry.name[:150],
        code=entry.code[:40], reason=entry.reason[:300],
    )  # fmt: skip
    if at >= row.step_at:
        _follow(row, entry, message, by)
    _note(row, entry, by, at)
    return True


def _first(entry: Entry, message: Alert | Cancel, author: User | None) -> dict[str, object]:
    at = from_ms(entry.at)
    facts: dict[str, object] = {
        "kind": message.kind, "status": message.status, "state": entry.state, "headline": message.headline[:200],
        "area": Area.objects.filter(path=entry.area).first(), "content": msgspec.to_builtins(message),
        "said": msgspec.to_builtins(entry.wish.said), "author": author, "alone": entry.wish.alone,
        "author_name": (author.full_name if author else entry.name)[:150], "asked_at": at, "step_at": at,
        "draft": _draft(entry.wish.draft),
    }  # fmt: skip
    if isinstance(message, Alert):
        return facts | {"event": message.event[:32], "risk": message.risk, "severity": message.severity}
    return facts | {"alert": message.alert}


def _follow(row: AlertRecord, entry: Entry, message: Alert | Cancel, by: User | None) -> None:
    row.state, row.step_at, row.reason, row.code = entry.state, from_ms(entry.at), entry.reason[:300], entry.code[:40]
    if entry.state == "sent":
        row.jws, row.expected = entry.jws, entry.expected
        row.issued = from_ms(message.issued or entry.at)
        life = message.expires - message.issued
        row.expires = from_ms((message.issued or entry.at) + life)
        if by is not None and by.pk != row.author_id:
            row.confirmer, row.confirmer_name = by, by.full_name[:150]
        _end_others(message, row.issued)
        _hold_drill(row)
    row.save()


def _end_others(message: Alert | Cancel, at: datetime) -> None:
    """A cancel ends its alert, an update what it takes the place of; the earliest end counts."""
    over = [message.alert] if isinstance(message, Cancel) else list(message.references)
    for row in AlertRecord.objects.select_for_update(of=("self",)).filter(pk__in=over):
        if row.ended_at is None or at < row.ended_at:
            row.ended_at = at
            row.save(update_fields=["ended_at"])


def _hold_drill(row: AlertRecord) -> None:
    """The drill it was for has been held; the next one stands on the calendar."""
    drill = row.draft.drill if row.draft is not None else None
    if drill is None or drill.record_id is not None:
        return
    Drill.objects.filter(pk=drill.pk).update(record=row)
    if drill.every:
        Drill.objects.create(
            area_id=drill.area_id, title=drill.title, status=drill.status, event=drill.event, minute=drill.minute,
            day=months_later(drill.day, drill.every), every=drill.every, made_by_id=drill.made_by_id,
            made_at=row.step_at,
        )  # fmt: skip


def _note(row: AlertRecord, entry: Entry, by: User | None, at: datetime) -> None:
    state = entry.state
    if entry.wish.alert is None:
        verb = "alert.end_sent" if state == "sent" else "alert.end_asked" if state == "waiting" else "alert.end_failed"
    else:
        verb = (
            "alert.sent" if state == "sent"
            else "alert.asked" if state == "waiting"
            else "alert.declined" if state == "declined"
            else "alert.lapsed" if state == "lapsed"
            else "alert.refused"
        )  # fmt: skip
    facts = {
        "title": row.headline, "status": row.status, "reason": entry.reason, "expected": entry.expected,
        "by_name": entry.name, "alone": entry.wish.alone and row.status == "actual", "kind": row.kind,
    }  # fmt: skip
    record(actor=by, verb=verb, object=("alert", entry.id), area=entry.area, facts=facts, now=at)


def _person(identifier: str) -> User | None:
    return User.objects.filter(pk=int(identifier)).first() if identifier.isdecimal() else None


def _draft(identifier: str) -> Draft | None:
    try:
        return Draft.objects.filter(pk=identifier).first() if identifier else None
    except ValueError:
        return None


_FIELDS = (
    "received_at", "sounding_at", "ended_at", "state", "state_at", "reason", "refused", "round", "target", "late",
    "missing",
)  # fmt: skip


@transaction.atomic
def record_heard(rows: Iterable[Report]) -> int:
    """Keep what loudspeakers reported; in any order and again with the same end. How many receipts that changed.

    What is said of an alert that is not copied yet is not kept: tell it again after `record_alert`.
    """
    told = sorted(rows, key=lambda one: one.at)
    known = set(AlertRecord.objects.filter(pk__in={one.id for one in told}).values_list("pk", flat=True))
    by_key: dict[tuple[str, str], list[Report]] = {}
    for one in told:
        if one.id in known:
            by_key.setdefault((one.id, one.device[:64]), []).append(one)
    kept, changed = _receipts(by_key), []
    for key, row in kept.items():
        before = [getattr(row, name) for name in _FIELDS]
        for one in by_key[key]:
            _take(row, one)
        if before != [getattr(row, name) for name in _FIELDS]:
            changed.append(row)
    Receipt.objects.bulk_update(changed, _FIELDS)
    return len(changed)


def _receipts(keys: Mapping[tuple[str, str], object]) -> dict[tuple[str, str], Receipt]:
    wanted = [Receipt(record_id=record_id, device=device) for record_id, device in sorted(keys)]
    Receipt.objects.bulk_create(wanted, ignore_conflicts=True)
    records, devices = {key[0] for key in keys}, {key[1] for key in keys}
    found = Receipt.objects.select_for_update(of=("self",)).filter(record__in=records, device__in=devices)
    return {key: row for row in found.order_by("pk") if (key := (row.record_id, row.device)) in keys}


def _take(row: Receipt, one: Report) -> None:
    row.received_at = _first_of(row.received_at, one.received)
    row.sounding_at = _first_of(row.sounding_at, one.sounding)
    row.ended_at = _first_of(row.ended_at, one.ended)
    row.round, row.missing = max(row.round, one.round), max(row.missing, one.missing)
    row.late = row.late or one.late
    row.target = one.target[:64] or row.target
    row.refused = "" if row.received_at else (one.refused[:40] or row.refused)
    if one.at and (row.state_at is None or from_ms(one.at) >= row.state_at):
        row.state, row.state_at, row.reason = one.state, from_ms(one.at), one.reason[:40]


def _first_of(known: datetime | None, told: int) -> datetime | None:
    if not told:
        return known
    return min(known or from_ms(told), from_ms(told))
