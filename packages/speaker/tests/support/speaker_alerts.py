"""Alerts for the loudspeaker of thôn 5, and a pole that hears them in virtual time."""

from pathlib import Path
from typing import Any

import numpy as np
import speaker_village as village
from devicelink.messages import Alert, Audience, Cancel, Heard, Placement, Target, Voice
from speaker.alerts import sirens
from speaker.alerts.desk import Desk, Place
from speaker.alerts.proving import Proving
from speaker.alerts.shelf import Event, Shelf
from speaker.alerts.telling import Telling
from speaker.alerts.words import Words
from speaker.clock import MS
from speaker.floor import Floor
from speaker.sink import BLOCK_NS, RATE, Pcm, Source
from speaker_pole import Pole, Stretch
from speaker_village import MINUTE, Sound

WARNING = Sound("lũ đang về, rời bờ suối", 5)


def voice(sound: Sound, **changes: Any) -> Voice:
    return Voice(**({"sha256": sound.sha256, "size": len(sound.data), "duration": sound.duration} | changes))


def target(*sounds: Sound, prompts: tuple[Sound, ...] = (), **changes: Any) -> Target:
    fields: dict[str, Any] = {
        "id": "tat-ca",
        "voices": tuple(map(voice, sounds)),
        "prompts": tuple(sound.sha256 for sound in prompts),
    }
    return Target(**(fields | changes))


def alert(now: int, identifier: str = "al-1", *sounds: Sound, **changes: Any) -> Alert:
    """Flash flood, actual, for two hours, said once."""
    fields: dict[str, Any] = {
        "audience": Audience(area=village.COMMUNE),
        "id": identifier,
        "issued": now,
        "expires": now + 120 * MINUTE,
        "status": "actual",
        "event": "lu-quet",
        "severity": "severe",
        "siren": "flood",
        "headline": "Lũ quét trên suối Ngòi Thia",
        "targets": (target(*(sounds or (WARNING,))),),
    }
    return Alert(**(fields | changes))


def cancel(now: int, of: str = "al-1", *sounds: Sound, **changes: Any) -> Cancel:
    fields: dict[str, Any] = {
        "audience": Audience(area=village.COMMUNE),
        "id": f"ca-{of}",
        "issued": now,
        "expires": now + 120 * MINUTE,
        "alert": of,
        "status": "actual",
        "targets": (target(*sounds),) if sounds else (),
    }
    return Cancel(**(fields | changes))


class AlertPole(Pole):
    """A pole with an alert desk. What `take`s an alert was verified by the test itself."""

    def boot(self, *, synced: bool = False) -> None:
        super().boot(synced=synced)
        if not hasattr(self, "told"):
            self.told: list[Heard] = []
            self.kept: dict[str, Event] = {}
            self.speaking = False
            self.lead = 0
        self.floor = Floor()
        self.floor.changed.append(self._floor_changed)
        self.alerts = Desk(
            clock=self.clock,
            sink=self.sink,  # type: ignore[arg-type]
            horn=self.player.horn,
            feeder=self.player._feeder,
            floor=self.floor,
            shelf=Shelf(self.store, self.kept.get),
            words_here=Words(self.media, self.folder),
            proving=Proving(self.store, self.clock, self.book),
            telling=Telling(village.DEVICE, self.clock.now),
            place=Place(self._placement, self._volume, self._holds, lambda: self.lead, lambda: self.speaking),
            give_way=self.player.give_way,
        )
        self.alerts.telling.speak(self.told.append)

    def take(self, message: Event) -> None:
        """As the agent does: durable, then obeyed."""
        self.kept[f"token of {message.id}"] = message
        self.store.remember(f"{message.typ}:{message.id}", message.expires, token=f"token of {message.id}")
        self.alerts.take(message)

    def states(self, identifier: str = "al-1") -> list[str]:
        """What was told of this alert or cancel, in order."""
        return [one.state for one in self.told if one.of.endswith(f":{identifier}")]

    def run(self, until: int) -> None:
        end = (until - self.base) * MS
        while self.ticks.at < end:
            nap = min(self.alerts.step(), self.player.step()) * MS
            self.notified = False
            self._pass(min(end, self.ticks.at + nap))
        self.alerts.step()
        self.player.step()

    def _floor_changed(self) -> None:
        if self.situation is not None:
            from dataclasses import replace

            self.situation = replace(self.situation, taken=self.floor.taken())
            self.player.apply(self.situation, self.loudness)

    def _placement(self) -> Placement:
        return self.situation.placement if self.situation else village.placement(self.now)

    def _volume(self) -> int:
        return self.loudness.at(self.clock.now())

    def _holds(self) -> Any:
        return self.situation.holds if self.situation else ()

    def _pull(self, source: Source, end: int) -> None:
        if self.player.horn.cry is None and self.player.horn._sounded is None:
            super()._pull(source, end)
            return
        heard_at = self.sink.next + self.sink.latency_ns
        block = source.pull(heard_at)
        if block is not None:
            self._hear(heard_at, block)
        self.sink.next += BLOCK_NS


def near(one: float, other: float, by: float = 40) -> bool:
    """Milliseconds: a block, and the step that follows it."""
    return abs(one - other) <= by


def found(pcm: Pcm, sound: Pcm) -> tuple[float, float]:
    """(ms from the beginning, likeness 0..1) of where `sound` lies best."""
    wave, part = pcm.astype(np.float64), sound.astype(np.float64)
    size = 1 << (len(wave) + len(part)).bit_length()
    product = np.fft.irfft(np.fft.rfft(wave, size) * np.conj(np.fft.rfft(part, size)), size)[: len(wave)]
    at = int(np.argmax(product))
    piece = wave[at : at + len(part)]
    whole = float(np.sqrt((piece**2).sum() * (part[: len(piece)] ** 2).sum())) or 1.0
    return at / RATE * 1000, float(product[at] / whole)


def sirens_in(stretch: Stretch | Pcm, name: str) -> float:
    """How much the beginning is like this siren, 0..1."""
    pcm = stretch.pcm if isinstance(stretch, Stretch) else stretch
    return found(pcm, sirens.siren(name)[: 3 * RATE])[1]


def placed(pole: AlertPole, folder: Path, name: str, sound: Sound) -> None:
    (folder / "spoken").mkdir(exist_ok=True)
    (folder / "spoken" / f"{name}.opus").write_bytes(sound.data)
