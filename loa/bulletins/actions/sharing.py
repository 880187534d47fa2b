"""Letting other units use an approved bulletin with its sounds, and using theirs: always as a new draft that needs its
own approval."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from loa.areas.models import Area
from loa.bulletins import access, library, origins, queries
from loa.bulletins.actions.writing import create_draft, save_version
from loa.bulletins.models import Bulletin, Version
from loa.bulletins.rules import Draft, Further
from loa.kernel.errors import NotFound, Refusal
from loa.media.access import sound_for
from loa.media.actions import shelf
from loa.media.library import is_own, taken
from loa.media.models import Sound, SoundState
from loa.people.access import may, require
from loa.people.models import User


@transaction.atomic
def share(*, actor: User, sound_id: UUID, licence: str, source: str, now: datetime) -> list[Sound]:
    """An approver of the owning area lets others use it, with the other languages of its bulletin as far as they are
    the area's own. Returns all that are shared now. Raises NotFound, Denied, Invalid, Refusal (`not_approved`,
    `not_own`, `sound_removed`).
    """
    sound = sound_for(actor, sound_id, now, access.APPROVE)
    if taken(sound):
        raise Refusal("Tiếng này của đơn vị khác. Chỉ đơn vị làm ra mới cho dùng chung được.", code="not_own")
    if sound.removed_at is not None:
        raise Refusal(shelf.GONE, code="sound_removed")
    version = library.approved_version(sound)
    if version is None:
        raise Refusal("Chỉ tiếng của bản tin đã duyệt, chưa thu hồi mới cho dùng chung được.", code="not_approved")
    shared = [one for _, one in library.told(version) if one == sound or _may_share(one, actor, now)]
    for one in shared:
        shelf.share(one, actor=actor, licence=licence, source=source, now=now)
    return shared


def _may_share(sound: Sound, actor: User, now: datetime) -> bool:
    return not (taken(sound) or sound.removed_at or sound.block) and may(actor, access.APPROVE, sound.area, now)


@transaction.atomic
def unshare(*, actor: User, sound_id: UUID, now: datetime) -> list[Sound]:
    """No new uses by others from now on, in none of the languages. Raises NotFound, Denied."""
    sound = sound_for(actor, sound_id, now, access.APPROVE)
    others = [one for one in library.told_together(sound) if one != sound and one.shared]
    ended = [sound, *(one for one in others if may(actor, access.APPROVE, one.area, now))]
    for one in ended:
        shelf.unshare(one, actor=actor, now=now)
    return ended


@transaction.atomic
def reuse(*, actor: User, sound_id: UUID, area: Area, bulletin_id: UUID, now: datetime) -> Bulletin:
    """A new draft of `area` with the title, words and sounds of an approved bulletin, in all languages that `area` may
    use (`origins.left_behind` names the others). Raises NotFound, Denied, Refusal (`sound_removed`, `taken_back`).

    The same `bulletin_id` again gives the draft that is there.
    """
    require(actor, access.WRITE, area, now)
    sound = library.sound_for(actor, sound_id, area, now)
    version = library.approved_version(sound)
    draft = _draft(actor, sound, version, area, bulletin_id, now)
    return create_draft(actor=actor, bulletin_id=bulletin_id, area=area, draft=draft, now=now)


def _draft(actor: User, sound: Sound, version: Version | None, area: Area, bulletin_id: UUID, now: datetime) -> Draft:
    """As it was approved; without the main language, which may not be used, the one that was asked for is the main."""
    if version is None:
        own = _own(actor, sound, area, bulletin_id, now)
        return Draft(title=sound.title, text=sound.transcript or sound.spoken, sound=own.pk, language=sound.language)
    usable = {one.pk: one for _, one in library.told(version) if one == sound or origins.goes_along(area, one)}
    mine = {pk: _own(actor, one, area, bulletin_id, now).pk for pk, one in usable.items()}
    said = [(one, mine[one.sound]) for one in queries.further(version) if one.sound and one.sound in mine]
    kept = tuple(Further(one.language, one.title, one.text, one.spoken, own) for one, own in said)
    first = mine.get(version.sound_id) if version.sound_id else None
    main = Draft(
        title=version.title, text=version.text, spoken=version.spoken, sound=first,
        category=_group(version), language=version.language, readings=version.readings, languages=kept,
    )  # fmt: skip
    return main if main.sound else _led_by(main, mine[sound.pk])


def _led_by(draft: Draft, sound: UUID) -> Draft:
    first = next(one for one in draft.languages if one.sound == sound)
    rest = tuple(one for one in draft.languages if one is not first)
    title = first.title or draft.title
    return replace(
        draft, title=title, text=first.text, spoken=first.spoken, sound=sound, language=first.language, languages=rest
    )


def _own(actor: User, sound: Sound, area: Area, bulletin_id: UUID, now: datetime) -> Sound:
    """The sound itself inside the unit; of another unit a sound of the area's own with the same file.

    Raises NotFound unless that unit shares it, also for somebody who sees both of them; Refusal `sound_removed`, and
    `taken_back` for what another unit has taken back since.
    """
    if not is_own(sound.area.path, area):
        if not library.may_use(area, sound):
            raise NotFound
        source = library.provenance(sound)
        name = uuid5(bulletin_id, str(sound.pk))
        return shelf.take_over(actor=actor, sound=sound, area=area, source=source, sound_id=name, now=now)
    if sound.state != SoundState.READY or sound.removed_at is not None:
        raise Refusal(shelf.GONE, code="sound_removed")
    fate = origins.fate(sound)
    if fate is not None:
        raise Refusal(f"{fate.words}. {fate.more}", code="taken_back")
    return sound


def _group(version: Version) -> str:
    """An area's own code means nothing to another area: its group does."""
    category = version.category
    if category is None:
        return ""
    return category.group.code if category.group else category.code


@transaction.atomic
def put_into(*, actor: User, sound_id: UUID, bulletin_id: UUID, now: datetime) -> Version:
    """A sound of the library becomes the sound of a draft, in its own language: where the draft is in another one, that
    of a further language. Raises NotFound, Denied, Refusal.
    """
    bulletin = access.bulletin_for(actor, bulletin_id, now, access.WRITE, lock=True)
    sound = library.sound_for(actor, sound_id, bulletin.area, now)
    own = _own(actor, sound, bulletin.area, bulletin_id, now)
    draft = library.draft_with(queries.newest(bulletin), own, library.language_of(sound))
    return save_version(actor=actor, bulletin_id=bulletin.pk, draft=draft, revision=bulletin.revision, now=now)
