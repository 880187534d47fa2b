"""The switches of an adapter node, closed before every sound and open otherwise, also when this process goes wrong."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from speaker.clock import MS
from speaker.core import Core
from speaker.gpio import keeping
from speaker.gpio.keeping import Span
from speaker.gpio.switch import Stuck, Switch, opened
from speaker.gpio.wiring import Wire

log = logging.getLogger("speaker.gpio")

LOOK_S = 0.1
AHEAD_MS = 60_000
SETTLES_MS = 200  # a relay moves within so long
DEAD_S = 10.0  # the loop says nothing for so long: whatever is closed opens
TRY_AGAIN_S = 30.0


@dataclass(slots=True)
class Post:
    """One switch of the node: `since` when it is closed (ms of the oscillator), `fault` why it does not obey."""

    wire: Wire
    switch: Switch | None = None
    since: int | None = None
    turned: int = 0
    fault: str = ""
    worn: bool = False
    tried: float = field(default=-TRY_AGAIN_S)


class Board:
    """`alive` is fed by the loop; when it is not, a thread of its own opens everything."""

    def __init__(
        self,
        core: Core,
        wires: tuple[Wire, ...],
        folder: Path,
        *,
        make: Callable[[Wire, Path], Switch] = opened,
        dead_s: float = DEAD_S,
    ) -> None:
        self._core, self._folder, self._make = core, folder, make
        self.posts = [Post(wire) for wire in wires]
        self._until = 0
        self._known: list[Span] = []
        self._dead_s = dead_s
        self._fed = time.monotonic()
        self._turning = threading.Lock()
        self._closing = threading.Event()
        for post in self.posts:  # whatever the last process left behind is open from now on
            self._have(post)

    def trouble(self) -> str:
        """The trouble of the beat: `no_switch` or ""."""
        return "no_switch" if any(post.fault for post in self.posts) else ""

    async def run(self) -> None:
        """Until cancelled."""
        if not self.posts:
            await asyncio.Event().wait()
        threading.Thread(target=self._watch, name="switches", daemon=True).start()
        try:
            while True:
                self.look()
                await asyncio.sleep(LOOK_S)
        finally:
            self.open_all()

    async def powered(self, seconds: float) -> bool:
        """Close everything for so long (0 = no longer), return when it is warm; False if a switch does not obey."""
        self._until = self._now() + round(seconds * 1000) if seconds else 0
        self.look()
        if seconds and self.posts:
            await asyncio.sleep(max(SETTLES_MS + 100, *(post.wire.warm_ms for post in self.posts)) / 1000)
            self.look()
        return not self.trouble()

    def keep_on(self, milliseconds: int) -> None:
        """Everything stays closed for so long."""
        self._until = max(self._until, self._now() + milliseconds)

    def lead_ms(self) -> int:
        """So long until everything is warm, if it is switched on now; 0 where it is or there is nothing to switch."""
        now = self._now()
        posts = [post for post in self.posts if post.switch is not None and not post.fault]
        return max(
            (post.wire.warm_ms - (now - post.since if post.since is not None else 0) for post in posts), default=0
        )

    def look(self) -> None:
        """Turn what is due, read back what was turned."""
        self._fed = time.monotonic()
        sounds = self._sounds()
        for post in self.posts:
            with self._turning:
                self._keep(post, sounds)

    def open_all(self) -> None:
        """At the end, and when the loop is dead."""
        self._closing.set()
        for post in self.posts:
            with self._turning, contextlib.suppress(Stuck):
                if post.switch is not None:
                    post.switch.release()
                    post.switch, post.since = None, None

    def _sounds(self) -> list[Span]:
        """What sounds or is about to, in ms of the oscillator: a set clock must not keep a switch closed."""
        core = self._core
        ticks, true = core.clock.ticks_ns() // MS, core.clock.now()
        coming = [*core.player.coming(true, true + AHEAD_MS), *core.alerts.coming(true, true + AHEAD_MS)]
        coming += core.spoken(true, true + AHEAD_MS)
        found = [(start - true + ticks, end - true + ticks) for start, end in coming]
        if self._until > ticks:
            found.append((ticks, self._until))
        ended = [span for span in self._known if ticks - AHEAD_MS < span[1] <= ticks]  # it still has its tail
        self._known = [*ended, *found]
        return self._known

    def _keep(self, post: Post, sounds: list[Span]) -> None:
        if not self._have(post):
            return
        now, wire = self._now(), post.wire
        wanted = any(begin <= now < end for begin, end in keeping.spans(wire, sounds))
        post.worn = post.worn and wanted
        close = not post.worn and keeping.closed(wire, keeping.spans(wire, sounds), now, since=post.since)
        if wanted and not close and post.since is not None:
            post.worn = True
            log.error("%s was closed for too long and is opened", wire.name)
        if close != (post.since is not None):
            self._turn(post, close, now)
        elif now - post.turned > SETTLES_MS:
            self._compare(post, close)

    def _turn(self, post: Post, close: bool, now: int) -> None:
        assert post.switch is not None
        try:
            post.switch.turn(closed=close)
        except Stuck as error:
            self._failed(post, str(error))
            return
        post.since, post.turned = (now if close else None), now

    def _compare(self, post: Post, close: bool) -> None:
        assert post.switch is not None
        try:
            reads = post.switch.reads()
        except Stuck as error:
            self._failed(post, str(error))
            return
        if reads is None or reads == close:
            post.fault = ""
        elif not post.fault:
            self._failed(post, f"{post.wire.name} reads {'closed' if reads else 'open'} and should not")

    def _have(self, post: Post) -> bool:
        if post.switch is None and not self._closing.is_set() and time.monotonic() - post.tried >= TRY_AGAIN_S:
            post.tried = time.monotonic()
            try:
                post.switch = self._make(post.wire, self._folder)
                post.fault = ""
            except Stuck as error:
                self._failed(post, str(error))
        return post.switch is not None

    def _failed(self, post: Post, why: str) -> None:
        if post.fault != why:
            log.error("%s", why)
        post.fault = why

    def _now(self) -> int:
        return self._core.clock.ticks_ns() // MS

    def _watch(self) -> None:
        while not self._closing.wait(self._dead_s / 5):
            if time.monotonic() - self._fed > self._dead_s:
                log.error("the agent hangs: all switches are opened")
                self._hung()

    def _hung(self) -> None:
        for post in self.posts:
            with self._turning, contextlib.suppress(Stuck):
                if post.switch is not None and post.since is not None:
                    post.switch.turn(closed=False)
                    post.since = None
