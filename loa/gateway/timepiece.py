"""May the gateway tell the time? Its clock against two others: the one that nobody sets, and the database's.

What devices are told becomes the floor below which they believe no time any more, so a clock in doubt tells nothing.
Devices go on with their own clocks meanwhile, and ask again.
"""

import time
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

import structlog

log = structlog.get_logger("loa.gateway.timepiece")

APART_S = 30.0  # half of what a device tolerates: what is told within it never makes it refuse the right time later
FOLLOW_EVERY_S = 3600.0  # small steps are followed so often, or they would add up over a year
SLOW_ANSWER_S = 5.0


class Doubt(StrEnum):
    """Why no time is told; empty when it is."""

    NONE = ""
    STEPPED = "stepped"
    DATABASE = "database"


def steady_s() -> float:
    """Seconds of a clock that nobody sets and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Timepiece:
    """Instants are Unix seconds, `steady` seconds of `steady_s`; a difference of the two is an offset.

    A step is believed only if another clock says so that did not step along: the database's, on another machine. Else
    it has to be undone, or a person says that the new time is right (`believe`, or by starting the gateway again).
    """

    def __init__(self, steady: Callable[[], float] = steady_s) -> None:
        self._steady = steady
        self._own: float | None = None
        self._followed_at = 0.0
        self._stepped_at: float | None = None
        self._database: float | None = None
        self._database_since = 0.0
        self.doubt = Doubt.NONE

    def look(self, now: datetime) -> Doubt:
        """Compare. Asked with every tick and before each time that is told."""
        steady = self._steady()
        before, self.doubt = self.doubt, self._compare(now.timestamp() - steady, steady)
        if self.doubt and self.doubt != before:
            log.error("this clock is in doubt, no device is told the time", why=str(self.doubt), now=now.isoformat())
        elif before and not self.doubt:
            log.warning("this clock agrees again, devices are told the time", now=now.isoformat())
        return self.doubt

    def steady(self) -> float:
        """For `heard`: when the question was asked."""
        return self._steady()

    def heard(self, database: datetime, *, asked: float, now: datetime) -> None:
        """The database's clock, asked for at `asked`, answered `now`. A slow answer says nothing."""
        self.look(now)  # first: if both have just stepped, ours has done so before theirs is noted
        steady = self._steady()
        if steady - asked > SLOW_ANSWER_S:
            return
        offset = database.timestamp() - (asked + steady) / 2
        if self._database is None or abs(offset - self._database) > APART_S:
            self._database_since = steady
        self._database = offset

    def believe(self, now: datetime) -> Doubt:
        """A person who has read another clock says that ours is right. Against the database's that does not count."""
        if self.look(now) is Doubt.STEPPED:
            steady = self._steady()
            self._follow(now.timestamp() - steady, steady)
        return self.look(now)

    def _compare(self, offset: float, steady: float) -> Doubt:
        if self._own is None:
            self._follow(offset, steady)
        stepped = self._has_stepped(offset, steady)
        if self._database is not None and abs(offset - self._database) > APART_S:
            return Doubt.DATABASE
        if not stepped or self._is_witnessed():
            if stepped or steady - self._followed_at > FOLLOW_EVERY_S:
                self._follow(offset, steady)
            return Doubt.NONE
        return Doubt.STEPPED

    def _has_stepped(self, offset: float, steady: float) -> bool:
        assert self._own is not None
        if abs(offset - self._own) <= APART_S:
            self._stepped_at = None
        elif self._stepped_at is None:
            self._stepped_at = steady
        return self._stepped_at is not None

    def _is_witnessed(self) -> bool:
        """The database's clock says what ours says, and did so before ours stepped: it is another clock."""
        return self._database is not None and self._stepped_at is not None and self._database_since < self._stepped_at

    def _follow(self, offset: float, steady: float) -> None:
        self._own, self._followed_at, self._stepped_at = offset, steady, None
