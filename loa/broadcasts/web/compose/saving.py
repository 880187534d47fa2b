"""Keeps what was written: the sound that came with the form, the content, the wish for air time. In this order, so that
a refused time loses no word."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile

from loa.broadcasts import actions
from loa.broadcasts.actions.composing import open_wish
from loa.broadcasts.changes.kinds.bulletins import HandIn
from loa.broadcasts.models import Obligation, Schedule
from loa.broadcasts.models import State as AirState
from loa.broadcasts.queries import moves
from loa.broadcasts.rules import targets
from loa.broadcasts.rules.times import BadTimes, When
from loa.broadcasts.web.compose import further, voicing
from loa.broadcasts.web.compose.desk import Desk
from loa.broadcasts.web.compose.outlook import in_session, is_stale
from loa.broadcasts.web.compose.parts import Part
from loa.broadcasts.web.compose.wish import Wish, estimate
from loa.bulletins import actions as bulletins
from loa.bulletins import queries as bulletin_queries
from loa.bulletins.models import Bulletin, State
from loa.bulletins.rules import Further
from loa.kernel.errors import Invalid
from loa.media import actions as media
from loa.media.access import sound_for
from loa.media.models import SoundState


def new_sound(data: dict[str, Any], file: "UploadedFile[Any] | None", desk: Desk, *, again: bool) -> UUID | None:
    """The sound that the form brings: a file without script, a recording, an upload, the one it had, or had before."""
    if again:
        return data.get("sound")
    if file is not None:
        return media.receive_upload(actor=desk.user, area=desk.area, file=file, now=desk.now).pk
    by_source = {"record": data.get("recorded"), "upload": data.get("uploaded")}
    found: UUID | None = by_source.get(data.get("source") or "") or data.get("sound")
    return found


def part_of(wish: Wish, data: Mapping[str, Any]) -> Part:
    """The main language as one of those whose sounds can be made."""
    draft = wish.draft
    return Part(draft.title, draft.text, wish.reading.spoken, draft.sound, draft.voicing, data.get("before"))


def unwanted(data: Mapping[str, Any], step: str, language: str) -> UUID | None:
    """The sound that is being made and called off (`cancel`)."""
    if step != "cancel":
        return None
    rows: Iterable[Further] = data.get("languages") or ()
    found = {row.language: row.sound for row in rows} | {"": data.get("sound")}
    return found.get(language)


def keep_content(wish: Wish, known: Bulletin | None, made: UUID, revision: int | None, desk: Desk) -> Bulletin:
    """The bulletin with these words; the same words again change nothing."""
    if known is None:
        return bulletins.create_draft(actor=desk.user, bulletin_id=made, area=desk.area, draft=wish.draft, now=desk.now)
    if known.state == State.SUBMITTED or is_kept(wish, known):
        return known
    bulletins.save_version(
        actor=desk.user,
        bulletin_id=known.pk,
        draft=wish.draft,
        revision=known.revision if revision is None else revision,
        now=desk.now,
    )
    known.refresh_from_db()
    return known


def is_kept(wish: Wish, bulletin: Bulletin, *, as_read: bool = True) -> bool:
    """Whether the bulletin says these words already; without `as_read` a word that was taught since does not count."""
    version, draft = bulletin_queries.newest(bulletin), wish.draft
    if as_read and (version.spoken, version.voicing) != (draft.spoken, dict(draft.voicing)):
        return False
    kept = (
        version.title, version.text, version.sound_id, bulletin_queries.category_key(version.category),
        version.priority, version.language, version.valid_from, version.valid_to, version.readings,
        version.said, version.sound_reason, _rows(bulletin_queries.further(version), as_read),
    )  # fmt: skip
    asked = (
        draft.title.strip(), draft.text, draft.sound, draft.category, draft.priority, draft.language,
        draft.valid_from, draft.valid_to, draft.readings,
        dict(draft.said), draft.sound_reason, _rows(draft.languages, as_read),
    )  # fmt: skip
    return kept == asked


def _rows(rows: Iterable[Further], as_read: bool) -> list[Further]:
    return [row if as_read else replace(row, spoken="", voicing={}) for row in rows]


def waits_as_wished(bulletin: Bulletin, wish: Wish) -> bool:
    """Whether what waits for approval has these air times and places; a form without air times asks for no others."""
    rows = Schedule.objects.filter(bulletin=bulletin, state=AirState.SUBMITTED)
    return wish.when is None or any(_asks(wish, wish.when, row) for row in rows)


def _asks(wish: Wish, when: When, schedule: Schedule) -> bool:
    """In a session the minute was found for it: its day and its repeats were chosen."""
    known = moves.when_of(schedule)
    found = {"times": known.times, "slack_s": known.slack_s} if wish.programme else {"times": tuple(sorted(when.times))}
    when = replace(when, **found)
    kept = (replace(known, times=tuple(sorted(known.times))), schedule.programme_id, schedule.offline_for)
    asked = (replace(when, times=tuple(sorted(when.times))), wish.programme, wish.offline_for)
    return kept == asked and targets.from_json(schedule.target) == targets.from_json(targets.to_json(wish.target))


def keep_air(bulletin: Bulletin, wish: Wish, desk: Desk) -> None:
    """The wish for air time. In a session, a sound that is still being made gets the room that its text would need."""
    if not desk.plans:
        return
    actions.put_on_air(
        actor=desk.user,
        bulletin_id=bulletin.pk,
        area=desk.air,
        when=_when(bulletin, wish, desk),
        target=wish.target,
        programme_id=wish.programme,
        offline_for=wish.offline_for,
        now=desk.now,
    )


def keep_duty(bulletin: Bulletin, data: Mapping[str, Any], desk: Desk) -> None:
    """Whether it is owed to people: ticked it is minded, taken back it is not."""
    if not desk.plans:
        return
    known = Obligation.objects.filter(bulletin=bulletin, ended_at=None).first()
    if data.get("public") and known is None:
        actions.set_obligation(actor=desk.user, bulletin_id=bulletin.pk, area=desk.air, now=desk.now)
    elif not data.get("public") and known is not None:
        reason = "Người soạn bỏ đánh dấu bắt buộc công khai"
        actions.end_obligation(actor=desk.user, obligation_id=known.pk, reason=reason, now=desk.now)


def _when(bulletin: Bulletin, wish: Wish, desk: Desk) -> When | None:
    """Raises Invalid `times`."""
    sound = bulletin_queries.newest(bulletin).sound
    if wish.when is None or wish.programme is None or (sound is not None and sound.state == SoundState.READY):
        return wish.when
    known = open_wish(bulletin.pk)
    try:
        return in_session(wish, estimate(wish.reading.spoken), desk, known.pk if known else None)
    except BadTimes as error:
        raise Invalid(str(error), code="times") from error


def handed_in(bulletin: Bulletin, wish: Wish, desk: Desk) -> HandIn | None:
    """What handing it in with these air times would change; None where it asks for none (see `submit`).

    Raises Invalid `times`.
    """
    when = _when(bulletin, wish, desk) if desk.plans else None
    if when is None:
        return None
    return HandIn(
        area=desk.air.path, bulletin=bulletin.pk, when=when, where=wish.target, programme=wish.programme,
        offline_for=wish.offline_for,
    )  # fmt: skip


def require_fresh(bulletin: Bulletin, wish: Wish, desk: Desk) -> None:
    """What a machine has spoken is what stands there. Raises Invalid `stale_sound`."""
    sound = sound_for(desk.user, wish.draft.sound, desk.now) if wish.draft.sound else None
    if sound is not None and voicing.differs(wish.draft.voicing, sound) and bulletin.state != State.SUBMITTED:
        message = (
            "Giọng, tốc độ hoặc quãng nghỉ đã đổi sau khi tạo tiếng. Hãy bấm Tạo lại tiếng, nghe lại rồi gửi duyệt."
        )
        raise Invalid(message, code="stale_sound")
    if is_stale(wish, sound) and bulletin.state != State.SUBMITTED:
        raise Invalid("Chữ đã đổi sau khi tạo tiếng. Hãy bấm Tạo tiếng, nghe lại rồi gửi duyệt.", code="stale_sound")
    if bulletin.state != State.SUBMITTED:
        further.require_fresh(wish.draft.languages, desk)


def submit(bulletin: Bulletin, desk: Desk) -> None:
    """Hand it in without other air times; an announcer's goes to the officer of the commune first."""
    if desk.plans:
        actions.submit(actor=desk.user, bulletin_id=bulletin.pk, now=desk.now)
    else:
        bulletins.submit(actor=desk.user, bulletin_id=bulletin.pk, now=desk.now)
