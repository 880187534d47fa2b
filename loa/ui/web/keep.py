"""What a view says to the scripts of a page: keep this page for reading without network; this late send was taken."""

import json
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


def taken(request: HttpRequest, go_to: str, *, stay: bool = False, **fields: object) -> HttpResponse:
    """The answer to a form with data-draft that was accepted.

    A person goes on to `go_to` (`stay`: the same page again, not scrolled away). Only the header X-Loa-Taken, with the
    id the form came with, lets ui/js/drafts.js forget what it kept: a page that merely answers, such as the sign-in
    page, does not. A send that waited for the network gets back the id and `fields`, new values of hidden fields.
    """
    name = request.POST.get("client_id", "")
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"id": name, "url": go_to, "fields": fields})
    if request.headers.get("HX-Request") != "true":
        return HttpResponseRedirect(go_to)
    swap = "innerHTML show:none" if stay else "innerHTML show:window:top"
    following = {"path": go_to, "target": "body", "swap": swap, "headers": {"HX-Boosted": "true"}}
    return HttpResponse(headers={"HX-Location": json.dumps(following), "X-Loa-Taken": name})
