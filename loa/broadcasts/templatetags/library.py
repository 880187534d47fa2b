"""What pages say of a sound that came from another unit, and where what is said between two readings is played."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse

from loa.bulletins import origins
from loa.bulletins.models import Version
from loa.media import library, sharing

register = template.Library()
register.filter("taken", library.taken)
register.filter("fate", origins.fate)
register.filter("licence_name", sharing.licence_name)


@register.simple_tag
def between(version: Version) -> str:
    """The address of "Xin nhắc lại" for a version that is read more than once, "" without."""
    if version.link_id is None or version.readings < 2:
        return ""
    address = reverse("media:block_play", args=[version.link_id])
    return f"{address}?{urlencode({'don-vi': version.bulletin.area.path})}"
