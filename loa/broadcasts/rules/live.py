"""A relay in a plan: which ways a place receives it in, and what is left of it on a day of mourning. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from airtime.spans import from_ms
from devicelink.messages import Airing

from loa.areas.air import Book
from loa.broadcasts.rules.targets import Place
from loa.kernel.clock import local
from loa.relays.rules import Receivable, order_of, relays

Ways = Mapping[str, tuple[datetime, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Live:
    """What an entry relays; `silent_after` ms of silence are a fault (0 = never)."""

    source: Receivable
    silent_after: int


@dataclass(frozen=True, slots=True)
class Receiving:
    """How groups receive (see `relays.queries.ways`), and the rules of the days."""

    ways: Ways = field(default_factory=dict)
    book: Book | None = None

    def told(self, airing: Airing, live: Live, place: Place, *, music: bool) -> Airing:
        """The airing as the devices of this place receive it."""
        order = order_of(self.ways[group] for group in sorted(place.groups) if group in self.ways)
        parts = () if music and self._mourns(place, airing) else airing.parts
        return msgspec.structs.replace(
            airing, relays=relays(live.source, order), silent_after=live.silent_after, parts=parts
        )

    def _mourns(self, place: Place, airing: Airing) -> bool:
        """No music stands in for a relay on such a day: silence does."""
        if self.book is None:
            return False
        return self.book.near(place.area, local(from_ms(airing.start)).date()).off.no_music is not None
