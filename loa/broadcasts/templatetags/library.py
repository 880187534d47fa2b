"""What pages say of a sound that came from another unit."""

from django import template

from loa.bulletins import origins
from loa.media import library, sharing

register = template.Library()
register.filter("taken", library.taken)
register.filter("fate", origins.fate)
register.filter("licence_name", sharing.licence_name)
