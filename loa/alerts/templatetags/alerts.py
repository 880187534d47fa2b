"""Small words of the pages of alerts."""

from collections.abc import Mapping

from django import template

from loa.alerts.web.words import SIRENS

register = template.Library()


@register.filter
def siren(name: str) -> str:
    """The siren in words."""
    return SIRENS.get(name, name).capitalize()


@register.filter
def minutes(milliseconds: int) -> int:
    """Whole minutes."""
    return round(milliseconds / 60_000)


@register.filter
def item(table: Mapping[object, object], key: object) -> object:
    """What stands under the key, "" without."""
    return table.get(key, "")
