"""Signing in by whatever name a person remembers: user name, e-mail address or telephone number."""

from allauth.account.auth_backends import AuthenticationBackend

from loa.people import queries
from loa.people.models import User


class AnyName(AuthenticationBackend):  # type: ignore[misc]
    """allauth's backend (it hides by timing whether an account exists), with our search for the account."""

    def _authenticate_by_username(self, username: str, password: str) -> User | None:
        user = queries.by_login(username)
        found = self._check_password(user, password)
        return found if isinstance(found, User) else None
