"""Khung buổi phát: the parts of a session and what sounds in them, its season, single days that differ; ready weeks."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from loa.broadcasts import actions
from loa.broadcasts.access import WRITE, item_for, programme_for
from loa.broadcasts.models import Programme, RundownItem, Schedule, State
from loa.broadcasts.queries import rooms, rundowns
from loa.broadcasts.queries.slots import slot_of
from loa.broadcasts.rules import reruns, seasons
from loa.broadcasts.rules.grids import grid, grids
from loa.broadcasts.rules.rundowns import Kind, Over, Under
from loa.broadcasts.rules.times import midnight
from loa.broadcasts.web.compose.forms import Day, read_clock
from loa.bulletins.models import Bulletin, Version
from loa.bulletins.models import State as BulletinState
from loa.bulletins.queries import newest_of
from loa.kernel import clock
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, LoaError, NotFound
from loa.people import access as people

METHODS = ["GET", "POST"]
EMPTY_ROWS = 2
DAYS = 3
MOST_OFFERED = 60
ODD = "Trình duyệt gửi lên không đúng. Hãy tải lại trang rồi làm lại."


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
    """The rundown of a programme. Field `do`: items | fill | season | day | usual."""
    now, user = clock.now(), people.signed_in(request)
    row = programme_for(user, programme, now, WRITE if request.method == "POST" else "view")
    refused = ""
    if request.method == "POST":
        try:
            messages.success(request, _do(request, row, now))
            return redirect("broadcasts:rundown", row.pk)
        except NotFound:
            raise
        except LoaError as error:
            refused = error.message
    context = _context(request, row, now) | {"refused": refused}
    return render(request, "broadcasts/rundown.html", context, status=422 if refused else 200)


def _do(request: HttpRequest, row: Programme, now: datetime) -> str:
    user, post = people.signed_in(request), request.POST
    what = post.get("do", "")
    if what == "items":
        actions.save_rundown(actor=user, programme_id=row.pk, items=_items(post), now=now)
        return "Đã lưu khung buổi phát. Giờ phát thật của các mục hiện bên dưới."
    if what == "fill":
        item = item_for(user, _number(post.get("item", "")), now, WRITE)
        actions.put_in_item(actor=user, item_id=item.pk, bulletin_id=_uuid(post.get("bulletin", "")), now=now)
        return f"Đã xếp vào “{item.title}”. Bản tin này cần được gửi duyệt để phát mỗi buổi."
    if what == "season":
        first, last = (_month_day(post.get(name, "")) for name in ("season_from", "season_to"))
        actions.set_season(
            actor=user, programme_id=row.pk, first=first, last=last, lunar=bool(post.get("season_lunar")), now=now
        )
        return "Đã lưu mùa của buổi phát."
    if what == "day":
        return _change(request, row, now)
    if what == "usual":
        actions.undo_session_change(actor=user, change_id=_number(post.get("change", "")), now=now)
        return "Buổi ấy trở lại như thường lệ."
    raise Invalid(ODD, code="odd")


def _items(post: QueryDict) -> list[actions.Wanted]:
    """Rows of the form in the order of their numbers; one without a title is gone."""
    names = ("id", "order", "kind", "title", "minutes", "over", "under")
    columns = [post.getlist(name) for name in names]
    if len({len(column) for column in columns}) != 1:
        raise Invalid(ODD, code="odd")
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    kept = [row for row in rows if row["title"].strip()]
    try:
        kept.sort(key=lambda row: int(row["order"] or len(rows)))
        return [_wanted(row) for row in kept]
    except ValueError:
        raise Invalid("Thứ tự và số phút phải là số. Hãy xem lại các mục.", code="rundown") from None


def _wanted(row: dict[str, str]) -> actions.Wanted:
    kind, over, under = row["kind"], row["over"], row["under"]
    if kind not in set(Kind) or over not in set(Over) or under not in set(Under):
        raise Invalid(ODD, code="odd")
    pk = int(row["id"]) if row["id"] else None
    return actions.Wanted(
        _KINDS[kind], row["title"], int(row["minutes"]), _OVERS[over], _UNDERS[under], pk
    )  # fmt: skip


_KINDS = {one.value: one for one in Kind}
_OVERS = {one.value: one for one in Over}
_UNDERS = {one.value: one for one in Under}


def _change(request: HttpRequest, row: Programme, now: datetime) -> str:
    post, how = request.POST, request.POST.get("how", "")
    try:
        day = Day(required=True).clean(post.get("day", ""))
        starts = time.fromisoformat(read_clock(post.get("starts", ""))) if how == "move" else None
    except ValidationError as error:
        raise Invalid(str(error.messages[0]), code="session_change") from None
    minutes = _number(post.get("minutes", "")) if how == "longer" else None
    actions.change_session(
        actor=people.signed_in(request), programme_id=row.pk, day=day, now=now, dropped=how == "drop", starts=starts,
        minutes=minutes, reason=post.get("reason", ""),
    )  # fmt: skip
    return f"Đã đổi {row.name} ngày {day:%d/%m}. Các ngày khác giữ nguyên."


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid("Hãy ghi một số.", code="number")
    return int(text)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("Hãy chọn một bản tin.", code="no_bulletin") from None


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
    return {
        "programme": row,
        "area": row.area,
        "lines": _lines(items, row),
        "blank": range(len(items) + 1, len(items) + 1 + EMPTY_ROWS),
        "total": sum(item.minutes for item in items),
        "kinds": [(one.value, one.label) for one in Kind],
        "overs": [(one.value, one.label) for one in Over],
        "unders": [(one.value, one.label) for one in Under],
        "offered": _offered(row),
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
    drifting = [one for one in found if one.schedule.floating]
    floats = [rundowns.Wish(one.schedule, one.version, one.at, one.span.duration) for one in drifting]
    busy = [one.span for one in found if not one.schedule.floating and not one.schedule.filling and one.span.duration]
    days = [today + timedelta(days=number) for number in range(DAYS)]
    book = rundowns.lay_out(floats, {row.area_id: busy}, now, areas=[row.area], days=days)
    titles = {wish.name: wish.version.title for wish in floats}
    slot = slot_of(row, None, row.changes.all())
    shown = []
    for day in days:
        laid, span = book.laid.get((row.pk, day)), slot.on(day)
        if laid is None or span is None:
            continue
        rows = [(one.start, one.end, titles.get(one.piece, "")) for one in laid.placed]
        told = [reruns.in_words(one) for one in laid.moved]
        shown.append({"day": day, "span": span, "rows": rows, "moved": told, "left": laid.left})
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
        chosen = grid(request.POST.get("mau", ""))
        if chosen is None:
            raise NotFound
        try:
            made = actions.apply_grid(actor=user, area=area, grid=chosen, now=now)
        except LoaError as error:
            refused = error.message
        else:
            told = f"Đã lập {len(made)} buổi phát theo “{chosen.name}”. Sửa từng buổi lúc nào cũng được."
            messages.success(request, told)
            return redirect("broadcasts:programmes")
    rows = [(one, actions.why_not(actor=user, area=area, grid=one, now=now)) for one in grids()]
    context = {"area": area, "rows": rows, "refused": refused}
    return render(request, "broadcasts/grids.html", context, status=422 if refused else 200)
