"""The rings move: who is next is offered the release, who was offered it is looked at, the ring is judged."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from devicelink import messages
from devicelink.updates import Content
from django.db import transaction

from loa.audit.actions import record
from loa.devices import announce, signing
from loa.devices.actions.documents import Document, publish_documents, reserve_revisions
from loa.devices.actions.releases import halt
from loa.devices.models import Device, OutboxMessage, Rollout, RolloutMember
from loa.devices.queries.rollouts import circle, seen_of, standing_members, tally_of
from loa.devices.rules import papers
from loa.devices.rules.rollouts import Stand, Verdict, judge, stand_of
from loa.kernel.clock import to_ms

AT_ONCE = 200  # a minute: a province does not fetch a release in one second
COMMAND_LIFE = timedelta(hours=23)
FAILURES_KEPT = 10


def move_rollouts(*, now: datetime) -> int:
    """One round of every rollout that moves; how many loudspeakers were offered something. Unavailable."""
    moving = Rollout.objects.filter(state__in=(Rollout.State.RUNNING, Rollout.State.RETURNING))
    return sum(_move(pk, now) for pk in moving.values_list("pk", flat=True))


@transaction.atomic
def _move(pk: uuid.UUID, now: datetime) -> int:
    row = Rollout.objects.select_for_update(of=("self",)).select_related("area", "release", "back").get(pk=pk)
    if row.state not in (Rollout.State.RUNNING, Rollout.State.RETURNING):
        return 0
    _look(row, now)
    if row.state == Rollout.State.RETURNING:
        return _return(row, now)
    return _widen(row, now)


def _widen(row: Rollout, now: datetime) -> int:
    """Offer it to the ring, or, when that is through, at once to the next one that has loudspeakers."""
    while row.state == Rollout.State.RUNNING:
        verdict = judge(
            tally_of(row, row.ring), threshold=row.threshold, soak_hours=row.soak_hours,
            since=row.ring_since or now, now=now,
        )  # fmt: skip
        if verdict is Verdict.HALT:
            halt(row, None, _why(row), now)
            return 0
        offered = _offer_ring(row, now)
        if offered or verdict is not Verdict.NEXT:
            return offered
        _next(row, now)
        while row.state == Rollout.State.RUNNING and row.ring not in {ring for _, ring in circle(row)}:
            _next(row, now)
    return 0


def _look(row: Rollout, now: datetime) -> None:
    changed = []
    for member, seen in seen_of(row):
        stand, reason = stand_of(seen, member.revision, now)
        if member.revision and (member.stand, member.reason) != (stand, reason):
            member.stand, member.reason = stand, reason
            if stand is Stand.FAILED:
                member.failures = [*member.failures, {"at": to_ms(now), "reason": reason}][-FAILURES_KEPT:]
            changed.append(member)
    RolloutMember.objects.bulk_update(changed, ["stand", "reason", "failures"])


def _why(row: Rollout) -> str:
    tally = tally_of(row, row.ring)
    return f"{tally[Stand.FAILED]} trong {tally.reached} loa của đợt này không cập nhật được."


def _offer_ring(row: Rollout, now: datetime) -> int:
    known = set(row.members.values_list("device_id", flat=True))
    again = standing_members(row).filter(revision=0).values_list("device_id", flat=True)
    fresh = [*again, *(device for device, ring in circle(row) if ring <= row.ring and device not in known)]
    return _offer(row, fresh[:AT_ONCE], now)


def _return(row: Rollout, now: datetime) -> int:
    members = standing_members(row)
    waiting = list(members.filter(revision=0).values_list("device_id", flat=True)[:AT_ONCE])
    if not waiting and not members.filter(stand=Stand.UNDER_WAY).exists():
        row.state, row.ended_at = Rollout.State.RETURNED, now
        row.save(update_fields=["state", "ended_at"])
    return _offer(row, waiting, now)


def _next(row: Rollout, now: datetime) -> None:
    row.ring_since = now
    if row.ring + 1 < len(row.rings):
        row.ring += 1
        verb = "rollout.widened"
    else:
        row.state, row.ended_at = Rollout.State.DONE, now
        verb = "rollout.finished"
    row.save()
    facts = {"ring": row.ring + 1, "version": row.release.version}
    record(actor=None, verb=verb, object=("rollout", row.pk), area=row.area.path, facts=facts, now=now)


def _offer(row: Rollout, devices: Sequence[str], now: datetime) -> int:
    """Sign, publish and tell: all of these or none."""
    placed = list(Device.objects.filter(pk__in=devices, state=Device.State.PLACED).select_related("status", "area"))
    if not placed:
        return 0
    subjects = {device.pk: f"device/{device.pk}" for device in placed}
    revisions = reserve_revisions("release", subjects.values(), now=now)
    content = row.backward if row.state == Rollout.State.RETURNING else row.forward
    orders = [_manifest(content, device, revisions[subjects[device.pk]], now) for device in placed]
    commands = [_command(device, now) for device in placed]
    signed = signing.sign_all([*orders, *commands])
    documents = zip(orders, signed[: len(orders)], strict=True)
    publish_documents(
        [Document("release", papers.subject_of(one.audience), one.revision, jws) for one, jws in documents], now=now
    )
    _tell(commands, signed[len(orders) :], now)
    _remember(row, orders, commands, now)
    return len(placed)


def _manifest(content: object, device: Device, revision: int, now: datetime) -> messages.Manifest:
    approved = msgspec.convert(content, Content)
    return messages.Manifest(
        audience=messages.Audience(device=device.pk),
        revision=revision,
        issued=to_ms(now),
        previous=device.status.agent.rpartition("/")[2] if hasattr(device, "status") else "",
        **msgspec.structs.asdict(approved),
    )


def _command(device: Device, now: datetime) -> messages.Command:
    return messages.Command(
        audience=messages.Audience(device=device.pk),
        id=str(uuid.uuid4()),
        issued=to_ms(now),
        expires=to_ms(now + COMMAND_LIFE),
        action="update",
    )


def _tell(commands: Sequence[messages.Command], signed: Sequence[str], now: datetime) -> None:
    rows = OutboxMessage.objects.bulk_create(
        OutboxMessage(
            id=command.id,
            typ=command.typ,
            of=f"{command.typ}:{command.id}",
            topic=papers.topic_of(command.audience, ""),
            audience=msgspec.to_builtins(command.audience),
            jws=jws,
            issued_at=now,
            expires_at=now + COMMAND_LIFE,
        )
        for command, jws in zip(commands, signed, strict=True)
    )
    for row in rows:
        announce.message(row.pk)


def _remember(
    row: Rollout, orders: Sequence[messages.Manifest], commands: Sequence[messages.Command], now: datetime
) -> None:
    rings = dict(circle(row))
    RolloutMember.objects.bulk_create(
        (
            RolloutMember(
                rollout=row,
                device_id=order.audience.device or "",
                ring=rings.get(order.audience.device or "", row.ring),
                offered_at=now,
                revision=order.revision,
                message=command.id,
            )
            for order, command in zip(orders, commands, strict=True)
        ),
        update_conflicts=True,
        unique_fields=["rollout", "device"],
        update_fields=["offered_at", "revision", "message"],
    )
