"""The accounts of the demonstration, with the roles they hold."""

from datetime import datetime, timedelta

from loa.demo import cast
from loa.demo.places import Places
from loa.people.actions import accounts, roles
from loa.people.models import Role, User


def prepare(places: Places, now: datetime) -> dict[str, User]:
    """Everybody of `cast.PEOPLE` by username; who is there already stays as they are."""
    everybody: dict[str, User] = {user.username: user for user in User.objects.filter(username__in=_names())}
    for person in cast.PEOPLE:
        if person.username not in everybody:
            everybody[person.username] = _add(person, places, everybody, now)
    return everybody


def _names() -> list[str]:
    return [person.username for person in cast.PEOPLE]


def _add(person: cast.Person, places: Places, everybody: dict[str, User], now: datetime) -> User:
    account = accounts.Person(
        username=person.username, full_name=person.full_name, position=person.position, phone=person.phone
    )
    user = accounts.open_account(actor=None, person=account, password=cast.PASSWORD, now=now)
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
