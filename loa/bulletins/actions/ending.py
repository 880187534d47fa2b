"""The end: of a bulletin, of one approval."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from loa.bulletins import access, queries, rules
from loa.bulletins.actions.steps import note, save, told
from loa.bulletins.models import Approval, Verdict
from loa.kernel.errors import Refusal
from loa.people.models import User


@transaction.atomic
@told()
def withdraw(*, actor: User, bulletin_id: UUID, reason: str, now: datetime) -> list[Approval]:
    """Take a bulletin off the air for good; returns the approvals that ended. Its writers and its approvers may.

    Raises NotFound, Denied, Refusal (`wrong_state`, `reason_missing` once it was submitted).
    """
    bulletin = access.bulletin_for(actor, bulletin_id, now, lock=True)
    access.require_stopping(actor, bulletin, now)
    was = bulletin.state
    bulletin.state = rules.step(was, "withdraw")
    reason = rules.check_reason(reason or ("Bỏ bản nháp" if was == rules.DRAFT else ""))
    ended = list(queries.standing(bulletin))
    for approval in ended:
        end(approval, actor, reason, now)
    bulletin.withdrawn_at, bulletin.withdrawn_by, bulletin.withdraw_reason = now, actor, reason
    save(bulletin, now)
    note(actor, "bulletin.withdrawn", bulletin, now, reason=reason, approvals=[str(one.pk) for one in ended])
    return ended


@transaction.atomic
@told()
def revoke(*, actor: User, approval_id: UUID, reason: str, now: datetime) -> Approval:
    """End one approval: its airings are dropped, which needs nobody's leave. Raises NotFound, Denied, Refusal."""
    approval = access.approval_for(actor, approval_id, now, lock=True)
    access.require_stopping(actor, approval.bulletin, now)
    if approval.verdict != Verdict.APPROVED or approval.revoked_at is not None:
        raise Refusal("Lần duyệt này đã hết hiệu lực rồi.", code="already_revoked")
    end(approval, actor, rules.check_reason(reason), now)
    note(actor, "approval.revoked", approval.bulletin, now, approval=str(approval.pk), reason=reason)
    return approval


def end(approval: Approval, actor: User, reason: str, now: datetime) -> None:
    """From now on it allows nothing."""
    approval.revoked_at, approval.revoked_by, approval.revoke_reason = now, actor, reason
    approval.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
