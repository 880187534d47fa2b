"""What was measured of one sound, as plain numbers; the verdict over them is in `quality.rules`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Span = tuple[int, int]  # milliseconds


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the source as it was sent, except `loudness_*` and `true_peak_dbtp`, which are of the encoded file.

    Levels in dB of full scale, ratios in dB, shares 0-1, lengths in ms; None where a sound says nothing about it
    (no pause in which noise could be heard, too short for a range). `places` maps a code of `rules` to spans.
    """

    duration_ms: int
    rate_hz: int
    sides: int
    loudness_lufs: float
    short_term_max_lufs: float
    momentary_max_lufs: float
    range_lu: float | None
    true_peak_dbtp: float
    source_lufs: float
    offset: float
    cut_tops: int
    cut_share: float
    squared_share: float
    uneven_db: float
    likeness: float
    lead_ms: int
    trail_ms: int
    longest_pause_ms: int
    quiet_share: float
    holes: int
    bandwidth_hz: int | None
    hum_db: float | None
    snr_db: float | None
    places: Mapping[str, list[Span]] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """For JSON, without the places: those belong to the findings."""
        found = asdict(self)
        found.pop("places")
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in found.items()}
