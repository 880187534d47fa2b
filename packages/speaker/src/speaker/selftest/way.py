"""The way from the card to the ear of a simulated loudspeaker, and how it breaks. Pure but for chance."""

from dataclasses import dataclass

import numpy as np

from speaker.selftest.chirp import Wave
from speaker.sink import RATE

HORN_HZ = (400.0, 5_500.0)
OPEN_DB = -70.0  # what still leaks across when nothing is driven
LSB = 1 / 32_768


@dataclass(slots=True)
class Way:
    """`delay_ms` and `gain_db` from card to ear; `room_db`, `wind_db`: what else is heard there (root mean square).

    `drive`: how far the amplifier is driven into its limits (1 = not at all). `amplifier`: it lives; `line`: it is
    joined to the horn; `ear`: it hears. A `tapped` way ends at the amplifier's output, before the horn and the weather.
    """

    delay_ms: float = 12.0
    gain_db: float = -30.0
    room_db: float = -58.0
    wind_db: float = -120.0
    drive: float = 1.0
    amplifier: bool = True
    line: bool = True
    ear: bool = True
    tapped: bool = False

    def come(self, sent: Wave, chance: np.random.Generator) -> Wave:
        """What the ear gives for what the card was given (-1..1, from its first sample on)."""
        if not self.ear:
            return chance.normal(0, 0.2 * LSB, len(sent))
        lives = self.amplifier and (self.line or self.tapped)
        gain = 10 ** ((self.gain_db if lives else OPEN_DB) / 20)
        bent = np.clip(sent * self.drive, -np.max(np.abs(sent), initial=0), np.max(np.abs(sent), initial=0))
        there = _late(bent, self.delay_ms) * gain
        heard = (there if self.tapped else _horn(there)) + self._around(len(sent), chance)
        return np.asarray(np.clip(np.round(heard / LSB) * LSB, -1, 1))

    def _around(self, count: int, chance: np.random.Generator) -> Wave:
        room = chance.normal(0, 10 ** ((-92.0 if self.tapped else self.room_db) / 20), count)
        if self.tapped or self.wind_db < -100:
            return np.asarray(room)
        return np.asarray(room + _wind(count, chance) * 10 ** (self.wind_db / 20))


def _late(wave: Wave, delay_ms: float) -> Wave:
    late = int(delay_ms * RATE / 1000)
    return np.concatenate((np.zeros(late), wave))[: len(wave)]


def _horn(wave: Wave) -> Wave:
    """A horn gives a band, with a hump, and a wall answers."""
    spectrum = np.fft.rfft(wave)
    at = np.fft.rfftfreq(len(wave), 1 / RATE)
    band = 1 / (1 + (HORN_HZ[0] / np.maximum(at, 1)) ** 8) / (1 + (at / HORN_HZ[1]) ** 8)
    hump = 1 + 0.7 * np.exp(-(((at - 1_600) / 500) ** 2))
    direct = np.fft.irfft(spectrum * np.sqrt(band) * hump, len(wave))
    return np.asarray(direct + 0.3 * _late(direct, 23.0))


def _wind(count: int, chance: np.random.Generator) -> Wave:
    """Strong where it is low, falling by 6 dB an octave, in gusts; its root mean square is 1."""
    spectrum = np.fft.rfft(chance.normal(size=count)) / np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20.0)
    wave = np.fft.irfft(spectrum, count)
    gusts = 1 + 0.5 * np.sin(2 * np.pi * (chance.uniform(0.3, 1.5) * np.arange(count) / RATE + chance.uniform()))
    wave = wave * gusts
    return np.asarray(wave / np.std(wave))
