"""What a simulated loudspeaker says after it has listened to itself: by the code that runs on a real one."""

from dataclasses import replace
from functools import cache
from random import Random

import numpy as np
from speaker.selftest.chirp import SAMPLES, chirp
from speaker.selftest.detect import BEFORE, LENGTH, listen
from speaker.selftest.verdict import MISSES, EarKind, judged, misses
from speaker.selftest.way import Way

GAIN = 0.36
SEEDS = 6  # so many tests of each kind are really made; which one it was is chance
WELL: dict[EarKind, Way] = {"microphone": Way(), "line": Way(tapped=True, gain_db=-8.0)}
BROKEN: dict[str, dict[str, object]] = {
    "well": {},
    "amplifier": {"amplifier": False},
    "horn": {"line": False},
    "ear": {"ear": False},
    "storm": {"wind_db": -4.0},
}


def trouble(kind: str, ear: EarKind, chance: Random) -> str:
    """The trouble of the beat after two tests with this fault: `unheard` or ""."""
    missed = 0
    for _ in range(MISSES):
        missed = misses(missed, _said(kind, ear, chance.randrange(SEEDS)))  # type: ignore[arg-type]
    return "unheard" if missed >= MISSES else ""


@cache
def _said(kind: str, ear: EarKind, seed: int) -> str:
    """The verdict of one test."""
    sent = np.zeros(LENGTH)
    sent[BEFORE : BEFORE + SAMPLES] = GAIN * chirp()
    noise = np.random.default_rng(seed)
    usual = listen(WELL[ear].come(sent, noise), GAIN).level
    way = replace(WELL[ear], **BROKEN[kind])  # type: ignore[arg-type]
    return judged(listen(way.come(sent, noise), GAIN), ear=ear, gain=GAIN, usual=usual).verdict
