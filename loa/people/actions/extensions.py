"""Extended hours: asked for by one person, approved by another who approves there, within what the level above permits.

The signer does not believe any of this: it looks at the rows again before it signs a placement (docs/adr/0032).
"""

from datetime import datetime
from uuid import UUID

from airtime.hours import may_sound
from django.db import transaction

from loa.areas import extensions, queries
from loa.areas.extensions import Permits
from loa.areas.models import Area, Extension
from loa.audit.actions import record
from loa.kernel.clock import local
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.people import access, rules
from loa.people.models import User

ASK, APPROVE = "schedule.write", "schedule.approve"
MOST_WORDS = 300


@transaction.atomic
def propose(
    *,
    actor: User,
    extension_id: UUID,
    area: Area,
    starts: datetime,
    ends: datetime,
    reason: str,
    words: str,
    now: datetime,
    host: Permits | None,
) -> Extension:
    """Ask for hours beyond the usual ones; the same id again gives the one that is there. `host`: how far the signer
    goes (`people.signer`), None while it is away; whoever approves asks it again.

    Raises NotFound, Denied, Invalid, Refusal (`extension_...`: see `areas.extensions.fault`; `extension_needless`).
    """
    access.require(actor, ASK, area, now)
    known = Extension.objects.filter(pk=extension_id, area=area).first()
    if known is not None:
        return known
    if not words.strip():
        raise Invalid("Hãy ghi lý do cụ thể, để người duyệt và người dân biết.", code="extension_words")
    row = Extension(
        pk=extension_id, area=area, starts=starts, ends=ends, reason=reason, words=words.strip()[:MOST_WORDS],
        author_id=actor.pk, author_name=_name(actor), made_at=now,
    )  # fmt: skip
    _require_possible(row, now, host)
    _require_needed(row)
    row.save(force_insert=True)
    _note(actor, "extension.proposed", row, now)
    return row


@transaction.atomic
def approve(*, actor: User, extension_id: UUID, now: datetime, host: Permits) -> Extension:
    """Yes. Raises NotFound, Denied, Refusal (`own_extension`, `already_decided`, and what no longer lies within what is
    permitted)."""
    row = _waiting(actor, extension_id, APPROVE, now)
    grant = access.require(actor, APPROVE, row.area, now, apart_from=(row.author_id,))
    if rules.same_person(row.author_id, actor.pk, grant.on_behalf_of):
        raise Denied("Đề nghị của mình, hoặc của người mình thay, phải do người khác duyệt.", code="own_extension")
    _require_possible(row, now, host)
    row.state, row.on_behalf_of = Extension.State.APPROVED, grant.on_behalf_of
    _decide(row, actor, now)
    _note(actor, "extension.approved", row, now)
    return row


@transaction.atomic
def refuse(*, actor: User, extension_id: UUID, answer: str, now: datetime) -> Extension:
    """No, with the reason. Raises NotFound, Denied, Invalid, Refusal."""
    row = _waiting(actor, extension_id, APPROVE, now)
    if not answer.strip():
        raise Invalid("Hãy nêu lý do không duyệt, để người đề nghị biết.", code="reason_missing")
    row.state, row.answer = Extension.State.REFUSED, answer.strip()[:MOST_WORDS]
    _decide(row, actor, now)
    _note(actor, "extension.refused", row, now, answer=row.answer)
    return row


@transaction.atomic
def withdraw(*, actor: User, extension_id: UUID, now: datetime) -> Extension:
    """The author takes it back before anybody has answered. Raises NotFound, Denied, Refusal."""
    row = _waiting(actor, extension_id, ASK, now)
    if row.author_id != actor.pk:
        raise Denied("Chỉ người đề nghị mới rút được đề nghị này.")
    row.state = Extension.State.WITHDRAWN
    row.save(update_fields=["state"])
    _note(actor, "extension.withdrawn", row, now)
    return row


@transaction.atomic
def end(*, actor: User, extension_id: UUID, now: datetime) -> Extension:
    """No longer: one that has begun ends now, one to come never is. By who may ask or approve. Raises NotFound, Denied,
    Refusal."""
    row = _locked(actor, extension_id, "view", now)
    if not access.may(actor, ASK, row.area, now):
        access.require(actor, APPROVE, row.area, now)
    if row.state != Extension.State.APPROVED or row.ended_at is not None or row.ends <= now:
        raise Refusal("Lần gia hạn này không còn hiệu lực.", code="extension_over")
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    _note(actor, "extension.ended", row, now)
    return row


def _waiting(actor: User, extension_id: UUID, capability: str, now: datetime) -> Extension:
    row = _locked(actor, extension_id, capability, now)
    if row.state != Extension.State.WAITING:
        raise Refusal("Đề nghị này đã được xử lý rồi. Hãy tải lại trang.", code="already_decided")
    return row


def _locked(actor: User, extension_id: UUID, capability: str, now: datetime) -> Extension:
    """Through the door of its place; the place is held, so that nobody else counts its days meanwhile."""
    row = Extension.objects.select_related("area").filter(pk=extension_id).first()
    if row is None:
        raise NotFound
    access.require(actor, capability, row.area, now)
    Area.objects.select_for_update().get(pk=row.area_id)
    return Extension.objects.select_for_update(of=("self",)).select_related("area").get(pk=extension_id)


def _require_possible(row: Extension, now: datetime, host: Permits | None) -> None:
    wish = extensions.Wish(row.area.full_name, row.starts, row.ends, row.reason)
    permits = queries.rules_for(row.area, wish.day).permits
    used = queries.extended_days(row.area, wish.day.year, but=row.pk)
    fault = extensions.fault(wish, permits, used, now, host)
    if fault is not None:
        raise Refusal(fault.message, code=fault.code)


def _require_needed(row: Extension) -> None:
    found = queries.rules_for(row.area, local(row.starts).date())
    if may_sound(found.hours, row.starts, row.ends - row.starts).allowed:
        raise Refusal(
            f"Khung giờ của {row.area.full_name} đã cho phát suốt khoảng này ({found.hours.document}), "
            "không cần gia hạn.",
            code="extension_needless",
        )


def _decide(row: Extension, actor: User, now: datetime) -> None:
    row.approver_id, row.approver_name, row.decided_at = actor.pk, _name(actor), now
    row.save()


def _name(actor: User) -> str:
    return actor.full_name or actor.get_username()


def _note(actor: User, verb: str, row: Extension, now: datetime, **more: object) -> None:
    facts = {"starts": row.starts, "ends": row.ends, "reason": row.reason, "words": row.words, **more}
    record(actor=actor, verb=verb, object=("extension", str(row.pk)), area=row.area.path, facts=facts, now=now)
