"""Pages are for the person who asked: nothing of them stays in a browser that the next person uses."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class Private:
    """Middleware: what a view says nothing about is not stored, so that Back after signing out shows nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response
