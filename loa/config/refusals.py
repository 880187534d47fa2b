"""The edge of the pages: an error of the domains becomes a page in plain Vietnamese."""

from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse

from loa.kernel.errors import Invalid, LoaError
from loa.ui.web import errors

# How PostgreSQL refuses the one character that it keeps in no text; fields of forms refuse it by themselves.
NUL = ("NUL (0x00)", "\\u0000 cannot be converted")
UNREADABLE = "Nội dung gửi lên có ký tự máy không đọc được. Hãy xóa chữ vừa dán, gõ lại rồi gửi."


class Refusals:
    """Middleware: every LoaError that a view did not show itself, and text that cannot be kept. Other exceptions stay
    errors of the program.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called by Django with what a view raised."""
        if isinstance(exception, LoaError):
            return errors.refused(request, exception)
        if isinstance(exception, DataError) and any(words in str(exception) for words in NUL):
            return errors.refused(request, Invalid(UNREADABLE, code="unreadable_character"))
        return None
