"""Reads of areas."""

from django.db.models import Q


def within(path: str, field: str = "path") -> Q:
    """The area itself and everything below it; `field` names the path column, such as `area__path`."""
    return Q(**{field: path}) | Q(**{f"{field}__startswith": path + "."})
