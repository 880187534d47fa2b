"""The edge of the pages: an error of the domains becomes a page in plain Vietnamese."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from loa.kernel.errors import LoaError
from loa.ui.web import errors


class Refusals:
    """Middleware: every LoaError that a view did not show itself. Other exceptions stay errors of the program."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called by Django with what a view raised."""
        return errors.refused(request, exception) if isinstance(exception, LoaError) else None
