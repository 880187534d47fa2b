"""What pages say of a sound."""

from typing import Any

from django import template

from loa.kernel import clock
from loa.media import queries
from loa.media.models import Sound, SoundState
from loa.media.quality import shown
from loa.media.web.hearing import stamp

register = template.Library()
PRESSES = {"trim": ("Cắt khoảng lặng", "cut"), "clarify": ("Làm rõ tiếng", "listen")}
SPEEDS = (("1", "1"), ("1.25", "1,25"), ("1.5", "1,5"))


@register.filter
def voice_note(sound: Sound) -> str:
    """That another voice spoke than the one that was chosen; "" when all is as it should be."""
    return queries.voice_note(sound)


@register.filter
def measured(sound: Sound) -> list[tuple[str, str]]:
    """What was measured of a sound: names and values for a technician."""
    return shown.rows(sound.quality.get("figures", {}))


@register.filter
def repairs(sound: Sound) -> list[tuple[str, str, str]]:
    """What one press can mend of what the check found: (name, words, icon), each once."""
    findings = sound.quality.get("findings", ())
    wanted = {one["repair"] for one in findings if one.get("repair") and not one["mended"]}
    if sound.edits.get("clarity"):
        wanted.discard("clarify")
    return [(name, *PRESSES[name]) for name in PRESSES if name in wanted]


@register.inclusion_tag("media/hear.html", takes_context=True)
def hear(context: dict[str, Any], sound: Sound, *, compact: bool = False, other: str = "") -> dict[str, Any]:
    """The sentences of what a machine speaks, below the player of that sound; nothing for a recording.

    `other`: somebody else who has heard them all. `compact` folds the sentences.
    """
    user = context["request"].user
    if sound.state != SoundState.READY or not queries.machine_speaks(sound):
        return {}
    return {
        "sound": sound, "listening": queries.listening(sound, user.pk), "compact": compact, "other": other,
        "stamp": stamp(user.pk, sound.pk, clock.now()), "speeds": SPEEDS,
    }  # fmt: skip
