"""A role may ask for a second factor: until it is set up, every page leads there."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from loa.kernel import clock
from loa.people import queries

_OPEN = frozenset(
    {
        "health",
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
    }
)
_DONE = "second_factor_set_up"


class SecondFactor:
    """Middleware, after authentication. Once an account has a second factor, its session is not asked again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """Called by Django when the address is known."""
        match = request.resolver_match
        if match is None or match.url_name in _OPEN or "ui" in match.namespaces or not self._missing(request):
            return None
        address = reverse("mfa_index")
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)

    def _missing(self, request: HttpRequest) -> bool:
        user = request.user
        if not user.is_authenticated or request.session.get(_DONE):
            return False
        if not queries.needs_second_factor(user, clock.now()):
            return False
        if queries.has_second_factor(user):
            request.session[_DONE] = True
            return False
        return True
