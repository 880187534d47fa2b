"""The one way in which anything gets into the record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from loa.audit.models import Entry


class Actor(Protocol):
    """Whoever acts; an account of `people` fits."""

    @property
    def pk(self) -> int: ...
    @property
    def full_name(self) -> str: ...


def record(
    *,
    actor: Actor | None,
    verb: str,
    object: tuple[str, object],  # noqa: A002 - `object=` reads well at the caller's
    area: str | None = None,
    facts: Mapping[str, object] | None = None,
    now: datetime,
) -> int:
    """Write down, inside the caller's transaction, that `actor` (None: the system) did `verb` to `object` (kind, id).

    `verb` is `noun.deed` in the past ("bulletin.approved"), `area` a path, `facts` anything JSON can hold.
    Takes no lock that two writers share. Returns the entry's number.
    """
    kind, identifier = object
    entry = Entry.objects.create(
        at=now,
        actor_id=None if actor is None else int(actor.pk),
        actor_name="" if actor is None else actor.full_name,
        verb=verb,
        object_kind=kind,
        object_id=str(identifier),
        area=area or "",
        facts=dict(facts or {}),
    )
    return entry.pk
