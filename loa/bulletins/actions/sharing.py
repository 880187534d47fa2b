"""Letting other units use an approved sound, and using theirs: always as a new draft that needs its own approval."""

from datetime import datetime
from uuid import UUID, uuid5

from devicelink.audience import inside
from django.db import transaction

from loa.areas.models import Area
from loa.bulletins import access, library, queries
from loa.bulletins.actions.writing import create_draft, save_version
from loa.bulletins.models import Bulletin, Version
from loa.bulletins.rules import Draft
from loa.kernel.errors import NotFound, Refusal
from loa.media.access import sound_for
from loa.media.actions import shelf
from loa.media.library import taken
from loa.media.models import Sound, SoundState
from loa.people.access import require
from loa.people.models import User


@transaction.atomic
def share(*, actor: User, sound_id: UUID, licence: str, source: str, now: datetime) -> Sound:
    """An approver of the owning area lets others use it. Raises NotFound, Denied, Invalid, Refusal (`not_approved`,
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
    shelf.note_words(sound, title=version.title, text=version.text)
    shelf.share(sound, actor=actor, licence=licence, source=source, now=now)
    return sound


@transaction.atomic
def unshare(*, actor: User, sound_id: UUID, now: datetime) -> Sound:
    """No new uses by others from now on. Raises NotFound, Denied."""
    sound = sound_for(actor, sound_id, now, access.APPROVE)
    shelf.unshare(sound, actor=actor, now=now)
    return sound


@transaction.atomic
def reuse(*, actor: User, sound_id: UUID, area: Area, bulletin_id: UUID, now: datetime) -> Bulletin:
    """A new draft of `area` with the title, words and sound of an approved bulletin. Raises NotFound, Denied, Refusal.

    The same `bulletin_id` again gives the draft that is there.
    """
    require(actor, access.WRITE, area, now)
    sound = library.sound_for(actor, sound_id, area, now)
    version = library.approved_version(sound)
    own = _own(actor, sound, area, bulletin_id, now)
    draft = _as_approved(version, own) if version else Draft(title=sound.title, text=_said(sound), sound=own.pk)
    return create_draft(actor=actor, bulletin_id=bulletin_id, area=area, draft=draft, now=now)


def _as_approved(version: Version, sound: Sound) -> Draft:
    return Draft(
        title=version.title, text=version.text, spoken=version.spoken, sound=sound.pk, category=_group(version),
        language=version.language, read_twice=version.read_twice,
    )  # fmt: skip


def _said(sound: Sound) -> str:
    return sound.transcript or sound.spoken


def _own(actor: User, sound: Sound, area: Area, bulletin_id: UUID, now: datetime) -> Sound:
    """The sound itself inside the area; of another unit a sound of the area's own with the same file.

    Raises NotFound unless that unit shares it: also for somebody who sees both of them.
    """
    if inside(area.path, sound.area.path):
        if sound.state != SoundState.READY or sound.removed_at is not None:
            raise Refusal(shelf.GONE, code="sound_removed")
        return sound
    if not library.shared_with(area).filter(pk=sound.pk).exists():
        raise NotFound
    source = library.provenance(sound)
    name = uuid5(bulletin_id, str(sound.pk))
    return shelf.take_over(actor=actor, sound=sound, area=area, source=source, sound_id=name, now=now)


def _group(version: Version) -> str:
    """An area's own code means nothing to another area: its group does."""
    category = version.category
    if category is None:
        return ""
    return category.group.code if category.group else category.code


@transaction.atomic
def put_into(*, actor: User, sound_id: UUID, bulletin_id: UUID, now: datetime) -> Version:
    """A sound of the library becomes the sound of a draft. Raises NotFound, Denied, Refusal."""
    bulletin = access.bulletin_for(actor, bulletin_id, now, access.WRITE, lock=True)
    sound = library.sound_for(actor, sound_id, bulletin.area, now)
    own = _own(actor, sound, bulletin.area, bulletin_id, now)
    draft = library.draft_of(queries.newest(bulletin), own)
    return save_version(actor=actor, bulletin_id=bulletin.pk, draft=draft, revision=bulletin.revision, now=now)
