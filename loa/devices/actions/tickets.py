"""Repair tickets: anybody who looks after a pole opens and mends; only the loudspeaker itself closes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from loa.audit.actions import record
from loa.devices import announce
from loa.devices.models import Device, DeviceStatus, Photo, RepairTicket, SelfTest, TicketStep
from loa.devices.photos import made_small
from loa.devices.rules import tickets as rules
from loa.devices.rules.condition import State
from loa.devices.rules.diagnosis import NO_SOUND
from loa.kernel.clock import local
from loa.kernel.errors import Refusal
from loa.people.access import require
from loa.people.models import User

_State = RepairTicket.State
LIVE = (_State.OPEN, _State.REPAIRED)


@dataclass(frozen=True, slots=True)
class Sounded:
    """A signed proof that a device sounded: which airing, when. Without airing it heard itself in a self-test."""

    airing: str
    at: datetime


@transaction.atomic
def open_ticket(
    *,
    actor: User,
    device: Device,
    cause: str,
    due: date,
    now: datetime,
    words: str = "",
    hands: str = RepairTicket.Hands.COMMUNE,
    vendor: str = "",
    warranty_until: date | None = None,
) -> RepairTicket:
    """Begin a repair of this device. NotFound, Denied, Invalid, Refusal (`ticket_open`: there is one)."""
    require(actor, "device.care", device.area, now)
    rules.check(cause=cause, hands=hands, vendor=vendor, due=due, today=local(now).date())
    Device.objects.select_for_update(no_key=True).get(pk=device.pk)
    if device.tickets.filter(state__in=LIVE).exists():
        raise Refusal(f"{device.name} đang có phiếu sửa chữa. Hãy mở phiếu ấy ra ghi tiếp.", code="ticket_open")
    row = RepairTicket.objects.create(
        device=device,
        cause=cause,
        words=words.strip(),
        hands=hands,
        vendor=vendor.strip(),
        warranty_until=warranty_until,
        due=due,
        opened_by=actor,
        opened_at=now,
    )
    _step(row, "opened", words.strip(), actor, now)
    return row


@transaction.atomic
def change_ticket(
    *,
    actor: User,
    ticket: RepairTicket,
    due: date,
    hands: str,
    now: datetime,
    vendor: str = "",
    warranty_until: date | None = None,
    note: str = "",
) -> None:
    """Who repairs it until when; a note beside it. NotFound, Denied, Invalid, Refusal."""
    row = _held(actor, ticket, now)
    if due != row.due:
        rules.check(cause=row.cause, hands=hands, vendor=vendor, due=due, today=local(now).date())
    wanted = (due, hands, vendor.strip(), warranty_until)
    if wanted != (row.due, row.hands, row.vendor, row.warranty_until):
        row.due, row.hands, row.vendor, row.warranty_until = wanted
        row.save(update_fields=["due", "hands", "vendor", "warranty_until"])
        _step(row, "changed", f"Hạn {due:%d/%m/%Y}, {row.get_hands_display()}", actor, now)
    if note.strip():
        _step(row, "note", note.strip(), actor, now)


@transaction.atomic
def add_photo(*, actor: User, device: Device, sent: bytes, now: datetime, ticket: RepairTicket | None = None) -> Photo:
    """Keep a picture of the pole, or of its repair. NotFound, Denied, Invalid, Refusal."""
    require(actor, "device.care", device.area, now)
    jpeg, width, height = made_small(sent)
    photo = Photo.objects.create(device=device, jpeg=jpeg, width=width, height=height, by=actor, at=now)
    if ticket is not None:
        row = _held(actor, ticket, now)
        row.photos.add(photo)
        _step(row, "photo", "", actor, now)
    return photo


@transaction.atomic
def report_repaired(*, actor: User, ticket: RepairTicket, words: str, now: datetime) -> None:
    """Somebody says that it is repaired; from now on the ticket waits for the loudspeaker to prove it."""
    row = _held(actor, ticket, now)
    row.state, row.repaired_at = _State.REPAIRED, now
    row.save(update_fields=["state", "repaired_at"])
    _step(row, "repaired", words.strip(), actor, now)


@transaction.atomic
def report_failed(*, actor: User, ticket: RepairTicket, words: str, now: datetime) -> None:
    """It is still broken after the repair."""
    row = _held(actor, ticket, now)
    row.state, row.repaired_at = _State.OPEN, None
    row.save(update_fields=["state", "repaired_at"])
    _step(row, "failed", words.strip(), actor, now)


@transaction.atomic
def cancel_ticket(*, actor: User, ticket: RepairTicket, reason: str, now: datetime) -> None:
    """It was opened by mistake. NotFound, Denied, Refusal."""
    row = _held(actor, ticket, now)
    if not reason.strip():
        raise Refusal("Hãy ghi vì sao bỏ phiếu.", code="reason_missing")
    row.state, row.closed_at = _State.CANCELLED, now
    row.save(update_fields=["state", "closed_at"])
    _step(row, "cancelled", reason.strip(), actor, now)


@transaction.atomic
def close_proven(*, now: datetime) -> int:
    """Close the tickets whose loudspeakers have proved since the repair that they sound. How many."""
    waiting = RepairTicket.objects.select_for_update(of=("self",), skip_locked=True).filter(state=_State.REPAIRED)
    rows = {row.device_id: row for row in waiting.select_related("device__area") if row.repaired_at}
    if not rows:
        return 0
    proofs = _proofs({device: row.repaired_at for device, row in rows.items() if row.repaired_at})
    well = _well(list(proofs))
    for device in proofs.keys() & well:
        _close(rows[device], proofs[device], now)
    return len(proofs.keys() & well)


def _proofs(since: Mapping[str, datetime]) -> Mapping[str, Sounded]:
    """See settings.LOA_SOUNDED: the play log lies above devices."""
    ask: Callable[[Mapping[str, datetime]], Mapping[str, Sounded]] = import_string(settings.LOA_SOUNDED)
    return {**ask(since), **_heard(since)}


def _heard(since: Mapping[str, datetime]) -> dict[str, Sounded]:
    """Those that have heard themselves, which says more than that sound was given to a card."""
    asked = Q(pk__in=[])
    for device, at in since.items():
        asked |= Q(device=device, at__gt=at)
    rows = SelfTest.objects.filter(asked, verdict="heard").order_by("-at")
    return {row.device_id: Sounded("", row.at) for row in rows.only("device_id", "at")}


def _well(devices: list[str]) -> set[str]:
    """A proof says that sound was given to the card; a card or a horn that is known to be mute proves nothing."""
    rows = DeviceStatus.objects.filter(pk__in=devices, state=State.ONLINE).exclude(trouble__in=NO_SOUND)
    return set(rows.values_list("pk", flat=True))


def _close(row: RepairTicket, proof: Sounded, now: datetime) -> None:
    row.state, row.closed_at = _State.CLOSED, now
    row.proof = {"kind": "proof" if proof.airing else "selftest", "airing": proof.airing, "at": proof.at.isoformat()}
    row.save(update_fields=["state", "closed_at", "proof"])
    what = "Bằng chứng phát" if proof.airing else "Loa tự nghe được tiếng của mình"
    _step(row, "closed", f"{what} lúc {local(proof.at):%H:%M ngày %d/%m/%Y}", None, now)


def _held(actor: User, ticket: RepairTicket, now: datetime) -> RepairTicket:
    require(actor, "device.care", ticket.device.area, now)
    row = RepairTicket.objects.select_for_update(of=("self",)).select_related("device__area").get(pk=ticket.pk)
    rules.require_live(row.state)
    return row


def _step(row: RepairTicket, what: str, words: str, actor: User | None, now: datetime) -> None:
    TicketStep.objects.create(ticket=row, what=what, words=words[:500], by=actor, at=now)
    facts = {"what": rules.STEPS[what], "device": row.device_id}
    path = row.device.area.path
    record(actor=actor, verb="ticket.written", object=("ticket", row.pk), area=path, facts=facts, now=now)
    announce.event("device.ticket", path, {"id": row.device_id})
