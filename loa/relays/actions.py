"""Writes of relay sources: add, change, end, how a group receives, and a try of a stream."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app

from loa.areas.models import Area
from loa.areas.rules import Level, is_inside
from loa.audit.actions import record
from loa.kernel.errors import Invalid, NotFound, Refusal
from loa.kernel.ids import new_id
from loa.media.access import sound_for
from loa.media.models import Block, Sound, SoundState
from loa.people.access import require
from loa.people.models import User
from loa.relays import access, rules
from loa.relays.models import Reception, RelaySource, SourceTest
from loa.relays.rules import Receivable

TRY_TASK = "relays.listen"
TRIES_KEPT = timedelta(days=30)
TRIES_AN_HOUR = 30


@dataclass(frozen=True, slots=True)
class Entered:
    """A source as a person enters it: see `models.RelaySource`; `fallback` is the id of a sound."""

    name: str
    permission: str
    url: str = ""
    fetch: str = rules.PLATFORM
    kbit_s: int = rules.USUAL_KBIT_S
    frequency_khz: int | None = None
    station: str = ""
    input: str = ""
    silent_after_s: int = rules.USUAL_SILENCE_S
    fallback: UUID | None = None


@transaction.atomic
def add_source(*, actor: User, area: Area, entered: Entered, now: datetime) -> RelaySource:
    """A source for the area and those below. Raises NotFound, Denied, Invalid (codes of `rules.unfit`, `name`,
    `permission`, `name_taken`, `fallback`).
    """
    require(actor, access.KEEP, area, now)
    source = RelaySource(area=area, made_by=actor, made_at=now)
    _fill(source, actor, entered, now)
    _save(source)
    _record(actor, "relay.added", source, now, **_facts(entered))
    return source


@transaction.atomic
def change_source(*, actor: User, source_id: UUID, entered: Entered, now: datetime) -> RelaySource:
    """Another address or frequency has to be approved anew where it is scheduled: until then nothing is relayed from
    it. Raises as `add_source`.
    """
    source = access.source_for(actor, source_id, now, lock=True)
    _fill(source, actor, entered, now)
    _save(source)
    _record(actor, "relay.changed", source, now, **_facts(entered))
    return source


@transaction.atomic
def end_source(*, actor: User, source_id: UUID, now: datetime) -> RelaySource:
    """It is offered no more; what is approved already goes on as approved. Raises NotFound, Denied."""
    source = access.source_for(actor, source_id, now, lock=True)
    source.ended_at = now
    source.save(update_fields=["ended_at"])
    _record(actor, "relay.ended", source, now, name=source.name)
    return source


@transaction.atomic
def choose_reception(*, actor: User, group_id: str, ways: tuple[str, ...], now: datetime) -> Reception:
    """In which ways the loudspeakers of a group receive, in this order. Raises NotFound, Denied, Invalid `ways`."""
    group = access.group_for(actor, group_id, now)
    if not ways or len(set(ways)) < len(ways) or not set(ways) <= set(rules.WAYS):
        raise Invalid("Hãy chọn ít nhất một cách nhận tiếp âm.", code="ways")
    row, _ = Reception.objects.update_or_create(
        group=group, defaults={"ways": list(ways), "changed_by": actor, "changed_at": now}
    )
    record(
        actor=actor, verb="relay.reception_chosen", object=("group", group.pk), area=group.area.path,
        facts={"name": group.name, "ways": list(ways)}, now=now,
    )  # fmt: skip
    return row


@transaction.atomic
def ask_for_try(*, actor: User, source_id: UUID, now: datetime) -> SourceTest:
    """Somebody wants to know whether a stream can be heard: a worker listens for ten seconds. Who may use a source may
    try it. Raises NotFound, Denied, Invalid `no_stream`, Refusal `too_many`.
    """
    source = access.usable(actor, source_id, now)
    if not source.url:
        raise Invalid("Nguồn này không có luồng mạng để máy chủ nghe thử.", code="no_stream")
    recent = SourceTest.objects.filter(asked_by=actor, asked_at__gt=now - timedelta(hours=1)).count()
    if recent >= TRIES_AN_HOUR:
        raise Refusal("Anh/chị đã nghe thử nhiều lần trong một giờ qua. Hãy đợi ít phút.", code="too_many")
    SourceTest.objects.filter(source=source, asked_at__lt=now - TRIES_KEPT).delete()
    test = SourceTest.objects.create(pk=new_id(), source=source, url=source.url, asked_by=actor, asked_at=now)
    _record(actor, "relay.tried", source, now, name=source.name)
    app.configure_task(TRY_TASK, allow_unknown=True, queue="media").defer(test=str(test.pk))
    return test


def note_try(*, test_id: UUID, code: str, figures: dict[str, Any], now: datetime) -> None:
    """What the worker heard; of the same try only the first answer counts."""
    SourceTest.objects.filter(pk=test_id, done_at=None).update(code=code, figures=figures, done_at=now)


def _fill(source: RelaySource, actor: User, entered: Entered, now: datetime) -> None:
    name, permission = entered.name.strip(), entered.permission.strip()
    if not name or len(name) > 80:
        raise Invalid("Hãy đặt tên nguồn, ngắn gọn như “VOV1”.", code="name")
    if not permission or len(permission) > 300:
        raise Invalid("Hãy ghi căn cứ được tiếp âm: văn bản nào, của ai.", code="permission")
    fault = rules.unfit(
        Receivable("", entered.url, entered.fetch, entered.kbit_s, entered.frequency_khz, entered.input)
    )
    if fault is not None:
        raise Invalid(fault.message, code=fault.code)
    if not 0 <= entered.silent_after_s <= 3600:
        raise Invalid("Giới hạn im lặng từ 0 đến 3600 giây; 0 là không tính.", code="silence")
    source.name, source.permission, source.changed_at = name, permission, now
    source.url, source.fetch, source.kbit_s = entered.url, entered.fetch, entered.kbit_s
    source.frequency_khz, source.station, source.input = entered.frequency_khz, entered.station.strip(), entered.input
    source.silent_after_s = entered.silent_after_s
    source.fallback = _fallback(actor, entered.fallback, source.area, now) if entered.fallback else None


def _fallback(actor: User, sound_id: UUID, area: Area, now: datetime) -> Sound:
    """A finished sound that everybody below may hear: the area's own, or one from above."""
    sound = sound_for(actor, sound_id, now)
    if not is_inside(area.path, sound.area.path) or sound.block == Block.SIREN:
        raise NotFound
    if area.level < Level.COMMUNE and not sound.block:
        message = (
            "Âm thanh thay thế của nguồn dùng chung phải là tiếng hiệu (nhạc hiệu, nhạc nền...) để các xã nghe được."
        )
        raise Invalid(message, code="fallback")
    if sound.state != SoundState.READY or sound.removed_at is not None:
        raise Invalid("Âm thanh thay thế chưa nghe được. Hãy chọn tiếng khác.", code="fallback")
    return sound


def _save(source: RelaySource) -> None:
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError:
        raise Invalid("Đơn vị đã có nguồn tiếp âm cùng tên.", code="name_taken") from None


def _facts(entered: Entered) -> dict[str, object]:
    return {key: value if isinstance(value, str | int) else str(value or "") for key, value in asdict(entered).items()}


def _record(actor: User, verb: str, source: RelaySource, now: datetime, **facts: object) -> None:
    record(actor=actor, verb=verb, object=("relay", source.pk), area=source.area.path, facts=facts, now=now)
