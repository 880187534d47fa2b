"""Makes the sound of one relayed stretch out of its sources and its fallback, a little ahead of the card.

It follows true time: the card's clock drifts, so a step of 20 ms takes a few samples more or less out of the source
(two in a thousand: nobody hears it), and what was lost in a stall is left out.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from devicelink.messages import Relay

from speaker.pcm import PcmCache, Reel, Unplayable
from speaker.relay.account import FALLBACK, NOTHING, Account
from speaker.relay.choice import Choice
from speaker.relay.ear import Ear, Look
from speaker.renderer import Voice
from speaker.sink import RATE, Pcm

STEP = RATE // 50
AHEAD = RATE // 2
AHEAD_NS = 500_000_000
GRACE = 3 * RATE  # so long after it began, sources that have not failed are waited for in silence
SKEW = 2  # samples of a step
LEAP = RATE // 20  # further off than that it jumps
DEPTH_MS = {"stream": 2_000, "fm": 300, "line": 300}


class Listened(Protocol):
    """One source as a mixer sees it: an ear, and the bytes that came. See `reader.Reader`."""

    ear: Ear

    @property
    def received(self) -> int:
        """Bytes over the network since it began."""


Lease = Callable[[Relay], Listened]


@dataclass(slots=True)
class _Seat:
    """One source in the order. `at`: number of its next sample, None while it does not sound.

    `before`: bytes that it had received when one began to listen.
    """

    relay: Relay
    listened: Listened | None = None
    at: int | None = None
    before: int = 0

    @property
    def depth(self) -> int:
        """Samples that are kept between it and the air."""
        return DEPTH_MS[self.relay.kind] * RATE // 1000


def steady_ms() -> int:
    """Ms of a clock that never jumps."""
    return time.monotonic_ns() // 1_000_000


@dataclass(slots=True)
class Hall:
    """Where sources come from: `lease` begins to listen, `release` ends it; `now` ms that never jump."""

    lease: Lease
    release: Callable[[Listened], None]
    cache: PcmCache
    now: Callable[[], int] = steady_ms


class Mixer:
    """Lives from the warming up to the end of the stretch; `voice` is what it fills, None while it only warms up."""

    def __init__(self, hall: Hall, relays: Sequence[Relay], silent_after: int, fallback: Reel | None) -> None:
        self._hall = hall
        self._seats = [_Seat(relay) for relay in relays]
        self._choice = Choice(silent_after, tuple(seat.depth * 500 // RATE for seat in self._seats))
        self._reel = fallback
        self._spoilt = False
        self._spare: Iterator[Pcm] | None = None
        self._rest: Pcm = np.zeros(0, np.int16)
        self._last: Pcm = np.zeros(STEP, np.int16)
        self._sounding: int | str | None = NOTHING
        self._received = 0
        self.voice: Voice | None = None
        self._true_ns: Callable[[], int] = time.time_ns

    def attach(self, voice: Voice, true_ns: Callable[[], int]) -> None:
        """Fill this voice from now on."""
        voice.account = Account()
        self._true_ns, self.voice = true_ns, voice

    def offer(self, fallback: Reel | None) -> None:
        """Files may come after one began to listen: what stands in is taken as soon as it is here."""
        if self._reel is None and not self._spoilt:
            self._reel = fallback

    def detach(self, voice: Voice) -> None:
        """No more; the sources stay warm."""
        if self.voice is voice:
            self.voice = None

    def close(self) -> int:
        """Let the sources go; bytes that were received for it meanwhile."""
        self.voice = None
        for seat in self._seats:
            self._let_go(seat)
        return self._received

    def round(self) -> None:
        """Listen, decide, bring the voice up to its lead. Every 20 ms or so."""
        now = self._hall.now()
        voice = self.voice
        self._listen(now)
        self._choice.step([self._look(seat, now) for seat in self._seats], now)
        if voice is None or (not voice.started_ns and self._true_ns() < voice.start_ns - AHEAD_NS):
            return
        while voice.buffered() < AHEAD and voice.fed < voice.limit and not voice.stop_reason:
            chunk = self._chunk(voice, min(STEP, voice.limit - voice.fed))
            voice.blocks.append(chunk)
            voice.fed += len(chunk)

    # --- sources -----------------------------------------------------------------------------------------------------

    def _listen(self, now: int) -> None:
        wanted = self._choice.wanted(now)
        for number, seat in enumerate(self._seats):
            if number < wanted and seat.listened is None:
                seat.listened = self._hall.lease(seat.relay)
                seat.before = seat.listened.received
            elif number >= wanted and seat.listened is not None:
                self._let_go(seat)

    def _let_go(self, seat: _Seat) -> None:
        listened, seat.listened, seat.at = seat.listened, None, None
        if listened is not None:
            self._received += max(0, listened.received - seat.before)
            self._hall.release(listened)

    def _look(self, seat: _Seat, now: int) -> Look | None:
        if seat.listened is None:
            return None
        ear = seat.listened.ear
        return ear.look(self._place(seat, ear), now)

    def _place(self, seat: _Seat, ear: Ear) -> int:
        """The sample that this source would give next."""
        if seat.at is not None:
            return seat.at
        if ear.stamped:
            return ear.number_at(self._next_ns())
        return max(ear.begin, ear.end - seat.depth)

    def _next_ns(self) -> int:
        """True instant at which the next sample that is handed on will be heard."""
        voice = self.voice
        if voice is None:
            return self._true_ns() + AHEAD_NS
        rendered, heard = voice.anchor or (0, voice.start_ns)
        return heard + (voice.fed - rendered) * 1_000_000_000 // RATE

    # --- sound -------------------------------------------------------------------------------------------------------

    def _chunk(self, voice: Voice, count: int) -> Pcm:
        active, cause = self._choice.active, self._choice.cause
        what: int | str = active if active is not None else self._instead(voice, cause)
        chunk = self._of(what, count)
        if what != self._sounding:
            chunk = self._crossed(self._of(self._sounding, count), chunk)
            self._leave(self._sounding)
            self._sounding = what
        assert voice.account is not None
        voice.account.note(self._seats[what].relay.id if isinstance(what, int) else what, cause, count)
        return chunk

    def _instead(self, voice: Voice, cause: str) -> str:
        if self._reel is None or (not cause and voice.fed < GRACE):
            return NOTHING
        return FALLBACK

    def _of(self, what: int | str | None, count: int) -> Pcm:
        if isinstance(what, int):
            return self._relayed(self._seats[what], count)
        return self._looped(count) if what == FALLBACK else np.zeros(count, np.int16)

    def _leave(self, what: int | str | None) -> None:
        if isinstance(what, int):
            self._seats[what].at = None

    def _relayed(self, seat: _Seat, count: int) -> Pcm:
        if seat.listened is None:
            return np.zeros(count, np.int16)
        ear = seat.listened.ear
        at = self._place(seat, ear)
        error = (ear.number_at(self._next_ns()) if ear.stamped else ear.end - seat.depth) - at
        if abs(error) > (LEAP if ear.stamped else 2 * seat.depth):
            at, error = at + error, 0
        late = error if ear.stamped else int(8 * error / seat.depth)  # as it comes: an eighth off is no error
        take = count + max(-SKEW, min(SKEW, late))
        if not ear.stamped and ear.end - at < take:
            seat.at = min(at, ear.end)
            return ear.read(ear.end, count)
        seat.at = at + take
        return _stretched(ear.read(at, take), count)

    def _looped(self, count: int) -> Pcm:
        while len(self._rest) < count:
            piece = self._piece()
            if piece is None:
                return np.concatenate((self._rest, np.zeros(count - len(self._rest), np.int16)))
            self._rest = np.concatenate((self._rest, piece))
        chunk, self._rest = self._rest[:count], self._rest[count:]
        return chunk

    def _piece(self) -> Pcm | None:
        """The next of the fallback, over and over; None if there is nothing to sound in it."""
        for _ in range(2):
            if self._reel is None:
                return None
            if self._spare is None:
                self._spare = self._reel.chunks(self._hall.cache)
            try:
                piece = next(self._spare, None)
            except Unplayable:
                self._reel, self._spoilt, piece = None, True, None
            if piece is not None:
                return piece
            self._spare = None
        self._reel, self._spoilt = None, True
        return None

    def _crossed(self, old: Pcm, new: Pcm) -> Pcm:
        rising = np.linspace(0.0, 1.0, len(new), dtype=np.float32)
        return np.clip(old * (1 - rising) + new * rising, -32_768, 32_767).astype(np.int16)


def _stretched(samples: Pcm, count: int) -> Pcm:
    """The same sound in `count` samples."""
    if len(samples) == count:
        return samples
    places = np.linspace(0, len(samples) - 1, count)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.int16)
