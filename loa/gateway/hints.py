"""Hints that a document has changed: whoever misses one asks with the next hello."""

import time
from collections.abc import Callable

from loa.gateway.outbox import Delivery, Outbox
from loa.gateway.presence import Presence
from loa.gateway.welcome import Welcomer
from loa.gateway.world import Paper, World
from loa.kernel.clock import now as clock_now

MOST_TRIES = 3
NEWS_S = 300
TOLD_BY_COMMAND = frozenset({"release"})  # an older agent would take the hint for a forgery


class Hints:
    """Files new documents and tells the devices; `flush` sends soon."""

    def __init__(
        self, world: World, welcomer: Welcomer, presence: Presence, outbox: Outbox, flush: Callable[[], None]
    ) -> None:
        self._world = world
        self._welcomer = welcomer
        self._presence = presence
        self._outbox = outbox
        self._flush = flush
        self._news: dict[tuple[str, str], tuple[float, Paper]] = {}

    def take(self, paper: Paper) -> None:
        """Keep it; if it is new, it waits for `tell_news`."""
        if self._world.file(paper) and not paper.withdrawn and paper.typ not in TOLD_BY_COMMAND:
            self._news[(paper.typ, paper.subject)] = (time.monotonic(), paper)

    def tell_news(self) -> None:
        """What came lately, also while no gateway was active: devices that stay connected ask nobody."""
        news, self._news = self._news, {}
        for at, paper in news.values():
            if time.monotonic() - at < NEWS_S:
                self.tell(paper)

    def tell(self, paper: Paper) -> None:
        """Tell the devices that are there to fetch it."""
        hint = self._welcomer.changed(paper, clock_now())
        meant = set(self._world.members) if paper.subject == "all" else set(self._world.meant(hint.audience))
        there = {device for device in meant if self._presence.is_online(device)}
        if there:
            self._outbox.add(Delivery(hint.of, hint.topic, hint.jws, hint.expires, there, most_tries=MOST_TRIES))
            self._flush()
