"""The context processor that gives every template its frame."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from loa.kernel import clock
from loa.ui import frame

THEMES = ("light", "dark")
THEME_COOKIE = "loa_theme"


def theme_of(request: HttpRequest) -> str:
    """The theme this browser asked for; light when it never asked."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "light"


def ui(request: HttpRequest) -> dict[str, object]:
    """`frame` (built only when a template looks at it), `sample_data`, `theme`, `now` (aware)."""
    return {
        "frame": SimpleLazyObject(lambda: frame.build(request)),
        "sample_data": settings.LOA_SAMPLE_DATA,
        "theme": theme_of(request),
        "now": clock.now(),
    }
