"""Mẫu: what stands around the bulletin. Whatever the bulletin says anew is put into the same template again."""

from collections.abc import Mapping
from uuid import UUID

from loa.broadcasts.web.compose import voicing
from loa.broadcasts.web.compose.desk import Desk
from loa.media import actions as media
from loa.media.access import sound_for

STEPS = frozenset({"build", "speak", "sound"})  # of the field `do`: those that bring new sound or another template


def built(post: Mapping[str, str], sound_id: UUID | None, desk: Desk) -> UUID | None:
    """The sound in the template of field `template`; itself where the page offered none. Raises Invalid `build_...`."""
    if sound_id is None or "template" not in post:
        return sound_id
    sound = sound_for(desk.user, sound_id, desk.now)
    voice = post.get("voice") or voicing.first({})["voice"]
    return media.build(
        actor=desk.user, area=desk.area, sound=sound, key=post["template"], voice=voice, now=desk.now
    ).pk  # fmt: skip
