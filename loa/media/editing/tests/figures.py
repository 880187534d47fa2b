"""How much better a voice stands out, and how little it was hurt: measured against the clean one."""

import numpy as np

from loa.media.editing.tests.noises import RATE
from loa.media.tests.sounds import Samples

BLOCK = 960  # 20 ms
SPECTRUM = slice(4, 170)  # 190 Hz to 8 kHz


def spoken(clean: Samples) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which blocks hold speech: those within 30 dB of the loudest."""
    powers = (_blocks(clean) ** 2).mean(axis=1)
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = powers > powers.max() * 1e-3
    return found


def segmental_snr(clean: Samples, sound: Samples) -> float:
    """Mean over the blocks of speech of what stands above all that is not the clean voice, each within -10 to 35 dB."""
    voice = (_blocks(clean) ** 2).sum(axis=1)
    rest = (_blocks(sound - clean) ** 2).sum(axis=1)
    ratios = 10 * np.log10(np.maximum(voice, 1e-9) / np.maximum(rest, 1e-9))
    return float(np.clip(ratios, -10, 35)[spoken(clean)].mean())


def spectral_distance(clean: Samples, sound: Samples) -> float:
    """Log-spectral distance in dB between 190 Hz and 8 kHz where there is speech; 60 dB below it nobody hears."""
    voice, other = _powers(clean)[:, SPECTRUM], _powers(sound)[:, SPECTRUM]
    heard = voice.sum(axis=1) > voice.sum(axis=1).max() * 1e-3
    floor = voice.max() * 1e-6
    apart = 10 * np.log10((voice[heard] + floor) / (other[heard] + floor))
    return float(np.sqrt((apart**2).mean(axis=1)).mean())


def level(clean: Samples, sound: Samples) -> float:
    """Decibel of the blocks that hold speech in `clean`."""
    return _decibel(_blocks(sound)[spoken(clean)])


def noise_level(clean: Samples, sound: Samples) -> float:
    """Decibel of the blocks that hold none."""
    return _decibel(_blocks(sound)[~spoken(clean)])


def _decibel(blocks: Samples) -> float:
    return 10 * float(np.log10((blocks**2).mean() + 1e-12))


def _blocks(sound: Samples) -> Samples:
    blocks: Samples = sound[: len(sound) // BLOCK * BLOCK].reshape(-1, BLOCK)
    return blocks


def _powers(sound: Samples) -> Samples:
    frames = np.lib.stride_tricks.sliding_window_view(sound, 1024)[:: RATE // 100] * np.hanning(1024)
    powers: Samples = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    return powers
