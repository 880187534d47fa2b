"""What a relayed stretch was made of: so long the source itself, so long another, so long nothing, and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from speaker.sink import RATE

FALLBACK, NOTHING = "fallback", ""
MOST_ROWS = 12


@dataclass(slots=True)
class Account:
    """Samples in the order in which they were handed on: (what, why no better one, how many)."""

    _rows: list[tuple[str, str, int]] = field(default_factory=list)

    def note(self, what: str, cause: str, samples: int) -> None:
        """`what`: id of the source, FALLBACK or NOTHING."""
        if self._rows and self._rows[-1][:2] == (what, cause):
            self._rows[-1] = (what, cause, self._rows[-1][2] + samples)
        elif samples:
            self._rows.append((what, cause, samples))

    def heard(self, rendered: int) -> dict[tuple[str, str], int]:
        """(what, why no better one) -> ms, of the first `rendered` samples, in the order of their first coming."""
        found: dict[tuple[str, str], int] = {}
        for what, cause, samples in self._first(rendered):
            found[what, cause] = found.get((what, cause), 0) + samples
        kept = sorted(found, key=lambda row: -found[row])[:MOST_ROWS]
        return {row: found[row] * 1000 // RATE for row in found if row in kept}

    def relayed(self, rendered: int) -> int:
        """Ms of those samples that came from a source."""
        rows = self._first(rendered)
        return sum(samples for what, _, samples in rows if what not in (FALLBACK, NOTHING)) * 1000 // RATE

    def last(self) -> tuple[str, str]:
        """What was handed on last, and why nothing better."""
        return self._rows[-1][:2] if self._rows else (NOTHING, "")

    def _first(self, rendered: int) -> Iterator[tuple[str, str, int]]:
        for what, cause, samples in list(self._rows):
            take = min(samples, rendered)
            rendered -= take
            if take:
                yield what, cause, take
