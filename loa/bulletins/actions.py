"""Writes of bulletins. Every one checks the door and the rules, does one thing and is recorded."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from devicelink import permits
from devicelink.audience import inside
from devicelink.messages import Audience
from devicelink.permits import Permit, PermitTimes
from django.db import transaction
from msgspec import to_builtins

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.audit.actions import record
from loa.bulletins import access, categories, queries, rules
from loa.bulletins.models import Approval, Bulletin, Category, Opening, Verdict, Version
from loa.bulletins.rules import Draft
from loa.kernel.clock import to_ms
from loa.kernel.errors import Invalid, NotFound, Refusal
from loa.kernel.ids import new_id
from loa.media.access import sound_for
from loa.media.models import Sound, SoundState
from loa.people.access import require
from loa.people.models import User


@contextmanager
def _told() -> Iterator[None]:
    """Turns a verdict of the rules into the error that the edges know."""
    try:
        yield
    except rules.Refused as verdict:
        raise Refusal(verdict.message, code=verdict.code) from verdict


@transaction.atomic
@_told()
def create_draft(*, actor: User, bulletin_id: UUID, area: Area, draft: Draft, now: datetime) -> Bulletin:
    """A new bulletin under the id that the writer's browser made; the same again gives the one that is there.

    Raises NotFound, Denied, Refusal (see rules.check_draft), Invalid.
    """
    require(actor, access.WRITE, area, now)
    rules.check_draft(draft)
    bulletin, made = Bulletin.objects.get_or_create(
        pk=bulletin_id, defaults={"area": area, "author": actor, "made_at": now, "changed_at": now}
    )
    if not made:
        if (bulletin.author_id, bulletin.area_id) != (actor.pk, area.pk):
            raise NotFound
        return bulletin
    _write(Version(bulletin=bulletin, number=1), actor, draft, now)
    _record(actor, "bulletin.created", bulletin, now)
    return bulletin


@transaction.atomic
@_told()
def save_version(*, actor: User, bulletin_id: UUID, draft: Draft, revision: int, now: datetime) -> Version:
    """Keep what was written. A submitted version, or another writer's, stays as it is: a new one is begun.

    `revision` is the Bulletin.revision that the writer had before them. Raises NotFound, Denied, Invalid,
    Refusal (`changed_elsewhere`, `wrong_state`, and those of rules.check_draft).
    """
    bulletin = access.bulletin_for(actor, bulletin_id, now, access.WRITE, lock=True)
    bulletin.state = rules.step(bulletin.state, "save")
    rules.check_draft(draft)
    _check_revision(bulletin, revision)
    version = queries.newest(bulletin)
    if version.submitted_at is not None or version.author_id != actor.pk:
        version = Version(bulletin=bulletin, number=version.number + 1)
    _write(version, actor, draft, now)
    bulletin.revision += 1
    _save(bulletin, now)
    _record(actor, "bulletin.saved", bulletin, now, number=version.number)
    return version


def _check_revision(bulletin: Bulletin, revision: int) -> None:
    if revision != bulletin.revision:
        raise Refusal(
            "Bản tin vừa được sửa ở trang khác hoặc máy khác. Hãy chọn giữ bản nào.", code=rules.CHANGED_ELSEWHERE
        )


def _write(version: Version, actor: User, draft: Draft, now: datetime) -> None:
    area = version.bulletin.area
    version.title, version.text, version.spoken = draft.title.strip(), draft.text, draft.spoken
    version.said = dict(draft.said)
    version.sound = _sound(actor, draft.sound, area, now) if draft.sound else None
    version.category = _category(draft.category, area) if draft.category else None
    version.priority, version.language = draft.priority, draft.language
    version.valid_from, version.valid_to, version.read_twice = draft.valid_from, draft.valid_to, draft.read_twice
    version.author, version.made_at = actor, now
    version.save()


def _sound(actor: User, sound_id: UUID, area: Area, now: datetime) -> Sound:
    sound = sound_for(actor, sound_id, now)
    if not (inside(sound.area.path, area.path) or inside(area.path, sound.area.path)):
        raise NotFound
    return sound


def _category(key: str, area: Area) -> Category:
    category = queries.category_for(area, key)
    if category is None:
        raise Invalid("Không có lĩnh vực này trong danh sách của đơn vị. Hãy chọn lại.", code="category_unknown")
    return category


@transaction.atomic
@_told()
def submit(*, actor: User, bulletin_id: UUID, now: datetime, revision: int | None = None) -> Version:
    """Hand the newest version to the approvers; from now on it cannot be changed.

    Raises NotFound, Denied, Refusal (`wrong_state`, `changed_elsewhere`, `nothing_new`), Invalid `preflight` whose
    facts["findings"] lists what must be mended.
    """
    bulletin = access.bulletin_for(actor, bulletin_id, now, access.WRITE, lock=True)
    version = queries.newest(bulletin)
    if bulletin.state == rules.APPROVED and version.submitted_at is not None:
        raise Refusal("Bản tin này đã duyệt rồi và chưa có gì đổi.", code="nothing_new")
    bulletin.state = rules.step(bulletin.state, "submit")
    if revision is not None:
        _check_revision(bulletin, revision)
    _check_preflight(version, now)
    if version.submitted_at is None:
        version.submitted_at = now
        version.content_hash = rules.content_hash(queries.content_of(version))
        version.checks = [finding.plain() for finding in queries.findings(version, now)]
        version.save()
    bulletin.submitted_at = now
    _save(bulletin, now)
    _record(actor, "bulletin.submitted", bulletin, now, number=version.number, content=version.content_hash)
    return version


def _check_preflight(version: Version, now: datetime) -> None:
    blocking = [finding for finding in queries.findings(version, now) if finding.blocks]
    if blocking:
        listed = [finding.plain() for finding in blocking]
        raise Invalid(blocking[0].question, code="preflight", facts={"findings": listed})


@transaction.atomic
@_told()
def recall(*, actor: User, bulletin_id: UUID, now: datetime) -> Bulletin:
    """Take a submitted bulletin back to mend it. Raises NotFound, Denied, Refusal `wrong_state`."""
    bulletin = access.bulletin_for(actor, bulletin_id, now, access.WRITE, lock=True)
    bulletin.state = rules.step(bulletin.state, "recall")
    bulletin.submitted_at = None
    _save(bulletin, now)
    _record(actor, "bulletin.recalled", bulletin, now)
    return bulletin


@transaction.atomic
def record_opening(*, actor: User, version_id: int, now: datetime) -> Opening:
    """Note that somebody has this version before them; the writer is shown it. Raises NotFound."""
    version = access.version_for(actor, version_id, now)
    opening, first = Opening.objects.get_or_create(version=version, user=actor, defaults={"opened_at": now})
    if first and actor.pk != version.author_id:
        _record(actor, "bulletin.opened", version.bulletin, now, number=version.number)
    return opening


@transaction.atomic
def record_listening(*, actor: User, version_id: int, heard_ms: int, now: datetime) -> Opening:
    """Note how much (ms) of the version's sound was played to `actor`; only growth counts. Raises NotFound, Invalid."""
    version = access.version_for(actor, version_id, now)
    if version.sound is None or version.sound.state != SoundState.READY:
        raise Invalid("Bản tin chưa có tiếng để nghe.", code="sound_missing")
    opening = record_opening(actor=actor, version_id=version_id, now=now)
    known = opening.heard_ms if opening.sound_id == version.sound_id else 0
    heard = min(max(heard_ms, known), version.sound.duration_ms)
    if heard > known:
        opening.sound, opening.heard_ms, opening.heard_at = version.sound, heard, now
        opening.save()
        if rules.heard_enough(heard, version.sound.duration_ms) and not rules.heard_enough(
            known, version.sound.duration_ms
        ):
            _record(actor, "bulletin.heard", version.bulletin, now, number=version.number)
    return opening


@transaction.atomic
@_told()
def approve(
    *,
    actor: User,
    bulletin_id: UUID,
    seen: str,
    area: str,
    targets: Sequence[Audience],
    times: Sequence[PermitTimes],
    now: datetime,
    replaces: Collection[UUID] = (),
) -> Approval:
    """Approve the submitted version for these places and times below `area` (the path of the airing unit).

    `seen` is the content hash that was on the approver's screen. Earlier approvals of other versions end, and those in
    `replaces`. Raises NotFound, Denied, Refusal (`wrong_state`, `own_bulletin`, `changed`, `places`, `times`,
    `sound_changed`).
    """
    bulletin = access.bulletin_for(actor, bulletin_id, now, access.APPROVE, lock=True)
    grant = access.require_approving(actor, bulletin, area, now)
    version = _judged(bulletin, "approve", seen)
    rules.check_approver(actor.pk, grant.on_behalf_of, queries.authors(bulletin))
    _check_coverage(bulletin.area.path, area, targets, times)
    approval = _approval(bulletin, version, actor, grant.on_behalf_of, now, verdict=Verdict.APPROVED)
    permit = _permit(approval, area, targets, times)
    approval.permit, approval.digest = to_builtins(permit), permits.digest(permit)
    approval.save(force_insert=True)
    ended = queries.standing(bulletin).exclude(pk=approval.pk)
    for old in ended.exclude(version=version) | ended.filter(pk__in=list(replaces)):
        _revoke(old, actor, "Thay bằng lần duyệt mới", now)
    bulletin.state = rules.step(bulletin.state, "approve")
    _save(bulletin, now)
    _record(
        actor, "bulletin.approved", bulletin, now, number=version.number, on_behalf_of=grant.on_behalf_of,
        approval=str(approval.pk), content=version.content_hash, digest=approval.digest,
        heard_ms=queries.heard_ms(version, actor.pk),
    )  # fmt: skip
    return approval


def _judged(bulletin: Bulletin, name: str, seen: str) -> Version:
    """The version that is judged: the newest submitted one, if the step is possible and it is the one that was seen."""
    rules.step(bulletin.state, name)
    version = queries.submitted(bulletin)
    if version is None:
        raise NotFound
    rules.check_seen(seen, version.content_hash)
    if rules.content_hash(queries.content_of(version)) != version.content_hash:
        raise Refusal("Tiếng của bản tin không còn như lúc gửi duyệt. Hãy trả lại bản tin.", code="sound_changed")
    return version


def _check_coverage(own: str, area: str, targets: Sequence[Audience], times: Sequence[PermitTimes]) -> None:
    if not (inside(own, area) or inside(area, own)):
        raise Refusal("Bản tin này không thuộc đơn vị được chọn để phát.", code="places")
    outside = [target.area for target in targets if target.area is not None and not inside(own, target.area)]
    if not targets or outside:
        raise Refusal("Hãy chọn nơi phát trong phạm vi của bản tin.", code="places", facts={"outside": outside})
    if not times:
        raise Refusal("Hãy chọn lúc phát rồi duyệt.", code="times")


def _approval(
    bulletin: Bulletin, version: Version, actor: User, on_behalf_of: int | None, now: datetime, **fields: str
) -> Approval:
    return Approval(
        id=new_id(), bulletin=bulletin, version=version, author=version.author, approver=actor,
        on_behalf_of_id=on_behalf_of, decided_at=now, **fields,
    )  # fmt: skip


def _permit(approval: Approval, area: str, targets: Sequence[Audience], times: Sequence[PermitTimes]) -> Permit:
    version = approval.version
    assert version.sound is not None
    level = approval.bulletin.area.level
    return Permit(
        approval=str(approval.pk),
        content=version.content_hash,
        area=area,
        targets=tuple(targets),
        sounds=(version.sound.sha256,),
        priority=version.priority,
        level="centre" if level == Level.CENTRE else "province" if level == Level.PROVINCE else "commune",
        times=tuple(times),
        author=str(approval.author_id),
        approver=str(approval.approver_id),
        decided=to_ms(approval.decided_at),
    )


@transaction.atomic
@_told()
def return_(*, actor: User, bulletin_id: UUID, seen: str, reason: str, now: datetime) -> Approval:
    """Give a submitted bulletin back to its writer. Raises as `approve`, and Refusal `reason_missing`."""
    bulletin = access.bulletin_for(actor, bulletin_id, now, access.APPROVE, lock=True)
    grant = access.require_approving(actor, bulletin, bulletin.area.path, now)
    reason = rules.check_reason(reason)
    rules.step(bulletin.state, "return")
    version = queries.submitted(bulletin)
    if version is None:
        raise NotFound
    rules.check_seen(seen, version.content_hash)
    rules.check_approver(actor.pk, grant.on_behalf_of, queries.authors(bulletin))
    approval = _approval(bulletin, version, actor, grant.on_behalf_of, now, verdict=Verdict.RETURNED, reason=reason)
    approval.save(force_insert=True)
    bulletin.state = rules.step(bulletin.state, "return")
    _save(bulletin, now)
    _record(actor, "bulletin.returned", bulletin, now, number=version.number, reason=reason)
    return approval


@transaction.atomic
@_told()
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
        _revoke(approval, actor, reason, now)
    bulletin.withdrawn_at, bulletin.withdrawn_by, bulletin.withdraw_reason = now, actor, reason
    _save(bulletin, now)
    _record(actor, "bulletin.withdrawn", bulletin, now, reason=reason, approvals=[str(one.pk) for one in ended])
    return ended


@transaction.atomic
@_told()
def revoke(*, actor: User, approval_id: UUID, reason: str, now: datetime) -> Approval:
    """End one approval: its airings are dropped, which needs nobody's leave. Raises NotFound, Denied, Refusal."""
    approval = access.approval_for(actor, approval_id, now, lock=True)
    access.require_stopping(actor, approval.bulletin, now)
    if approval.verdict != Verdict.APPROVED or approval.revoked_at is not None:
        raise Refusal("Lần duyệt này đã hết hiệu lực rồi.", code="already_revoked")
    _revoke(approval, actor, rules.check_reason(reason), now)
    _record(actor, "approval.revoked", approval.bulletin, now, approval=str(approval.pk), reason=reason)
    return approval


def _revoke(approval: Approval, actor: User, reason: str, now: datetime) -> None:
    approval.revoked_at, approval.revoked_by, approval.revoke_reason = now, actor, reason
    approval.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])


@transaction.atomic
def add_category(*, actor: User, area: Area, group: str, code: str, name: str, now: datetime) -> Category:
    """A code of the area's own below a group of the essential information. Raises NotFound, Denied, Invalid."""
    require(actor, "rules.write", area, now)
    above = Category.objects.filter(area=None, code=group).first()
    if above is None:
        raise Invalid("Không có nhóm thông tin này. Hãy chọn một nhóm trong danh sách.", code="category_unknown")
    if Category.objects.filter(area=area, code=code).exists():
        raise Invalid("Đơn vị đã có mã này. Hãy đặt mã khác.", code="category_twice")
    category = Category.objects.create(
        code=code, name=name, group=above, area=area, essential=above.essential, position=above.position
    )
    record(actor=actor, verb="category.added", object=("category", category.pk), area=area.path, now=now)
    return category


def load_categories() -> None:
    """Bring the groups of the essential information to the state of the shipped file."""
    categories.load(Category)


def _save(bulletin: Bulletin, now: datetime) -> None:
    bulletin.changed_at = now
    bulletin.save()


def _record(actor: User, verb: str, bulletin: Bulletin, now: datetime, **facts: object) -> None:
    record(actor=actor, verb=verb, object=("bulletin", bulletin.pk), area=bulletin.area.path, facts=facts, now=now)
