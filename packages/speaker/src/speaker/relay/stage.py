"""The relayed stretches of one loudspeaker: warmed up before their time, filled, let go."""

from collections.abc import Callable, Iterable

from speaker.clock import MS, DeviceClock
from speaker.decide import Cue
from speaker.pcm import Reel
from speaker.relay.account import FALLBACK, NOTHING
from speaker.relay.desk import Desk, Reach
from speaker.relay.mixer import Mixer
from speaker.renderer import Voice
from speaker.sink import RATE

WARM_MS = 15_000

_Name = tuple[str, int, int]


class Stage:
    """`reel(cue)`: what is on the device of the fallback. `spent` is told bytes that came over the network."""

    def __init__(
        self,
        desk: Desk,
        reach: Reach,
        clock: DeviceClock,
        spent: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._desk, self._reach, self._clock, self._spent = desk, reach, clock, spent
        self._mixers: dict[_Name, Mixer] = {}
        self._voices: dict[int, _Name] = {}

    def warm(self, cues: Iterable[Cue], now: int, reel: Callable[[Cue], Reel | None]) -> None:
        """Listen to what these stretches need soon; let go of what none of them, and no voice, needs any more."""
        soon = [cue for cue in cues if cue.airing.relays and cue.start - WARM_MS <= now < cue.end]
        for cue in soon:
            self._mixer(cue, reel).offer(reel(cue))
        kept = {_name(cue) for cue in soon} | set(self._voices.values())
        for name in [name for name in self._mixers if name not in kept]:
            self._spent(self._desk.close(self._mixers.pop(name)))

    def feed(self, voice: Voice, cue: Cue, reel: Callable[[Cue], Reel | None]) -> None:
        """This voice sounds the stretch."""
        mixer = self._mixer(cue, reel)
        self._voices[id(voice)] = _name(cue)
        mixer.attach(voice, lambda: self._clock.at(self._clock.ticks_ns()))

    def drop(self, voice: Voice) -> None:
        """This voice needs nothing more; its sources go with the next `warm` that does not need them."""
        name = self._voices.pop(id(voice), None)
        if name is not None and name in self._mixers:
            self._mixers[name].detach(voice)

    def close(self) -> None:
        """Let everything go."""
        self._voices.clear()
        self.warm((), 0, lambda cue: None)

    def trouble(self, voice: Voice | None) -> str:
        """Why what sounds is not what was planned first, "" if it is."""
        if voice is None or voice.account is None:
            return ""
        what, cause = voice.account.last()
        return cause if what in (FALLBACK, NOTHING) else ""

    def _mixer(self, cue: Cue, reel: Callable[[Cue], Reel | None]) -> Mixer:
        name, airing = _name(cue), cue.airing
        if name not in self._mixers:
            self._mixers[name] = self._desk.open(airing.relays, airing.silent_after, reel(cue), self._reach)
        return self._mixers[name]


def limit_of(voice: Voice, end: int, start: int) -> int:
    """Samples of this voice until `end` (ms): a live one ends by true time, however the card's clock drifts."""
    if voice.account is None or voice.anchor is None:
        return (end - start) * RATE // 1000
    rendered, heard = voice.anchor
    return max(rendered, rendered + (end * MS - heard) * RATE // 1_000_000_000)


def _name(cue: Cue) -> _Name:
    """A stretch that was joined later is still the same stretch."""
    return (*cue.key, cue.origin)
