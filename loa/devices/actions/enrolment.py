"""From a pole to a device that obeys: claim code, key, fingerprint compared, placement signed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import nacl.bindings
import nacl.exceptions
from devicelink.jws import decode64
from devicelink.keyring import fingerprint
from devicelink.messages import EnrolRequest
from devicelink.refusals import Reason, Refused
from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.devices import announce
from loa.devices.actions.documents import withdraw_document
from loa.devices.actions.following import follow_rules
from loa.devices.actions.hardware import end_hardware
from loa.devices.actions.numbers import free_number, hold_numbers, require_free
from loa.devices.actions.placing import place
from loa.devices.models import ClaimCode, Device, Hardware
from loa.devices.rules import papers
from loa.kernel import ids
from loa.kernel.errors import Invalid, Refusal
from loa.people.access import require
from loa.people.models import User

_ENROL_DOMAIN = b"loa-enrol-1."


@transaction.atomic
def add_device(
    *,
    actor: User | None,
    area: Area,
    name: str,
    now: datetime,
    number: int | None = None,
    kind: str = Device.Kind.SPEAKER,
    follow: bool = True,
    **place_facts: Any,
) -> Device:
    """A new place for a loudspeaker or a board in a commune, still without hardware.

    `number` defaults to the next free one. `place_facts`: hamlet, former_area, latitude, longitude, max_volume,
    sim_expires, monthly_mb ... `follow` False: the caller brings the groups by rule up to date. NotFound, Denied,
    Invalid.
    """
    if actor is not None:
        require(actor, "device.manage", area, now)
    hold_numbers(area)
    number = number or free_number(area, kind)
    if not name.strip():
        raise Invalid("Hãy đặt tên cho cụm loa theo chỗ đứng, ví dụ: Nhà văn hóa thôn 5.", code="name_missing")
    require_free(number, area, kind)
    device = Device(area=area, name=name.strip(), number=number, kind=kind, made_at=now, **place_facts)
    device.save(force_insert=True)
    _note(actor, "device.added", device, now, name=device.name, number=number)
    if follow:
        follow_rules([area], now=now)
    announce.device(device.pk)
    return device


@transaction.atomic
def issue_claim_code(*, actor: User | None, device: Device, now: datetime) -> str:
    """A claim code for this device, shown once (only its hash is kept); older open codes of it stop working."""
    if actor is not None:
        require(actor, "device.manage", device.area, now)
        _check_pace(actor, now)
    return _issue(actor, device, now)


@transaction.atomic
def issue_claim_codes(*, actor: User, devices: Sequence[Device], now: datetime) -> dict[str, str]:
    """Claim codes for a sheet of paper (device id -> code), each shown this once. All or none.

    NotFound, Denied, Refusal (also `too_many_claims`: a sheet has a pace of its own).
    """
    for device in devices:
        require(actor, "device.manage", device.area, now)
    _check_pace(actor, now, more=len(devices), most=papers.CLAIMS_ON_SHEETS_AN_HOUR)
    return {device.pk: _issue(actor, device, now) for device in devices}


def _issue(actor: User | None, device: Device, now: datetime) -> str:
    if device.state == Device.State.RETIRED:
        raise Refusal("Cụm loa này đã nghỉ, không ghép nối lại được.", code="device_retired")
    if device.sample:
        raise Refusal(
            "Cụm loa này chỉ có trong dữ liệu mẫu nên không ghép nối được. Hãy tạo một cụm loa mới.",
            code="device_sample",
        )
    device.claim_codes.filter(used_at=None, cancelled_at=None).update(cancelled_at=now)
    code = ids.code(papers.CLAIM_CHARACTERS)
    ClaimCode.objects.create(
        device=device,
        hash=papers.claim_hash(code),
        issued_by=actor,
        issued_at=now,
        expires_at=now + papers.CLAIM_LIFE,
    )
    _note(actor, "device.claim_code_issued", device, now)
    return papers.readable_claim(code)


def _check_pace(actor: User, now: datetime, *, more: int = 1, most: int = papers.OPEN_CLAIMS_AN_HOUR) -> None:
    recent = ClaimCode.objects.filter(issued_by=actor, issued_at__gt=now - timedelta(hours=1)).count()
    if recent + more > most:
        raise Refusal(
            f"Một giờ chỉ cấp được {most} mã ghép nối. Hãy đợi một lúc rồi cấp tiếp.",
            code="too_many_claims",
        )


@transaction.atomic
def accept_enrolment(*, request: EnrolRequest, now: datetime) -> Device:
    """Hardware shows a claim code and proves that it holds its key: the device is claimed, the old key is dead.

    The same hardware may ask again with the same code (its answer may have been lost). Refused (devicelink) with
    malformed, bad_signature, unknown_key (no such code), expired, duplicate (used by another key, or key in use).
    """
    public = check_possession(request)
    code = (
        ClaimCode.objects.select_for_update(of=("self",))
        .select_related("device__area")
        .filter(hash=papers.claim_hash(request.claim), cancelled_at=None)
        .first()
    )
    if code is None:
        raise Refused(Reason.UNKNOWN_KEY, "no such claim code")
    if code.used_at is not None:
        return _asked_again(code, request)
    _check_usable(code, request, now)
    code.used_at = now
    code.save(update_fields=["used_at"])
    _take_key(code.device, request, now)
    announce.event("device.claimed", code.device.area.path, {"id": code.device.pk})
    _note(None, "device.claimed", code.device, now, fingerprint=fingerprint(public), agent=request.agent[:80])
    return code.device


def check_possession(request: EnrolRequest) -> bytes:
    """The 32-byte public key, if its owner signed the request. Refused with malformed or bad_signature."""
    public, signature = decode64(request.public), decode64(request.signature)
    if len(public) != 32 or len(signature) != 64:
        raise Refused(Reason.MALFORMED, "length of key or signature")
    signed = _ENROL_DOMAIN + f"{request.claim}.{request.public}".encode()
    try:
        nacl.bindings.crypto_sign_open(signature + signed, public)
    except (nacl.exceptions.CryptoError, ValueError) as error:
        raise Refused(Reason.BAD_SIGNATURE, "enrolment") from error
    return public


def _asked_again(code: ClaimCode, request: EnrolRequest) -> Device:
    if code.device.public_key != request.public:
        raise Refused(Reason.DUPLICATE, "the claim code was used")
    return code.device


def _check_usable(code: ClaimCode, request: EnrolRequest, now: datetime) -> None:
    if now >= code.expires_at:
        raise Refused(Reason.EXPIRED, "the claim code is over")
    if request.kind != code.device.kind or code.device.state == Device.State.RETIRED:
        raise Refused(Reason.WRONG_AUDIENCE, f"the code is for a {code.device.kind}")
    if Device.objects.filter(public_key=request.public).exclude(pk=code.device_id).exists():
        raise Refused(Reason.DUPLICATE, "this key belongs to another device")


def _take_key(device: Device, request: EnrolRequest, now: datetime) -> None:
    end_hardware(device, "replaced", now)
    device.public_key = request.public
    device.state = Device.State.CLAIMED
    device.agent = request.agent[:80]
    device.claimed_at, device.placed_at = now, None
    device.plan_set = None
    device.save(update_fields=["public_key", "state", "agent", "claimed_at", "placed_at", "plan_set"])
    mark = fingerprint(decode64(request.public))
    Hardware.objects.create(device=device, fingerprint=mark, agent=device.agent, since=now)
    for typ in ("placement", "volume"):
        withdraw_document(typ, f"device/{device.pk}")
    announce.device(device.pk)


@transaction.atomic
def confirm_placement(*, actor: User, device: Device, fingerprint_seen: str, now: datetime) -> Device:
    """The technician has compared the fingerprint on the device with the page's: sign the placement.

    `fingerprint_seen` is the one the page showed, so that a key claimed in between is not confirmed by mistake.
    """
    require(actor, "device.manage", device.area, now)
    device = Device.objects.select_for_update(of=("self",)).select_related("area", "hamlet").get(pk=device.pk)
    if device.state != Device.State.CLAIMED:
        raise Refusal("Cụm loa này không chờ đối chiếu mã khóa.", code="not_claimed")
    if fingerprint_seen != fingerprint(decode64(device.public_key)):
        raise Refusal(
            "Mã khóa vừa thay đổi sau khi trang được mở. Hãy tải lại trang và so lại với màn hình thiết bị.",
            code="fingerprint_changed",
        )
    device.state, device.placed_at = Device.State.PLACED, now
    device.save(update_fields=["state", "placed_at"])
    place([device], now=now)
    _note(actor, "device.placed", device, now, fingerprint=fingerprint_seen)
    return device


@transaction.atomic
def reject_key(*, actor: User, device: Device, now: datetime) -> None:
    """The fingerprints differ: this key is not the hardware on the pole; it is dead and a new code is needed."""
    require(actor, "device.manage", device.area, now)
    if device.state != Device.State.CLAIMED:
        raise Refusal("Cụm loa này không chờ đối chiếu mã khóa.", code="not_claimed")
    end_hardware(device, "rejected", now)
    device.public_key, device.state = "", Device.State.WAITING
    device.save(update_fields=["public_key", "state"])
    announce.device(device.pk)
    _note(actor, "device.key_rejected", device, now)


def _note(actor: User | None, verb: str, device: Device, now: datetime, **facts: object) -> None:
    record(actor=actor, verb=verb, object=("device", device.pk), area=device.area.path, facts=facts, now=now)
