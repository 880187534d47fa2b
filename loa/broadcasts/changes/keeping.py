"""Diff and confirm: show what a change does to the real air times, keep exactly what was shown, take it back.

    shown = preview(actor=user, change=change, now=now)      # nothing is kept
    kept = keep(actor=user, change=change, token=shown.token, now=now)
    undo(actor=user, kept_id=kept.pk, now=now)               # within ten minutes

One change that touches a place excludes every other there, above and below it until it is kept.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction

from loa.areas.rules import lineage
from loa.audit.actions import record
from loa.broadcasts.changes import ground, images, registry, token
from loa.broadcasts.changes.change import NOBODY, Applied, Change, Wished
from loa.broadcasts.changes.ground import Allowed, Window, World
from loa.broadcasts.models import KeptChange
from loa.broadcasts.rules import differences
from loa.broadcasts.rules.differences import Difference, Line
from loa.broadcasts.rules.projection import AirTime, Row
from loa.broadcasts.rules.times import midnight
from loa.kernel import collecting
from loa.kernel.clock import to_ms
from loa.kernel.errors import Invalid, LoaError, NotFound, Refusal
from loa.kernel.rehearsal import rehearsal
from loa.people.models import User

UNDO = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do. `token` keeps it, "" if it is refused; `refusal` is the error that says why.

    `wished` are the lines that were wanted when the rules refuse them. `waits_for`: whose yes would still be lacking
    (`change.APPROVER`, `SECOND_PERSON`, `APPROVER_AFTER`). `each`: see `change.Applied`; `since`: see `Change.begins`.
    """

    change: Change
    difference: Difference
    token: str = ""
    refusal: LoaError | None = None
    wished: tuple[Line, ...] = ()
    waits_for: str = NOBODY
    told: str = ""
    each: tuple[tuple[str, str], ...] = ()
    since: date | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """What to show: what happens, or what was wanted."""
        return self.difference.lines or self.wished


NO_DIFFERENCE = differences.difference(())


def preview(*, actor: User, change: Change, now: datetime) -> Preview:
    """Apply it in a rehearsal, compare the air times of the next 14 days, take everything back.

    What the rules refuse is in the preview. Raises NotFound and Denied for who may not ask, Invalid for what is no
    change at all.
    """
    try:
        with rehearsal():
            done, found = _done(change, actor, now, seen=now)
    except Refusal as refusal:
        return _refused(change, actor, refusal, now)
    made = token.make(change=registry.shown(change), before=found.before, after=found.after, actor=actor.pk, now=now)
    return Preview(
        change, found, made, waits_for=done.waits_for, told=done.told, each=done.each, since=change.begins(now)
    )


def _done(change: Change, actor: User, now: datetime, *, seen: datetime) -> tuple[Applied, Difference]:
    """Apply it and tell the difference; inside the caller's transaction. Its `before` covers the rows themselves too,
    so that of two who change the same thing the second learns of the first."""
    with collecting.paused():
        return _compared(change, actor, now, _window(change, now, seen))


def _window(change: Change, now: datetime, seen: datetime) -> Window:
    """The days that are compared: from now on, or from the later day on which the change comes true."""
    day = change.begins(now)
    return Window.of(now, seen) if day is None or midnight(day) <= now else Window.of(midnight(day), midnight(day))


def _compared(change: Change, actor: User, now: datetime, window: Window) -> tuple[Applied, Difference]:
    rows = images.digest(images.take(change.rows()))
    world = ground.read(change.paths(), window, now, change.waiting_before())
    done, found = (_by_rules if change.only_rules else _by_anything)(change, world, window, actor, now)
    each = images.digest({"each": {name: {"is": words} for name, words in done.each}}) if done.each else ""
    return done, replace(found, before=f"{found.before}{rows}", after=f"{found.after}{each}")


def _by_anything(
    change: Change, world: World, window: Window, actor: User, now: datetime
) -> tuple[Applied, Difference]:
    before = ground.state_of(world, window, now)
    done = change.apply(actor=actor, now=now)
    with rehearsal():
        foreseen = change.foresee(actor=actor, now=now)
        world = ground.read(change.paths(), window, now, {*change.waiting_before(), *done.waiting, *foreseen})
        after = ground.state_of(world, window, now)
    return done, ground.differ(before, after, window)


def _by_rules(change: Change, world: World, window: Window, actor: User, now: datetime) -> tuple[Applied, Difference]:
    """Where no numbers hold, before and after, all loudspeakers are told the same: only the hours differ."""
    was = Allowed.of(world.standings, window)
    done = change.apply(actor=actor, now=now)
    with rehearsal():
        change.foresee(actor=actor, now=now)
        becomes = Allowed.of(world.standings, window)
        if not was.bound(world.standings) and not becomes.bound(world.standings):
            return done, ground.difference_of_hours(world, was, becomes, window, now)
        before, after = (ground.state_of(world, window, now, hours) for hours in (was, becomes))
        return done, ground.differ(before, after, window)


def _refused(change: Change, actor: User, refusal: LoaError, now: datetime) -> Preview:
    lines = differences.wished([_wish(one) for one in change.wished(actor=actor, now=now)])
    return Preview(change, NO_DIFFERENCE, refusal=refusal, wished=lines)


def _wish(wished: Wished) -> Row:
    was, becomes = (
        AirTime("", "", wished.title, to_ms(at), to_ms(at + wished.length)) if at is not None else None
        for at in (wished.shift.was, wished.shift.becomes)
    )
    return Row(was, becomes)


@transaction.atomic
def keep(*, actor: User, change: Change, token: str, now: datetime) -> KeptChange:
    """Do what this preview showed, or nothing.

    Raises Refusal `token_invalid`, `token_expired`, `already_kept` (facts: `kept`), `diff_changed` (the air times would
    become others than those that were shown; facts: `preview`, the new one), and what the action raises.
    """
    encoded = registry.encode(change)
    seen = _seen(token, registry.shown(change), actor, now)
    hold(change.paths())
    _require_fresh(seen.mac)
    before, final = images.take(change.rows()), change.no_way_back()
    done, found = _done_again(change, actor, now, seen)
    left = images.take(change.rows())
    was, becomes = images.changed(before, left)
    kept = KeptChange(
        area=change.area, actor=actor, kept_at=now, token=seen.mac, change=msgspec.json.decode(encoded),
        sentence=change.sentence()[:300], lines=[str(line) for line in found.lines[:MOST_LINES_KEPT]],
        before=was, after=becomes, left=images.digest(left),
    )  # fmt: skip
    try:
        with transaction.atomic():
            kept.save(force_insert=True)
    except IntegrityError as error:
        raise _again(seen.mac) from error
    facts = {"what": kept.sentence, "lines": kept.lines, "kind": kept.change["kind"]}
    record(actor=actor, verb="change.kept", object=("change", kept.pk), area=change.area, facts=facts, now=now)
    kept.told, kept.final = done.told, final
    return kept


MOST_LINES_KEPT = 50


def _seen(text: str, shown: bytes, actor: User, now: datetime) -> token.Seen:
    return token.read(text, change=shown, actor=actor.pk, now=now)


def _done_again(change: Change, actor: User, now: datetime, seen: token.Seen) -> tuple[Applied, Difference]:
    """For good this time; Refusal `diff_changed` unless it makes the very difference that was shown."""
    try:
        with transaction.atomic():
            done, found = _done(change, actor, now, seen=seen.issued)
            if (found.before, found.after) != (seen.before, seen.after):
                raise _Otherwise
    except _Otherwise:
        raise _changed(preview(actor=actor, change=change, now=now)) from None
    except (Refusal, Invalid) as error:
        raise _changed(_refused(change, actor, error, now)) from error
    return done, found


class _Otherwise(Exception):
    """It would make another difference."""


def _changed(shown: Preview) -> Refusal:
    message = "Lịch đã đổi từ lúc anh/chị xem, nên giờ phát sẽ khác điều đã xem. Chưa có gì được giữ. Hãy xem lại."
    if shown.refusal is not None:
        message = f"{shown.refusal.message} Chưa có gì được giữ."
    return Refusal(message, code="diff_changed", facts={"preview": shown})


def _require_fresh(mac: str) -> None:
    if KeptChange.objects.filter(token=mac).exists():
        raise _again(mac)


def _again(mac: str) -> Refusal:
    known = KeptChange.objects.filter(token=mac).values_list("pk", flat=True).first()
    message = "Thay đổi này đã được giữ rồi. Muốn làm lại, hãy xem trước lần nữa."
    return Refusal(message, code="already_kept", facts={"kept": str(known)})


def hold(paths: Iterable[str]) -> None:
    """Until the end of the transaction nobody else keeps a change in these places, above or below them."""
    names = sorted(set(paths))
    shared = {above for path in names for above in lineage(path)[:-1]} - set(names)
    with connection.cursor() as cursor:
        for path in sorted({*shared, *names}):
            function = "pg_advisory_xact_lock" if path in names else "pg_advisory_xact_lock_shared"
            cursor.execute(f"select {function}(%s, %s)", [_LOCKS, _number(path)])


_LOCKS = 0x4C6F61  # the space of these advisory locks


def _number(path: str) -> int:
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:4], "big", signed=True)


@dataclass(frozen=True, slots=True)
class Undoing:
    """What taking a change back would do."""

    kept: KeptChange
    difference: Difference
    waits_for: str = NOBODY
    told: str = ""


def preview_undo(*, actor: User, kept_id: UUID, now: datetime) -> Undoing:
    """The difference that undoing would make; raises as `undo`."""
    with rehearsal():
        return _undo(actor, _own(actor, kept_id, now), now)


@transaction.atomic
def undo(*, actor: User, kept_id: UUID, now: datetime) -> Undoing:
    """Put back what was before, by the one who changed it, within ten minutes. NotFound, Denied (also when the right to
    change it is gone), Refusal `undo_over`, `undone_already`, `changed_since`.
    """
    undone = _undo(actor, _own(actor, kept_id, now), now)
    kept = undone.kept
    kept.undone_at = now
    kept.save(update_fields=["undone_at"])
    facts = {"what": kept.sentence, "lines": [str(line) for line in undone.difference.lines[:MOST_LINES_KEPT]]}
    record(actor=actor, verb="change.undone", object=("change", kept.pk), area=kept.area, facts=facts, now=now)
    return undone


def _own(actor: User, kept_id: UUID, now: datetime) -> KeptChange:
    kept = KeptChange.objects.select_for_update().filter(pk=kept_id, actor=actor).first()
    if kept is None:
        raise NotFound
    if kept.undone_at is not None:
        raise Refusal("Thay đổi này đã được hoàn tác rồi.", code="undone_already")
    if now - kept.kept_at > UNDO:
        message = "Đã quá 10 phút nên không hoàn tác được nữa. Hãy sửa lại như một thay đổi mới."
        raise Refusal(message, code="undo_over")
    return kept


def _undo(actor: User, kept: KeptChange, now: datetime) -> Undoing:
    change = registry.decode(msgspec.json.encode(kept.change))
    change.require(actor=actor, now=now)
    if why := change.no_way_back():
        raise Refusal(why, code="no_way_back")
    hold(change.paths())
    if images.digest(images.take(change.rows())) != kept.left:
        message = "Sau đó đã có người sửa tiếp chỗ này nên không hoàn tác được. Hãy sửa lại như một thay đổi mới."
        raise Refusal(message, code="changed_since")
    window = _window(change, now, now)
    before = ground.state_of(ground.read(change.paths(), window, now, change.waiting_before()), window, now)
    done = change.take_back(kept.before, kept.after, actor=actor, now=now)
    with rehearsal():
        world = ground.read(change.paths(), window, now, {*change.waiting_before(), *done.waiting})
        after = ground.state_of(world, window, now)
    return Undoing(kept, ground.differ(before, after, window), done.waits_for, done.told)
