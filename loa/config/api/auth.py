"""Who asks: a person by the session of the browser, or a program by a token of a person."""

from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from loa.kernel import clock
from loa.people import queries
from loa.people.access import user_of_token
from loa.people.models import User


class Session(APIKeyCookie):
    """The browser's own session, with its CSRF token for everything that writes."""

    param_name = "loa_session"

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        """The person; None for somebody whose role asks for a second factor that is not set up."""
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return None
        lacking = queries.needs_second_factor(user, clock.now()) and not queries.has_second_factor(user)
        return None if lacking else user


class Bearer(HttpBearer):
    """`Authorization: Bearer loa_...`, made on the page "Khóa cho phần mềm khác"."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The owner, as far as the token reaches."""
        user = user_of_token(token, clock.now())
        if user is not None:
            request.user = user
        return user


WAYS = (Bearer(), Session())
