"""What a press does to the sound of one language: the main one's and those of further ones are treated alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from loa.broadcasts.web.compose import voicing
from loa.broadcasts.web.compose.desk import Desk
from loa.bulletins import queries as bulletin_queries
from loa.kernel.errors import Invalid, NotFound
from loa.media import actions as media
from loa.media.access import sound_for
from loa.media.models import Sound
from loa.media.quality import rules as quality

REPAIRS = frozenset(quality.REPAIRS.values())
BACK = frozenset({"before", "cancel"})  # to the sound that it had
NEW_SOUND = frozenset({"sound", "speak", "build"}) | REPAIRS


def pressed(post: Mapping[str, Any]) -> tuple[str, str]:
    """The button `do`, and the further language that it belongs to, "" for the main one: "trim:hmn"."""
    step, _, language = (post.get("do") or "").partition(":")
    return step, language


@dataclass(frozen=True, slots=True)
class Part:
    """One language with all of which its sound is made; `before` is the sound that it had."""

    title: str
    text: str
    spoken: str
    sound: UUID | None
    voicing: Mapping[str, str]
    before: UUID | None


def sound_after(step: str, part: Part, desk: Desk) -> UUID | None:
    """The sound of this language after the press `step`."""
    if step in BACK:
        return part.before
    if step in REPAIRS:
        return repair(part.sound, step, desk).pk
    return speak(part, desk).pk if step == "speak" else part.sound


def speak(part: Part, desk: Desk) -> Sound:
    """Have the text spoken."""
    return media.synthesise(
        actor=desk.user,
        area=desk.area,
        text=part.text,
        spoken=part.spoken,
        voice=part.voicing.get("voice", ""),
        title=part.title,
        now=desk.now,
        **voicing.factors(part.voicing),
    )


def repair(sound_id: UUID | None, name: str, desk: Desk) -> Sound:
    """The sound with what one press mends: `name` as quality control calls it. Raises Invalid `nothing_to_repair`."""
    if sound_id is None:
        raise NotFound
    sound = sound_for(desk.user, sound_id, desk.now)
    edits = media.repair(sound=sound, names=[name])
    if not media.adds(edits, sound):
        raise Invalid("Tiếng này không còn chỗ nào để sửa như vậy.", code="nothing_to_repair")
    return media.edit(actor=desk.user, area=desk.area, sound=sound, edits=edits, now=desk.now)


def cancel(sound_id: UUID, desk: Desk) -> None:
    """Drop a sound that is still being made, once no version has it. Raises Invalid if it is ready by now."""
    sound = sound_for(desk.user, sound_id, desk.now)
    if not bulletin_queries.uses(sound):
        media.cancel(actor=desk.user, sound=sound, now=desk.now)
