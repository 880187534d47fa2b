"""Channels: add, change, switch, end, renew their secrets. A secret goes in and never comes out."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.channels import access
from loa.channels.models import Channel, Outcome
from loa.channels.rules import settings
from loa.channels.rules.codes import Kind, State
from loa.kernel.errors import Invalid
from loa.people import sealed
from loa.people.access import require
from loa.people.models import User

_SIGNING = (Kind.WEBHOOK, Kind.BOARD)


@dataclass(frozen=True, slots=True)
class Entered:
    """A channel as a person enters it. An empty secret keeps the one that is there."""

    name: str
    options: Mapping[str, str] = field(default_factory=dict)
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)
    for_alerts: bool = True
    for_duty: bool = True
    per_hour: int = 3000


@transaction.atomic
def add_channel(*, actor: User, area: Area, kind: str, entered: Entered, now: datetime) -> tuple[Channel, str]:
    """A channel of the area and those below; for a webhook also its new secret, to be shown this once.

    Raises NotFound, Denied, Invalid (code = the field).
    """
    require(actor, access.MANAGE, area, now)
    channel = Channel(area=area, kind=Kind(kind), made_by=actor, made_at=now)
    shown = secrets.token_urlsafe(32) if kind in _SIGNING else ""
    _fill(channel, entered, {"secret": shown} if shown else {}, now)
    _save(channel)
    _record(actor, "channel.added", channel, now)
    return channel, shown


@transaction.atomic
def change_channel(*, actor: User, channel_id: UUID, entered: Entered, now: datetime) -> Channel:
    """Raises as `add_channel`."""
    channel = access.channel_for(actor, channel_id, now, lock=True)
    _fill(channel, entered, read_secret(channel), now)
    channel.fault = ""
    _save(channel)
    _record(actor, "channel.changed", channel, now)
    return channel


@transaction.atomic
def renew_secret(*, actor: User, channel_id: UUID, now: datetime) -> tuple[Channel, str]:
    """Another secret for a webhook, to be shown this once; the old one is void. Raises NotFound, Denied, Invalid."""
    channel = access.channel_for(actor, channel_id, now, lock=True)
    if channel.kind not in _SIGNING:
        raise Invalid("Kênh này không dùng khóa ký.", code="kind")
    shown = secrets.token_urlsafe(32)
    write_secret(channel, {"secret": shown})
    channel.save(update_fields=["secret"])
    _record(actor, "channel.secret_renewed", channel, now)
    return channel, shown


@transaction.atomic
def switch_channel(*, actor: User, channel_id: UUID, on: bool, now: datetime) -> Channel:
    """Use it, or leave it out for now: what waits in it goes on waiting until it expires. Raises NotFound, Denied."""
    channel = access.channel_for(actor, channel_id, now, lock=True)
    channel.enabled, channel.changed_at = on, now
    channel.save(update_fields=["enabled", "changed_at"])
    verb = "channel.switched_on" if on else "channel.switched_off"
    record(
        actor=actor, verb=verb, object=("channel", channel.pk), area=channel.area.path,
        facts={"name": channel.name}, now=now,
    )  # fmt: skip
    return channel


@transaction.atomic
def end_channel(*, actor: User, channel_id: UUID, now: datetime) -> Channel:
    """It is gone for good, with its secret; what became of messages stays. Raises NotFound, Denied."""
    channel = access.channel_for(actor, channel_id, now, lock=True)
    channel.ended_at, channel.secret = now, ""
    channel.save(update_fields=["ended_at", "secret"])
    Outcome.objects.filter(channel=channel, state=State.WAITING).update(
        state=State.LAPSED, code="channel_ended", done_at=now
    )
    _record(actor, "channel.ended", channel, now)
    return channel


def read_secret(channel: Channel) -> dict[str, str]:
    """What is sealed of the channel. Raises Unavailable without its key."""
    if not channel.secret:
        return {}
    found = json.loads(sealed.unseal(channel.secret))
    return {str(name): str(value) for name, value in found.items()}


def write_secret(channel: Channel, words: Mapping[str, str]) -> None:
    """Seal these for the channel; the caller saves it."""
    channel.secret = sealed.seal(json.dumps(dict(words))) if words else ""


def seal_all() -> int:
    """Seal every secret with the newest key; how many changed (settings.LOA_SEALED_ELSEWHERE)."""
    changed = 0
    for row in Channel.objects.select_for_update().exclude(secret="").order_by("pk"):
        if not sealed.is_current(row.secret):
            row.secret = sealed.seal(sealed.unseal(row.secret))
            row.save(update_fields=["secret"])
            changed += 1
    return changed


def _fill(channel: Channel, entered: Entered, kept: Mapping[str, str], now: datetime) -> None:
    name = entered.name.strip()
    if not name or len(name) > 80:
        raise Invalid("Hãy đặt tên kênh, ngắn gọn như “SMS của tỉnh”.", code="name")
    if not 1 <= entered.per_hour <= 1_000_000:
        raise Invalid("Số tin mỗi giờ từ 1 đến 1.000.000.", code="per_hour")
    fields = settings.FIELDS[channel.kind]
    options = {key: entered.options.get(key, "").strip() for key in fields.open}
    fault = settings.fault(channel.kind, options)
    if fault is not None:
        raise Invalid(fault[1], code=fault[0])
    given = {key: entered.secret[key].strip() for key in fields.secret if entered.secret.get(key, "").strip()}
    _require_secrets(fields, {**kept, **given}, moved=bool(kept) and _moved(channel, options), given=given)
    if "refresh_token" in given:
        kept = {key: value for key, value in kept.items() if key != "access_token"}
    channel.name, channel.options, channel.changed_at = name, options, now
    channel.for_alerts, channel.for_duty, channel.per_hour = entered.for_alerts, entered.for_duty, entered.per_hour
    write_secret(channel, {**kept, **given})


def _require_secrets(
    fields: settings.Fields, known: Mapping[str, str], *, moved: bool, given: Mapping[str, str]
) -> None:
    """All are there; and who sends the account elsewhere has to know them: no kept secret follows to a new address."""
    for name in fields.secret:
        if not known.get(name):
            raise Invalid("Hãy nhập đủ mật khẩu, khóa của kênh.", code=name)
        if moved and name not in given:
            raise Invalid("Đổi máy chủ thì phải nhập lại mật khẩu, khóa của kênh.", code=name)


_WHERE = ("host", "port", "tls", "system_id", "send_url", "token_url", "app_id")


def _moved(channel: Channel, options: Mapping[str, str]) -> bool:
    return any(channel.options.get(name, "") != options.get(name, "") for name in _WHERE)


def _save(channel: Channel) -> None:
    try:
        with transaction.atomic():
            channel.save()
    except IntegrityError:
        raise Invalid("Đơn vị đã có kênh cùng tên.", code="name") from None


def _record(actor: User, verb: str, channel: Channel, now: datetime) -> None:
    facts = {"name": channel.name, "kind": channel.kind, "per_hour": channel.per_hour}
    record(actor=actor, verb=verb, object=("channel", channel.pk), area=channel.area.path, facts=facts, now=now)
