"""Behind a proxy the address of the visitor is in a header; anybody else may write anything there."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def client_address(remote: str, forwarded: str, trusted: tuple[str, ...]) -> str:
    """The nearest address that is not a trusted proxy. `forwarded` is X-Forwarded-For, read from its right end."""
    if remote not in trusted:
        return remote
    for address in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if address not in trusted:
            return address
    return remote


class ClientAddress:
    """Middleware: REMOTE_ADDR becomes the visitor's own address, so that a lock-out hits them and not the proxy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.ENV.behind_proxy:
            request.META["REMOTE_ADDR"] = client_address(
                request.META.get("REMOTE_ADDR") or "127.0.0.1",
                request.META.get("HTTP_X_FORWARDED_FOR", ""),
                settings.ENV.trusted_proxies,
            )
        return self.get_response(request)
