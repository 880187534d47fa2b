"""Whether anything at all waits for a person at a place, asked of every kind in one query.

Most kinds have nothing most of the time; only where there may be something a page asks for the rows, which tell what.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Exists, QuerySet

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.broadcasts.access import APPROVE, WRITE
from loa.broadcasts.queries import asked, duties, inbox, sendings
from loa.bulletins import queries as bulletins
from loa.bulletins.models import Bulletin, State
from loa.kernel import reading
from loa.media import library as media
from loa.people import access as people
from loa.people.models import User

WRITE_BULLETIN = "bulletin.write"


class Kind(StrEnum):
    """What may wait, the most pressing first."""

    TO_APPROVE = "to_approve"
    TO_SEND = "to_send"
    FROM_ABOVE = "from_above"
    CAME_BACK = "came_back"
    OWED = "owed"
    TAKEN_BACK = "taken_back"
    WITHOUT_TIME = "without_time"


def kinds(user: User, area: Area, now: datetime) -> list[Kind]:
    """Of which kinds there may be something, as far as the person may do it here, in their order. One query."""
    return list(reading.once(("waiting", user.pk, area.path), lambda: _kinds(user, area, now)))


def _kinds(user: User, area: Area, now: datetime) -> list[Kind]:
    open_to = [kind for kind in Kind if people.may(user, MAY[kind], area, now)]
    wanted = {kind: rows for kind in open_to if (rows := _ROWS[kind](user, area, now)) is not None}
    if not wanted:
        return []
    there = User.objects.filter(pk=user.pk).values_list(*(Exists(rows) for rows in wanted.values())).get()
    return [kind for kind, some in zip(wanted, there, strict=True) if some]


def came_back(user: User, now: datetime) -> QuerySet[Bulletin]:
    """Bulletins that this person wrote and that were returned."""
    return bulletins.listed(user, now, states=[State.RETURNED]).filter(author=user)


def without_time(user: User, area: Area, now: datetime) -> QuerySet[Bulletin]:
    """What announcers of hamlets have handed in: it sounds only when the commune has given it a time."""
    return bulletins.listed(user, now, states=[State.SUBMITTED]).filter(schedules=None, area__parent=area)


# What somebody has to be allowed to be told of it.
MAY: Mapping[Kind, str] = {
    Kind.TO_APPROVE: APPROVE,
    Kind.TO_SEND: APPROVE,
    Kind.FROM_ABOVE: WRITE,
    Kind.CAME_BACK: WRITE_BULLETIN,
    Kind.OWED: WRITE,
    Kind.TAKEN_BACK: WRITE_BULLETIN,
    Kind.WITHOUT_TIME: WRITE,
}
# Without any of these rows there is nothing of the kind; with some there may be.
_ROWS: Mapping[Kind, Callable[[User, Area, datetime], QuerySet[Any] | None]] = {
    Kind.TO_APPROVE: lambda user, area, now: asked.awaiting_in(area),
    Kind.TO_SEND: lambda user, area, now: sendings.asked_in(area),
    Kind.FROM_ABOVE: lambda user, area, now: inbox.concerning(area, now) if area.level == Level.COMMUNE else None,
    Kind.CAME_BACK: lambda user, area, now: came_back(user, now),
    Kind.OWED: lambda user, area, now: duties.minded(area, now),
    Kind.TAKEN_BACK: lambda user, area, now: media.taken_over(area),
    Kind.WITHOUT_TIME: without_time,
}
