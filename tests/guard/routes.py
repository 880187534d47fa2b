"""Every address of the platform, found by walking the URL configuration: pages, forms and operations of the API."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

LOA = Path(__file__).parents[2] / "loa"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Route:
    """One address: its full name, its pattern for messages, the names in it that stand for objects."""

    name: str
    pattern: str
    variables: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


def routes() -> list[Route]:
    """All of them, those without a name too."""
    return sorted(_walk(get_resolver(), "", (), ()), key=lambda route: (route.name, route.pattern))


def _walk(resolver: URLResolver, prefix: str, spaces: tuple[str, ...], variables: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        names = (*variables, *_variables(entry.pattern))
        if isinstance(entry, URLPattern):
            yield Route(":".join((*spaces, entry.name or pattern)), pattern, names)
        else:
            deeper = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from _walk(entry, pattern, deeper, names)


def _variables(pattern: Any) -> tuple[str, ...]:
    """Names in a path() or re_path() pattern; an unnamed group is called by its number."""
    if hasattr(pattern, "regex") and not pattern.converters:
        expression = pattern.regex
        named = {number: name for name, number in expression.groupindex.items()}
        return tuple(named.get(number, str(number)) for number in range(1, expression.groups + 1))
    return tuple(pattern.converters)


def address(route: Route, values: dict[str, object]) -> str:
    """The address with these values, made from the pattern, since not every route has a name."""
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found.group(1)]), route.pattern)
    return "/" + path.lstrip("^").removesuffix("$")


def parameters() -> list[str]:
    """Names that views read from the query or from a form: each is tried with what belongs to another commune."""
    found: set[str] = set()
    for file in LOA.glob("*/web/**/*.py"):
        found |= set(re.findall(r"""request\.(?:GET|POST)(?:\.get(?:list)?\(|\[)["']([\w-]+)""", file.read_text()))
    return sorted(found)
