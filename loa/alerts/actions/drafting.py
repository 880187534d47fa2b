"""Preparing an alert: a draft, its voices, and the message that its author vouches for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from devicelink.limits import MAX_VOICE_BYTES
from devicelink.messages import Alert, Cancel, Voice
from django.db import transaction

from loa.alerts import access, content, hazards, rules, wording
from loa.alerts.content import Wanted
from loa.alerts.models import AlertRecord, Draft, DraftVoice, Drill, Status
from loa.alerts.wishes import Said
from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel import ids
from loa.kernel.errors import Invalid, Refusal
from loa.media import actions as media
from loa.media import queries as sounds
from loa.media.access import sound_for
from loa.media.models import SoundState
from loa.media.voices import registry
from loa.people import access as people
from loa.people.models import User

ENDINGS = ("cancel", "end")  # also the targets under which their voices are kept


def new_id() -> str:
    """Of an alert or a cancel."""
    return f"al-{ids.code(20).lower()}"


@transaction.atomic
def draft_alert(
    *,
    actor: User,
    area: Area,
    wanted: Wanted,
    now: datetime,
    voice: str = "",
    own_sound: UUID | None = None,
    drill: Drill | None = None,
    form: Mapping[str, Any] | None = None,
) -> Draft:
    """Keep what was chosen and have it spoken: by `voice` ("<voice>/<dialect>"), the general text by `own_sound` if
    somebody has recorded it; with neither only siren and prompts sound. NotFound, Denied, Invalid.
    """
    people.require(actor, access.AUTHOR, area, now)
    for path in (*wanted.areas, *(path for words in wanted.own for path in words.areas)):
        people.require(actor, access.AUTHOR, path, now)
    message, said = content.alert(wanted, identifier=new_id(), office=area.path, voices={})
    row = Draft.objects.create(
        area=area, author=actor, made_at=now, status=message.status, event=message.event, headline=message.headline,
        content=msgspec.to_builtins(message), said=msgspec.to_builtins(said), form=dict(form or {}), drill=drill,
    )  # fmt: skip
    for one in (*said, *_endings(row)):
        _have_spoken(row, one, voice, own_sound, now)
    facts = {"title": row.headline, "status": row.status}
    record(actor=actor, verb="alert.drafted", object=("alert", row.pk), area=area.path, facts=facts, now=now)
    return row


def _endings(row: Draft) -> list[Said]:
    """What will be said when it is taken back or over: spoken now, so that a cancel waits for nothing."""
    if row.status == Status.TEST:
        return []
    name = hazards.book().name_of(row.event)
    return [
        Said(target=kind, language="vi", text=wording.cancel_text(kind=kind, event=name, status=row.status))
        for kind in ENDINGS
    ]


def _have_spoken(row: Draft, said: Said, voice: str, own: UUID | None, now: datetime) -> None:
    if own is not None and said.target == content.GENERAL and said.language == "vi":
        sound = sound_for(row.author, own, now)
    elif voice:
        sound = media.speak(
            actor=row.author, area=row.area, text=said.text, voice=_voice_for(voice, said.language), now=now,
            title=row.headline,
        )  # fmt: skip
    else:
        return
    DraftVoice.objects.create(draft=row, target=said.target, language=said.language, sound=sound)


def _voice_for(voice: str, language: str) -> str:
    """The chosen voice, or the best of another language."""
    if registry.find(voice)[0].language == language:
        return voice
    others = registry.choices(language)
    return others[0].id if others else voice


@transaction.atomic
def finish(*, row: Draft, now: datetime) -> Draft:
    """Take over the voices that are ready; once all are, the content is complete. Invalid `voice_long`."""
    voices: dict[tuple[str, str], Voice] = {}
    for one in row.voices.select_related("sound", "compact"):
        if one.sound.state != SoundState.READY:
            continue
        rules.check_voice(one.sound.duration_ms)
        if one.compact is None:
            one.compact = media.compact(sound=one.sound, most_bytes=MAX_VOICE_BYTES, now=now)
            one.save(update_fields=["compact"])
        small = one.compact
        voices[one.target, one.language] = Voice(
            sha256=small.sha256, size=small.size, duration=small.duration_ms, language=one.language
        )
    message = message_of(row)
    targets = tuple(
        msgspec.structs.replace(
            target,
            voices=tuple(
                voices[target.id, said.language]
                for said in words_of(row)
                if said.target == target.id and (target.id, said.language) in voices
            ),
        )
        for target in message.targets
    )
    row.content = msgspec.to_builtins(msgspec.structs.replace(message, targets=targets))
    row.save(update_fields=["content"])
    return row


def message_of(row: Draft) -> Alert:
    """The alert of a draft."""
    return msgspec.convert(row.content, Alert)


def words_of(row: Draft) -> tuple[Said, ...]:
    """Its words."""
    return msgspec.convert(row.said, tuple[Said, ...])


def unready(row: Draft) -> str:
    """Why its author cannot sign yet, in words; "" when nothing is in the way."""
    voices = list(row.voices.select_related("sound"))
    if any(one.sound.state == SoundState.REFUSED for one in voices):
        return "Một lời đọc không tạo được. Hãy soạn lại, hoặc thu giọng người."
    if any(one.compact_id is None for one in voices):
        return "Lời đọc đang được tạo."
    spoken = [one.sound for one in voices if one.target not in ENDINGS and sounds.machine_speaks(one.sound)]
    if spoken and not sounds.listenings(spoken, [row.author_id])[row.author_id].complete:
        return "Nghe hết các lời đọc trước khi ký."
    return ""


@transaction.atomic
def drop_draft(*, actor: User, row: Draft, now: datetime) -> None:
    """It will not be sent. NotFound, Denied."""
    people.require(actor, access.AUTHOR, row.area, now)
    row.dropped_at = now
    row.save(update_fields=["dropped_at"])
    facts = {"title": row.headline}
    record(actor=actor, verb="alert.dropped", object=("alert", row.pk), area=row.area.path, facts=facts, now=now)


def ending_of(alert: AlertRecord, *, kind: str, reason: str) -> tuple[Cancel, tuple[Said, ...]]:
    """What would end this alert, in its words. Refusal `not_sent`, `already_over`, Invalid `reason`."""
    if alert.state != AlertRecord.State.SENT:
        raise Refusal("Cảnh báo này chưa phát nên không có gì để hủy.", code="not_sent")
    if alert.ended_at is not None:
        raise Refusal("Cảnh báo này đã hủy hoặc kết thúc rồi.", code="already_over")
    reason = " ".join(reason.split())[:100]
    if kind == "cancel" and not reason:
        raise Invalid("Hãy ghi vì sao hủy, ví dụ: phát nhầm phạm vi.", code="reason")
    text = wording.cancel_text(kind=kind, event=hazards.book().name_of(alert.event), status=alert.status)
    return content.ending(
        msgspec.convert(alert.content, Alert), identifier=new_id(), kind="cancel" if kind == "cancel" else "end",
        reason=reason, text=text, voice=_ending_voice(alert, kind),
    )  # fmt: skip


def _ending_voice(alert: AlertRecord, kind: str) -> Voice | None:
    """The sentence that was spoken with the draft."""
    voices = DraftVoice.objects.filter(draft=alert.draft_id, target=kind).exclude(compact=None)
    one = voices.select_related("compact").first()
    if one is None or one.compact is None:
        return None
    return Voice(sha256=one.compact.sha256, size=one.compact.size, duration=one.compact.duration_ms, language="vi")
