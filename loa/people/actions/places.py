"""What the people of a commune change about it: its hamlets. The rows belong to areas."""

from datetime import date, datetime

from django.db import transaction

from loa.areas import actions as areas
from loa.areas.models import Area
from loa.areas.rules import Kind
from loa.audit.actions import record
from loa.people import access
from loa.people.models import User


@transaction.atomic
def add_hamlet(*, actor: User, commune: Area, kind: Kind, name: str, on: date, now: datetime) -> Area:
    """A new hamlet, by the commune itself. Raises NotFound, Denied, Invalid, Refusal."""
    access.require(actor, "hamlet.write", commune, now)
    hamlet = areas.add_hamlet(commune=commune, kind=kind, name=name, on=on)
    facts = {"full_name": hamlet.full_name, "on": on}
    record(actor=actor, verb="hamlet.added", object=("area", hamlet.path), area=hamlet.path, facts=facts, now=now)
    return hamlet


@transaction.atomic
def rename_hamlet(
    *, actor: User, hamlet: Area, kind: Kind, name: str, on: date, slip: bool = False, now: datetime
) -> Area:
    """Another name from `on`, or the right one instead of a `slip`. Raises NotFound, Denied, Invalid, Refusal."""
    access.require(actor, "hamlet.write", hamlet, now)
    before = hamlet.full_name
    areas.rename_hamlet(hamlet=hamlet, kind=kind, name=name, on=on, slip=slip)
    facts = {"before": before, "after": hamlet.full_name, "on": on, "slip": slip}
    record(actor=actor, verb="hamlet.renamed", object=("area", hamlet.path), area=hamlet.path, facts=facts, now=now)
    return hamlet


@transaction.atomic
def end_hamlet(*, actor: User, hamlet: Area, last_day: date, now: datetime) -> Area:
    """A hamlet that was merged away; it is kept for what happened in it."""
    access.require(actor, "hamlet.write", hamlet, now)
    areas.end_hamlet(hamlet=hamlet, last_day=last_day)
    facts = {"full_name": hamlet.full_name, "last_day": last_day}
    record(actor=actor, verb="hamlet.ended", object=("area", hamlet.path), area=hamlet.path, facts=facts, now=now)
    return hamlet
