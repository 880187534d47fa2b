"""How much of a sound is shown and played at once; apart, so that pages know it without loading what decodes."""

MOST_MS = 12_000
PEAK_MS = 10
MOST_PEAKS = 120_000


def peak_step(duration_ms: int) -> int:
    """Milliseconds of one height: so that there are never more than MOST_PEAKS."""
    return max(PEAK_MS, -(-duration_ms // MOST_PEAKS))
