"""Brings the notifications up to date with what needs a person now. It may be run again at any time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection, transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.broadcasts.queries.weeks import holidays_of
from loa.devices import announce
from loa.kernel.clock import local
from loa.notifications.actions.ending import forget_ends, schedule_ends
from loa.notifications.actions.looking import Read, look
from loa.notifications.actions.writing import schedule_letters, write_letters
from loa.notifications.models import Notification, Told
from loa.notifications.queries import held_over
from loa.notifications.rules import Need, Urgency, steps
from loa.notifications.rules.steps import TAKEN_HOLDS, Held, Reached, Standing

_LOCK = "loa.notifications"
EVENT = "notification.changed"


@dataclass(frozen=True, slots=True)
class Ground:
    """What every need is judged by: the roles that hold, the public holidays, now."""

    now: datetime
    held: Sequence[Held]
    free: frozenset[date]


@dataclass(slots=True)
class Changes:
    """What was done: how many opened, went a step on, closed; `places` whose pages have to hear of it."""

    opened: int = 0
    stepped: int = 0
    closed: int = 0
    letters: int = 0
    places: set[str] = field(default_factory=set)


@transaction.atomic
def reconcile(*, now: datetime) -> Changes:
    """New needs open, those that are there are brought up to date, those that are gone close; then letters are written.

    One at a time: who comes while another works does nothing, for that one sees the same.
    """
    done = Changes()
    if not _alone():
        return done
    read = look(now)
    _bring_up(read, now, done)
    forget_ends(now=now)
    done.letters = write_letters(now=now)
    for place in sorted(done.places):
        announce.event(EVENT, place, {})
    return done


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [_LOCK])
        row = cursor.fetchone()
    return bool(row and row[0])


def _bring_up(read: Read, now: datetime, done: Changes) -> None:
    there = Notification.objects.filter(closed_at=None, kind__in=read.kinds).select_for_update()
    open_rows = {(row.kind, row.key): row for row in there}
    needs = {(need.kind, need.key[:160]): need for need in read.needs}
    areas = Area.objects.in_bulk({need.area for need in read.needs}, field_name="path")
    told = _told_of(open_rows.values())
    ground = _ground(read.needs, now)
    for name, need in needs.items():
        row = open_rows.pop(name, None) or _open(need, areas, ground, done)
        if row is not None:
            _update(row, need, told.get(row.pk, {}), ground, done)
    for row in open_rows.values():
        _close(row, told.get(row.pk, {}), now, done)


def _ground(needs: Iterable[Need], now: datetime) -> Ground:
    paths = {place for need in needs for place in need.where}
    year = local(now).year
    return Ground(now, held_over(paths, now), frozenset(holidays_of((year, year + 1))))


def _told_of(rows: Iterable[Notification]) -> dict[object, dict[int, Told]]:
    found: dict[object, dict[int, Told]] = defaultdict(dict)
    for row in Told.objects.filter(notification__in=list(rows)):
        found[row.notification_id][row.user_id] = row
    return found


def _open(need: Need, areas: Mapping[str, Area], ground: Ground, done: Changes) -> Notification | None:
    area = areas.get(need.area)
    if area is None:
        return None
    done.opened += 1
    return Notification(
        kind=need.kind, key=need.key[:160], area=area, since=need.since, opened_at=ground.now,
        step=steps.first(need, ground.held), stepped_at=ground.now,
    )  # fmt: skip


def _update(row: Notification, need: Need, told: dict[int, Told], ground: Ground, done: Changes) -> None:
    risen = row.urgency not in ("", Urgency.URGENT) and need.presses is Urgency.URGENT
    before = (row.urgency, row.title, row.more, row.rows, row.step)
    row.urgency, row.title, row.more, row.rows = need.presses, need.title[:300], need.more[:600], need.rows
    _step_on(row, need, told, ground, done)
    if row._state.adding:
        row.save(force_insert=True)
    elif before != (row.urgency, row.title, row.more, row.rows, row.step):
        row.save(update_fields=["urgency", "title", "more", "rows", "step", "stepped_at"])
    new = _tell(row, need, told, ground, done)
    schedule_letters(row, new if not risen else [one for one in told.values() if one.left_at is None], now=ground.now)


def _step_on(row: Notification, need: Need, told: Mapping[int, Told], ground: Ground, done: Changes) -> None:
    if row._state.adding:
        return
    step = steps.following(need, ground.held, _standing(row, told.values(), ground.now), ground.now, ground.free)
    if step == row.step:
        return
    row.step, row.stepped_at = step, ground.now
    done.stepped += 1
    record(
        actor=None, verb="notification.passed_on", object=("notification", row.pk), area=need.area,
        facts={"title": need.title, "step": step}, now=ground.now,
    )  # fmt: skip


def _standing(row: Notification, told: Iterable[Told], now: datetime) -> Standing:
    here = [one for one in told if one.left_at is None]
    seen: dict[str, datetime] = {}
    for one in here:
        if one.seen_at is not None:
            seen[one.place] = min(seen.get(one.place, one.seen_at), one.seen_at)
    taken = tuple(one.place for one in here if one.taken_at is not None and now - one.taken_at < TAKEN_HOLDS)
    return Standing(row.step, row.stepped_at, seen, taken)


def _tell(row: Notification, need: Need, told: dict[int, Told], ground: Ground, done: Changes) -> list[Told]:
    """Everybody whom it reaches is told; whom it does not reach any more is let go. Returns who is told anew."""
    wanted = steps.reached(need, row.step, ground.held)
    new = []
    for user, reached in wanted.items():
        known = told.get(user)
        if known is None or known.left_at is not None:
            new.append(_begin(row, need, user, reached, known, ground.now))
            told[user] = new[-1]
            done.places.add(new[-1].place)
        else:
            _refresh(known, need, reached, done)
    gone = [one for user, one in told.items() if user not in wanted and one.left_at is None]
    _leave(row, gone, ground.now, done)
    return new


def _begin(row: Notification, need: Need, user: int, reached: Reached, known: Told | None, now: datetime) -> Told:
    one = known or Told(notification=row, user_id=user)
    one.step, one.told_at = reached.step, now
    one.seen_at = one.taken_at = one.letter_at = one.letter = one.left_at = one.over_at = one.over_letter = None
    one.most = 0
    _describe(one, need, reached)
    one.save()
    return one


def _describe(one: Told, need: Need, reached: Reached) -> None:
    view = need.view(reached.scope)
    one.place, one.title, one.rows, one.link = view.place, view.title[:300], view.rows, view.link[:300]
    one.more = view.more[:600]
    if one.rows >= one.most:
        one.most, one.most_title = one.rows, one.title


def _refresh(one: Told, need: Need, reached: Reached, done: Changes) -> None:
    before = _said(one)
    _describe(one, need, reached)
    if before != _said(one):
        one.save(update_fields=["place", "title", "more", "rows", "most", "most_title", "link"])
        done.places.add(one.place)


def _said(one: Told) -> tuple[object, ...]:
    return one.place, one.title, one.more, one.rows, one.most_title, one.link


def _close(row: Notification, told: Mapping[int, Told], now: datetime, done: Changes) -> None:
    row.closed_at = now
    row.save(update_fields=["closed_at"])
    _leave(row, [one for one in told.values() if one.left_at is None], now, done)
    done.closed += 1


def _leave(row: Notification, gone: Collection[Told], now: datetime, done: Changes) -> None:
    """What is over is not written about any more, but for that it is over."""
    for one in gone:
        one.left_at, one.letter_at = now, None
    Told.objects.bulk_update(gone, ["left_at", "letter_at"])
    schedule_ends(row, gone, now=now)
    done.places |= {one.place for one in gone}
