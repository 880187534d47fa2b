"""SIM cards: what ends soon, what a month will have used. Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

EARLIEST_DAY = 4  # before that a forecast from so few days is a guess
NEAR = 0.9


@dataclass(frozen=True, slots=True)
class Use:
    """Megabytes of one SIM this month. `forecast` at its end, None = too early or not known; `budget` 0 = none set."""

    used: int
    budget: int
    forecast: int | None

    @property
    def over(self) -> bool:
        """It has used, or will have used, more than it has."""
        most = self.used if self.forecast is None else max(self.used, self.forecast)
        return self.budget > 0 and most > self.budget

    @property
    def empty(self) -> bool:
        """Nothing is left."""
        return 0 < self.budget <= self.used


def use(used_mb: int, budget_mb: int, today: date) -> Use | None:
    """What the device said it has used, and what the month will come to at this pace; None if it has not said."""
    if used_mb < 0:
        return None
    days = monthrange(today.year, today.month)[1]
    forecast = round(used_mb * days / today.day) if today.day >= EARLIEST_DAY else None
    return Use(used_mb, budget_mb, forecast)
