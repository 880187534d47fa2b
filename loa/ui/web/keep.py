"""What a view says to the scripts of a page: keep this page for reading without network; this late send was taken."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

View = Callable[..., HttpResponse]


def keep_offline(title: str) -> Callable[[View], View]:
    """Decorator: browsers keep the latest good copy of the page, list it as `title`, and show it without network."""

    def decorate(view: View) -> View:
        @wraps(view)
        def kept(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            response = view(request, *args, **kwargs)
            response["X-Loa-Keep"] = quote(title)
            return response

        return kept

    return decorate


def taken(request: HttpRequest, go_to: str) -> HttpResponse:
    """The answer to a form with data-draft that was accepted.

    A person goes on to `go_to`; a send that waited for the network (ui/js/drafts.js) gets back the id it came with.
    """
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"id": request.POST.get("client_id", ""), "url": go_to})
    return HttpResponseRedirect(go_to)
