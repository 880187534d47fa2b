"""Writes of what programmes are built with: which sound is used as what, and the templates of an area."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel.errors import Invalid, NotFound
from loa.media import access, rules
from loa.media.blocks import shelf
from loa.media.blocks.templates import checked, most_ms
from loa.media.models import Block, BlockChoice, OwnTemplate, Sound, SoundState
from loa.people.access import require
from loa.people.models import User

# What people may choose.
MINE = (Block.JINGLE, Block.OPENING, Block.CLOSING, Block.STATION_CALL, Block.GONG, Block.BED, Block.AGAIN)


@transaction.atomic
def mark_block(*, actor: User, sound_id: UUID, block: str, now: datetime) -> Sound:
    """Use a sound of one's own unit as a part of programmes, from now on as the one; "" takes it off the shelf again.

    Raises NotFound, Denied, Invalid (`block_kind`, `block_long`, `block_sound`, `siren`).
    """
    sound = access.sound_for(actor, sound_id, now, "media.write")
    if sound.block == Block.SIREN:
        raise _invalid("siren")
    if block and block not in MINE:
        raise _invalid("block_kind")
    if block:
        _check_fit(sound, block)
    Sound.objects.filter(pk=sound.pk).update(block=block)
    BlockChoice.objects.filter(sound=sound).exclude(block=block).delete()
    sound.block = block
    _record(actor, "block.marked", sound, now, block=block)
    if block:
        _choose(actor, sound.area, sound, now)
    return sound


@transaction.atomic
def choose_block(*, actor: User, area: Area, sound_id: UUID, now: datetime) -> Sound:
    """The block that is used in `area` and below it for its part. Raises NotFound, Denied."""
    access.require_making(actor, area, now)
    sound = next((one for one in shelf.blocks_for(area) if one.pk == sound_id and one.block in MINE), None)
    if sound is None:
        raise NotFound
    _choose(actor, area, sound, now)
    _record(actor, "block.chosen", sound, now, block=sound.block, place=area.path)
    return sound


@transaction.atomic
def choose_call(*, actor: User, area: Area, sound: Sound, now: datetime) -> None:
    """The call of the station, ready or not, is this one. Raises NotFound, Denied."""
    access.require_making(actor, area, now)
    _choose(actor, area, sound, now)
    _record(actor, "block.chosen", sound, now, block=sound.block, place=area.path)


def _choose(actor: User, area: Area, sound: Sound, now: datetime) -> None:
    BlockChoice.objects.update_or_create(
        area=area, block=sound.block, defaults={"sound": sound, "made_by": actor, "made_at": now}
    )


def _check_fit(sound: Sound, block: str) -> None:
    if sound.state == SoundState.REFUSED or sound.removed_at is not None:
        raise _invalid("block_sound")
    most = most_ms(block)
    if sound.duration_ms > most:  # of one that is still being read in nothing is known: the page tells it afterwards
        facts = {"use": str(Block(block).label).lower(), "most": rules.length(most)}
        raise _invalid("block_long", facts | {"length": rules.length(sound.duration_ms)})


@transaction.atomic
def save_template(
    *, actor: User, area: Area, name: str, parts: Sequence[object], bed: bool, now: datetime
) -> OwnTemplate:
    """A template of the area's own. Raises NotFound, Denied, Invalid (`template_...`)."""
    require(actor, "media.write", area, now)
    try:
        name, kept = checked(name, parts)
    except rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    try:
        with transaction.atomic():
            row = OwnTemplate.objects.create(
                area=area, name=name, parts=list(kept), bed=bed, made_by=actor, made_at=now
            )  # fmt: skip
    except IntegrityError:
        raise _invalid("template_taken") from None
    facts = {"name": name, "parts": list(kept), "bed": bed}
    record(actor=actor, verb="template.saved", object=("template", row.pk), area=area.path, facts=facts, now=now)
    return row


@transaction.atomic
def close_template(*, actor: User, template_id: UUID, now: datetime) -> OwnTemplate:
    """No longer offered; what was built after it stays. Raises NotFound, Denied."""
    row = OwnTemplate.objects.select_related("area").filter(pk=template_id, closed_at=None).first()
    if row is None:
        raise NotFound
    require(actor, "media.write", row.area, now)
    OwnTemplate.objects.filter(pk=row.pk).update(closed_at=now)
    record(
        actor=actor, verb="template.closed", object=("template", row.pk), area=row.area.path,
        facts={"name": row.name}, now=now,
    )  # fmt: skip
    return row


def _record(actor: User, verb: str, sound: Sound, now: datetime, **facts: object) -> None:
    record(actor=actor, verb=verb, object=("sound", sound.pk), area=sound.area.path, facts=facts, now=now)


def _invalid(code: str, facts: dict[str, str] | None = None) -> Invalid:
    return Invalid(rules.Unfit(code, facts).message, code=code)
