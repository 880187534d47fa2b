"""Tin cấp trên gửi: what province and centre have sent to the commune; choose a session, put in order, refuse."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loa.areas.rules import Level
from loa.broadcasts import actions
from loa.broadcasts.access import WRITE, delivery_for, programme_for
from loa.broadcasts.models import Programme
from loa.broadcasts.queries import inbox as queries
from loa.broadcasts.queries.sendings import Row
from loa.broadcasts.rules import words
from loa.broadcasts.rules.deliveries import REASONS, State
from loa.kernel import clock
from loa.kernel.errors import LoaError, NotFound
from loa.media.web.listening import answer
from loa.people import access as people

MOST_SESSIONS = 14
OPEN = (State.ACCEPTED, State.SCHEDULED, State.REFUSED)


@dataclass(frozen=True, slots=True)
class Shown:
    """One of them for the page; `sessions` are (value, words) of those that it may be put into."""

    row: Row
    priority: bool
    when: str
    why: str
    sessions: tuple[tuple[str, str], ...]
    may_refuse: bool
    next: str


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What waits first, then what has its session, then what is over."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view", area, now)
    if area.level < Level.COMMUNE:
        return redirect(f"{reverse('broadcasts:sendings')}?don-vi={area.path}")
    may = people.may(user, WRITE, area, now)
    found = [_shown(row, now, may=may) for row in queries.listed(area, now)]
    context = {
        "area": area,
        "waiting": [one for one in found if one.row.state is State.ACCEPTED],
        "coming": [one for one in found if one.row.state in (State.SCHEDULED, State.ON_AIR)],
        "over": [one for one in found if one.row.state not in (State.ACCEPTED, State.SCHEDULED, State.ON_AIR)],
        "clashes": queries.clashes(area, now),
        "reasons": REASONS.items(),
        "may": may,
        "now": now,
    }
    return render(request, "broadcasts/inbox/list.html", context)


def _shown(row: Row, now: datetime, *, may: bool) -> Shown:
    delivery, priority = row.delivery, row.delivery.sending.version.priority == "priority"  # type: ignore[union-attr]
    programme = delivery.schedule.programme if delivery.schedule else None
    when = f"{programme.name}, {words.moment(row.starts, now)}" if programme and row.starts else ""
    ahead = queries.sessions_ahead(delivery, now)[:MOST_SESSIONS] if may and row.state in OPEN else []
    return Shown(
        row=row,
        priority=priority,
        when=when,
        why=delivery.reason if row.state in (State.ACCEPTED, State.REFUSED, State.EXPIRED) else "",
        sessions=tuple(
            (f"{one.programme.pk}:{one.day}", f"{one.programme.name} {words.moment(one.starts, now)}") for one in ahead
        ),
        may_refuse=may and not priority and row.state in (State.ACCEPTED, State.SCHEDULED),
        next=words.moment(delivery.next_at, now) if delivery.next_at else "",
    )


@login_required
@require_safe
def play(request: HttpRequest, delivery: UUID) -> HttpResponse | StreamingHttpResponse:
    """Its sound, for the people of the commune that is to air it."""
    row = delivery_for(people.signed_in(request), delivery, clock.now())
    if row.sending.version is None or row.sending.version.sound is None:
        raise NotFound
    return answer(request, row.sending.version.sound)


@login_required
@require_POST
def choose(request: HttpRequest, delivery: UUID) -> HttpResponse:
    """Field `session`: "<programme>:<day>"."""
    now, user = clock.now(), people.signed_in(request)
    delivery_for(user, delivery, now, WRITE)
    programme, day = _session(request.POST.get("session", ""))
    try:
        row = actions.choose(actor=user, delivery_id=delivery, programme_id=programme, day=day, now=now)
    except NotFound:
        raise
    except LoaError as error:
        messages.error(request, error.message)
        return redirect("broadcasts:inbox")
    name = row.schedule.programme.name if row.schedule and row.schedule.programme else ""
    moved = f" {' '.join(row.moves)}" if row.moves else ""
    messages.success(request, f"Đã xếp vào {name} {day:%d/%m}, không cần duyệt lại.{moved}")
    return redirect("broadcasts:inbox")


def _session(text: str) -> tuple[UUID, date]:
    name, _, day = text.partition(":")
    try:
        return UUID(name), date.fromisoformat(day)
    except ValueError as error:
        raise NotFound from error


@login_required
@require_POST
def refuse(request: HttpRequest, delivery: UUID) -> HttpResponse:
    """Fields `code` and `words`."""
    now, user = clock.now(), people.signed_in(request)
    code, said = request.POST.get("code", ""), request.POST.get("words", "")
    try:
        row = actions.refuse(actor=user, delivery_id=delivery, code=code, words=said, now=now)
    except NotFound:
        raise
    except LoaError as error:
        messages.error(request, error.message)
        return redirect("broadcasts:inbox")
    messages.success(request, f"Đã từ chối. {row.sending.area.full_name} thấy lý do ngay.")
    return redirect("broadcasts:inbox")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, programme: UUID, day: str) -> HttpResponse:
    """Which priority item comes first. Fields `order`: ids of schedules, in their order; `up`, `down`: one that
    moves by one place."""
    now, user = clock.now(), people.signed_in(request)
    row = programme_for(user, programme, now, WRITE if request.method == "POST" else "view")
    on = _day(day)
    if request.method != "POST":
        return _page(request, row, on, now)
    try:
        actions.put_in_order(actor=user, programme_id=row.pk, day=on, order=_wanted(request), now=now)
    except NotFound:
        raise
    except LoaError as error:
        return _page(request, row, on, now, refused=error.message, status=error.status)
    if "up" not in request.POST and "down" not in request.POST:
        messages.success(request, "Đã giữ thứ tự này. Loa phát đúng như vậy.")
        return redirect("broadcasts:inbox")
    return redirect(reverse("broadcasts:inbox_order", args=[row.pk, on.isoformat()]))


def _wanted(request: HttpRequest) -> list[UUID]:
    try:
        names = [UUID(text) for text in request.POST.getlist("order")]
        moved = UUID(request.POST.get("up") or request.POST.get("down") or names[0].hex)
    except (ValueError, IndexError) as error:
        raise NotFound from error
    if moved not in names:
        raise NotFound
    at = names.index(moved)
    to = at - 1 if request.POST.get("up") else at + 1 if request.POST.get("down") else at
    names.insert(max(0, min(to, len(names) - 1)), names.pop(at))
    return names


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotFound from error


def _page(
    request: HttpRequest, programme: Programme, day: date, now: datetime, *, refused: str = "", status: int = 200
) -> HttpResponse:
    found = queries.clash(programme, day, now)
    user = people.signed_in(request)
    context = {
        "programme": programme,
        "area": programme.area,
        "day": day,
        "clash": found,
        "open": found is not None and now < found.until and people.may(user, WRITE, programme.area, now),
        "refused": refused,
    }
    return render(request, "broadcasts/inbox/order.html", context, status=status)
