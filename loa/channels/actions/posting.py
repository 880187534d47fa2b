"""Posting: one message becomes one row for each address, once for each key, and the senders are woken."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from loa.areas.models import Area
from loa.audit.actions import record
from loa.channels import access, queries
from loa.channels.models import Channel, Outcome, Recipient, Sending
from loa.channels.rules import limits, words
from loa.channels.rules.codes import TO_PEOPLE, Kind, Purpose, State, Status
from loa.kernel.errors import Invalid, Refusal
from loa.kernel.ids import new_id
from loa.people.models import User
from loa.people.rules import normal_phone

SEND_TASK = "channels.send"
QUEUE = "channels"


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody above wants told. `short` "" = the text. What is no actual alert gets its first words here."""

    key: str
    purpose: str
    status: str
    title: str
    text: str
    expires: datetime
    short: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Addressee:
    """One person, from a list or with an account. `path`: where they belong, for the nearest channel."""

    name: str
    path: str
    phone: str = ""
    email: str = ""
    recipient: Recipient | None = None


@transaction.atomic
def post(*, notice: Notice, area: Area, now: datetime) -> Sending | None:
    """Tell everybody of the lists and all programs that something concerns `area`. None: it was posted already."""
    people = [Addressee(one.name, one.area.path, one.phone, one.email, one) for one in queries.to_tell(area)]
    return _post(notice, area, people, queries.open_channels(area, notice.purpose), None, now)


@transaction.atomic
def post_to(*, notice: Notice, area: Area, people: Iterable[Addressee], now: datetime) -> Sending | None:
    """Tell these persons alone, for a deed that is theirs. None: it was posted already."""
    channels = [one for one in queries.open_channels(area, notice.purpose) if one.kind in TO_PEOPLE]
    return _post(notice, area, list(people), channels, None, now)


@transaction.atomic
def try_channel(*, actor: User, channel_id: UUID, address: str, now: datetime) -> Sending:
    """One trial by one channel: to this address, or to the program it leads to.

    Raises NotFound, Denied, Invalid `address`, Refusal `too_many`.
    """
    channel = access.channel_for(actor, channel_id, now, lock=True)
    recent = Sending.objects.filter(made_by=actor, purpose=Purpose.TRIAL, made_at__gt=now - timedelta(hours=1))
    if recent.count() >= limits.TRIALS_AN_HOUR:
        raise Refusal("Anh/chị đã gửi thử nhiều lần trong một giờ qua. Hãy đợi ít phút.", code="too_many")
    person = _tried(channel, address)
    title = "Tin gửi thử"
    text = f"Tin gửi thử từ hệ thống truyền thanh {channel.area.full_name}. Không cần làm gì."
    notice = Notice(f"trial:{new_id()}", Purpose.TRIAL, Status.TEST, title, text, now + timedelta(minutes=30))
    sending = _post(notice, channel.area, [person], [channel], actor, now)
    assert sending is not None
    record(
        actor=actor, verb="channel.tried", object=("channel", channel.pk), area=channel.area.path,
        facts={"name": channel.name, "to": words.masked(person.phone or person.email)}, now=now,
    )  # fmt: skip
    return sending


def _tried(channel: Channel, address: str) -> Addressee:
    address = address.strip()
    phone = normal_phone(address) if channel.kind in (Kind.SMS, Kind.ZALO) else ""
    if channel.kind in (Kind.SMS, Kind.ZALO) and not phone:
        raise Invalid("Hãy nhập số điện thoại nhận tin thử.", code="address")
    if channel.kind == Kind.EMAIL and "@" not in address:
        raise Invalid("Hãy nhập địa chỉ thư nhận tin thử.", code="address")
    return Addressee("Gửi thử", channel.area.path, phone, address if channel.kind == Kind.EMAIL else "")


def _post(
    notice: Notice, area: Area, people: Sequence[Addressee], channels: Sequence[Channel], actor: User | None,
    now: datetime,
) -> Sending | None:  # fmt: skip
    status = Status(notice.status)
    sending, new = Sending.objects.get_or_create(
        key=notice.key,
        defaults={
            "area": area, "purpose": Purpose(notice.purpose), "status": status,
            "title": words.shortened(notice.title, 200), "text": words.opened(status, notice.text),
            "short": words.shortened(words.opened(status, notice.short or notice.text)),
            "data": dict(notice.data), "made_by": actor, "made_at": now, "expires_at": notice.expires,
        },
    )  # fmt: skip
    if not new:
        return None
    rows = list({(row.channel_id, row.address): row for row in _rows(sending, people, channels)}.values())
    Outcome.objects.bulk_create(rows)
    for channel in sorted({str(row.channel_id) for row in rows}):
        wake(channel)
    return sending


def _rows(sending: Sending, people: Sequence[Addressee], channels: Sequence[Channel]) -> Iterable[Outcome]:
    for channel in channels:
        if channel.kind not in TO_PEOPLE:
            yield _row(sending, channel, str(channel.options.get("url", "")), channel.name, None)
    for person in people:
        for kind, channel in queries.nearest(channels, person.path).items():
            address = person.email if kind == Kind.EMAIL else person.phone
            if address:
                yield _row(sending, channel, address, person.name, person.recipient)


def _row(sending: Sending, channel: Channel, address: str, name: str, recipient: Recipient | None) -> Outcome:
    return Outcome(
        sending=sending, channel=channel, address=address, name=name, recipient=recipient, state=State.WAITING,
        next_at=sending.made_at, urgent=sending.status == Status.ACTUAL,
    )  # fmt: skip


def wake(channel: str, *, task: str = SEND_TASK, once: bool = False) -> None:
    """Let a worker look after this channel, one at a time for each; `once`: unless it is asked to already, which must
    not be said while a row is not committed that the other may miss.
    """
    waiting = {"queueing_lock": f"{task}.{channel}"} if once else {}
    job = app.configure_task(task, allow_unknown=True, queue=QUEUE, lock=f"channels.{channel}", **waiting)
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(channel=channel)
