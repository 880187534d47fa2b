"""The approver's part: allow, give back."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from devicelink import permits
from devicelink.audience import inside
from devicelink.messages import Audience
from devicelink.permits import Permit, PermitTimes
from django.db import transaction
from msgspec import to_builtins

from loa.areas.rules import Level
from loa.bulletins import access, queries, rules
from loa.bulletins.actions.ending import end
from loa.bulletins.actions.steps import note, save, told
from loa.bulletins.actions.wording import note_words
from loa.bulletins.models import Approval, Bulletin, Verdict, Version
from loa.kernel.clock import to_ms
from loa.kernel.errors import NotFound, Refusal
from loa.kernel.ids import new_id
from loa.media.actions import shelf
from loa.media.quality import rules as quality
from loa.people.models import User


@transaction.atomic
@told()
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
    placed_by: int | None = None,
) -> Approval:
    """Approve the submitted version for these places and times below `area` (the path of the airing unit).

    `seen` is the content hash that was on the approver's screen. Earlier approvals of other versions end, and those in
    `replaces`. `placed_by` (id) chose the air times: a deputy of two persons acts for the one who has no part in it.
    Raises NotFound, Denied, Refusal (`wrong_state`, `own_bulletin`, `changed`, `places`, `times`, `sound_removed`,
    `sound_changed`, `sound_failed`, `unheard`).
    """
    bulletin = access.bulletin_for(actor, bulletin_id, now, access.APPROVE, lock=True)
    authors = queries.authors(bulletin)
    grant = access.require_approving(actor, bulletin, area, now, apart_from={*authors, placed_by})
    version = _judged(bulletin, seen)
    rules.check_approver(actor.pk, grant.on_behalf_of, authors)
    _check_coverage(bulletin.area.path, area, targets, times)
    _check_sounds(version)
    listener, heard = _heard(version, actor)
    approval = _approval(bulletin, version, actor, grant.on_behalf_of, now, verdict=Verdict.APPROVED)
    approval.heard_by_id = listener
    _allow(approval, _permit(approval, area, targets, times))
    _end_earlier(approval, replaces, now)
    bulletin.state = rules.step(bulletin.state, "approve")
    save(bulletin, now)
    note_words(version, approved=True)
    note(
        actor, "bulletin.approved", bulletin, now, number=version.number, on_behalf_of=grant.on_behalf_of,
        approval=str(approval.pk), content=version.content_hash, digest=approval.digest,
        heard_ms=_played(version, actor), heard_by=listener, sentences=heard,
    )  # fmt: skip
    return approval


def _check_sounds(version: Version) -> None:
    """Asked again: what was good when it was handed in may be known as faulty, or be gone, by now."""
    reasons = queries.reasons_of(version)
    for sound in queries.sounds_of(version):
        if sound.removed_at is not None:
            raise Refusal(shelf.GONE, code="sound_removed")
        why = quality.may_submit(sound.quality, reasons.get(sound.pk, ""))
        if why:
            raise Refusal(
                f"Tiếng của “{version.title}” chưa đạt và người soạn chưa ghi lý do. {quality.worst(sound.quality)} "
                "Hãy trả lại bản tin.",
                code="sound_failed",
                facts={"bulletin": str(version.bulletin_id), "sound": str(sound.pk)},
            )


def _played(version: Version, actor: User) -> int:
    """How much (ms) of all its sounds was played to the approver."""
    return sum(queries.heard_ms(version, sound.pk, actor.pk) for sound in queries.sounds_of(version))


def _heard(version: Version, actor: User) -> tuple[int | None, int]:
    """Who (id) has heard every sentence that a machine speaks, and how many there are.

    Raises Refusal `unheard` with those that `actor` has not heard: what others have heard does not add up with it.
    """
    listener, listening = queries.unheard(version, [actor.pk])
    if listening.complete:
        return listener, len(listening.sentences)
    left = [one.text for one in queries.listening(version, actor.pk).missing]
    raise Refusal(
        f"Chưa ai nghe hết giọng máy của “{version.title}”, anh/chị còn {len(left)} câu. "
        "Hãy nghe các câu đó rồi duyệt.",
        code="unheard",
        facts={"bulletin": str(version.bulletin_id), "sentences": left},
    )


def _allow(approval: Approval, permit: Permit) -> None:
    approval.permit, approval.digest = to_builtins(permit), permits.digest(permit)
    approval.save(force_insert=True)


def _end_earlier(approval: Approval, replaces: Collection[UUID], now: datetime) -> None:
    """Those of other versions, and those that it replaces."""
    earlier = queries.standing(approval.bulletin).exclude(pk=approval.pk)
    for old in earlier.exclude(version=approval.version) | earlier.filter(pk__in=list(replaces)):
        end(old, approval.approver, "Thay bằng lần duyệt mới", now)


def _judged(bulletin: Bulletin, seen: str) -> Version:
    """The version that is judged: the newest submitted one, if the step is possible and it is the one that was seen."""
    rules.step(bulletin.state, "approve")
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
    assert version.sound is not None or version.relay is not None
    level = approval.bulletin.area.level
    return Permit(
        approval=str(approval.pk),
        content=version.content_hash,
        area=area,
        targets=tuple(targets),
        sounds=queries.files_of(version),
        priority=version.priority,
        level="centre" if level == Level.CENTRE else "province" if level == Level.PROVINCE else "commune",
        times=tuple(times),
        author=str(approval.author_id),
        approver=str(approval.approver_id),
        decided=to_ms(approval.decided_at),
        readings=version.readings,
        relays=queries.relays_of(version),
        relay_ms=version.relay_minutes * 60_000,
    )


@transaction.atomic
@told()
def return_(*, actor: User, bulletin_id: UUID, seen: str, reason: str, now: datetime) -> Approval:
    """Give a submitted bulletin back to its writer. Raises as `approve`, and Refusal `reason_missing`."""
    bulletin = access.bulletin_for(actor, bulletin_id, now, access.APPROVE, lock=True)
    authors = queries.authors(bulletin)
    grant = access.require_approving(actor, bulletin, bulletin.area.path, now, apart_from=authors)
    reason = rules.check_reason(reason)
    rules.step(bulletin.state, "return")
    version = queries.submitted(bulletin)
    if version is None:
        raise NotFound
    rules.check_seen(seen, version.content_hash)
    rules.check_approver(actor.pk, grant.on_behalf_of, authors)
    approval = _approval(bulletin, version, actor, grant.on_behalf_of, now, verdict=Verdict.RETURNED, reason=reason)
    approval.save(force_insert=True)
    bulletin.state = rules.step(bulletin.state, "return")
    save(bulletin, now)
    note(actor, "bulletin.returned", bulletin, now, number=version.number, reason=reason)
    return approval
