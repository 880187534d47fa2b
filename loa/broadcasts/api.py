"""Operations on the air for programs: what sounds when, and changes by the same three steps as on the pages: preview,
keep, undo."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status

from loa.areas.queries import within
from loa.broadcasts.access import sending_for
from loa.broadcasts.changes import keeping, registry
from loa.broadcasts.changes.change import Change
from loa.broadcasts.changes.dryrun import dry_run
from loa.broadcasts.models import KeptChange, Sending
from loa.broadcasts.queries import sendings
from loa.broadcasts.rules.differences import Line
from loa.bulletins import queries as bulletins
from loa.kernel import clock
from loa.kernel.errors import NotFound
from loa.people import access
from loa.people.models import User

router = Router(tags=["lich-phat"])
MOST_LISTED = 100


class LineOut(Schema):
    """The same change of one item on `days`; see `rules.differences.Line`."""

    title: str
    was: str
    becomes: str
    why: str
    days: list[date]
    groups: list[str]
    devices: int
    refused: bool


class ProblemOut(Schema):
    """Why it is refused."""

    code: str
    detail: str


class PreviewOut(Schema):
    """`token` keeps it within an hour; "" with `refusal`. `waits_for`: "" | "approver" | "second_person" |
    "approver_after" (done at once, and what was approved waits to be approved again). `since`: the first of the days
    that are compared, if that is not today. `each`: what becomes of each loudspeaker. `final`: why nobody can take it
    back, "" if one can."""

    sentence: str
    lines: list[LineOut]
    airings: int
    devices: int
    waits_for: str
    token: str
    since: date | None = None
    each: list[tuple[str, str]] = []
    final: str = ""
    refusal: ProblemOut | None = None


class KeptOut(Schema):
    """A change that was kept; it can be undone until `undo_until` by who kept it."""

    id: UUID
    area: str
    by: str
    kept_at: datetime
    undone_at: datetime | None
    undo_until: datetime
    sentence: str
    lines: list[str]
    told: str = ""


class UndoOut(Schema):
    """What undoing does, or did."""

    lines: list[LineOut]
    waits_for: str
    told: str


class PreviewIn(Schema):
    """One of the kinds of changes, by its field `kind`."""

    change: dict[str, Any]


class KeepIn(PreviewIn):
    """The same change, and the token of its preview."""

    token: str


class SoundOut(Schema):
    """One airing; with `why` it does not sound."""

    title: str
    start: datetime
    end: datetime
    why: str


class GroupOut(Schema):
    """Loudspeakers that stand alike."""

    area: str
    group: str
    devices: list[str]
    sounds: list[SoundOut]


class DayOut(Schema):
    """One day of a place."""

    area: str
    day: date
    groups: list[GroupOut]


class SendingOut(Schema):
    """A bulletin on its way down; `communes` it came to, `states` how many communes in each."""

    id: UUID
    bulletin: UUID
    title: str
    priority: str
    state: str
    first_day: date
    last_day: date
    states: dict[str, int]


class AnswerOut(Schema):
    """How it stands in one commune; see docs/how-to/from-above.md. `proved` of `meant` loudspeakers."""

    area: str
    name: str
    state: str
    starts: datetime | None
    proved: int
    meant: int
    code: str
    reason: str


class SentOut(SendingOut):
    """The same with every commune."""

    answers: list[AnswerOut]


def lines_of(lines: tuple[Line, ...]) -> list[LineOut]:
    """As programs read them."""
    return [
        LineOut(
            title=line.title, was=line.was, becomes=line.becomes, why=line.why, days=list(line.days),
            groups=sorted({one.name for one in line.where}), devices=line.devices, refused=line.refused,
        )
        for line in lines
    ]  # fmt: skip


def preview_of(shown: keeping.Preview) -> PreviewOut:
    """As programs read it."""
    error = shown.refusal
    refusal = None if error is None else ProblemOut(code=error.code, detail=error.message)
    return PreviewOut(
        sentence=shown.change.sentence(), lines=lines_of(shown.lines), airings=shown.difference.airings,
        devices=shown.difference.devices, waits_for=shown.waits_for, token=shown.token, refusal=refusal,
        since=shown.since, each=list(shown.each), final=shown.change.no_way_back(),
    )  # fmt: skip


def kept_of(row: KeptChange) -> KeptOut:
    """As programs read it."""
    return KeptOut(
        id=row.pk, area=row.area, by=row.actor.full_name, kept_at=row.kept_at, undone_at=row.undone_at,
        undo_until=row.kept_at + keeping.UNDO, sentence=row.sentence, lines=row.lines, told=row.told,
    )  # fmt: skip


def _change(body: PreviewIn) -> Change:
    return registry.decode(msgspec.json.encode(body.change))


@router.get("/air-times", response=DayOut, summary="Giờ phát thực tế của một ngày")
def air_times(request: HttpRequest, area: str, day: date) -> DayOut:
    """What would sound in the area (path) on this day, group by group, by today's schedules and rules."""
    now, user = clock.now(), access.signed_in(request)
    found = dry_run(access.area_for(user, area, now), day, now)
    groups = [
        GroupOut(
            area=one.listeners.area, group=one.listeners.name, devices=list(one.listeners.devices),
            sounds=[SoundOut(title=row.title, start=row.start, end=row.end, why=row.why) for row in one.sounds],
        )
        for one in found.groups
    ]  # fmt: skip
    return DayOut(area=found.area.path, day=day, groups=groups)


@router.get("/changes", response=list[KeptOut], summary="Những thay đổi đã giữ")
def changes(request: HttpRequest, area: str) -> list[KeptOut]:
    """The newest kept changes of the area (path) and below."""
    now, user = clock.now(), access.signed_in(request)
    place = access.area_for(user, area, now)
    rows = KeptChange.objects.filter(within(place.path, "area")).select_related("actor")
    return [kept_of(row) for row in rows[:MOST_LISTED]]


@router.post("/changes/preview", response=PreviewOut, summary="Xem trước một thay đổi")
def preview(request: HttpRequest, body: PreviewIn) -> PreviewOut:
    """What the change would do to the real air times of the next 14 days. Nothing is kept."""
    shown = keeping.preview(actor=access.signed_in(request), change=_change(body), now=clock.now())
    return preview_of(shown)


@router.post("/changes", response={201: KeptOut}, summary="Giữ một thay đổi đã xem trước")
def keep(request: HttpRequest, body: KeepIn) -> Status[KeptOut]:
    """Do what the preview showed. 409 `diff_changed` carries the new preview if it would do something else by now."""
    user, change = access.signed_in(request), _change(body)
    change.require(actor=user, now=clock.now())
    row = keeping.keep(actor=user, change=change, token=body.token, now=clock.now())
    return Status(201, kept_of(row))


@router.get("/changes/{uuid:kept}/undo", response=UndoOut, summary="Xem trước khi hoàn tác")
def preview_undo(request: HttpRequest, kept: UUID) -> UndoOut:
    """What undoing would do. Nothing is done."""
    user = access.signed_in(request)
    _require_in_reach(user, kept)
    return _undo_of(keeping.preview_undo(actor=user, kept_id=kept, now=clock.now()))


@router.post("/changes/{uuid:kept}/undo", response=UndoOut, summary="Hoàn tác trong 10 phút")
def undo(request: HttpRequest, kept: UUID) -> UndoOut:
    """Put back what was before, unless somebody has changed it since."""
    user = access.signed_in(request)
    _require_in_reach(user, kept)
    return _undo_of(keeping.undo(actor=user, kept_id=kept, now=clock.now()))


def _require_in_reach(user: User, kept: UUID) -> None:
    """A token of a narrower place than the change was made in sees nothing of it."""
    row = KeptChange.objects.filter(pk=kept, actor=user).first()
    if row is None:
        raise NotFound
    access.require(user, "view", row.area, clock.now())


def _undo_of(undoing: keeping.Undoing) -> UndoOut:
    return UndoOut(lines=lines_of(undoing.difference.lines), waits_for=undoing.waits_for, told=undoing.told)


@router.get("/sendings", response=list[SendingOut], summary="Những tin đã phát xuống các xã")
def sent_down(request: HttpRequest, area: str) -> list[SendingOut]:
    """What the area (path of a province or the centre) has sent to communes, the newest first."""
    now, user = clock.now(), access.signed_in(request)
    rows = list(sendings.sent(access.area_for(user, area, now))[:MOST_LISTED])
    stand = sendings.rows(sendings.deliveries().filter(sending__in=rows), now)
    return [_sending_of(row, [one for one in stand if one.delivery.sending_id == row.pk]) for row in rows]


@router.get("/sendings/{uuid:sending}", response=SentOut, summary="Một tin phát xuống: tình hình từng xã")
def sent_to(request: HttpRequest, sending: UUID) -> SentOut:
    """Every commune with its state: accepted, scheduled, on_air, played, unheard, refused, expired, withdrawn."""
    now = clock.now()
    row = sending_for(access.signed_in(request), sending, now)
    found = sendings.table(row, now)
    answers = [
        AnswerOut(
            area=one.delivery.area.path, name=one.delivery.area.full_name, state=one.state.value, starts=one.starts,
            proved=one.proved, meant=one.meant, code=one.delivery.code, reason=one.delivery.reason,
        )
        for one in found
    ]  # fmt: skip
    return SentOut(**_sending_of(row, found).dict(), answers=answers)


def _sending_of(row: Sending, found: Iterable[sendings.Row]) -> SendingOut:
    version = row.version or bulletins.newest(row.bulletin)
    counts = sendings.counts(found)
    return SendingOut(
        id=row.pk, bulletin=row.bulletin_id, title=version.title, priority=version.priority, state=row.state,
        first_day=row.first_day, last_day=row.last_day, states={one.value: number for one, number in counts.items()},
    )  # fmt: skip
