"""What people change about their own way in, on allauth's pages: its signals are the only place where it tells."""

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator

from loa.audit.actions import record
from loa.kernel import clock
from loa.people.models import User


def listen() -> None:
    """Called once, when the application is loaded."""
    account.password_changed.connect(_password, dispatch_uid="loa.people.password_changed")
    account.password_set.connect(_password, dispatch_uid="loa.people.password_set")
    mfa.authenticator_added.connect(_added, dispatch_uid="loa.people.authenticator_added")
    mfa.authenticator_removed.connect(_removed, dispatch_uid="loa.people.authenticator_removed")


def _password(user: User, **others: object) -> None:
    record(actor=user, verb="account.password_changed", object=("user", user.pk), now=clock.now())


def _added(user: User, authenticator: Authenticator, **others: object) -> None:
    facts = {"kind": str(authenticator.type)}
    record(actor=user, verb="account.second_factor_added", object=("user", user.pk), facts=facts, now=clock.now())


def _removed(user: User, authenticator: Authenticator, **others: object) -> None:
    facts = {"kind": str(authenticator.type)}
    record(actor=user, verb="account.second_factor_removed", object=("user", user.pk), facts=facts, now=clock.now())
