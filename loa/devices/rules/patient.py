"""What the diagnosis looks at: one placed loudspeaker as the field describes it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from loa.devices.rules import condition
from loa.devices.rules.condition import Cause


@dataclass(frozen=True, slots=True)
class Patient:
    """One placed loudspeaker as the field describes it; those that are well are the witnesses of the others.

    `commune` and `hamlet` are paths, `since` begins its present state, `cause` is condition.Cause of it, `ending` the
    engine's word for its last connection. `used_mb` -1 = not known; `monthly_mb` 0 = not metered; `clock_bound` and
    `uptime` milliseconds, `storage_free` bytes (0 = not known).
    """

    device: str
    commune: str
    there: bool
    since: datetime
    hamlet: str = ""
    operator: str = ""
    cause: str = Cause.CONNECTED
    ending: str = ""
    on_backup: bool = False
    used_mb: int = -1
    monthly_mb: int = 0
    sim_expires: date | None = None
    clock_bound: int = 0
    uptime: int = condition.CLOCK_GRACE_MS
    storage_free: int = 0
    trouble: str = ""

    @property
    def place(self) -> str:
        """The smallest unit that is known of it."""
        return self.hamlet or self.commune

    @property
    def province(self) -> str:
        """The path of its province."""
        return self.commune.rsplit(".", 1)[0]

    @property
    def lost(self) -> bool:
        """Its line ended and nobody has said why."""
        return not self.there and self.cause == Cause.SILENT_LINK
