"""Volume (a state) and commands (events): signed, written down, sent by the gateway until acknowledged or expired."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from devicelink import messages
from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.devices import announce, signing
from loa.devices.actions.documents import Document, publish_documents, reserve_revisions
from loa.devices.actions.placing import place
from loa.devices.models import Device, OutboxMessage
from loa.devices.queries.air import rules_of
from loa.devices.rules import papers
from loa.devices.rules.air import check_volume
from loa.kernel.clock import local
from loa.kernel.errors import Refusal
from loa.people.access import require
from loa.people.models import User

STOP_LIFE = timedelta(minutes=10)


@transaction.atomic
def set_volume(*, actor: User, devices: Sequence[Device], volume: int, now: datetime) -> None:
    """Set the volume (0-100) of these devices, none of them above its own limit or above what the rules of the air
    leave at the loudest hour; all or none."""
    for device in devices:
        require(actor, "device.volume", device.area, now)
        papers.check_volume(volume, device.max_volume)
        check_volume(device.name, volume, rules_of(device, local(now).date()))
        check_placed(device)
    Device.objects.filter(pk__in=[device.pk for device in devices]).update(volume=volume)
    say_volumes({device.pk: volume for device in devices}, now=now)
    for device in devices:
        facts: dict[str, object] = {"before": device.volume, "after": volume}
        device.volume = volume
        _note(actor, "device.volume_set", device, now, facts)


@transaction.atomic
def say_volumes(volumes: Mapping[str, int], *, now: datetime) -> None:
    """Sign and publish the volume of each device (id -> 0-100), all or none. No access check here."""
    subjects = {device: f"device/{device}" for device in volumes}
    revisions = reserve_revisions("volume", subjects.values(), now=now)
    states = [_volume(device, volume, revisions[subjects[device]], now) for device, volume in volumes.items()]
    signed = signing.sign_all(states)
    publish_documents(
        [
            Document("volume", papers.subject_of(state.audience), state.revision, jws)
            for state, jws in zip(states, signed, strict=True)
        ],
        now=now,
    )


def _volume(device: str, volume: int, revision: int, now: datetime) -> messages.Volume:
    return messages.Volume(
        audience=messages.Audience(device=device),
        revision=revision,
        issued=round(now.timestamp() * 1000),
        volume=volume,
    )


@transaction.atomic
def set_max_volume(*, actor: User, device: Device, most: int, now: datetime) -> None:
    """The loudest this device may ever be; it stands in the signed placement."""
    require(actor, "device.manage", device.area, now)
    papers.check_volume(most, 100)
    before, device.max_volume = device.max_volume, most
    device.volume = min(device.volume, most)
    device.save(update_fields=["max_volume", "volume"])
    if device.state == Device.State.PLACED:
        place([device], now=now)
    _note(actor, "device.max_volume_set", device, now, {"before": before, "after": most})


def check_placed(device: Device) -> None:
    """Raises Refusal: before that it hears no order."""
    if device.state != Device.State.PLACED:
        raise Refusal(f"{device.name} chưa được ghép nối xong nên chưa nhận lệnh.", code="not_placed")


@transaction.atomic
def stop_item(
    *, actor: User, audience: messages.Audience, area: Area, now: datetime, airing: str = ""
) -> OutboxMessage:
    """End what sounds now (or only `airing`) on the devices meant; emergencies go on. `area` contains all of them."""
    require(actor, "hold.set", area, now)
    message = send_event(_stop(audience, airing, now), area=area.path, now=now)
    facts = {"audience": msgspec.to_builtins(audience), "airing": airing}
    record(
        actor=actor, verb="devices.item_stopped", object=("message", message.pk), area=area.path, facts=facts, now=now
    )
    return message


def _stop(audience: messages.Audience, airing: str, now: datetime) -> messages.Command:
    return messages.Command(
        audience=audience,
        id=str(uuid.uuid4()),
        issued=round(now.timestamp() * 1000),
        expires=round((now + STOP_LIFE).timestamp() * 1000),
        action="stop_item",
        airing=airing,
    )


@transaction.atomic
def send_event(message: messages.Command, *, area: str, now: datetime) -> OutboxMessage:
    """Sign an event and put it into the outbox; `area` is the path of the area it concerns. No access check here."""
    row = OutboxMessage.objects.create(
        id=message.id,
        typ=message.typ,
        of=f"{message.typ}:{message.id}",
        topic=papers.topic_of(message.audience, area),
        audience=msgspec.to_builtins(message.audience),
        jws=signing.sign(message),
        issued_at=now,
        expires_at=datetime.fromtimestamp(message.expires / 1000, now.tzinfo),
    )
    announce.message(row.pk)
    return row


def _note(actor: User, verb: str, device: Device, now: datetime, facts: dict[str, object]) -> None:
    record(actor=actor, verb=verb, object=("device", device.pk), area=device.area.path, facts=facts, now=now)
