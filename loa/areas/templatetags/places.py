"""Names of places in templates."""

from django import template

from loa.areas.rules import inside

register = template.Library()
register.filter("inside", inside)
