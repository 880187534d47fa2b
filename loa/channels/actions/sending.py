"""Sends what waits in one channel: claimed first, noted one by one, tried again while it is of use.

A process that is killed leaves its claims behind; after `retry.CLAIM_HOLDS` another one takes them up, so a message
goes out at least once. A message that breaks the code is tried alone from then on and given up: it stops no other.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from loa.channels import queries
from loa.channels.actions.noting import note_report, note_result
from loa.channels.actions.opening import way_of
from loa.channels.models import Channel, Outcome, Sending
from loa.channels.rules import limits, retry
from loa.channels.rules.codes import State
from loa.channels.ways.base import ChannelDown, Message, Notifier, Report, Result, To

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
BROKEN = "broken"
MOST_BREAKS = 3  # tries of a message alone that end in an error of the code


def send_waiting(*, channel_id: UUID, clock: Clock) -> int:
    """Everything that is due in this channel; how many went out."""
    channel = Channel.objects.select_related("area").filter(pk=channel_id, ended_at=None, enabled=True).first()
    began, sent = clock(), 0
    lapse(clock())
    if channel is None:
        return 0
    try:
        way = way_of(channel, clock)
        while clock() - began < retry.ROUND and (rows := claim(channel, way.most_at_once, clock())):
            sent += _send(channel, way, rows, clock)
    except ChannelDown as down:
        _is_down(channel, down.code, clock())
    return sent


def collect_reports(*, channel_id: UUID, clock: Clock) -> int:
    """What the other side reports of earlier messages; how many reports."""
    channel = Channel.objects.select_related("area").filter(pk=channel_id, ended_at=None).first()
    if channel is None:
        return 0
    count = 0
    try:
        for report in way_of(channel, clock).collect():
            count += note_report(channel, report, clock())
    except ChannelDown as down:
        log.warning("reports of %s wait: %s", channel.name, down.code)
    return count


def free(now: datetime) -> Q:
    """Held by nobody, or by somebody who died with it."""
    return Q(claimed_at=None) | Q(claimed_at__lte=now - retry.CLAIM_HOLDS)


@transaction.atomic
def claim(channel: Channel, most: int, now: datetime) -> list[Outcome]:
    """The next ones of one message, held by this process alone; one that something died or broke with goes alone."""
    rows = Outcome.objects.filter(free(now), channel=channel, state=State.WAITING, next_at__lte=now)
    rows = rows.select_for_update(of=("self",), skip_locked=True).select_related("sending__area")
    first = list(rows.order_by("-urgent", "next_at", "sending_id", "pk")[:most])
    if not first:
        return []
    with_it = [one for one in first if one.sending_id == first[0].sending_id and not _is_suspect(one)]
    taken = first[:1] if _is_suspect(first[0]) else with_it
    Outcome.objects.filter(pk__in=[one.pk for one in taken]).update(claimed_at=now, tries=F("tries") + 1)
    for one in taken:
        one.claimed_at, one.tries = now, one.tries + 1
    return taken


def _is_suspect(row: Outcome) -> bool:
    """The code broke with it, or a process was gone before it had noted anything."""
    return row.tries > 0 and row.code in ("", BROKEN)


def lapse(now: datetime) -> int:
    """What would come too late is sent no more."""
    late = Outcome.objects.filter(free(now), state=State.WAITING, sending__expires_at__lte=now)
    return late.update(state=State.LAPSED, code="late", done_at=now, claimed_at=None)


def _send(channel: Channel, way: Notifier, rows: list[Outcome], clock: Clock) -> int:
    """One message to some addresses. Raises ChannelDown after what was not sent is handed back."""
    now = clock()
    rows = list(_within_limits(channel, rows, now))
    open_rows = {str(row.pk): row for row in rows}
    sent = 0
    try:
        for told in _tell(way, rows[0].sending, open_rows.values(), clock) if rows else ():
            if isinstance(told, Report):
                note_report(channel, told, clock())
            elif (row := open_rows.pop(told.key, None)) is not None:
                sent += note_result(channel, row, told, clock())
    except ChannelDown as down:
        for row in open_rows.values():
            note_result(channel, row, Result(str(row.pk), down.code, again=True), clock())
        raise
    except Exception:
        log.exception("a message broke: channel %s, sending %s", channel.pk, rows[0].sending_id)
        for row in open_rows.values():
            again = row.tries < MOST_BREAKS
            note_result(channel, row, Result(str(row.pk), BROKEN, again=again), clock())
    else:
        for row in open_rows.values():
            note_result(channel, row, Result(str(row.pk), "silent", again=True), clock())
    return sent


def _tell(way: Notifier, sending: Sending, rows: Iterable[Outcome], clock: Clock) -> Iterator[Result | Report]:
    with closing(way.send(message_of(sending), [To(str(row.pk), row.address) for row in rows])) as told:  # type: ignore[type-var]
        yield from told


def message_of(sending: Sending) -> Message:
    """What the ways are given."""
    return Message(
        id=str(sending.pk), purpose=sending.purpose, status=sending.status, title=sending.title, text=sending.text,
        short=sending.short, place=sending.area.full_name, made=sending.made_at, expires=sending.expires_at,
        data=sending.data,
    )  # fmt: skip


def _within_limits(channel: Channel, rows: list[Outcome], now: datetime) -> Iterator[Outcome]:
    of_address, of_channel = dict(queries.went_to({row.address for row in rows}, now)), queries.went_by(channel, now)
    for row in rows:
        count = of_address.get(row.address, 0)
        held = limits.held(row.sending.status, of_address=count, of_channel=of_channel, per_hour=channel.per_hour)
        if held:
            Outcome.objects.filter(pk=row.pk).update(state=State.HELD, code=held, done_at=now, claimed_at=None)
            continue
        of_address[row.address], of_channel = count + 1, of_channel + 1
        yield row


def _is_down(channel: Channel, code: str, now: datetime) -> None:
    log.warning("channel %s (%s): %s", channel.pk, channel.kind, code)
    Channel.objects.filter(pk=channel.pk).update(fault=code, fault_at=now)
