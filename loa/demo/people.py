"""The accounts of the demonstration, with the roles they hold."""

from datetime import datetime, timedelta

from django.conf import settings

from loa.demo import cast, guests
from loa.demo.places import Places
from loa.people.actions import accounts, roles
from loa.people.models import Role, User

MAIL_DOMAIN = "loa.example"  # a name that never exists (RFC 2606); in the demonstration letters become files


def prepare(places: Places, now: datetime) -> dict[str, User]:
    """Everybody of `cast.PEOPLE` by username; who is there already stays, but for a password that is not to be used."""
    everybody: dict[str, User] = {user.username: user for user in User.objects.filter(username__in=_names())}
    password = guests.password(settings.ENV.var)
    for user in everybody.values():
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
    for person in cast.PEOPLE:
        if person.username not in everybody:
            everybody[person.username] = _add(person, places, everybody, now)
    return everybody


def _names() -> list[str]:
    return [person.username for person in cast.PEOPLE]


def _add(person: cast.Person, places: Places, everybody: dict[str, User], now: datetime) -> User:
    account = accounts.Person(
        username=person.username,
        full_name=person.full_name,
        position=person.position,
        phone=person.phone,
        email=f"{person.username}@{MAIL_DOMAIN}",
    )
    user = accounts.open_account(actor=None, person=account, password=guests.password(settings.ENV.var), now=now)
    roles.write_grant(
        actor=None,
        user=user,
        role=Role(person.role),
        area=places.named(person.place),
        starts=now - timedelta(days=60),
        ends=now + timedelta(days=60) if person.deputy_of else None,
        on_behalf_of=everybody.get(person.deputy_of),
        now=now,
    )
    return user
