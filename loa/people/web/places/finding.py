"""Địa bàn: looking up any unit of the country, past and present. What places are called is public knowledge."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from loa.areas import queries as areas
from loa.areas.typed import MOST
from loa.kernel import clock
from loa.people import access

ROWS = 30
EXAMPLES = ("quy mong", "x. tan lap, lao cai", "tran yen")


@login_required
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """The search page; a request of htmx gets the results only, and its address says what was looked for."""
    user, now = access.signed_in(request), clock.now()
    text = request.GET.get("tim", "")[:MOST]
    paths = [grant.path for grant in access.grants_of(user, now)]
    found = areas.search(text, limit=ROWS + 1, near=max(paths, key=len, default=None))
    context = {
        "text": text,
        "found": found[:ROWS],
        "more": len(found) > ROWS,
        "near": bool(found) and all(hit.near for hit in found),
        "asked": bool(text.strip()),
        "examples": EXAMPLES,
        "own": areas.by_path(paths[0]) if paths else None,
        "source": areas.imported(),
    }
    partly = request.headers.get("HX-Request") == "true"
    answer = render(request, "people/places/found.html" if partly else "people/places/places.html", context)
    if partly:
        answer["HX-Replace-Url"] = f"{reverse('people:places')}?{_query(text)}"
    answer["Vary"] = "HX-Request"
    return answer


def _query(text: str) -> str:
    return urlencode({"tim": text}) if text else ""
