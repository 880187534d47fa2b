"""What a change is: everything that moves real air times is one of these structs, shown before it is kept.

A new kind is a frozen struct in `kinds/`, named in `registry.KINDS`: its fields are what a person chose (JSON types,
dates, ids), its methods say it in words and call the ordinary action. `preview`, `keep` and `undo` of `keeping` do the
rest. Paths and ids come from outside: the action behind `apply` guards them, as for every page.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from loa.broadcasts.changes import images
from loa.broadcasts.changes.images import Image
from loa.broadcasts.rules.times import Shift
from loa.kernel.clock import local
from loa.people.access import require
from loa.people.models import User

DAYS = timedelta(days=14)  # how many are compared
# Whose yes is still lacking before the difference comes true.
NOBODY, APPROVER, SECOND_PERSON = "", "approver", "second_person"
APPROVER_AFTER = "approver_after"  # it happens at once, and what was approved before waits until it is so again


@dataclass(frozen=True, slots=True)
class Applied:
    """What an action left behind.

    `waiting` are schedules that sound only once an approver has said yes, `waits_for` whose yes is lacking; `told` is
    the complete sentence for the page after it was kept. `each`: what became of each of many things, (id, words); it
    was shown as well, so it is part of what is confirmed.
    """

    told: str
    waiting: tuple[UUID, ...] = ()
    waits_for: str = NOBODY
    each: tuple[tuple[str, str], ...] = ()


def if_far(day: date, now: datetime) -> date | None:
    """For `Change.begins` of what holds from `day` on: the day, if the days from now on would not show it."""
    return day if day > local(now).date() + DAYS else None


@dataclass(frozen=True, slots=True)
class Wished:
    """An air time of this title that was wanted, though it will not be."""

    title: str
    shift: Shift
    length: timedelta


class Change(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """One thing that somebody wants to change about the air of `area` (path: the widest place that it can touch)."""

    capability: ClassVar[str] = "schedule.write"
    # It writes rules of the air and nothing else: schedules and loudspeakers need no second reading.
    only_rules: ClassVar[bool] = False
    # Fields that only say why: they move nothing, so they may be filled in after the difference was shown.
    only_words: ClassVar[tuple[str, ...]] = ()

    area: str

    @abstractmethod
    def sentence(self) -> str:
        """What is wanted, in Vietnamese, as the record and the page say it: "Đổi khung giờ ... từ ngày ..."."""

    @abstractmethod
    def apply(self, *, actor: User, now: datetime) -> Applied:
        """Do it by the ordinary action, inside the caller's transaction; the same struct always does the same.

        Raises as that action.
        """

    def foresee(self, *, actor: User, now: datetime) -> tuple[UUID, ...]:
        """In rehearsals only, after `apply`: the step of the second person or of a later day, for what waits for it.
        Gives the schedules that will then wait for an approver."""
        return ()

    def begins(self, now: datetime) -> date | None:
        """The first of the days whose air times are compared; None: they are those from now on."""
        return None

    def paths(self) -> tuple[str, ...]:
        """The places whose loudspeakers it can touch."""
        return (self.area,)

    def waiting_before(self) -> tuple[UUID, ...]:
        """Schedules it changes that nobody has approved yet: they count as approved, before and after."""
        return ()

    def wished(self, *, actor: User, now: datetime) -> Sequence[Wished]:
        """What was wanted, for the page when the rules refuse it."""
        return ()

    def no_way_back(self) -> str:
        """Why nobody can take it back within ten minutes, for the page before it is confirmed; "" if one can."""
        return ""

    @abstractmethod
    def rows(self) -> Sequence["QuerySet[Any]"]:
        """Every row that it may write, asked before and after, so that undoing puts them back. No record, no plans."""

    def require(self, *, actor: User, now: datetime) -> None:
        """Who changed it must still be allowed to when it is taken back. Raises NotFound, Denied."""
        require(actor, self.capability, self.area, now)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """Put the rows back and do what follows from it (plans, placements). Raises Refusal where there is no way back.

        `before` and `after` are what `rows` was, as far as it differs.
        """
        images.put_back(before, after)
        return Applied("Đã hoàn tác, lịch trở lại như trước.")
