"""Reads of people."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from loa.areas.models import Area, Folded
from loa.areas.queries import within
from loa.people import rules
from loa.people.access import holdings
from loa.people.models import RoleGrant, User


def grants_in(path: str, now: datetime) -> QuerySet[RoleGrant]:
    """Grants in an area and below that hold now or will hold, by person."""
    rows = RoleGrant.objects.filter(within(path, "area__path"), Q(ends=None) | Q(ends__gt=now))
    return rows.select_related("user", "area", "on_behalf_of").order_by(Folded("user__full_name"), "role", "starts")


def delegations_in(area: Area, now: datetime) -> QuerySet[RoleGrant]:
    """Deputies and stand-ins of exactly this area that hold now or will hold."""
    rows = RoleGrant.objects.filter(Q(ends=None) | Q(ends__gt=now), area=area).exclude(on_behalf_of=None)
    return rows.select_related("user", "on_behalf_of").order_by("starts", "pk")


def people_in(area: Area, now: datetime) -> QuerySet[User]:
    """Open accounts with a role at this area or below, held now or to come: who can be named a deputy."""
    held = RoleGrant.objects.filter(within(area.path, "area__path"), Q(ends=None) | Q(ends__gt=now))
    return User.objects.filter(is_active=True, grants__in=held).distinct().order_by(Folded("full_name"))


def officers_of(area: Area, now: datetime) -> QuerySet[User]:
    """The area's officers in their own right: whose place a stand-in can take."""
    held = RoleGrant.objects.filter(Q(ends=None) | Q(ends__gt=now), area=area, role=rules.OFFICER, on_behalf_of=None)
    return User.objects.filter(grants__in=held).distinct().order_by(Folded("full_name"))


def by_login(name: str) -> User | None:
    """The account that somebody means who types a user name, an e-mail address or a telephone number."""
    name = name.strip()
    wanted = Q(username__iexact=name)
    if "@" in name:
        wanted |= Q(email__iexact=name)
    if phone := rules.normal_phone(name):
        wanted |= Q(phone=phone)
    found = list(User.objects.filter(wanted)[:2])
    return found[0] if len(found) == 1 else None


def has_second_factor(user: User) -> bool:
    """An authenticator app or a passkey is set up; recovery codes alone are none."""
    types = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=types).exists())


def needs_second_factor(user: User, now: datetime) -> bool:
    """A role that the user holds now asks for a second factor."""
    return any(one.second_factor for one in holdings(user, now))
