"""The part of the agent that runs in the sound card's thread: puts the first sample of a voice at its planned instant.

Nothing here waits, decides or touches a file. What happened is left in `events` for the player.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from speaker.relay.account import Account
from speaker.sink import BLOCK, BLOCK_NS, RATE, SAMPLE_NS, Pcm

FADE = 240  # samples: 5 ms, enough not to click

Gains = tuple[tuple[int, float], ...]


@dataclass(slots=True, eq=False)
class Voice:
    """One reel about to sound or sounding.

    `start_ns`: true Unix ns of its first sample. `limit`: samples after which it ends whatever comes (the planned end).
    `joins`: it begins in the middle of a sound. `tag` is the player's. `anchor`: (samples rendered, true ns at which
    the next one is heard) as of the last block. `account`: of what a relayed voice was made, None for all others.
    """

    start_ns: int
    limit: int
    joins: bool = False
    tag: object = None
    blocks: deque[Pcm] = field(default_factory=deque)
    fed: int = 0
    complete: bool = False
    broken: str = ""
    rendered: int = 0
    starved: int = 0
    stop_reason: str = ""
    started_ns: int = 0
    anchor: tuple[int, int] | None = None
    account: Account | None = None

    def begun(self) -> bool:
        """True once there is something to sound: a voice armed late waits for its decoder before it begins."""
        return bool(self.blocks) or self.complete

    def buffered(self) -> int:
        """Samples decoded and not yet sounded."""
        return self.fed - self.rendered

    def programme_ms(self) -> int:
        """Milliseconds of programme that sounded; of a relay only what its sources gave."""
        return milliseconds(self.rendered) if self.account is None else self.account.relayed(self.rendered)


class Happening(StrEnum):
    """What the renderer tells the player."""

    STARTED = "started"
    ENDED = "ended"


class Renderer:
    """See `speaker.sink.Source`. `notify` is called from the sound card's thread after an event was added."""

    def __init__(self, notify: Callable[[], None]) -> None:
        self._notify = notify
        self._lock = threading.Lock()
        self._armed: Voice | None = None
        self._playing: Voice | None = None
        self._gain = 1.0
        self._gains: Gains = ((0, 1.0),)
        self._shift = 0
        self.events: deque[tuple[Happening, Voice]] = deque()

    @property
    def playing(self) -> Voice | None:
        """What sounds now."""
        return self._playing

    @property
    def armed(self) -> Voice | None:
        """What sounds next, already decoded."""
        return self._armed

    @property
    def shift(self) -> int:
        """What the sink's clock reads at true time 0 (ns)."""
        return self._shift

    def align(self, shift_ns: int) -> None:
        """The sink's clock reads true time plus `shift_ns`."""
        self._shift = shift_ns

    def arm(self, voice: Voice | None) -> None:
        """This sounds next, at its instant (or at once if that is over); it ends what sounds then. None disarms."""
        with self._lock:
            self._armed = voice

    def stop(self, reason: str) -> None:
        """What sounds now fades out within the next block. Nothing happens if nothing sounds."""
        with self._lock:
            if self._playing is not None and not self._playing.stop_reason:
                self._playing.stop_reason = reason

    def abandon(self, reason: str) -> None:
        """What sounded ends here and now, because the card asks for nothing any more."""
        with self._lock:
            voice = self._playing
            if voice is not None:
                voice.stop_reason = voice.stop_reason or reason
                self._end(voice)

    def set_gains(self, gains: Gains) -> None:
        """(true Unix ns, linear 0..1) in order of time: reached within the block of that instant, without a click.

        The first counts before its instant too.
        """
        self._gains = gains

    def pull(self, heard_at: int) -> Pcm | None:
        """See `speaker.sink.Source`."""
        if self._playing is None and self._armed is None:
            return None
        with self._lock:
            wanted = self._gain_at(heard_at - self._shift + BLOCK_NS)
            if self._playing is None:
                self._gain = wanted
            else:
                self._playing.anchor = (self._playing.rendered, heard_at - self._shift)
            block = self._mix(heard_at)
        return block if block is None else self._volume(block, wanted)

    def _mix(self, heard_at: int) -> Pcm | None:
        armed = self._armed
        if armed is None or armed.start_ns + self._shift >= heard_at + BLOCK_NS or not armed.begun():
            return self._play(BLOCK)
        begin = min(max(0, round((armed.start_ns + self._shift - heard_at) / SAMPLE_NS)), BLOCK - 1)
        head = self._play(begin, closing=begin >= FADE) if begin else None
        tail = self._leave(FADE if begin < FADE else 0)
        armed.started_ns = heard_at - self._shift + round(begin * SAMPLE_NS)
        self._armed, self._playing = None, armed
        self._tell(Happening.STARTED, armed)
        return _under(_joined(head, self._play(BLOCK - begin), begin), tail, begin)

    def _leave(self, count: int) -> Pcm | None:
        """What sounds makes room; its next `count` samples, falling, lie under the beginning of what comes."""
        voice = self._playing
        if voice is None:
            return None
        tail = faded(take(voice, min(count, voice.limit - voice.rendered)))
        self._end(voice)
        return tail

    def _play(self, count: int, *, closing: bool = False) -> Pcm | None:
        """The next `count` samples of what sounds now, None if nothing does."""
        voice = self._playing
        if voice is None:
            return None
        first = voice.rendered
        block = take(voice, min(count, voice.limit - voice.rendered))
        if voice.stop_reason or (closing and _goes_on(voice)):
            block = faded(block)
        else:
            block = _eased(voice, first, block)
        if voice.stop_reason or voice.rendered >= voice.limit or (voice.complete and not voice.blocks):
            self._end(voice)
        return block if len(block) == count else np.concatenate((block, np.zeros(count - len(block), np.int16)))

    def _end(self, voice: Voice) -> None:
        self._playing = None
        self._tell(Happening.ENDED, voice)

    def _tell(self, happening: Happening, voice: Voice) -> None:
        self.events.append((happening, voice))
        self._notify()

    def _gain_at(self, before_ns: int) -> float:
        gains = self._gains
        return next((gain for at, gain in reversed(gains) if at < before_ns), gains[0][1])

    def _volume(self, block: Pcm, wanted: float) -> Pcm:
        if self._gain == wanted == 1.0:
            return block
        ramp = np.linspace(self._gain, wanted, BLOCK, dtype=np.float32) if self._gain != wanted else np.float32(wanted)
        self._gain = wanted
        return (block * ramp).astype(np.int16)


def milliseconds(samples: int) -> int:
    """Whole milliseconds of programme."""
    return samples * 1000 // RATE


def _goes_on(voice: Voice) -> bool:
    return not voice.complete or bool(voice.blocks)


def take(voice: Voice, count: int) -> Pcm:
    """Up to `count` samples; when the decoder is late, silence comes first and the programme waits."""
    parts: list[Pcm] = []
    while count > 0 and voice.blocks:
        head = voice.blocks[0]
        if len(head) <= count:
            parts.append(voice.blocks.popleft())
            count -= len(head)
        else:
            parts.append(head[:count])
            voice.blocks[0] = head[count:]
            count = 0
    taken = parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else np.zeros(0, np.int16)
    voice.rendered += len(taken)
    if count > 0 and not voice.complete:
        voice.starved += count
        return np.concatenate((taken, np.zeros(count, np.int16)))
    return taken


def faded(block: Pcm) -> Pcm:
    """Falling to nothing."""
    return (block * np.linspace(1.0, 0.0, len(block), dtype=np.float32)).astype(np.int16)


def _eased(voice: Voice, first: int, block: Pcm) -> Pcm:
    """`block` from sample `first` on: rising where the voice joins a sound, falling where the plan cuts it off."""
    last = first + len(block)
    joins = voice.joins and first < FADE
    cut = last > voice.limit - FADE and (voice.fed > voice.limit or not voice.complete)
    if not (joins or cut):
        return block
    at = np.arange(first, last, dtype=np.float32)
    gain = np.minimum(at if joins else FADE, voice.limit - 1 - at if cut else FADE) / np.float32(FADE)
    return (block * np.clip(gain, 0.0, 1.0)).astype(np.int16)


def _under(block: Pcm, tail: Pcm | None, begin: int) -> Pcm:
    """`block` with `tail` mixed in from sample `begin` on."""
    if tail is None or not len(tail):
        return block
    mixed = block.astype(np.int32)
    mixed[begin : begin + len(tail)] += tail
    return np.clip(mixed, -32_768, 32_767).astype(np.int16)


def _joined(head: Pcm | None, tail: Pcm | None, begin: int) -> Pcm:
    first = head if head is not None else np.zeros(begin, np.int16)
    second = tail if tail is not None else np.zeros(BLOCK - begin, np.int16)
    return np.concatenate((first, second))
