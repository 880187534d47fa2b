"""What is done for every request of a person: the second factor, who was here lately, roles read once a page."""

from collections.abc import Callable

from allauth.usersessions.middleware import UserSessionsMiddleware
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import salted_hmac

from loa.kernel import clock
from loa.kernel.reading import only_reading
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


class Reading:
    """Middleware: what a page asks several times, such as what the person may, is read once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with only_reading():
            return self.get_response(request)


class SeenLately(UserSessionsMiddleware):  # type: ignore[misc]
    """Middleware: writes down who was here, from where, once a minute; at once when the browser or address is another.

    The list of one's own sessions shows it; writing it for every page would cost more than many a page.
    """

    EVERY_S = 60
    get_response: Callable[[HttpRequest], HttpResponse]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._known(request):
            return self.get_response(request)
        answer: HttpResponse = super().__call__(request)
        return answer

    def _known(self, request: HttpRequest) -> bool:
        key = request.session.session_key
        if not key or not request.user.is_authenticated:
            return False
        facts = (key, request.user.pk, request.META.get("REMOTE_ADDR"), request.META.get("HTTP_USER_AGENT"))
        name = salted_hmac("loa.people.seen", repr(facts), algorithm="sha256").hexdigest()
        return not cache.add(f"seen:{name}", 1, self.EVERY_S)
