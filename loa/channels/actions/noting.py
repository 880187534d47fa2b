"""Notes what became of a message as soon as it is known, each in a transaction of its own."""

from datetime import datetime

from django.db import transaction

from loa.channels.models import Channel, Outcome, Part
from loa.channels.rules import retry, sms
from loa.channels.rules.codes import State
from loa.channels.ways.base import Report, Result


@transaction.atomic
def note_result(channel: Channel, row: Outcome, result: Result, now: datetime) -> bool:
    """Whether it went out."""
    row.claimed_at, row.code = None, result.code[:40]
    if result.code == "ok":
        row.state, row.sent_at = State.SENT, now
        Part.objects.filter(outcome=row).delete()
        Part.objects.bulk_create(
            Part(outcome=row, channel=channel, receipt=one, taken_at=now) for one in result.receipts
        )
        Channel.objects.filter(pk=channel.pk).update(worked_at=now, fault="")
    else:
        following = retry.next_try(row.tries, now, row.sending.expires_at) if result.again else None
        if following is None:
            row.state, row.done_at = State.FAILED, now
        else:
            row.next_at = following
    row.save(update_fields=["claimed_at", "code", "state", "sent_at", "done_at", "next_at"])
    return row.state == State.SENT


@transaction.atomic
def note_report(channel: Channel, report: Report, now: datetime) -> bool:
    """Whether it was about something of ours. A message has arrived when all of its parts have."""
    if report.delivered is None:
        return False
    part = (
        Part.objects.select_for_update(of=("self",))
        .select_related("outcome")
        .filter(channel=channel, receipt__in=sms.same(report.receipt))
        .order_by("-taken_at")
        .first()
    )
    if part is None:
        return False
    part.delivered, part.code, part.reported_at = report.delivered, report.code[:40], now
    part.save(update_fields=["delivered", "code", "reported_at"])
    _fold(part.outcome, report, now)
    return True


def _fold(row: Outcome, report: Report, now: datetime) -> None:
    if not report.delivered:
        row.state, row.code, row.done_at = State.FAILED, report.code[:40], now
    elif row.state == State.SENT and not row.parts.exclude(delivered=True).exists():
        row.state, row.done_at = State.DELIVERED, now
    row.save(update_fields=["state", "code", "done_at"])
