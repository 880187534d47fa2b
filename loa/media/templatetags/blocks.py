"""The choice of a programme template below a sound."""

from typing import Any

from django import template

from loa.media.blocks import shelf
from loa.media.blocks.templates import FRAME
from loa.media.models import Origin, Sound, SoundState

register = template.Library()


@register.inclusion_tag("media/programmes.html")
def programmes(sound: Sound) -> dict[str, Any]:
    """The templates with the length that each would have; while a sound is being made only what was chosen is kept."""
    if sound.state in (SoundState.WAITING, SoundState.WORKING):
        speech = shelf.speech_of(sound)
        ready = sound.origin == Origin.BUILT and speech.state == SoundState.READY and not speech.block
        return {"kept": shelf.template_of(sound), "making": True, "back_to": speech if ready else None}
    if shelf.template_of(sound).startswith(FRAME):  # spoken anew, the words stand where the call of the station stood
        return {"kept": shelf.template_of(sound), "making": True, "back_to": None}
    choices = shelf.choices(sound)
    return {"choices": choices, "chosen": any(one.chosen and one.key for one in choices)}


@register.filter
def minutes(milliseconds: int) -> str:
    """ "1:26"."""
    seconds = round(milliseconds / 1000)
    return f"{seconds // 60}:{seconds % 60:02}"
