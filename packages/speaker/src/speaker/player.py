"""Carries the programme out: decodes ahead, arms the renderer, has written down what happened.

Not a thread and not a task: `step` does what is due and says when it wants to be called again at the latest.
"""

from collections.abc import Callable
from dataclasses import replace

import msgspec
from devicelink.audience import matches
from devicelink.refusals import Reason

from speaker import decide
from speaker.alerts.horn import Horn
from speaker.cache import MediaCache
from speaker.clock import MS, DeviceClock
from speaker.cues import GRACE_MS, JOIN_MS, cue_of, same, samples, startable
from speaker.decide import Cue, Key, Loudness, Programme, Situation
from speaker.feeder import Feeder
from speaker.pcm import Piece, Reel
from speaker.record import Record
from speaker.relay.desk import Desk, Reach
from speaker.relay.stage import WARM_MS, Stage, limit_of
from speaker.renderer import Happening, Renderer, Voice
from speaker.selftest.mouth import Mouth
from speaker.sink import Sink

LEAD_MS = 5_000  # a voice is decoded and armed so long before its start
MISSED_MS = 6_000  # so long after its start it is written down that a clip was missed: by then a dead card is known
LONGEST_NAP_MS = 60_000
SILENT = Loudness(0)
LOOK_MS = 1_000  # so often a look is taken whether the card still lives, while it matters


class Player:
    """`notify` is called from any thread when `step` should be called soon."""

    def __init__(
        self,
        *,
        clock: DeviceClock,
        sink: Sink,
        feeder: Feeder,
        media: MediaCache,
        record: Record,
        notify: Callable[[], None],
        stage: Stage | None = None,
    ) -> None:
        self._stage = stage or Stage(Desk(), Reach(), clock)
        self._clock, self._sink, self._feeder = clock, sink, feeder
        self._media, self._record = media, record
        self.renderer = Renderer(notify)
        self.horn = Horn(self.renderer, lambda: self.renderer.shift, notify)
        self.mouth = Mouth(self.horn)
        self._situation: Situation | None = None
        self._programme = Programme()
        self._pending: list[Cue] = []
        self._skips: list[decide.Skip] = []
        self._given_up: set[Key] = set()
        self._born = clock.ticks_ns()
        self._blind: tuple[int, int] | None = None
        self._jump = (0, 0)
        self._mute_at = 0
        self._loudness = SILENT

    @property
    def playing(self) -> str:
        """Id of the airing that sounds now, or ""."""
        voice = self.renderer.playing
        return cue_of(voice).airing.id if voice else ""

    @property
    def relay_trouble(self) -> str:
        """Why the relay that should sound now does not (see `devicelink.relayed.TROUBLES`), "" if none should."""
        return self._stage.trouble(self.renderer.playing)

    @property
    def programme(self) -> Programme:
        """What is going to sound, and what is not."""
        return self._programme

    def coming(self, now: int, until: int) -> list[tuple[int, int]]:
        """When something sounds between two instants (ms), what sounds already included."""
        voice = self.renderer.playing
        cues = [*self._pending, *([cue_of(voice)] if voice is not None else [])]
        return [(cue.start, cue.end) for cue in cues if cue.end > now and cue.start < until]

    def uptime_ms(self) -> int:
        """Since this player was made."""
        return (self._clock.ticks_ns() - self._born) // MS

    def begin(self) -> None:
        """Start the sink; what the last process left unsaid is said."""
        self._record.recover()
        self._sink.start(self.mouth)

    def end(self) -> None:
        """Sound no more; what is cut by this is written down."""
        self._disarm()
        self._sink.stop()
        self._drain()
        voice = self.renderer.playing
        if voice is not None:
            voice.stop_reason = voice.stop_reason or Reason.INTERRUPTED
            self._ended(voice)
        self._stage.close()

    def apply(self, situation: Situation | None, loudness: Loudness = SILENT) -> None:
        """A new plan, placement, hold, welcome or volume. None: without placement or plan nothing sounds."""
        self._loudness = loudness
        self._turn(self._clock.now())
        if situation is not None and situation == self._situation:
            return
        self._situation = situation
        self._record.plan = situation.plan.revision if situation else 0
        self._resolve()

    def stepped(self, jump_ms: int) -> None:
        """The clock was wrong by so much and has just been set: what lay in between was missed or would repeat."""
        now = self._clock.now()
        self._jump = (min(now, now - jump_ms), max(now, now - jump_ms))
        self.renderer.stop(Reason.CLOCK_STEPPED)
        self._disarm()

    def give_way(self, at_once: bool = False) -> None:
        """Something above the programme sounds from the next block on (`at_once`: it does already)."""
        self._disarm()
        if at_once:
            self.renderer.abandon(Reason.PREEMPTED)
        else:
            self.renderer.stop(Reason.PREEMPTED)

    def stop_item(self, airing: str = "") -> bool:
        """End what sounds now (if it is this airing); False if it does not sound."""
        voice = self.renderer.playing
        if voice is None or (airing and cue_of(voice).airing.id != airing):
            return False
        self.renderer.stop(Reason.STOPPED)
        return True

    def step(self) -> int:
        """Do what is due; ms until the next call at the latest."""
        self._drain()
        self._record.flush()
        if not self._knows_time():
            self._disarm()
            self.renderer.stop(Reason.NO_VALID_TIME)
            return 1_000
        self._align()
        now = self._clock.now()
        self._turn(now)
        if self._sink.trouble:
            self._mute_at = now
            self._disarm()
            self.renderer.abandon(Reason.NO_CARD)
        else:
            self._follow(now)
            self._stage.warm(self._pending, now, self._fallback)
            self._arm(now)
        self._drain()
        self._write_skips(now)
        self._record.flush()
        return self._nap(now)

    # --- time --------------------------------------------------------------------------------------------------------

    def _knows_time(self) -> bool:
        if not 0 <= self._clock.bound() <= decide.PLAY_BOUND_MS:
            return False
        if self._blind is None:
            now = self._clock.now()
            self._blind = (now - (self._clock.ticks_ns() - self._born) // MS, now)
        return True

    def _align(self) -> None:
        """Read both clocks as nearly at once as this machine lets us."""
        readings = []
        for _ in range(4):
            before = self._clock.ticks_ns()
            sink = self._sink.clock()
            delay = self._clock.ticks_ns() - before
            readings.append((delay, sink - self._clock.at(before + delay // 2)))
            if delay < 100_000:
                break
        self.renderer.align(min(readings)[1])

    def _turn(self, now: int) -> None:
        """How loud it is until long after the next step, to the minute."""
        steps = self._loudness.steps(now, now + 2 * LONGEST_NAP_MS)
        self.renderer.set_gains(tuple((at * MS, decide.gain(volume)) for at, volume in steps))

    # --- what sounds -------------------------------------------------------------------------------------------------

    def _resolve(self) -> None:
        if self._situation is None:
            self._programme, since = Programme(), 0
        else:
            since = self._situation.since
            self._programme = decide.programme(replace(self._situation, given_up=frozenset(self._given_up)))
        self._pending = [
            cue
            for cue in self._programme.cues
            if (cue.end if cue.airing.filling else cue.start + GRACE_MS) >= since and not self._record.over(cue)
        ]
        self._skips = [skip for skip in self._programme.skips if not self._record.known(skip.key)]

    def _follow(self, now: int) -> None:
        """What sounds goes on only as long as the programme says so."""
        voice = self.renderer.playing
        if voice is None:
            return
        tag = cue_of(voice)
        cues = (tag, *self._programme.cues) if self._began_before_the_plan(tag, now) else self._programme.cues
        goes_on = next((cue for cue in cues if same(cue, tag) and now <= cue.end + GRACE_MS), None)
        if goes_on is None:
            self.renderer.stop(self._why_not(tag, now))
            return
        voice.tag = replace(tag, end=goes_on.end, cut_by=goes_on.cut_by)
        voice.limit = limit_of(voice, goes_on.end, tag.start)

    def _began_before_the_plan(self, cue: Cue, now: int) -> bool:
        """What was sounding before the plan begins is not its business, and it does not end it."""
        found = self._situation
        if found is None or decide.held(found.holds, now) or cue.airing.start >= found.plan.start:
            return False
        return matches(found.plan.audience, found.placement) and self._gate(cue, cue.start)

    def _why_not(self, cue: Cue, now: int) -> str:
        if self._situation is None:
            return Reason.NO_PLACEMENT
        if decide.held(self._situation.holds, now):
            return Reason.HELD
        return self._programme.why.get(cue.key, Reason.NOT_APPROVED)

    # --- arming ------------------------------------------------------------------------------------------------------

    def _arm(self, now: int) -> None:
        for cue in self._pending:
            if cue.start > now + LEAD_MS:
                break
            if self._sounds(cue) or not startable(cue, now):
                continue
            if self._ready(cue):
                self._arm_cue(cue, now)
                return
            if not cue.airing.filling:
                self._wait_for(cue, now)
                return
        self._disarm()

    def _arm_cue(self, cue: Cue, now: int) -> None:
        armed = self.renderer.armed
        if armed is not None and same(cue, armed.tag):
            armed.tag = replace(cue_of(armed), end=cue.end, cut_by=cue.cut_by)
            armed.limit = samples(cue.end - cue_of(armed).start)
            return
        self._disarm()
        if not self._gate(cue, now):
            self._give_up(cue, Reason.OUTSIDE_HOURS)
            return
        start = now + JOIN_MS if cue.airing.filling and now > cue.start + GRACE_MS else cue.start
        tag = replace(cue, start=start, offset=cue.offset + start - cue.start)
        voice = Voice(start_ns=start * MS, limit=samples(cue.end - start), joins=tag.offset > 0, tag=tag)
        if cue.airing.relays:
            self._stage.feed(voice, tag, self._fallback)
        else:
            self._feeder.feed(voice, self._reel(tag))
        self.renderer.arm(voice)

    def _wait_for(self, cue: Cue, now: int) -> None:
        self._disarm()
        if now >= cue.start:
            self._give_up(cue, Reason.MISSING_FILE)

    def _gate(self, cue: Cue, now: int) -> bool:
        """The placement's hours once more; an uncertain clock keeps its distance from their edges."""
        assert self._situation is not None
        margin = 0 if self._clock.valid() else self._clock.bound()
        late = 0 if cue.airing.filling else max(0, now - cue.start)
        return decide.allowed(self._situation.placement, cue.start - margin, cue.end + margin + late)

    def _reel(self, cue: Cue) -> Reel:
        assert self._situation is not None
        parts = cue.airing.parts
        pieces = tuple(Piece(part.sha256, self._media.path(part.sha256), samples(part.gap)) for part in parts)
        known = {file.sha256: samples(file.duration) for file in self._situation.plan.files}
        return Reel(pieces, samples(cue.offset), known)

    def _fallback(self, cue: Cue) -> Reel | None:
        """What sounds while no relay does, as far as it is here."""
        here = tuple(part for part in cue.airing.parts if self._media.ready(part.sha256))
        airing = msgspec.structs.replace(cue.airing, parts=here)
        return self._reel(replace(cue, airing=airing, offset=0)) if here else None

    def _ready(self, cue: Cue) -> bool:
        """A relay waits for no file: what is missing of its fallback is left out."""
        return bool(cue.airing.relays) or all(self._media.ready(part.sha256) for part in cue.airing.parts)

    def _sounds(self, cue: Cue) -> bool:
        voice = self.renderer.playing
        return voice is not None and same(cue, voice.tag)

    def _disarm(self) -> None:
        voice = self.renderer.armed
        if voice is not None:
            self.renderer.arm(None)
            self._drop(voice)

    # --- what is written down ----------------------------------------------------------------------------------------

    def _drain(self) -> None:
        while self.renderer.events:
            happening, voice = self.renderer.events.popleft()
            if happening is Happening.STARTED:
                self._record.started(voice, cue_of(voice))
            else:
                self._ended(voice)

    def _drop(self, voice: Voice) -> None:
        self._feeder.drop(voice)
        self._stage.drop(voice)

    def _ended(self, voice: Voice) -> None:
        self._drop(voice)
        self._record.ended(voice, cue_of(voice))
        self._pending = [cue for cue in self._pending if not self._record.over(cue)]

    def _give_up(self, cue: Cue, reason: str) -> None:
        """This intention failed here for good; others may have its time."""
        self._record.skip(cue.key, reason)
        self._given_up.add(cue.key)
        self._resolve()

    def _write_skips(self, now: int) -> None:
        voice = self.renderer.playing
        sounding = cue_of(voice).key if voice else None  # its row comes when it has ended
        for skip in [skip for skip in self._skips if skip.final <= now and skip.key != sounding]:
            self._skips.remove(skip)
            self._record.skip(skip.key, skip.reason)
        missed = [
            cue
            for cue in self._pending
            if not startable(cue, now) and now > cue.start + MISSED_MS and not self._sounds(cue)
        ]
        for cue in missed:
            self._record.skip(cue.key, self._why_missed(cue))
        if missed:
            self._pending = [cue for cue in self._pending if cue not in missed]

    def _why_missed(self, cue: Cue) -> str:
        low, high = self._jump
        if low <= cue.start <= high:
            return Reason.CLOCK_STEPPED
        born, sighted = self._blind or (0, 0)
        if born <= cue.start < sighted:
            return Reason.NO_VALID_TIME
        if cue.start < born:
            return Reason.WAS_OFF
        if not self._ready(cue):
            return Reason.MISSING_FILE
        return Reason.NO_CARD if cue.start <= self._mute_at else Reason.EXPIRED

    def _nap(self, now: int) -> int:
        moments = [now + LONGEST_NAP_MS, *(skip.final for skip in self._skips[:2])]
        for cue in self._pending:
            moments += [cue.start - (WARM_MS if cue.airing.relays else LEAD_MS), cue.start, cue.end + 1]
            moments.append(cue.start - LEAD_MS)
            moments += [cue.start + GRACE_MS + 1, cue.start + MISSED_MS + 1]
            if cue.start > now + LONGEST_NAP_MS:
                break
        voice = self.renderer.playing
        if voice is not None:
            cue = cue_of(voice)
            moments += [self._record.sounds_still(voice, cue), cue.end + GRACE_MS + 1, now + LOOK_MS]
        if self.renderer.armed is not None:
            moments.append(now + LOOK_MS)
        elif self._pending and self._pending[0].start - LEAD_MS <= now:
            moments.append(now + 250)  # a file may become ready
        return max(10, min((moment for moment in moments if moment > now), default=now + LONGEST_NAP_MS) - now)
