"""Permits to speak live: asked for, answered by another person, taken back; and what was spoken, written down."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.broadcasts.models import LivePermit, LiveSession
from loa.broadcasts.queries.speaking import APPROVE, RELATED, SPEAK
from loa.broadcasts.rules import speaking
from loa.broadcasts.rules.speaking import Terms
from loa.devices import announce
from loa.kernel.clock import from_ms
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.media.actions import receiving
from loa.people import access as people
from loa.people.models import User
from loa.people.rules import same_person

MOST_WORDS = 300


@transaction.atomic
def ask(
    *, actor: User, person: User, area: Area, terms: Terms, reason: str, permit_id: UUID, now: datetime
) -> LivePermit:
    """Ask for a standing permit for `person`; the same id again gives the one that is there.

    Raises NotFound, Denied, Invalid, Refusal (`live_...`).
    """
    if actor.pk == person.pk:
        people.require(actor, SPEAK, area, now)
    else:
        people.require(actor, "schedule.write", area, now)
    if not people.may(person, SPEAK, area, now):
        raise Refusal(
            f"{person.full_name} không có vai trò được phát trực tiếp tại {area.full_name}.", code="live_no_office"
        )
    return _ask(actor, person, area, terms, reason, permit_id, now, once=False)


@transaction.atomic
def ask_once(*, actor: User, area: Area, minutes: int, reason: str, permit_id: UUID, now: datetime) -> LivePermit:
    """Ask for a single yes, now; every approver of the place sees it at once. Raises NotFound, Denied, Invalid."""
    people.require(actor, SPEAK, area, now)
    if not 1 <= minutes <= speaking.MOST_ONCE:
        raise Invalid(f"Mỗi lần xin nói từ 1 đến {speaking.MOST_ONCE} phút.", code="live_minutes")
    ends = now + speaking.ASK_LIFE + speaking.USE_WITHIN + timedelta(minutes=minutes)
    terms = Terms(area.full_name, speaking.EVERY_DAY, 0, speaking.ALL_DAY, minutes, minutes, now, ends)
    return _ask(actor, actor, area, terms, reason, permit_id, now, once=True)


def _ask(
    actor: User, person: User, area: Area, terms: Terms, reason: str, permit_id: UUID, now: datetime, *, once: bool
) -> LivePermit:
    known = LivePermit.objects.filter(pk=permit_id, asked_by=actor).first()
    if known is not None:
        return known
    if not reason.strip():
        raise Invalid("Hãy ghi nói về việc gì, để người duyệt biết.", code="live_reason")
    fault = speaking.wish_fault(terms, now)
    if fault is not None:
        raise Invalid(fault.message, code=fault.code)
    row = LivePermit.objects.create(
        pk=permit_id, person=person, area=area, once=once, weekdays=sorted(terms.weekdays), opens=terms.opens,
        closes=terms.closes, minutes=terms.minutes, day_minutes=terms.day_minutes, starts=terms.starts,
        ends=terms.ends, reason=reason.strip()[:MOST_WORDS], asked_by=actor, asked_at=now,
    )  # fmt: skip
    _note(actor, "live.asked", row, now)
    _tell("live.asked", row, name=person.full_name or person.get_username(), once=once)
    return row


@transaction.atomic
def allow(*, actor: User, permit_id: UUID, now: datetime) -> LivePermit:
    """Yes. Raises NotFound, Denied (`own_live`), Refusal (`already_decided`, `live_asked_too_long_ago`)."""
    row = _waiting(actor, permit_id, now)
    grant = people.require(actor, APPROVE, row.area, now, apart_from=(row.person_id, row.asked_by_id))
    mine = (same_person(one, actor.pk, grant.on_behalf_of) for one in (row.person_id, row.asked_by_id))
    if any(mine):
        raise Denied("Việc mình xin, hoặc người mình thay xin, phải do người khác cho phép.", code="own_live")
    if row.once:
        row.starts = now
        row.ends = now + speaking.USE_WITHIN + timedelta(minutes=row.minutes)
    row.on_behalf_of_id = grant.on_behalf_of
    _decide(row, actor, LivePermit.State.APPROVED, now)
    _note(actor, "live.allowed", row, now)
    return row


@transaction.atomic
def refuse(*, actor: User, permit_id: UUID, now: datetime) -> LivePermit:
    """No. Raises NotFound, Denied, Refusal."""
    row = _waiting(actor, permit_id, now)
    _decide(row, actor, LivePermit.State.REFUSED, now)
    _note(actor, "live.refused", row, now)
    return row


@transaction.atomic
def take_back(*, actor: User, permit_id: UUID, now: datetime) -> LivePermit:
    """No longer: by an approver of the place, or by the person it is for. Raises NotFound, Denied, Refusal."""
    row = _locked(actor, permit_id, now)
    if actor.pk != row.person_id:
        people.require(actor, APPROVE, row.area, now)
    if row.state != LivePermit.State.APPROVED or row.revoked_at is not None or row.ends <= now:
        raise Refusal("Giấy phép này không còn hiệu lực.", code="live_over")
    row.revoked_by, row.revoked_at = actor, now
    row.save(update_fields=["revoked_by", "revoked_at"])
    _note(actor, "live.taken_back", row, now)
    _tell("live.taken_back", row, person=row.person_id)
    return row


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway wrote down about one session; instants are Unix milliseconds. `file`: the name of its sound."""

    session: str
    area: str
    user: int
    permit: str
    alert: str
    title: str
    targets: tuple[str, ...]
    started: int
    ended: int
    spoken: int
    reason: str
    expected: int
    sounding: int
    file: str = ""


@transaction.atomic
def record_session(*, spoken: Spoken, sound: Path | None, now: datetime) -> LiveSession:
    """Copy what the gateway wrote down, with its recording; a second time it changes nothing. Raises NotFound."""
    identifier = UUID(hex=spoken.session)
    known = LiveSession.objects.filter(pk=identifier).first()
    if known is not None:
        return known
    area, person = Area.objects.filter(path=spoken.area).first(), User.objects.filter(pk=spoken.user).first()
    if area is None or person is None:
        raise NotFound
    title = spoken.title or "Phát trực tiếp"
    started = from_ms(spoken.started)
    kept = receiving.take_recording(
        made_by=person, area=area, path=sound, title=f"{title}, {person.full_name}", sound_id=identifier, now=now
    ) if sound is not None else None  # fmt: skip
    row = LiveSession.objects.create(
        pk=identifier, area=area, person=person, permit_id=UUID(spoken.permit) if spoken.permit else None,
        alert=spoken.alert[:80], title=spoken.title[:200], targets=[name[:120] for name in spoken.targets],
        started_at=started, ended_at=max(started, from_ms(spoken.ended)), spoken_ms=max(0, spoken.spoken),
        reason=spoken.reason[:20], expected=spoken.expected, sounding=spoken.sounding, sound=kept,
    )  # fmt: skip
    facts = {"reason": row.reason, "seconds": row.spoken_ms // 1000, "expected": row.expected, "sounding": row.sounding}
    record(actor=person, verb="live.spoken", object=("live", row.pk), area=area.path, facts=facts, now=now)
    announce.event("live.recorded", area.path, {"id": spoken.session})
    return row


def _waiting(actor: User, permit_id: UUID, now: datetime) -> LivePermit:
    row = _locked(actor, permit_id, now)
    people.require(actor, APPROVE, row.area, now)
    if row.state != LivePermit.State.WAITING:
        raise Refusal("Việc này đã được trả lời rồi. Hãy tải lại trang.", code="already_decided")
    if not speaking.is_waiting(row.asked_at, now, once=row.once) or row.ends <= now:
        raise Refusal(
            "Lời xin đã quá 5 phút nên không còn hiệu lực. Hãy nhờ người nói xin lại.", code="live_asked_too_long_ago"
        )
    return row


def _locked(actor: User, permit_id: UUID, now: datetime) -> LivePermit:
    rows = LivePermit.objects.select_for_update(of=("self",)).select_related(*RELATED)
    row = rows.filter(pk=permit_id).first()
    if row is None:
        raise NotFound
    people.require(actor, "view", row.area, now)
    return row


def _decide(row: LivePermit, actor: User, state: str, now: datetime) -> None:
    row.state, row.decided_by, row.decided_at = state, actor, now
    row.save(update_fields=["state", "decided_by", "decided_at", "on_behalf_of", "starts", "ends"])
    _tell("live.answered", row, person=row.person_id, state=state)


def _note(actor: User, verb: str, row: LivePermit, now: datetime) -> None:
    facts = {"person": row.person_id, "once": row.once, "minutes": row.minutes, "reason": row.reason}
    record(actor=actor, verb=verb, object=("live", row.pk), area=row.area.path, facts=facts, now=now)


def _tell(kind: str, row: LivePermit, **facts: object) -> None:
    announce.event(kind, row.area.path, {"id": str(row.pk), "place": row.area.full_name, **facts})
