"""What sounds instead of speech that never came: the last of it once more, softer each time, and then nothing. Pure."""

import numpy as np

from speaker.sink import Pcm

TURNS = 3  # after 60 ms a repeated scrap is a buzz


def worn(last: Pcm, turn: int) -> Pcm:
    """The `turn`-th repetition (from 1) of `last`, falling all the time."""
    if turn > TURNS:
        return np.zeros(len(last), np.int16)
    fall = np.linspace(1 - (turn - 1) / TURNS, 1 - turn / TURNS, len(last), dtype=np.float32)
    return (last * fall).astype(np.int16)


def fading(guess: Pcm, turn: int, turns: int) -> Pcm:
    """The guess number `turn` (from 0) of at most `turns` in a row: after the half of them it falls to nothing."""
    begins, ends = (min(1.0, 2 * (1 - at / turns)) for at in (turn, turn + 1))
    return (guess * np.linspace(begins, ends, len(guess), dtype=np.float32)).astype(np.int16)


def stretched(samples: Pcm, count: int) -> Pcm:
    """The same sound in `count` samples."""
    if len(samples) == count:
        return samples
    places = np.linspace(0, len(samples) - 1, count)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.int16)
