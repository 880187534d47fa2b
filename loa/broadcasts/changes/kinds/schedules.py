"""Changes of what stands on the calendar: new air times, other ones, one moved, one taken out, all of it ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from loa.areas.models import Area
from loa.broadcasts import access, actions
from loa.broadcasts.actions.drafting import copy_of, tell
from loa.broadcasts.actions.planning import plan_sets_of, replan
from loa.broadcasts.changes import images
from loa.broadcasts.changes.change import APPROVER, NOBODY, Applied, Change, Wished
from loa.broadcasts.changes.images import Image
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import moves, sources
from loa.broadcasts.rules import plans, targets, times, words
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import Shift, When
from loa.bulletins import queries as bulletins
from loa.kernel.clock import from_ms, local, to_ms
from loa.kernel.errors import NotFound, Refusal
from loa.people.models import User

_LABEL = Schedule._meta.label


class _Schedule(Change, frozen=True, kw_only=True):
    """Something about one schedule, and about those that ask to replace it."""

    schedule: UUID

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (Schedule.objects.filter(Q(pk=self.schedule) | Q(replaces=self.schedule)).order_by("pk"),)

    def waiting_before(self) -> tuple[UUID, ...]:
        known = Schedule.objects.filter(pk=self.schedule).exclude(state__in=[State.APPROVED, State.ENDED])
        return tuple(known.values_list("pk", flat=True))

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """What was made is ended rather than deleted: the record speaks of it."""
        made = after.get(_LABEL, {}).keys() - before.get(_LABEL, {}).keys()
        kept = {pk: row for pk, row in after.get(_LABEL, {}).items() if pk not in made}
        images.put_back(before, {_LABEL: kept})
        Schedule.objects.filter(pk__in=made).update(state=State.ENDED, ended_at=now)
        touched = Schedule.objects.filter(pk=self.schedule, state=State.APPROVED).select_related("area")
        replan(plan_sets_of(touched), now=now)
        return Applied("Đã hoàn tác, lịch trở lại như trước.", waiting=self.waiting_before(), waits_for=_asked(self))

    def _known(self, actor: User, now: datetime) -> Schedule:
        """NotFound also for a schedule of another place than the change says: its difference would be another one."""
        row = access.schedule_for(actor, self.schedule, now)
        if row.area.path != self.area:
            raise NotFound
        return row

    def _title(self) -> str:
        row = Schedule.objects.filter(pk=self.schedule).select_related("bulletin", "version").first()
        return "" if row is None else (row.version or bulletins.newest(row.bulletin)).title


def _asked(change: _Schedule) -> str:
    return APPROVER if change.waiting_before() else NOBODY


def _applied(made: Schedule, done: str, asked: str) -> Applied:
    if made.state == State.APPROVED:
        return Applied(done)
    if made.state == State.SUBMITTED:
        return Applied(f"{asked} Lãnh đạo chưa duyệt thì vẫn phát như cũ.", (made.pk,), APPROVER)
    return Applied(done, (made.pk,), APPROVER)


class NewSchedule(Change, frozen=True, kw_only=True, tag="schedule.new"):
    """Put a bulletin on the calendar as a draft."""

    schedule: UUID
    bulletin: UUID
    when: When
    where: Target = Target()
    programme: UUID | None = None
    offline_for: int = plans.USUAL_HOURS
    position: int = 0
    filling: bool = False

    def sentence(self) -> str:
        return f"Xếp lịch phát mới lúc {', '.join(self.when.times) or 'buổi đã chọn'}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = Area.objects.filter(path=self.area).first()
        if area is None:
            raise NotFound
        made = actions.propose(
            actor=actor, schedule_id=self.schedule, bulletin_id=self.bulletin, when=self.when,
            target=self.where, now=now, area=area, programme_id=self.programme, position=self.position,
            filling=self.filling, offline_for=self.offline_for,
        )  # fmt: skip
        return _applied(made, "Đã xếp vào lịch. Lãnh đạo duyệt thì mới phát.", "")

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (Schedule.objects.filter(pk=self.schedule),)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        Schedule.objects.filter(pk=self.schedule).update(state=State.ENDED, ended_at=now)
        return Applied("Đã bỏ lịch phát vừa xếp.")


class ChangeSchedule(_Schedule, frozen=True, kw_only=True, tag="schedule.change"):
    """Other times, other places, another `offline_for` (hours; None: as it is)."""

    when: When
    where: Target = Target()
    offline_for: int | None = None

    def sentence(self) -> str:
        if self.offline_for is not None:
            return f"Đổi “{self._title()}”: loa mất liên lạc {words.away(self.offline_for)} thì thôi không phát"
        return f"Đổi lịch phát “{self._title()}” thành {', '.join(self.when.times)}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        self._known(actor, now)
        made = actions.change(
            actor=actor, schedule_id=self.schedule, when=self.when, target=self.where, now=now,
            offline_for=self.offline_for,
        )  # fmt: skip
        if self.offline_for is not None:
            away = f"loa mất liên lạc {words.away(self.offline_for)} thì thôi không phát."
            return _applied(made, f"Đã đổi: {away}", f"Đã xin đổi: {away}")
        return _applied(made, "Đã đổi lịch phát.", "Đã xin đổi lịch phát.")

    def wished(self, *, actor: User, now: datetime) -> Sequence[Wished]:
        row = self._known(actor, now)
        before, after = sources.rule_of(row), times.rule_of(self.when)
        shifts = times.difference(before.starts(now, before.end(now)), after.starts(now, after.end(now)))
        return [Wished(self._title(), shift, moves.length_of(row, now)) for shift in shifts]


class MoveAiring(_Schedule, frozen=True, kw_only=True, tag="airing.move"):
    """One airing (`start`, Unix ms) at another instant `to`; `moved` is the id of what asks for it."""

    start: int
    to: int
    moved: UUID

    def sentence(self) -> str:
        return f"Dời “{self._title()}” từ {_moment(self.start)} sang {_moment(self.to)}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        self._known(actor, now)
        made = actions.move_airing(
            actor=actor, schedule_id=self.schedule, start=from_ms(self.start), to=from_ms(self.to),
            moved_id=self.moved, now=now,
        )  # fmt: skip
        return _applied(made, "Đã đổi giờ.", "Đã xin đổi giờ.")

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (Schedule.objects.filter(pk__in=[self.schedule, self.moved]).order_by("pk"),)

    def wished(self, *, actor: User, now: datetime) -> Sequence[Wished]:
        length = moves.length_of(self._known(actor, now), now)
        return [Wished(self._title(), Shift(from_ms(self.start), from_ms(self.to)), length)]


class DropAiring(_Schedule, frozen=True, kw_only=True, tag="airing.drop"):
    """One airing (`start`, Unix ms) does not sound; this needs nobody's leave."""

    start: int

    def sentence(self) -> str:
        return f"Bỏ lần phát “{self._title()}” lúc {_moment(self.start)}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        self._known(actor, now)
        actions.remove_airing(actor=actor, schedule_id=self.schedule, start=from_ms(self.start), now=now)
        return Applied(f"Đã bỏ lần phát {words.moment(from_ms(self.start), now)}. Các lần khác vẫn phát.")


class EndSchedule(_Schedule, frozen=True, kw_only=True, tag="schedule.end"):
    """All that is left of it comes off the calendar."""

    reason: str = ""

    def sentence(self) -> str:
        return f"Bỏ cả lịch phát “{self._title()}”"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        self._known(actor, now)
        still = actions.end(actor=actor, schedule_id=self.schedule, reason=self.reason or "Bỏ lịch", now=now)
        left = f" {len(still)} cụm loa chưa xác nhận, còn có thể phát." if still else ""
        return Applied(f"Đã bỏ cả lịch phát này.{left}")

    def require(self, *, actor: User, now: datetime) -> None:
        access.schedule_for(actor, self.schedule, now, access.WRITE)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """An approval that was revoked stays so, for the signer too: what was approved is asked for once more."""
        if before[_LABEL][str(self.schedule)].get("state") != State.APPROVED:
            return super().take_back(before, after, actor=actor, now=now)
        ended = access.schedule_for(actor, self.schedule, now, access.WRITE, lock=True)
        if ended.bulletin.state != State.APPROVED:
            message = "Bản tin này không còn được duyệt nên lịch phát không khôi phục được. Hãy gửi duyệt lại bản tin."
            raise Refusal(message, code="changed_since")
        asked = copy_of(ended, actor, now)
        asked.version, asked.state, asked.submitted_at = ended.version, State.SUBMITTED, now
        asked.save(force_insert=True)
        tell([asked])
        told = "Đã gửi duyệt lại lịch vừa bỏ. Lần duyệt cũ đã hủy nên lãnh đạo duyệt lại thì mới phát."
        return Applied(told, (asked.pk,), APPROVER)


def moved(schedule: Schedule, start: datetime, to: datetime, moved_id: UUID) -> MoveAiring:
    """One airing of it elsewhere."""
    return MoveAiring(area=schedule.area.path, schedule=schedule.pk, start=to_ms(start), to=to_ms(to), moved=moved_id)


def changed(schedule: Schedule, *, when: When | None = None, target: Target | None = None) -> ChangeSchedule:
    """Other times or places; the rest stays."""
    return ChangeSchedule(
        area=schedule.area.path,
        schedule=schedule.pk,
        when=when or moves.when_of(schedule),
        where=target or targets.from_json(schedule.target),
    )


def _moment(instant: int) -> str:
    return f"{local(from_ms(instant)):%H:%M %d/%m/%Y}"
