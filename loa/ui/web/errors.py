"""Pages for what went wrong. They touch no database, so that they work when it is away."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from loa.kernel.errors import LoaError

RETRY_S = "15"


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but not for this."""
    return render(request, "403.html", {"message": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing here, or not for this person; never told apart."""
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault; 503: the database is away. Says that the loudspeakers go on, and how to stop them."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    response = render(request, "500.html", {"away": away}, status=503 if away else 500)
    if away:
        response["Retry-After"] = RETRY_S
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from an old page; nothing was done."""
    return render(request, "403_csrf.html", status=403)


def refused(request: HttpRequest, error: LoaError) -> HttpResponse:
    """Any error of the domains that a page did not show beside its own form.

    A script gets JSON {code, message}, a part of a page (htmx) a note at the top of the page, everybody else a page.
    """
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"code": error.code, "message": error.message}, status=error.status)
    if request.headers.get("HX-Request") == "true":
        response = render(request, "ui/refusal_note.html", {"error": error}, status=error.status)
        response["HX-Retarget"] = "#page-refused"
        response["HX-Reswap"] = "innerHTML show:#page-refused:top"
        return response
    if error.status == 404:
        return not_found(request, error)
    return render(request, "ui/refused.html", {"error": error}, status=error.status)
