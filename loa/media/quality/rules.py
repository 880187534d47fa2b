"""The verdict over a sound's figures, and what follows from it. Pure: no Django, no numpy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from loa.media.quality import advice
from loa.media.quality.figures import Figures, Span
from loa.media.quality.profiles import Profile
from loa.media.rules import TARGET_LUFS

PASS, WARN, FAIL = "pass", "warn", "fail"
SQUARED_WEIGHT = (
    40.0  # per mille: a sound whose tops are all squared cannot be followed, whatever codec has smoothed them
)
MIN_REASON = 10  # letters: enough to be a reason

# What is already mended in the finished file, and what a person can do with one press.
MENDED = frozenset({"offset", "side_lost", "sides_opposed"})
REPAIRS: Mapping[str, str] = {"lead": "trim", "trail": "trim", "pause": "trim", "hum": "clarify", "noise": "clarify"}

# Higher is worse in each of these, whatever the figure means.
FIGURES: Mapping[str, Callable[[Figures], float | None]] = {
    "below_target_lu": lambda of: TARGET_LUFS - of.loudness_lufs,
    "true_peak_dbtp": lambda of: of.true_peak_dbtp,
    "range_lu": lambda of: of.range_lu,
    "clipped_index": lambda of: max(of.cut_share * 1000, of.squared_share * SQUARED_WEIGHT),
    "lead_ms": lambda of: of.lead_ms,
    "trail_ms": lambda of: of.trail_ms,
    "longest_pause_ms": lambda of: of.longest_pause_ms,
    "offset_percent": lambda of: of.offset * 100,
    "uneven_abs_db": lambda of: abs(of.uneven_db) if of.sides == 2 else None,
    "opposed": lambda of: -of.likeness if of.sides == 2 else None,
    "lost_treble_khz": lambda of: None if of.bandwidth_hz is None else 20 - of.bandwidth_hz / 1000,
    "hum_db": lambda of: of.hum_db,
    "noise_db": lambda of: None if of.snr_db is None else -of.snr_db,
    "holes": lambda of: of.holes,
    "missing_rate_hz": lambda of: 48_000 - of.rate_hz,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: `level` note, warn or fail; `value` in `unit` of the limit's figure; `places` in ms of the sent file.

    `mended` is true where the finished file no longer has it; `repair` names what one press can do ("trim": cut
    silence away, "clarify": the switch "làm rõ tiếng"), else "". `advice` is complete Vietnamese.
    """

    code: str
    level: str
    value: float
    unit: str
    places: Sequence[Span]
    mended: bool
    repair: str
    advice: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result as it is kept with the sound."""

    verdict: str
    profile: str
    figures: Mapping[str, Any]
    findings: Sequence[Finding]

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def judge(figures: Figures, profile: Profile) -> Report:
    """All findings, the worst first; the verdict is the worst level, where a note is none."""
    found = [finding for code in profile.limits if (finding := _finding(code, figures, profile))]
    found.sort(key=lambda finding: (FAIL, WARN, "note").index(finding.level))
    verdict = next((finding.level for finding in found if finding.level != "note"), PASS)
    return Report(verdict, profile.id, figures.plain(), found)


def _finding(code: str, figures: Figures, profile: Profile) -> Finding | None:
    limit = profile.limits[code]
    value = FIGURES[limit.figure](figures)
    level = "" if value is None else limit.level(value)
    if value is None or not level:
        return None
    places = list(figures.places.get(code, ()))
    mended = code in MENDED
    words = advice.words(code, figures, places, mended=mended)
    return Finding(code, level, round(value, 3), limit.unit, places, mended, REPAIRS.get(code, ""), words)


def may_submit(quality: Mapping[str, Any], reason: str = "") -> str:
    """What stands in the way of sending a bulletin with this sound for approval: "" if nothing, else Vietnamese.

    `quality` is `Sound.quality`. A verdict of fail blocks until the sound is repaired or recorded again; the author may
    send it nevertheless with a `reason`, which the approver sees before anything else. A sound from before the check
    blocks nothing.
    """
    fault = worst(quality)
    if not fault or is_reason(reason):
        return ""
    return f"{fault} Nếu vẫn phải dùng tiếng này, hãy ghi lý do (từ {MIN_REASON} chữ cái) để người duyệt biết."


def worst(quality: Mapping[str, Any]) -> str:
    """The advice on the fault for which a sound failed; "" if it did not."""
    if quality.get("verdict") != FAIL:
        return ""
    return str(next(finding["advice"] for finding in quality["findings"] if finding["level"] == FAIL))


def is_reason(words: str) -> bool:
    """Whether so many letters stand there that it can be one."""
    return sum(one.isalpha() for one in words) >= MIN_REASON
