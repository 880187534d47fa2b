"""Reads of channels: which lead out of a place, who is to be told there, what became of what was sent."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q

from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import lineage
from loa.channels.models import Channel, Outcome, Recipient, Sending
from loa.channels.rules.codes import TO_PEOPLE, Kind, Purpose, State

_HOUR = timedelta(hours=1)
_WENT = (State.SENT, State.DELIVERED)


def channels_of(area: Area) -> list[Channel]:
    """Those that serve the area: its own first, then those of the units above."""
    rows = Channel.objects.filter(area__path__in=lineage(area.path), ended_at=None).select_related("area")
    return sorted(rows, key=lambda row: (-len(row.area.path), row.kind, row.name))


def recipients_of(area: Area) -> list[Recipient]:
    """The list of the area itself."""
    return list(Recipient.objects.filter(area=area, ended_at=None))


def open_channels(area: Area, purpose: str) -> list[Channel]:
    """Those that may carry a message about this area: of the units above it and of those inside it."""
    around = Q(area__path__in=lineage(area.path)) | within(area.path, "area__path")
    rows = Channel.objects.filter(around, ended_at=None, enabled=True).select_related("area")
    wanted = rows.filter(for_duty=True) if purpose == Purpose.DUTY else rows.filter(for_alerts=True)
    return list(wanted)


def to_tell(area: Area) -> list[Recipient]:
    """Everybody of the lists inside the area, and those above who are also told of a part."""
    around = within(area.path, "area__path") | Q(area__path__in=lineage(area.path)[:-1], below=True)
    return list(Recipient.objects.filter(around, ended_at=None).select_related("area"))


def nearest(channels: Iterable[Channel], path: str) -> dict[str, Channel]:
    """For somebody who belongs to `path`, the nearest channel of each kind that leads to people."""
    above = lineage(path)
    fits = [one for one in channels if one.kind in TO_PEOPLE and one.area.path in above]
    return {one.kind: one for one in sorted(fits, key=lambda one: len(one.area.path))}


def due_channels(now: datetime, free: Q) -> list[UUID]:
    """Channels with something to send now."""
    rows = Outcome.objects.filter(free, state=State.WAITING, next_at__lte=now)
    return list(rows.values_list("channel_id", flat=True).distinct().order_by())


def reporting_channels(now: datetime, since: timedelta) -> list[UUID]:
    """SMS channels whose centre has still something to report."""
    rows = Outcome.objects.filter(
        channel__kind=Kind.SMS, channel__ended_at=None, state=State.SENT, sent_at__gt=now - since,
        parts__delivered=None, parts__isnull=False,
    )  # fmt: skip
    return list(rows.values_list("channel_id", flat=True).distinct().order_by())


def went_to(addresses: Iterable[str], now: datetime) -> Mapping[str, int]:
    """How many messages each address got in the last hour, by any channel."""
    rows = Outcome.objects.filter(address__in=list(addresses), sent_at__gt=now - _HOUR, state__in=_WENT)
    return dict(rows.values_list("address").annotate(count=Count("pk")).order_by())


def went_by(channel: Channel, now: datetime) -> int:
    """How many went by this channel in the last hour."""
    return Outcome.objects.filter(channel=channel, sent_at__gt=now - _HOUR, state__in=_WENT).count()


def latest(area: Area, most: int = 20) -> list[Sending]:
    """What was sent about the area and below, the newest first, with `reached`, `open` and `failed`."""
    rows = Sending.objects.filter(within(area.path, "area__path")).select_related("area")
    return list(
        rows.annotate(
            reached=Count("outcomes", filter=Q(outcomes__state__in=_WENT)),
            open=Count("outcomes", filter=Q(outcomes__state=State.WAITING)),
            failed=Count("outcomes", filter=Q(outcomes__state__in=(State.FAILED, State.HELD, State.LAPSED))),
        )[:most]
    )


def outcomes_of(sending: Sending) -> list[Outcome]:
    """One line for each address, those that need a look first."""
    order = {State.FAILED: 0, State.HELD: 1, State.LAPSED: 2, State.WAITING: 3, State.SENT: 4, State.DELIVERED: 5}
    rows = Outcome.objects.filter(sending=sending).select_related("channel")
    return sorted(rows, key=lambda row: (order[State(row.state)], row.name))
