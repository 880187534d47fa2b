"""Errors for programs: problem+json (RFC 9457) with the reason code of the house and complete Vietnamese."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from loa.broadcasts import api as broadcasts
from loa.broadcasts.changes.keeping import Preview
from loa.kernel.errors import LoaError, NotFound

CONTENT_TYPE = "application/problem+json"
_SIGNED_OUT = "Chưa đăng nhập, hoặc khóa không còn dùng được."
_UNREADABLE = "Không đọc được yêu cầu này. Xem các trường ở tài liệu API."


def problem(status: int, code: str, detail: str, **more: object) -> HttpResponse:
    """One error. `code` is stable, `detail` for the screen."""
    body = {"type": f"urn:loa:problem:{code}", "title": code, "status": status, "code": code, "detail": detail, **more}
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)


def install(api: NinjaAPI) -> None:
    """Answer every error of an operation this way."""
    api.add_exception_handler(LoaError, _ours)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(AuthenticationError, _signed_out)
    api.add_exception_handler(HttpError, _other)
    api.add_exception_handler(Http404, _not_found)
    api.add_exception_handler(RawPostDataException, _form)


def _ours(request: HttpRequest, error: LoaError | type[LoaError]) -> HttpResponse:
    assert isinstance(error, LoaError)
    return problem(error.status, error.code, error.message, facts=_facts(error.facts))


def _facts(facts: Mapping[str, object]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: object) -> Any:
    if isinstance(value, Preview):
        return broadcasts.preview_of(value).model_dump(mode="json")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)


def _invalid(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    assert isinstance(error, ValidationError)
    fields = [{"field": ".".join(map(str, one["loc"][1:])), "reason": one["type"]} for one in error.errors]
    return problem(422, "invalid", _UNREADABLE, fields=fields)


def _signed_out(request: HttpRequest, error: object) -> HttpResponse:
    return problem(401, "signed_out", _SIGNED_OUT)


def _other(request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    assert isinstance(error, HttpError)
    return problem(error.status_code, "unreadable", _UNREADABLE)


def _form(request: HttpRequest, error: object) -> HttpResponse:
    """A form was sent, which is read before it comes here."""
    return problem(415, "unreadable", _UNREADABLE)


def _not_found(request: HttpRequest, error: object) -> HttpResponse:
    return problem(404, NotFound.code, NotFound().message)
