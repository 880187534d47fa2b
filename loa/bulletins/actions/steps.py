"""Steps that several actions on bulletins share: turn verdicts into errors, save, record."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from loa.audit.actions import record
from loa.bulletins import rules
from loa.bulletins.models import Bulletin
from loa.kernel.errors import Refusal
from loa.people.models import User


@contextmanager
def told() -> Iterator[None]:
    """Turns a verdict of the rules into the error that the edges know."""
    try:
        yield
    except rules.Refused as verdict:
        raise Refusal(verdict.message, code=verdict.code) from verdict


def save(bulletin: Bulletin, now: datetime) -> None:
    """Keep it as changed now."""
    bulletin.changed_at = now
    bulletin.save()


def note(actor: User, verb: str, bulletin: Bulletin, now: datetime, **facts: object) -> None:
    """The line of the record about a bulletin."""
    record(actor=actor, verb=verb, object=("bulletin", bulletin.pk), area=bulletin.area.path, facts=facts, now=now)
