"""What devices swear to have sounded: verified before it is stored, stored once however often it is sent."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from airtime.spans import from_ms
from devicelink.jws import decode64
from devicelink.messages import Proof, ProofUpload
from devicelink.proofs import NewRows, Stored, verify_upload
from devicelink.refusals import Reason, Refused
from django.db import transaction

from loa.broadcasts.models import PlayProof, ProofChain
from loa.devices import announce
from loa.devices.models import Device

# The instants of a device without valid time are shown as unknown, not kept as the year 55000.
_MAX_MS = 4_102_444_800_000


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Rows of `boot` up to `count` are stored: the device may forget them. `new` is how many were not known before."""

    boot: str
    count: int
    new: int


@transaction.atomic
def store_proofs(*, device: str, upload: ProofUpload, now: datetime) -> Acknowledged:
    """Verify the chain by the key of this device, the one that logged in, and keep what is new.

    Raises `Refused` with the reason of the wire; then nothing of the upload is stored.
    """
    owner = _owner(device)
    chain = ProofChain.objects.select_for_update().filter(device=owner, boot=upload.head.boot).first()
    stored = Stored(chain.count, chain.hash) if chain else None
    new = verify_upload(upload, device=device, public=decode64(owner.public_key), stored=stored)
    rows = [_row(owner, row, now) for row in new.rows]
    PlayProof.objects.bulk_create(rows, ignore_conflicts=True)
    if new.rows:
        _move_head(owner, chain, upload, new, now)
        _tell(owner, new)
    return Acknowledged(upload.head.boot, upload.head.count, len(rows))


def _owner(device: str) -> Device:
    """The row is locked, so that two uploads of one boot come one after the other also when it is the first."""
    rows = Device.objects.select_for_update(of=("self",)).select_related("area")
    owner = rows.filter(pk=device).exclude(public_key="").first()
    if owner is None:
        raise Refused(Reason.UNKNOWN_KEY, f"device {device} has no key")
    return owner


def _row(owner: Device, row: Proof, now: datetime) -> PlayProof:
    started = from_ms(_sane(row.started))
    return PlayProof(
        device=owner,
        boot=row.boot,
        count=row.count,
        airing=row.airing,
        planned=from_ms(_sane(row.planned)),
        started=started,
        rendered_ms=max(row.rendered, 0),
        outcome=row.outcome,
        reason=row.reason[:32],
        plan=row.plan,
        clock_bound=row.clock_bound,
        hash=row.hash,
        stored_at=now,
        relayed=msgspec.to_builtins(row.relayed),
        area_id=_stood_in(owner, started),
    )


def _stood_in(owner: Device, at: datetime) -> int:
    """Where it hung then: what it played before it was moved belongs to the place that it left."""
    if owner.moved_at is not None and owner.moved_from_id is not None and at < owner.moved_at:
        return owner.moved_from_id
    return owner.hamlet_id or owner.area_id


def _sane(milliseconds: int) -> int:
    return min(max(milliseconds, 0), _MAX_MS)


def _move_head(owner: Device, chain: ProofChain | None, upload: ProofUpload, new: NewRows, now: datetime) -> None:
    chain = chain or ProofChain(device=owner, boot=upload.head.boot)
    chain.count, chain.hash = upload.head.count, upload.head.hash
    chain.head = msgspec.to_builtins(upload.head)
    chain.missing += new.gap
    chain.stored_at = now
    chain.save()


def _tell(owner: Device, new: NewRows) -> None:
    """Open pages draw the airing as proved."""
    airings = sorted({row.airing for row in new.rows})[:20]
    announce.event("airing.proved", owner.area.path, {"device": owner.pk, "airings": airings})
