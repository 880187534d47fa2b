"""The microphone at the loudspeaker itself. Whoever presses its contact is heard at once, above everything.

Above an alert too: the person stands there and sees what happens. The alert goes on in its turn afterwards. It needs
neither network nor time nor placement. A contact that hangs, and an input that gives nothing, give the air back.
"""

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from devicelink.relayed import News

from speaker import decide
from speaker.clock import MS
from speaker.core import Core
from speaker.gpio.switch import Stuck
from speaker.local.contact import Contact, Microphone
from speaker.relay import receiver, tuner
from speaker.relay.trouble import Trouble
from speaker.sink import BLOCK, Pcm

LOOK_S = 0.05
KEPT = 30  # blocks: what came more than 0.3 s ago is not worth hearing
DRY = 100  # blocks without anything: the input is dead
FLOOR_RANK = -1  # before alerts
WHO = "microphone"
Samples = Callable[[], Iterator[Pcm | News]]

log = logging.getLogger("speaker.local")


class Booth:
    """See `speaker.alerts.horn.Local`. `powered(ms)`: the amplifier stays on for so long."""

    def __init__(self, core: Core, wire: Microphone, contact: Contact, samples: Samples | None = None) -> None:
        self._core, self._wire, self._contact = core, wire, contact
        self._samples = samples or (lambda: _input(core, wire.input))
        self._blocks: deque[Pcm] = deque(maxlen=KEPT)
        self._open = False
        self._dry = 0
        self._gain = 1.0
        self._since = 0
        self._worn = False
        self._stop = threading.Event()
        self.powered: Callable[[int], None] = lambda _ms: None
        core.player.horn.local = self

    @property
    def speaking(self) -> bool:
        """Somebody has the air here."""
        return self._open and self._dry < DRY

    def block(self) -> Pcm | None:
        """See `Local`; in the card's thread. An input that was dead and gives something again is heard again."""
        if not self._open:
            return None
        if self._blocks:
            self._dry = 0
            return (self._blocks.popleft() * np.float32(self._gain)).astype(np.int16)
        if not self.speaking:
            return None
        self._dry += 1
        return np.zeros(BLOCK, np.int16)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self.look()
                await asyncio.sleep(LOOK_S)
        finally:
            self._close()

    def look(self) -> None:
        """Open or close by the contact."""
        pressed, now = self._pressed(), self._core.clock.ticks_ns() // MS
        self._worn = self._worn and pressed
        if pressed and not self._open and not self._worn:
            self._begin(now)
        elif self._open and not pressed:
            self._close()
        elif self._open and now - self._since > self._wire.most_ms:
            log.error("%s: the contact of the microphone hangs", self._core.device)
            self._worn = True
            self._close()
        if self._open and self.speaking:
            self._take()
            self.powered(1_000)
            self._core.player.give_way(True)
        elif self._open:
            self._core.floor.leave(WHO, self._core.clock.now())

    def _pressed(self) -> bool:
        try:
            return self._contact.closed()
        except Stuck as error:
            log.warning("%s: %s", self._core.device, error)
            return False

    def _begin(self, now: int) -> None:
        core = self._core
        placement = core.papers.placement
        self._gain = decide.gain(placement.max_volume if placement else 100)
        self._since, self._dry = now, 0
        self._blocks.clear()
        self._stop = threading.Event()
        threading.Thread(target=self._read, args=(self._stop,), name="microphone", daemon=True).start()
        core.player.give_way()
        self._open = True
        self._take()
        core.poke()

    def _take(self) -> None:
        core = self._core
        if not core.floor.has(WHO):
            true, pressed = core.clock.now(), core.clock.ticks_ns() // MS - self._since
            core.floor.take(WHO, FLOOR_RANK, true, true + self._wire.most_ms - pressed)

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._stop.set()
            self._core.floor.leave(WHO, self._core.clock.now())
            self._core.poke()

    def _read(self, stop: threading.Event) -> None:
        rest = np.zeros(0, np.int16)
        try:
            with contextlib.closing(self._samples()) as samples:  # type: ignore[type-var]
                for piece in samples:
                    if stop.is_set():
                        return
                    if isinstance(piece, News):
                        continue
                    rest = np.concatenate((rest, piece))
                    while len(rest) >= BLOCK:
                        self._blocks.append(rest[:BLOCK])
                        rest = rest[BLOCK:]
        except Trouble as trouble:
            log.warning("%s: microphone: %s", self._core.device, trouble)


def _input(core: Core, name: str) -> Iterator[Pcm | News]:
    """A simulated input, the program of a real one, or the sound system's."""
    folder: Path | None = core.config.inputs
    if folder is not None:
        return tuner.played(folder, name)
    words = receiver.command(core.config.capture, name=name)
    return receiver.received(words) if words else tuner.captured(name)
