"""Takes alerts that were verified, has them sounded in turn, and says what becomes of them.

Not a thread and not a task: `step` does what is due and says when it wants to be called again at the latest.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from airtime.alternate import Turn, turn
from devicelink.messages import Alert, Cancel, Placement, Voice
from devicelink.refusals import Reason

from speaker import decide
from speaker.alerts import words
from speaker.alerts.entry import Entry
from speaker.alerts.horn import Cry, Horn
from speaker.alerts.proving import Proving
from speaker.alerts.round import Round, begun
from speaker.alerts.shelf import Event, Shelf
from speaker.alerts.telling import Telling
from speaker.alerts.words import Words
from speaker.clock import MS, DeviceClock
from speaker.feeder import Feeder
from speaker.floor import ALERT, Floor
from speaker.renderer import Happening
from speaker.sink import Sink
from speaker.store import HoldSpan

WHO = "alert"
LOOK_MS, LONGEST_NAP_MS = 250, 60_000
EARLY_MS = 1_500  # so long before the end of the siren the words are put behind it
MORE_MS = 3_000


@dataclass(slots=True)
class Place:
    """What the desk has to know of the device it stands in. `lead`: ms until its amplifier is warm."""

    placement: Callable[[], Placement | None]
    volume: Callable[[], int]
    holds: Callable[[], Iterable[HoldSpan]]
    lead: Callable[[], int] = lambda: 0
    speaking: Callable[[], bool] = lambda: False


class Desk:
    """`give_way`: the programme ends with its next block, or (True) here and now. All on one loop, but the horn."""

    def __init__(
        self,
        *,
        clock: DeviceClock,
        sink: Sink,
        horn: Horn,
        feeder: Feeder,
        floor: Floor,
        shelf: Shelf,
        words_here: Words,
        proving: Proving,
        telling: Telling,
        place: Place,
        give_way: Callable[[bool], None],
    ) -> None:
        self._clock, self._sink, self._horn, self._feeder, self._floor = clock, sink, horn, feeder, floor
        self._shelf, self._words, self._proving, self.telling = shelf, words_here, proving, telling
        self.place, self._give_way = place, give_way
        self._round: Round | None = None
        self._stepping = False
        for entry in shelf:
            self._lost(entry)

    # --- what comes in -----------------------------------------------------------------------------------------------

    def take(self, message: Event) -> None:
        """Verified, and its id durable."""
        if isinstance(message, Cancel):
            self._cancel(message)
        else:
            self._alert(message)
        self.step()

    def hear_voice(self, frame: bytes) -> None:
        """A voice that came by itself. Refused with malformed, too_large, wrong_hash, duplicate."""
        self.arrived(self._words.take(frame, self.expected()))

    def arrived(self, sha256: str) -> None:
        """A voice is here now: it is said behind what sounds, or as soon as it may."""
        for entry in self._shelf:
            if entry.progress.lacking and sha256 in self._sounds(entry):
                entry.owed(lacking=True)
                self._shelf.keep(entry)
        self.step()

    def expected(self) -> tuple[Voice, ...]:
        """Voices of the alerts held that are not here."""
        targets = (words.target_of(entry.message, self.place.placement()) for entry in self._shelf)
        found = {voice.sha256: voice for target in targets if target is not None for voice in target.voices}
        return tuple(voice for voice in found.values() if not self._words.here(voice.sha256))

    def is_here(self, sha256: str) -> bool:
        """This sound may be said."""
        return self._words.here(sha256)

    def needed(self) -> tuple[str, ...]:
        """SHA-256 of all sounds of the alerts held."""
        return tuple(dict.fromkeys(sha256 for entry in self._shelf for sha256 in self._sounds(entry)))

    @property
    def active(self) -> tuple[Entry, ...]:
        """What may sound here, now or later."""
        now = self._clock.now()
        return tuple(entry for entry in self._shelf if now < entry.message.expires or self._is_on(entry))

    def is_active(self, identifier: str) -> bool:
        """An actual alert that sounds or waits its turn here."""
        entry = self._shelf.find(f"{Alert.typ}:{identifier}")
        return entry is not None and entry in self.active and not entry.exercise

    @property
    def playing(self) -> str:
        """ "alert:<id>" of what sounds, or ""."""
        return self._round.entry.name if self._round else ""

    def coming(self, now: int, until: int) -> list[tuple[int, int]]:
        """When an alert sounds between two instants (ms): what sounds, for the switches of an amplifier."""
        found = self._round
        return [(found.at, max(found.until, now + 1_000))] if found is not None and found.at < until else []

    def _alert(self, alert: Alert) -> None:
        target = words.target_of(alert, self.place.placement())
        for name in alert.references:
            self._end(f"{Alert.typ}:{name}", alert.status)
        if target is None or alert.status == "test":
            self._shelf.note(alert)
            return
        entry = self._shelf.add(alert)
        if self._shelf.is_ended(alert):
            self._shelf.finish(entry)
            self.telling.say(entry, "cancelled")

    def _cancel(self, cancel: Cancel) -> None:
        self._shelf.note(cancel)
        of = self._end(f"{Alert.typ}:{cancel.alert}", cancel.status)
        if of is None or not isinstance(of.message, Alert) or not of.progress.rounds or cancel.status == "test":
            return  # what was never heard here needs no taking back
        if words.target_of(cancel, self.place.placement()) is not None:
            self._shelf.say(cancel, of.message)

    def _end(self, name: str, status: str) -> Entry | None:
        """Whatever it does now, it is over; but what took one word only (an exercise, a test) ends only its like."""
        entry = self._shelf.find(name)
        if entry is None or entry.message.status != status:
            return None
        if self._is_on(entry):
            self._break_off(Reason.STOPPED)
        self._shelf.finish(entry)
        self.telling.say(entry, "cancelled", round=max(1, entry.progress.rounds))
        return entry

    # --- what is due -------------------------------------------------------------------------------------------------

    def step(self) -> int:
        """Do what is due; ms until the next call at the latest."""
        if self._stepping:
            return LOOK_MS
        self._stepping = True
        try:
            return self._step()
        finally:
            self._stepping = False

    def close(self) -> None:
        """Sound no more; what is cut by this is written down."""
        if self._round is not None:
            self._break_off(Reason.INTERRUPTED)
        self._words.close()

    def _step(self) -> int:
        self._drain()
        now = self._clock.now()
        if not 0 <= self._clock.bound() <= decide.PLAY_BOUND_MS:
            self._pause(Reason.NO_VALID_TIME)
            return 1_000
        self._forget(now)
        if self._sink.trouble or self.place.speaking():
            self._stand_back(now)
            return LOOK_MS
        answer = turn([entry.active for entry in self._shelf], now, self.playing)
        while answer.now != self.playing:
            if answer.cut:
                self._pause(Reason.PREEMPTED)
            entry = self._shelf.find(answer.now)
            assert entry is not None
            if self._begin(entry, now):
                break
            answer = turn([one.active for one in self._shelf], now, self.playing)
        self._tell_waiting(answer)
        self._go_on(now)
        return self._nap(answer, now)

    def _stand_back(self, now: int) -> None:
        """There is nothing to sound with, or a person speaks into the microphone of the device itself."""
        dead = bool(self._sink.trouble)
        self._pause(Reason.NO_CARD if dead else Reason.PREEMPTED)
        answer = turn([entry.active for entry in self._shelf], now)
        for name in (answer.now, *answer.waiting):
            entry = self._shelf.find(name)
            if entry is not None and not dead:
                self._displaced(entry)
            elif entry is not None and not entry.silent:
                entry.silent = Reason.NO_CARD
                self.telling.say(entry, "silent", round=max(1, entry.progress.rounds), reason=Reason.NO_CARD)

    def _begin(self, entry: Entry, now: int) -> bool:
        """False if this round does not sound."""
        placement = self.place.placement()
        target = words.target_of(entry.message, placement)
        if placement is None or target is None:
            self._shelf.finish(entry)  # it was moved away meanwhile
            return False
        supplement, planned = entry.progress.again and entry.progress.lacking, entry.active.due() or now
        entry.begun(now)
        entry.displaced, entry.silent = False, ""
        if entry.exercise and (why := self._why_not(placement, now, words.length_ms(target))):
            self._keep_silent(entry, planned, why)
            return False
        self._shelf.keep(entry)  # before the first sample: killed now, it is not begun again
        volume = self.place.volume() if entry.exercise else placement.emergency_volume
        beginning = begun(entry, target, self._words, now, placement.hours.utc_offset, supplement=supplement)
        self._round = Round(entry, target, beginning, planned, now, now)
        lead = self.place.lead()
        self._round.cry = Cry.of(beginning.siren, decide.gain(volume), lead * 48)
        self._round.until = now + lead + beginning.length_ms + words.length_ms(target)
        self._give_way(False)
        self._round.put_words(self._feeder, self._words, at_once=not len(beginning.siren))
        self._horn.sound(self._round.cry)
        self._floor.take(WHO, ALERT, now, self._round.until)
        return True

    def _why_not(self, placement: Placement, now: int, length: int) -> str:
        """An exercise is no emergency."""
        if decide.held(self.place.holds(), now):
            return Reason.HELD
        return "" if decide.allowed(placement, now, now + length) else Reason.OUTSIDE_HOURS

    def _keep_silent(self, entry: Entry, planned: int, why: str) -> None:
        self._shelf.keep(entry)
        self._proving.skipped(entry.message.id, planned, why)
        self.telling.say(entry, "silent", round=entry.progress.rounds, reason=why)
        if entry.active.due() is None:
            self._shelf.finish(entry)

    def _go_on(self, now: int) -> None:
        """Words behind the siren, and the time that the programme has to wait."""
        found = self._round
        if found is None or found.cry is None:
            return
        if found.siren_left_ms() <= EARLY_MS:
            found.put_words(self._feeder, self._words)
        if now + LOOK_MS >= found.until:
            found.until = now + MORE_MS
            self._floor.take(WHO, ALERT, found.at, found.until)
        if found.cry.voice.started_ns:
            self._proving.sounds(found.entry.message.id, found.planned, found.cry, now)

    # --- what happened -----------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        while self._horn.events:
            happening, cry = self._horn.events.popleft()
            found = self._round
            if found is None or found.cry is not cry:
                continue
            if happening is Happening.STARTED:
                self._give_way(True)
                self.telling.sounding(found, cry.voice.started_ns // MS)
            else:
                self._ended(found, cry)

    def _ended(self, found: Round, cry: Cry) -> None:
        self._leave(found)
        entry = found.entry
        lacking = found.lacking(self._words)
        self._proving.sounded(entry.message.id, found.planned, cry, Reason.MISSING_FILE if cry.voice.broken else "")
        self.telling.say(entry, "ended", round=entry.progress.rounds, target=found.target.id, missing=len(lacking))
        unsaid = found.unsaid()
        entry.ended(lacking=bool(unsaid))
        if any(self._words.here(voice.sha256) for voice in unsaid):
            entry.owed(lacking=True)  # it came while the last words were said
        if isinstance(entry.message, Cancel) and not unsaid:
            self._shelf.finish(entry)
        else:
            self._shelf.keep(entry)

    def _pause(self, reason: str) -> None:
        """Something stands in the way: what sounds is cut off, and comes again."""
        found = self._round
        if found is None:
            return
        supplement = found.beginning.supplement
        self._break_off(reason)
        found.entry.owed(lacking=supplement)
        self._shelf.keep(found.entry)
        if reason == Reason.PREEMPTED:
            self._displaced(found.entry)

    def _break_off(self, reason: str) -> None:
        found = self._round
        assert found is not None
        cry = self._horn.hush() or found.cry
        self._leave(found)
        if cry is not None:
            self._proving.sounded(found.entry.message.id, found.planned, cry, reason)

    def _leave(self, found: Round) -> None:
        self._round = None
        if found.cry is not None:
            self._feeder.drop(found.cry.voice)
        found.entry.displaced = False
        self._floor.leave(WHO, self._clock.now())

    def _lost(self, entry: Entry) -> None:
        """It sounded when the last process ended: that round is not begun again, and nobody should wait for it."""
        if entry.progress.open:
            entry.ended(lacking=entry.progress.lacking)
            if entry.active.due() is None:
                self.telling.say(entry, "silent", round=entry.progress.rounds, reason=Reason.INTERRUPTED)

    # --- who is told -------------------------------------------------------------------------------------------------

    def _tell_waiting(self, answer: Turn) -> None:
        for name in answer.waiting:
            entry = self._shelf.find(name)
            if entry is not None:
                self._displaced(entry)

    def _displaced(self, entry: Entry) -> None:
        if not entry.displaced:
            entry.displaced = True
            self.telling.say(entry, "displaced", round=max(1, entry.progress.rounds))

    def recheck(self, trusted: Callable[[str], bool]) -> None:
        """The keys have changed: what is signed by none of them any more ends, by its name."""
        for entry in self._shelf:
            if not trusted(entry.name):
                if self._is_on(entry):
                    self._break_off(Reason.STOPPED)
                self._shelf.drop(entry.name)

    def _forget(self, now: int) -> None:
        for entry in self._shelf:
            if now >= entry.message.expires and not self._is_on(entry):
                if not entry.progress.rounds and not entry.silent:
                    self.telling.say(entry, "silent", reason=Reason.EXPIRED)
                self._shelf.finish(entry)

    def _sounds(self, entry: Entry) -> tuple[str, ...]:
        target = words.target_of(entry.message, self.place.placement())
        return words.sounds_of(target) if target is not None else ()

    def _is_on(self, entry: Entry) -> bool:
        return self._round is not None and self._round.entry is entry

    def _nap(self, answer: Turn, now: int) -> int:
        moments = [now + LONGEST_NAP_MS, *([answer.later] if answer.later else [])]
        moments += [entry.message.expires for entry in self._shelf]
        if self._round is not None:
            moments.append(now + LOOK_MS)
        return max(10, min(moment for moment in moments if moment > now) - now)
