"""Addresses of pages that other folders may or may not have: people knows their names, not their code."""

from django.urls import NoReverseMatch, reverse


def address(name: str, *values: object) -> str:
    """The address with this name, "" while there is none."""
    try:
        return reverse(name, args=values)
    except NoReverseMatch:
        return ""
