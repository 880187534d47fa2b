"""What pages were given to carry (tickets for the gateway) ends with the session, the role or the account."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db import transaction

from loa.kernel.clock import to_ms
from loa.people import access, announce, rules
from loa.people.models import SignOut, User


@transaction.atomic
def everywhere(*, user: User, now: datetime) -> None:
    """Everything that was given out to this user before `now` is void: another password."""
    _write(user.pk, "", now)


@transaction.atomic
def with_less_authority(*, user: User, now: datetime) -> None:
    """Like `everywhere`, for a closed account or a role that ended: also what a page now being made carries.

    What deputies were given for this user ends with it.
    """
    deputies = access.deputies_of(user, now).values_list("user_id", flat=True)
    for one in sorted({user.pk, *deputies}):
        _write(one, "", now + rules.PAGE_TAKES)


@transaction.atomic
def session(*, user: User, key: str, now: datetime) -> None:
    """What the pages of this one session carry is void for ever. `key`: Django's session key."""
    if key:
        _write(user.pk, rules.session_mark(key), now)


@transaction.atomic
def end(*, row: UserSession, now: datetime) -> None:
    """Sign out one place in which the account is signed in."""
    _write(row.user_id, rules.session_mark(row.session_key), now)
    row.end()


@transaction.atomic
def of_all_places(*, user: User, now: datetime) -> None:
    """The account is signed in nowhere any more."""
    for row in UserSession.objects.filter(user=user):
        end(row=row, now=now)


def _write(user: int, session: str, at: datetime) -> None:
    SignOut.objects.filter(at__lt=at - rules.SIGN_OUT_KEPT).delete()
    SignOut.objects.create(user_id=user, session=session, at=at)
    announce.signed_out(user, session, to_ms(at))
