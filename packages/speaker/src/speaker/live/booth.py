"""Live sessions of one loudspeaker: which one sounds now, why the others do not, and what is said about it.

An alert has the floor before it, the programme after it. It obeys allowed hours, days off and holds, unless its
certificate names an alert that is active here.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

import msgspec
from devicelink import geometry
from devicelink.batches import session_of
from devicelink.freshness import Clock
from devicelink.keyring import check_scope, open_signed
from devicelink.messages import Heard, Session, SessionEnd
from devicelink.refusals import Reason, Refused

from speaker import decide
from speaker.clock import MS
from speaker.core import Core
from speaker.floor import LIVE
from speaker.live.certificate import check_session, order
from speaker.live.mouth import Mouth
from speaker.live.sitting import Sitting
from speaker.outbox import Outbox
from speaker.proof import blank
from speaker.renderer import milliseconds
from speaker.store import Sounding

ROUND_S = 0.1
GATE_MS = 1_000  # it may not sound if it may not sound on for so long
MOST = 16  # sessions at a time; a device is meant by one or two
MOST_ENDED = 64
CHECKPOINT_MS = 15_000
TELL_MS = 10_000

State = Literal["sounding", "ended", "displaced", "silent", "cancelled"]
log = logging.getLogger("speaker.live")


class Live:
    """`hear` and `told` on the loop, `run` as one of the agent's tasks.

    `alert_active(id)` says whether an alert sounds or waits its turn here. `sharpen(session)` is called when a session
    begins, so that the clock is set as well as it can be.
    """

    def __init__(self, core: Core, outbox: Outbox) -> None:
        self._core, self._outbox = core, outbox
        self.mouth = Mouth(core.player.renderer)
        core.player.horn.over(self.mouth)
        self.alert_active: Callable[[str], bool] = lambda _alert: False
        self.sharpen: Callable[[Session], None] = lambda _session: None
        self.refusals: dict[str, int] = {}
        self._sittings: dict[str, Sitting] = {}
        self._tokens: dict[str, str] = {}
        self._ended: OrderedDict[str, int] = OrderedDict()
        self._sounding: Sitting | None = None
        self._checkpoint = self._tell_at = 0
        self._due = asyncio.Event()
        core.floor.changed.append(self._due.set)
        core.spoken = self.coming
        self._revive()

    @property
    def playing(self) -> str:
        """ "session:<id>" of what sounds now, or ""."""
        sitting = self._sounding
        return sitting.name if sitting is not None and sitting.state == "sounding" else ""

    def coming(self, now: int, until: int) -> list[tuple[int, int]]:
        """When a voice sounds between two instants (ms), as far as one can know: for the switches of an amplifier."""
        found = [sitting for sitting in self._sittings.values() if not self._forbidden(sitting, now)]
        return [span for span in (sitting.span() for sitting in found) if span[0] < until and span[1] > now]

    def sitting(self, identifier: str) -> Sitting | None:
        """A session that is not over, by its id."""
        return self._sittings.get(identifier)

    # --- what comes in -----------------------------------------------------------------------------------------------

    def told(self, message: Session | SessionEnd, token: str) -> str:
        """A verified certificate or end; the code of the acknowledgement. Raises Refused."""
        if isinstance(message, SessionEnd):
            self._end(message.session, message.at)
            return "ok"
        core = self._core
        sitting = self._seat(message)
        self._keep(message.id, token)
        self.sharpen(message)
        self._due.set()
        log.info("%s: live session %s", core.device, message.id)
        return self._forbidden(sitting, core.clock.now()) or "ok"

    def hear(self, payload: bytes) -> None:
        """A batch, perhaps of somebody else's session: about those nothing is said."""
        core = self._core
        sitting = self._sittings.get(session_of(payload))
        if sitting is None:
            self._count(Reason.UNKNOWN_KEY)
            return
        try:
            sitting.hear(payload, core.clock.now(), core.clock.bound() if core.clock.valid() else -1)
        except Refused as refusal:
            self._count(refusal.reason)
            return
        if sitting.state != "sounding":
            self._due.set()

    def stop(self, name: str) -> bool:
        """A person ends what sounds now (if it is this one); False if it does not sound."""
        sitting = self._sounding
        if sitting is None or name not in ("", sitting.name):
            return False
        sitting.reason = str(Reason.STOPPED)
        self._end(sitting.session.id, 0)
        return True

    def _seat(self, session: Session) -> Sitting:
        core = self._core
        public = check_session(session, core.papers.placement, core.clock.now())
        if session.id in self._sittings:
            raise Refused(Reason.DUPLICATE, session.id)
        if len(self._sittings) >= MOST:
            raise Refused(Reason.LIMIT_EXCEEDED, f"{MOST} sessions at a time")
        sitting = Sitting.of(session, public, core.config.trim_ms)
        self._sittings[session.id] = sitting
        if session.id in self._ended:
            sitting.end_at(self._ended[session.id])
        return sitting

    def _end(self, identifier: str, at: int) -> None:
        """Also one that has not been seen yet; the earliest end counts."""
        self._ended[identifier] = min(at, self._ended.get(identifier, at))
        while len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)
        if identifier in self._sittings:
            self._sittings[identifier].end_at(self._ended[identifier])
        self._due.set()

    def _count(self, reason: str) -> None:
        self.refusals[reason] = self.refusals.get(reason, 0) + 1

    # --- over a restart ----------------------------------------------------------------------------------------------

    def _keep(self, identifier: str, token: str) -> None:
        """An event is taken once, so after a restart nobody would give it to us again."""
        self._tokens = {name: kept for name, kept in self._tokens.items() if name in self._sittings} | {
            identifier: token
        }
        with contextlib.suppress(sqlite3.OperationalError):  # a full disk does not silence
            self._core.store.identify(live=msgspec.json.encode(list(self._tokens.values())))

    def _revive(self) -> None:
        verifier = self._core.papers.verifier
        for token in msgspec.json.decode(self._core.store.identity("live") or b"[]", type=list[str]):
            with contextlib.suppress(Refused):
                found = open_signed(token, Session, keyring=verifier.keyring, clock=Clock(now=0, bound=-1))
                assert verifier.keyring is not None  # or it would have been refused
                check_scope(found, verifier.keyring, verifier.placement)
                self._seat(found.message)
                self._tokens[found.message.id] = token

    # --- what sounds -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._due.clear()
            self.round()
            try:
                async with asyncio.timeout(ROUND_S if self._sittings else None):
                    await self._due.wait()
            except TimeoutError:
                continue

    def round(self) -> None:
        """Decide anew."""
        core = self._core
        now = core.clock.now()
        for sitting in [sitting for sitting in self._sittings.values() if sitting.over(now)]:
            self._finish(sitting)
        if self._sittings:
            self._align()
        wanting = [sitting for sitting in self._sittings.values() if self._may(sitting, now)]
        chosen = min(wanting, key=lambda sitting: order(sitting.session), default=None)
        free = core.floor.free_for(LIVE)
        for sitting in wanting:
            if sitting is not chosen or not free:
                self._silence(sitting, "displaced", Reason.PREEMPTED)
        if chosen is None or not free:
            self._yield(now)
        else:
            self._sound(chosen, now)

    def _may(self, sitting: Sitting, now: int) -> bool:
        """It wants to, and nothing forbids it."""
        if not sitting.wants(now):
            if sitting.state in ("sounding", "displaced"):
                self._silence(sitting, "silent", sitting.last_refusal or Reason.NO_RELAY)
            return False
        forbidden = self._forbidden(sitting, now)
        if forbidden:
            self._silence(sitting, "silent", forbidden)
        return not forbidden

    def _forbidden(self, sitting: Sitting, now: int) -> str:
        core, session = self._core, sitting.session
        placement = core.papers.placement
        if placement is None or not core.clock.valid():
            return str(Reason.NO_VALID_TIME if placement else Reason.NO_PLACEMENT)
        if not geometry.means(session.where, placement):
            return str(Reason.WRONG_AUDIENCE)
        if core.sink.trouble:
            return str(Reason.NO_CARD)
        if session.alert and self.alert_active(session.alert):
            return ""
        if core.papers.held_until(now):
            return str(Reason.HELD)
        return "" if decide.allowed(placement, now, now + GATE_MS) else str(Reason.OUTSIDE_HOURS)

    def _sound(self, sitting: Sitting, now: int) -> None:
        core, session = self._core, sitting.session
        self._sounding = sitting
        core.floor.take("live", LIVE, now, session.end + session.buffer)
        self.mouth.loud(decide.gain(self._volume(sitting, now)))
        self.mouth.sound(sitting.stand)
        if sitting.stand.begun_ns and sitting.state != "sounding":
            sitting.state, sitting.reason, sitting.last_refusal = "sounding", "", ""
            sitting.started = sitting.stand.begun_ns // MS
            self._say(sitting, "sounding")
            self._tell_at = now + TELL_MS
        if sitting.state == "sounding":
            self._note(sitting, now)

    def _volume(self, sitting: Sitting, now: int) -> int:
        papers, alert = self._core.papers, sitting.session.alert
        if alert and self.alert_active(alert) and papers.placement is not None:
            return papers.placement.emergency_volume
        return papers.loudness().at(now)

    def _yield(self, now: int) -> None:
        self._sounding = None
        self.mouth.sound(None)
        self._core.floor.leave("live", now)

    def _align(self) -> None:
        """Read both clocks as nearly at once as this machine lets us."""
        clock, sink = self._core.clock, self._core.sink
        readings = []
        for _ in range(4):
            before = clock.ticks_ns()
            read = sink.clock()
            delay = clock.ticks_ns() - before
            readings.append((delay, read - clock.at(before + delay // 2)))
            if delay < 50_000:
                break
        self.mouth.align(min(readings)[1])

    # --- what is said ------------------------------------------------------------------------------------------------

    def _silence(self, sitting: Sitting, state: State, reason: str) -> None:
        if (sitting.state, sitting.reason) == (state, str(reason)):
            return
        if sitting.state == "sounding":
            self._prove(sitting, "cut", str(reason))
        sitting.state, sitting.reason = state, str(reason)
        self._say(sitting, state, str(reason))

    def _finish(self, sitting: Sitting) -> None:
        del self._sittings[sitting.session.id]
        stopped = sitting.reason == Reason.STOPPED
        if sitting.state == "sounding":
            self._prove(sitting, "cut" if stopped else "played", str(Reason.STOPPED) if stopped else "")
        elif not sitting.started:
            self._prove(sitting, "skipped", sitting.reason or sitting.last_refusal or str(Reason.NO_RELAY))
        self._say(sitting, "ended" if sitting.started else "silent", sitting.reason)

    def _say(self, sitting: Sitting, state: State, reason: str = "") -> None:
        core = self._core
        self._outbox.say(
            Heard(
                device=core.device,
                of=sitting.name,
                state=state,
                at=core.clock.now(),
                reason=reason,
                missing=sitting.missing(),
            )
        )

    def _note(self, sitting: Sitting, now: int) -> None:
        """So that it is known after a loss of power; and from time to time the platform hears how much was lost."""
        if now >= self._tell_at:
            self._tell_at = now + TELL_MS
            self._say(sitting, "sounding")
        if now < self._checkpoint:
            return
        self._checkpoint = now + CHECKPOINT_MS
        row = Sounding(
            airing=sitting.name, planned=sitting.session.start, begins=sitting.started, started=sitting.started,
            rendered=milliseconds(sitting.stand.rendered - sitting.counted), plan=0, bound=self._core.clock.bound(),
        )  # fmt: skip
        with contextlib.suppress(sqlite3.OperationalError):
            self._core.store.sound(row)

    def _prove(self, sitting: Sitting, outcome: str, reason: str) -> None:
        core, now = self._core, self._core.clock.now()
        rendered = milliseconds(sitting.stand.rendered - sitting.counted)
        row = blank(
            sitting.name, sitting.session.start, outcome=outcome, reason=reason, rendered=rendered,
            started=sitting.started if outcome != "skipped" else 0, clock_bound=core.clock.bound(),
        )  # fmt: skip
        sitting.counted, self._checkpoint = sitting.stand.rendered, 0
        core.book.add(row, begins=now, now=now)
        core.book.flush()
