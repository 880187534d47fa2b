"""What lies ready for somebody who writes: whose place, what can be chosen there."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from loa.areas.models import Area
from loa.areas.queries import hamlets_of, predecessors_of
from loa.areas.rules import Level
from loa.broadcasts.rules import words
from loa.bulletins import queries as bulletins
from loa.devices import queries as devices
from loa.devices.models import Device, DeviceGroup
from loa.kernel.clock import local
from loa.media import queries as media
from loa.media.access import KEEP_WORDS
from loa.media.reading.lexicon import Lexicon
from loa.people import access as people
from loa.people.models import User


@dataclass(frozen=True)
class Desk:
    """`area` is what the bulletin belongs to, `air` the unit on whose calendar it stands: the commune of a hamlet.

    `plans` is False for a hamlet announcer, who writes and speaks; the officer of the commune finds the time.
    """

    user: User
    area: Area
    now: datetime

    @cached_property
    def air(self) -> Area:
        """The unit whose sessions are used."""
        return self.area.parent if self.area.level == Level.HAMLET and self.area.parent else self.area

    @cached_property
    def plans(self) -> bool:
        """Whether this person may ask for air time."""
        return people.may(self.user, "schedule.write", self.air, self.now)

    @cached_property
    def lexicon(self) -> Lexicon:
        """How text is read here."""
        return media.lexicon_for(self.area)

    @cached_property
    def teaches(self) -> bool:
        """Whether this person may say how a word is always read here."""
        return people.may(self.user, KEEP_WORDS, self.air, self.now)

    @property
    def teaching_place(self) -> str:
        """Where a word would be read alike for good: "xã Quy Mông"."""
        return words.inside(self.air.full_name)

    @property
    def place(self) -> str:
        """ "xã Quy Mông"."""
        return words.inside(self.area.full_name)

    @property
    def hamlet(self) -> bool:
        """The bulletin is for one hamlet only."""
        return self.area.level == Level.HAMLET

    @cached_property
    def speakers(self) -> list[Device]:
        """The loudspeakers that stand in the area, by number."""
        return list(devices.placed_in(self.area.path).order_by("number"))

    @cached_property
    def groups(self) -> list[DeviceGroup]:
        """Groups with a loudspeaker of the area."""
        rows = DeviceGroup.objects.filter(members__in=[device.pk for device in self.speakers])
        return sorted(rows.prefetch_related("members").distinct(), key=_first_number)

    @cached_property
    def hamlets(self) -> list[Area]:
        """Hamlets of a commune."""
        return hamlets_of(self.area, local(self.now).date()) if self.area.level == Level.COMMUNE else []

    @cached_property
    def former(self) -> list[Area]:
        """Units before 1/7/2025 that became part of the area and have loudspeakers standing on their ground."""
        held = {device.former_area_id for device in self.speakers}
        return [unit for unit in predecessors_of(self.area) if unit.pk in held]

    @cached_property
    def categories(self) -> list[tuple[str, str]]:
        """Key and name of each category."""
        return [(bulletins.category_key(row), row.name) for row in bulletins.categories_for(self.area)]


def _first_number(group: DeviceGroup) -> int:
    return min((device.number for device in group.members.all()), default=0)
