"""What pages say of a sound that came from another unit."""

from django import template

from loa.media import library, sharing

register = template.Library()
register.filter("taken", library.taken)
register.filter("licence_name", sharing.licence_name)
