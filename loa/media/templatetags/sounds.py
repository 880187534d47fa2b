"""What pages say of a sound."""

from django import template

from loa.media import queries
from loa.media.models import Sound
from loa.media.quality import shown

register = template.Library()


@register.filter
def voice_note(sound: Sound) -> str:
    """That another voice spoke than the one that was chosen; "" when all is as it should be."""
    return queries.voice_note(sound)


@register.filter
def measured(sound: Sound) -> list[tuple[str, str]]:
    """What was measured of a sound: names and values for a technician."""
    return shown.rows(sound.quality.get("figures", {}))
