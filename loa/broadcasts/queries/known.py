"""What many schedules of one page have in common, asked of the database once."""

from dataclasses import dataclass, field
from datetime import date

from loa.areas.hours import AreaHours
from loa.areas.models import Area
from loa.areas.queries import changes_of_hours, hours_for
from loa.broadcasts.queries import sources
from loa.broadcasts.rules import targets
from loa.broadcasts.rules.targets import Place, Target


@dataclass(slots=True)
class Known:
    """Places and hours as they were when they were first asked for; for the length of one reading, not longer."""

    _places: dict[str, list[Place]] = field(default_factory=dict)
    _hours: dict[tuple[str, date], AreaHours] = field(default_factory=dict)
    _changes: dict[str, tuple[date, ...]] = field(default_factory=dict)

    def places_meant(self, area: str, target: Target) -> list[Place]:
        """As `sources.places_meant`."""
        around = sources.commune_or_above(area)
        if around not in self._places:
            self._places[around] = sources.places([around])
        return [place for place in self._places[around] if targets.reach(target, area, place) is not None]

    def hours(self, area: Area, on: date) -> AreaHours:
        """As `areas.queries.hours_for`."""
        asked = (area.path, self.since(area, on))
        if asked not in self._hours:
            self._hours[asked] = hours_for(*asked)
        return self._hours[asked]

    def since(self, area: Area, on: date) -> date:
        """The day from which the rules hold that hold on this day; `date.min` if nobody has set any."""
        if area.path not in self._changes:
            self._changes[area.path] = changes_of_hours(area)
        return max((day for day in self._changes[area.path] if day <= on), default=date.min)
