"""For pages of rooms that know no air times: hand a change to the room that does. `wish` is a change with its "kind",
in JSON types, as docs/how-to/changes.md has them; `back` is where both ways lead."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string


def ask(request: HttpRequest, wish: Mapping[str, object], *, back: str) -> HttpResponse:
    """The page with the difference in air times, and the button that keeps it."""
    page: Callable[..., HttpResponse] = import_string(settings.LOA_ASK_CHANGE)
    return page(request, wish, back=back)


def settle(request: HttpRequest, wish: Mapping[str, object], *, back: str) -> HttpResponse:
    """The same; where nobody hears anything otherwise there is nothing to confirm, and it is kept at once.

    Raises what refuses it, so that the page can say so beside what was filled in.
    """
    page: Callable[..., HttpResponse] = import_string(settings.LOA_SETTLE_CHANGE)
    return page(request, wish, back=back)
