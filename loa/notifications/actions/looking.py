"""Asks the sources that are due. One that fails closes nothing, and keeps none of the others from being asked."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from loa.notifications.models import Look
from loa.notifications.queries import SOURCES, Source
from loa.notifications.rules import Need

log = logging.getLogger(__name__)
_EARLY = timedelta(seconds=20)  # the tick of a minute does not come to the second


@dataclass(frozen=True, slots=True)
class Read:
    """All needs of these kinds, as they are now."""

    needs: tuple[Need, ...]
    kinds: frozenset[str]


def look(now: datetime, sources: Iterable[Source] = SOURCES) -> Read:
    """What the sources say whose turn it is."""
    looked = {row.source: row.at for row in Look.objects.all()}
    needs: list[Need] = []
    kinds: set[str] = set()
    for source in sources:
        at = looked.get(source.name)
        if at is not None and at <= now < at + source.every - _EARLY:
            continue
        found = _ask(source, now)
        if found is not None:
            needs += found
            kinds |= set(source.kinds)
    return Read(tuple(needs), frozenset(kinds))


def _ask(source: Source, now: datetime) -> list[Need] | None:
    try:
        with transaction.atomic():
            found = list(source.read(now))
    except Exception as error:  # one domain in trouble must not silence the others
        log.exception("needs of %s could not be read", source.name)
        told = f"{type(error).__name__}: {error}"[:300]
        Look.objects.update_or_create(source=source.name, defaults={"at": now, "fault": told})
        return None
    Look.objects.update_or_create(source=source.name, defaults={"at": now, "read_at": now, "fault": ""})
    return found
