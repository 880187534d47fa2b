"""How surely a loudspeaker hears itself: its probe in noise, and what is taken for it where nothing sounded.

    {"bench": "selftest", "false_alarms": {"even": .., "by_fits": ..}, "detected": {"-9": .., ...}, "least_snr_db": ..}

`even`: of recordings without probe (a room, wind, hum), how many were taken for heard with the bar set for one in ten,
which few tries can tell; with the bar as it is, `as_it_is` of the same recordings. `by_fits`: the same of voices, horns
and birds that begin meanwhile, with the bar as it is. `detected`: the share that was heard, by dB of the probe against
the noise in its band. `least_snr_db`: where nine of ten are. `ms`: one test. Fails (exit code 1) when even noise gives
more than was asked for, or a probe at -12 dB is missed more than once in a hundred.
"""

import json
import math
import sys
import time

import numpy as np

TRIES = 200
STEPS = range(-24, 1, 3)


def main() -> None:
    """Print one JSON line."""
    from speaker.selftest.detect import LENGTH, listen

    chance = np.random.default_rng(2026)
    nothing = np.zeros(LENGTH)
    even = [nothing + _even(chance, number) for number in range(TRIES)]
    fits = [nothing + _by_fits(chance, number) for number in range(TRIES)]
    began = time.perf_counter()
    as_it_is = [listen(wave, 0.36).found for wave in even]
    took = (time.perf_counter() - began) / TRIES
    detected = {str(step): _detected(chance, step) for step in STEPS}
    figures = {
        "false_alarms": {
            "asked": 0.1,
            "even": _share([listen(wave, 0.36, false_alarms=0.1).found for wave in even]),
            "as_it_is": _share(as_it_is),
            "by_fits": _share([listen(wave, 0.36).found for wave in fits]),
        },
        "detected": detected,
        "least_snr_db": next((step for step in STEPS if detected[str(step)] >= 0.9), None),
        "tries": TRIES,
        "ms": round(took * 1000, 1),
    }
    print(json.dumps({"bench": "selftest", **figures}))
    sound = figures["false_alarms"]["even"] <= 0.15 and not any(as_it_is)  # type: ignore[index]
    sys.exit(0 if sound and detected["-12"] >= 0.99 else 1)


def _detected(chance: np.random.Generator, snr_db: float, tries: int = 60) -> float:
    from speaker.selftest.chirp import HIGH_HZ, LOW_HZ, SAMPLES, chirp
    from speaker.selftest.detect import BEFORE, LENGTH, listen
    from speaker.sink import RATE

    found = []
    for _ in range(tries):
        wave = np.zeros(LENGTH)
        at = BEFORE + int(chance.uniform(0, 0.3) * RATE)
        wave[at : at + SAMPLES] = chirp()[: LENGTH - at]
        power = float(np.mean(chirp() ** 2)) / 10 ** (snr_db / 10) * (RATE / 2) / (HIGH_HZ - LOW_HZ)
        found.append(listen(wave + chance.normal(0, math.sqrt(power), LENGTH), 1.0).found)
    return _share(found)


def _even(chance: np.random.Generator, number: int) -> np.ndarray:
    from speaker.selftest.detect import LENGTH
    from speaker.selftest.way import Way

    wind = -120.0 if number % 2 else chance.uniform(-40, -10)
    wave = Way(room_db=chance.uniform(-80, -30), wind_db=wind).come(np.zeros(LENGTH), chance)
    hum = 0.05 * np.sin(2 * np.pi * 50 * np.arange(LENGTH) / 48_000)
    return wave + hum if number % 3 == 0 else wave


def _by_fits(chance: np.random.Generator, number: int) -> np.ndarray:
    """A voice, a horn, a bird, from some moment on."""
    from speaker.selftest.detect import LENGTH
    from speaker.sink import RATE

    at = np.arange(LENGTH) / RATE
    begin = chance.uniform(0.2, 1.6)
    if number % 3 == 0:
        pitch = chance.uniform(90, 260) * (1 + 0.05 * np.sin(2 * np.pi * chance.uniform(2, 6) * at))
        turn = 2 * np.pi * np.cumsum(pitch) / RATE
        sound = sum(np.sin(k * turn + chance.uniform(0, 6)) / k for k in range(1, 25))
    elif number % 3 == 1:
        sound = np.sin(2 * np.pi * chance.uniform(300, 600) * at) + np.sin(2 * np.pi * chance.uniform(700, 1500) * at)
    else:
        glide = chance.uniform(1500, 4000) + chance.uniform(-8000, 8000) * (at - begin)
        sound = np.sin(2 * np.pi * np.cumsum(glide) / RATE)
    ends = begin + (0.2 if number % 3 == 2 else chance.uniform(0.1, 1.0))
    return 0.2 * sound * ((at >= begin) & (at < ends)) + chance.normal(0, 0.002, LENGTH)


def _share(found: list[bool]) -> float:
    return round(sum(found) / len(found), 4)


if __name__ == "__main__":
    main()
