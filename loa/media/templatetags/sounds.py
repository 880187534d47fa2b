"""What pages say of a sound."""

from django import template

from loa.media import queries
from loa.media.models import Sound

register = template.Library()


@register.filter
def voice_note(sound: Sound) -> str:
    """That another voice spoke than the one that was chosen; "" when all is as it should be."""
    return queries.voice_note(sound)
