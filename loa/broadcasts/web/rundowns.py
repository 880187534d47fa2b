"""Khung buổi phát: the parts of a session and what sounds in them, its season, single days that differ; ready weeks."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypedDict
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from loa.broadcasts import actions
from loa.broadcasts.access import WRITE, programme_for
from loa.broadcasts.changes.change import Change
from loa.broadcasts.changes.kinds import rundowns as kinds
from loa.broadcasts.changes.kinds import weeks
from loa.broadcasts.models import Programme, RundownItem, Schedule, State
from loa.broadcasts.queries import rooms, rundowns
from loa.broadcasts.queries.slots import slot_of
from loa.broadcasts.rules import reruns, seasons, words
from loa.broadcasts.rules.grids import grids
from loa.broadcasts.rules.rundowns import Kind, Over, Under
from loa.broadcasts.rules.times import midnight
from loa.broadcasts.web.changing import settle
from loa.broadcasts.web.compose.forms import Day, read_clock
from loa.bulletins.models import Bulletin, Version
from loa.bulletins.models import State as BulletinState
from loa.bulletins.queries import newest_of
from loa.kernel import clock
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, LoaError, NotFound
from loa.people import access as people
from loa.relays import queries as relays

METHODS = ["GET", "POST"]
EMPTY_ROWS = 2
DAYS = 3
MOST_OFFERED = 60
ODD = "Trình duyệt gửi lên không đúng. Hãy tải lại trang rồi làm lại."


@dataclass(frozen=True, slots=True)
class Typed:
    """One part as somebody filled it in, by the names of RundownItem."""

    pk: str
    position: int
    title: str
    minutes: str
    kind: str
    over_run: str
    under_run: str

    @classmethod
    def of(cls, row: dict[str, str], number: int) -> "Typed":
        """From a row of the form."""
        return cls(row["id"], number, row["title"], row["minutes"], row["kind"], row["over"], row["under"])


@dataclass(frozen=True, slots=True)
class Line:
    """One part as the page shows it: what sounds in it, and how that stands."""

    item: RundownItem
    title: str
    state: str
    kind: str


@login_required
@require_http_methods(METHODS)
def show(request: HttpRequest, programme: UUID) -> HttpResponse:
    """The rundown of a programme. Field `do`: items | fill | season | day | usual; what it does to the air times is
    shown before it is kept."""
    now, user = clock.now(), people.signed_in(request)
    row = programme_for(user, programme, now, WRITE if request.method == "POST" else "view")
    if request.method != "POST":
        return render(request, "broadcasts/rundown.html", _context(request, row, now))
    try:
        return settle(request, _asked(request.POST, row), back=reverse("broadcasts:rundown", args=[row.pk]))
    except NotFound:
        raise
    except LoaError as error:
        context = _context(request, row, now) | {"refused": error.message, "asked": request.POST}
        if request.POST.get("do") == "items":
            context |= _typed(request.POST, row)
        return render(request, "broadcasts/rundown.html", context, status=422)


class _Names(TypedDict):
    """Which programme a change is about."""

    area: str
    programme: UUID


def _asked(post: QueryDict, row: Programme) -> Change:
    """The change that the form of the page asks for. Raises Invalid."""
    what, names = post.get("do", ""), _Names(area=row.area.path, programme=row.pk)
    if what == "items":
        return kinds.SaveRundown(**names, parts=tuple(_parts(post)))
    if what == "fill":
        return _fill(post, names)
    if what == "season":
        first, last = (_month_day(post.get(name, "")) for name in ("season_from", "season_to"))
        return kinds.SetSeason(**names, first=first, last=last, lunar=bool(post.get("season_lunar")))
    if what == "day":
        return _other_day(post, names)
    if what == "usual":
        return kinds.UsualSession(**names, day=_day(post))
    raise Invalid(ODD, code="odd")


def _fill(post: QueryDict, names: _Names) -> Change:
    """What sounds is a bulletin ("b:<id>") or, in a relay, a source ("r:<id>")."""
    sort, _, name = post.get("sound", "").partition(":")
    try:
        found = UUID(name)
    except ValueError:
        raise Invalid("Hãy chọn một bản tin hoặc nguồn tiếp âm.", code="no_bulletin") from None
    item = _number(post.get("item", ""))
    return kinds.FillPart(
        **names, item=item, bulletin=found if sort == "b" else None, source=found if sort == "r" else None
    )


def _parts(post: QueryDict) -> list[kinds.RundownPart]:
    """Rows of the form in the order of their numbers; one without a title is gone."""
    kept = [row for row in _rows(post) if row["title"].strip()]
    try:
        kept.sort(key=lambda row: int(row["order"] or len(kept)))
        return [_part(row) for row in kept]
    except ValueError:
        raise Invalid("Thứ tự và số phút phải là số. Hãy xem lại các mục.", code="rundown") from None


def _rows(post: QueryDict) -> list[dict[str, str]]:
    names = ("id", "order", "kind", "title", "minutes", "over", "under")
    columns = [post.getlist(name) for name in names]
    if len({len(column) for column in columns}) != 1:
        raise Invalid(ODD, code="odd")
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _part(row: dict[str, str]) -> kinds.RundownPart:
    kind, over, under = row["kind"], row["over"], row["under"]
    if kind not in set(Kind) or over not in set(Over) or under not in set(Under):
        raise Invalid(ODD, code="odd")
    pk, minutes = (int(row["id"]) if row["id"] else None), int(row["minutes"])
    return kinds.RundownPart(row["title"].strip(), minutes, Kind(kind), Over(over), Under(under), pk)


def _typed(post: QueryDict, row: Programme) -> dict[str, object]:
    """The parts as they were filled in, so that a refusal loses nothing."""
    try:
        typed = _rows(post)
    except Invalid:
        return {}
    known = {str(one.item.pk): one for one in _lines(list(row.items.all()), row)}
    shown = [(Typed.of(one, number), known.get(one["id"])) for number, one in enumerate(typed, 1)]
    return {"typed": shown}


def _other_day(post: QueryDict, names: _Names) -> Change:
    how, day = post.get("how", ""), _day(post)
    if how not in ("drop", "move", "longer"):
        raise Invalid("Hãy chọn: bỏ buổi, đổi giờ hoặc đổi số phút.", code="session_change")
    try:
        starts = time.fromisoformat(read_clock(post.get("starts", ""))) if how == "move" else None
    except ValidationError as error:
        raise Invalid(str(error.messages[0]), code="session_change") from None
    minutes = _number(post.get("minutes", "")) if how == "longer" else None
    reason = post.get("reason", "")
    return kinds.ChangeSession(**names, day=day, dropped=how == "drop", starts=starts, minutes=minutes, reason=reason)


def _day(post: QueryDict) -> date:
    try:
        found = Day(required=True).clean(post.get("day", ""))
    except ValidationError as error:
        raise Invalid(str(error.messages[0]), code="session_change") from None
    assert isinstance(found, date)
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid("Hãy ghi một số.", code="number")
    return int(text)


def _month_day(text: str) -> str:
    """ "16/4" -> "04-16"; "" stays."""
    day, slash, month = text.strip().partition("/")
    if not text.strip():
        return ""
    if not slash or not day.strip().isdecimal() or not month.strip().isdecimal():
        raise Invalid("Hãy ghi ngày và tháng, ví dụ 16/4.", code="season")
    return seasons.stored((int(month), int(day)))


def _context(request: HttpRequest, row: Programme, now: datetime) -> dict[str, object]:
    items = list(row.items.select_related("bulletin"))
    laid = _laid(row, now)
    shown = seasons.read(row.season_from, row.season_to, lunar=row.season_lunar)
    lines = _lines(items, row)
    return {
        "programme": row,
        "area": row.area,
        "lines": lines,
        "fillable": [line for line in lines if line.item.kind != Kind.BULLETINS],
        "blank": range(len(items) + 1, len(items) + 1 + EMPTY_ROWS),
        "total": sum(item.minutes for item in items),
        "kinds": [(one.value, one.label) for one in Kind],
        "overs": [(one.value, one.label) for one in Over],
        "unders": [(one.value, one.label) for one in Under],
        "offered": _offered(row),
        "relays": relays.sources_of(row.area),
        "season": shown,
        "season_from": f"{shown.first[1]}/{shown.first[0]}" if shown else "",
        "season_to": f"{shown.last[1]}/{shown.last[0]}" if shown else "",
        "changes": row.changes.filter(day__gte=local(now).date()),
        "sessions": laid,
        "may": people.may(people.signed_in(request), WRITE, row.area, now),
    }


def _lines(items: list[RundownItem], row: Programme) -> list[Line]:
    titles = newest_of(item.bulletin_id for item in items if item.bulletin_id)
    states = dict(
        Schedule.objects.filter(programme=row, bulletin__in=[item.bulletin_id for item in items if item.bulletin_id])
        .exclude(state=State.ENDED).order_by("made_at").values_list("bulletin_id", "state")
    )  # fmt: skip
    return [_line(item, titles, states) for item in items]


def _line(item: RundownItem, titles: dict[UUID, Version], states: dict[UUID, str]) -> Line:
    if item.kind == Kind.BULLETINS:
        return Line(item, "Bản tin của buổi, ưu tiên phát trước", "", "")
    if item.bulletin_id is None:
        return Line(item, "", "Chưa có tiếng", "person")
    state = states.get(item.bulletin_id, "")
    word = State(state).label if state else "Chưa xếp giờ"
    known = titles.get(item.bulletin_id)
    return Line(item, known.title if known else "", word, "ok" if state == State.APPROVED else "person")


def _offered(row: Programme) -> list[tuple[str, str]]:
    """What may sound in a fixed part: the newest bulletins of the unit."""
    rows = Bulletin.objects.filter(area=row.area).exclude(state=BulletinState.WITHDRAWN).order_by("-changed_at")
    ids = list(rows.values_list("pk", flat=True)[:MOST_OFFERED])
    versions = newest_of(ids)
    return [(str(pk), versions[pk].title) for pk in ids if pk in versions and versions[pk].title]


def _laid(row: Programme, now: datetime) -> list[dict[str, object]]:
    """The sessions of the coming days with what really sounds when, and what yields."""
    today = local(now).date()
    until = midnight(today + timedelta(days=DAYS))
    found = rooms.unsettled(row.area, midnight(today) - rundowns.REACH, until)
    wishes, busy = rooms.parted(found)
    days = [today + timedelta(days=number) for number in range(DAYS)]
    book = rundowns.lay_out(wishes, {row.area_id: busy}, now, areas=[row.area], days=days)
    titles = {wish.name: wish.version.title for wish in wishes}
    shifted = {wish.key: book.put[wish.key].start for wish in wishes if wish.key in book.put}
    slot = slot_of(row, None, row.changes.all())
    shown = []
    for day in days:
        laid, span = book.laid.get((row.pk, day)), slot.on(day)
        if laid is None or span is None:
            continue
        rows = [(one.start, one.end, titles.get(one.piece, "")) for one in laid.placed]
        inside = (one for one in found if not one.schedule.floating and span.start <= one.span.start < span.end)
        begins = ((one, shifted.get((one.schedule.pk, one.at), one.span.start)) for one in inside)
        rows = sorted([*rows, *((at, at + one.span.duration, one.version.title) for one, at in begins)])
        told = [reruns.in_words(one) for one in laid.moved]
        lasting = [(start, words.length(end - start), title) for start, end, title in rows]
        shown.append({"day": day, "span": span, "rows": lasting, "moved": told, "left": laid.left})
    return shown


@login_required
@require_http_methods(METHODS)
def ready(request: HttpRequest) -> HttpResponse:
    """Khung phát mẫu: what each would be by the clock, and what the rules say; field `mau` takes one."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, WRITE, area, now)
    refused = ""
    if request.method == "POST":
        change = weeks.ApplyGrid(area=area.path, grid=request.POST.get("mau", ""))
        try:
            return settle(request, change, back=f"{reverse('broadcasts:programmes')}?don-vi={area.path}")
        except NotFound:
            raise
        except LoaError as error:
            refused = error.message
    rows = [(one, actions.why_not(actor=user, area=area, grid=one, now=now)) for one in grids()]
    taken = Programme.objects.filter(area=area, closed_at=None).count() if any(why for _, why in rows) else 0
    context = {
        "area": area, "place": words.inside(area.full_name), "rows": rows, "refused": refused, "taken": taken,
    }  # fmt: skip
    return render(request, "broadcasts/grids.html", context, status=422 if refused else 200)
