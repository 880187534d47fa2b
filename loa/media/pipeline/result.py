"""What comes out of the limited process; apart from the work itself, so that only that process loads numpy and av."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Normalised:
    """The facts of a finished rendition; `wave` is 200 heights from 0 to 100, `attempts` how often it was encoded.

    `quality` is the report of `media.quality`, ready for JSON.
    """

    duration_ms: int
    loudness_lufs: float
    true_peak_dbtp: float
    wave: list[int]
    attempts: int
    source_lufs: float
    quality: dict[str, Any]
