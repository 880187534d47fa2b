"""Lists of recipients: who agreed to be told. The record names the list and the role, never a number."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.channels import access
from loa.channels.models import Recipient
from loa.channels.rules.codes import Role
from loa.kernel.clock import local
from loa.kernel.errors import Invalid
from loa.people.access import require
from loa.people.models import User
from loa.people.rules import normal_phone


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as they are entered."""

    name: str
    role: str
    consent: str
    consent_on: date
    phone: str = ""
    email: str = ""
    below: bool = True


@transaction.atomic
def add_recipient(*, actor: User, area: Area, person: Person, now: datetime) -> Recipient:
    """Put somebody into the list of the area. Raises NotFound, Denied, Invalid (code = the field)."""
    require(actor, access.LISTS, area, now)
    row = Recipient(area=area, made_by=actor, made_at=now)
    _fill(row, person, now)
    _record(actor, "recipient.added", row, now)
    return row


@transaction.atomic
def change_recipient(*, actor: User, recipient_id: UUID, person: Person, now: datetime) -> Recipient:
    """Raises as `add_recipient`."""
    row = access.recipient_for(actor, recipient_id, now, lock=True)
    _fill(row, person, now)
    _record(actor, "recipient.changed", row, now)
    return row


@transaction.atomic
def end_recipient(*, actor: User, recipient_id: UUID, now: datetime) -> Recipient:
    """Nothing goes to them any more. Raises NotFound, Denied."""
    row = access.recipient_for(actor, recipient_id, now, lock=True)
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    _record(actor, "recipient.ended", row, now)
    return row


def _fill(row: Recipient, person: Person, now: datetime) -> None:
    row.name, row.role, row.below = person.name.strip(), _role(person.role), person.below
    row.phone = normal_phone(person.phone) if person.phone.strip() else ""
    row.email = person.email.strip()
    row.consent, row.consent_on = person.consent.strip(), person.consent_on
    if not row.name or len(row.name) > 120:
        raise Invalid("Hãy nhập họ tên người nhận.", code="name")
    if person.phone.strip() and not row.phone:
        raise Invalid("Số điện thoại phải có 10 hoặc 11 chữ số, bắt đầu bằng 0.", code="phone")
    if not row.phone and not row.email:
        raise Invalid("Hãy nhập số điện thoại hoặc địa chỉ thư.", code="phone")
    _check_email(row.email)
    if not row.consent or len(row.consent) > 200:
        raise Invalid("Hãy ghi người này đồng ý nhận tin bằng cách nào.", code="consent")
    if row.consent_on > local(now).date():
        raise Invalid("Ngày đồng ý không thể ở tương lai.", code="consent_on")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid("Số điện thoại này đã có trong danh sách.", code="phone") from None


def _role(text: str) -> str:
    try:
        return Role(text)
    except ValueError:
        raise Invalid("Hãy chọn vai trò của người nhận.", code="role") from None


def _check_email(text: str) -> None:
    if not text:
        return
    try:
        validate_email(text)
    except ValidationError:
        raise Invalid("Địa chỉ thư không đúng.", code="email") from None


def _record(actor: User, verb: str, row: Recipient, now: datetime) -> None:
    facts = {"name": row.name, "role": row.role, "consent": row.consent}
    record(actor=actor, verb=verb, object=("recipient", row.pk), area=row.area.path, facts=facts, now=now)
