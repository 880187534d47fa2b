"""What the self-tests of one loudspeaker tell together: it fades, it is mute, or it cannot hear itself. Pure.

The level is compared with what it was when the hardware was new or mended. One test may be wrong (a lorry below),
so nothing is said by one alone. The trend is the median of all slopes (Sen, "Estimates of the regression coefficient
based on Kendall's tau", JASA 63, 1968), which a few wrong ones do not bend, and it is believed when Kendall's test says
that chance makes such an order less than once in a hundred.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations
from statistics import median

REFERENCE = 5  # its first tests are how it should sound
NEWEST = 3
DROP_DB = 6.0  # half of the amplitude, a quarter of the power
FALL_DB = 2.0  # so much less within what is looked at
TREND = timedelta(days=60)
LEAST_TESTS, LEAST_DAYS = 10, 14
SURE_Z = 2.33
KEPT = timedelta(days=400)
IN_A_ROW = 2
_WEEK = timedelta(weeks=1)


class Hearing(StrEnum):
    """What a person should know of it."""

    UNKNOWN = ""
    WELL = "well"
    FALLING = "falling"
    WEAK = "weak"
    DEAF = "deaf"
    UNHEARD = "unheard"


@dataclass(frozen=True, slots=True)
class Trial:
    """`verdict` as the device gives it; `level` dB of a heard one."""

    at: datetime
    verdict: str
    level: float | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """`drop`: dB below the reference now; `slope`: dB a week, None while there is too little to tell."""

    hearing: Hearing
    reference: float | None = None
    drop: float = 0.0
    slope: float | None = None


def judge(tests: Sequence[Trial]) -> Judged:
    """All tests since the hardware is as it is, the oldest first."""
    heard = [(test.at, test.level) for test in tests if test.verdict == "heard" and test.level is not None]
    levels = [level for _, level in heard]
    reference = median(levels[:REFERENCE]) if len(levels) >= NEWEST else None
    drop = max(0.0, reference - median(levels[-NEWEST:])) if reference is not None else 0.0
    recent = [(at, level) for at, level in heard if heard[-1][0] - at <= TREND]
    tilt = slope(recent)
    return Judged(_said(tests, drop, falls(recent)), reference, drop, tilt)


def _said(tests: Sequence[Trial], drop: float, fading: bool) -> Hearing:
    said = [test.verdict for test in tests if test.verdict != "could_not"]
    if not said:
        return Hearing.UNKNOWN
    for verdict, hearing in (("microphone_dead", Hearing.DEAF), ("not_heard", Hearing.UNHEARD)):
        if len(said) >= IN_A_ROW and set(said[-IN_A_ROW:]) == {verdict}:
            return hearing
    if drop >= DROP_DB:
        return Hearing.WEAK
    return Hearing.FALLING if fading else Hearing.WELL


def slope(points: Sequence[tuple[datetime, float]]) -> float | None:
    """dB a week (Theil and Sen), None of less than ten tests within less than two weeks."""
    if not _enough(points):
        return None
    tilts = [(b - a) / ((then - at) / _WEEK) for (at, a), (then, b) in combinations(points, 2) if then > at]
    return median(tilts) if tilts else None


def falls(points: Sequence[tuple[datetime, float]]) -> bool:
    """It gets fainter, by enough to matter and surely."""
    tilt = slope(points)
    if tilt is None or tilt * ((points[-1][0] - points[0][0]) / _WEEK) > -FALL_DB:
        return False
    count = len(points)
    order = sum((b > a) - (b < a) for (_, a), (_, b) in combinations(points, 2))
    return -order / math.sqrt(count * (count - 1) * (2 * count + 5) / 18) >= SURE_Z


def _enough(points: Sequence[tuple[datetime, float]]) -> bool:
    return len(points) >= LEAST_TESTS and (points[-1][0] - points[0][0]).days >= LEAST_DAYS


_VERDICTS = {
    "heard": "Nghe được tiếng của mình",
    "not_heard": "Không nghe được tiếng của mình",
    "microphone_dead": "Micrô nghe thử không hoạt động",
    "could_not": "Chưa thử được",
}
_REASONS = {
    "held": "loa đang bị dừng",
    "outside_hours": "ngoài giờ được phát, hoặc cụm đang tạm tắt",
    "preempted": "loa đang phát hoặc sắp phát",
    "no_valid_time": "loa chưa biết giờ đúng",
    "no_placement": "loa chưa được đặt vào vị trí",
    "no_card": "cạc âm thanh không trả lời",
    "no_ear": "loa không có micrô hay dây nghe lại",
    "noise": "quanh loa quá ồn",
    "too_quiet": "âm lượng đang là 0",
    "no_power": "công tắc âm-li không đóng",
}


def words(verdict: str, reason: str) -> str:
    """One test for people."""
    said = _VERDICTS.get(verdict, _VERDICTS["could_not"])
    return f"{said}: {_REASONS.get(reason, 'chưa rõ vì sao')}" if verdict == "could_not" else said
