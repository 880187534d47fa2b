"""Phát xuống xã: which bulletins go down to which communes, and what each commune has answered."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loa.areas.models import Area
from loa.areas.queries import valid_on, within
from loa.areas.rules import Level
from loa.broadcasts import actions
from loa.broadcasts.access import WRITE, sending_for
from loa.broadcasts.models import Sending
from loa.broadcasts.queries import sendings
from loa.broadcasts.queries.sendings import Row
from loa.broadcasts.rules import sheets, words
from loa.broadcasts.rules.deliveries import Sent, State
from loa.broadcasts.web.books import office_of
from loa.broadcasts.web.excel import excel
from loa.bulletins import queries as bulletins
from loa.bulletins.access import bulletin_for
from loa.bulletins.models import Bulletin
from loa.kernel import clock
from loa.kernel.errors import LoaError, NotFound
from loa.people import access as people
from loa.ui.fields import Day

MOST = 60
USUAL_DAYS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Line:
    """One commune in words. `when`: the session in which it is, or was heard."""

    row: Row
    kind: str
    word: str
    when: str
    session: str
    note: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One sending of the list."""

    sending: Sending
    title: str
    kind: str
    word: str


class SendForm(forms.Form):
    """Which communes, which days. Fields `noi`: paths, none = all of the area."""

    tu = Day(label="Phát từ ngày")
    den = Day(label="Đến hết ngày")


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What the area has sent down, the newest first."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view", area, now)
    if area.level >= Level.COMMUNE:
        return redirect("broadcasts:inbox")
    rows = list(sendings.sent(area)[:MOST])
    newest = bulletins.newest_of({row.bulletin_id for row in rows})
    context = {
        "area": area,
        "rows": [_listed(row, (row.version or newest[row.bulletin_id]).title) for row in rows],
        "may": people.may(user, WRITE, area, now),
    }
    return render(request, "broadcasts/sending/list.html", context)


def _listed(row: Sending, title: str) -> Listed:
    if row.approval is not None and row.approval.revoked_at is not None:
        return Listed(row, title, "moved", "Đã thu hồi")
    return Listed(row, title, {"asked": "person", "sent": "ok"}.get(row.state, "moved"), Sent(row.state).label)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, bulletin: UUID) -> HttpResponse:
    """Ask for it to go down. Fields `tu`, `den`, `noi` (paths), `moi` = all."""
    now, user = clock.now(), people.signed_in(request)
    row = bulletin_for(user, bulletin, now, "bulletin.write")
    people.require(user, WRITE, row.area, now)
    today = clock.local(now).date()
    if row.area.level >= Level.COMMUNE:
        raise NotFound
    if request.method != "POST":
        form = SendForm(initial={"tu": today, "den": today + USUAL_DAYS})
        return _form(request, row, form, [], uuid.uuid4())
    form, chosen = SendForm(request.POST), request.POST.getlist("noi")
    name = _id(request.POST.get("id", ""))
    if not form.is_valid():
        return _form(request, row, form, chosen, name, status=422)
    if request.POST.get("ai") == "chon" and not chosen:
        return _form(request, row, form, chosen, name, "Hãy chọn ít nhất một xã, hoặc chọn tất cả.", 422)
    try:
        sending = actions.ask_sending(
            actor=user, sending_id=name, bulletin_id=row.pk, now=now,
            target=chosen if request.POST.get("ai") == "chon" else (),
            first_day=form.cleaned_data["tu"], last_day=form.cleaned_data["den"],
        )  # fmt: skip
    except LoaError as error:
        return _form(request, row, form, chosen, name, error.message, error.status)
    messages.success(request, "Đã gửi duyệt. Lãnh đạo duyệt xong, tin tới các xã ngay.")
    return redirect("broadcasts:sending", sending.pk)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid.uuid4()


def _form(
    request: HttpRequest, row: Bulletin, form: SendForm, chosen: Sequence[str], name: UUID, refused: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    now = clock.now()
    context = {
        "bulletin": row,
        "area": row.area,
        "version": bulletins.newest(row),
        "form": form,
        "id": name,
        "chosen": set(chosen),
        "some": request.POST.get("ai") == "chon",
        "communes": _communes(row.area, now),
        "refused": refused,
    }
    return render(request, "broadcasts/sending/new.html", context, status=status)


def _communes(area: Area, now: datetime) -> list[Area]:
    """Those a province sends to by name; the centre names provinces."""
    level = Level.COMMUNE if area.level == Level.PROVINCE else Level.PROVINCE
    rows = Area.objects.filter(within(area.path), valid_on(clock.local(now).date()), level=level)
    return list(rows.order_by("sort_key"))


@login_required
@require_safe
def show(request: HttpRequest, sending: UUID) -> HttpResponse:
    """How it stands in each commune; `?trang-thai=` narrows the list, `?dang=xlsx` is the same for Excel."""
    now, user = clock.now(), people.signed_in(request)
    row = sending_for(user, sending, now)
    found = sendings.table(row, now)
    if request.GET.get("dang") == "xlsx":
        office = office_of(row.area, user, clock.local(now).date())
        version = row.version or bulletins.newest(row.bulletin)
        lines = [_cells(_line(one, now)) for one in found]
        return excel(sheets.answers(office, version.title, lines), "tin-phat-xuong", now)
    part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    context = _context(request, row, found, now)
    return render(request, "broadcasts/sending/part.html" if part else "broadcasts/sending/show.html", context)


def _cells(line: Line) -> sheets.Told:
    row = line.row
    by = row.delivery.answered_by.full_name if row.delivery.answered_by else ""
    return sheets.Told(
        row.delivery.area.full_name, line.word, f"{line.session} {line.when}".strip(), row.proved, row.meant,
        line.note, by,
    )  # fmt: skip


def _context(request: HttpRequest, row: Sending, found: Sequence[Row], now: datetime) -> Mapping[str, Any]:
    user, counts = people.signed_in(request), sendings.counts(found)
    asked = request.GET.get("trang-thai", "")
    revoked = row.approval is not None and row.approval.revoked_at is not None
    stopping = any(people.may(user, one, row.area, now) for one in ("bulletin.write", "bulletin.approve"))
    return {
        "sending": row,
        "area": row.area,
        "version": row.version or bulletins.newest(row.bulletin),
        "listed": _listed(row, ""),
        "lines": [_line(one, now) for one in found if not asked or one.state == asked],
        "total": len(found),
        "counts": [(state.value, state.label, state.kind, number) for state, number in counts.items()],
        "heard": sum(one.proved for one in found),
        "meant": sum(one.meant for one in found),
        "state": asked,
        "communes": sendings.communes(row, now).count(),
        "everybody": not row.target,
        "may_stop": stopping and not revoked and row.state != Sent.ENDED.value,
        "may_approve": row.state == Sent.ASKED.value and people.may(user, "schedule.approve", row.area, now),
    }


def _line(one: Row, now: datetime) -> Line:
    row, state = one.delivery, one.state
    programme = row.schedule.programme if row.schedule and state not in (State.REFUSED, State.WITHDRAWN) else None
    when = words.moment(one.starts, now) if one.starts and programme else ""
    return Line(one, state.kind, state.label, when, programme.name if programme else "", _note(one))


def _note(one: Row) -> str:
    row = one.delivery
    if one.state is State.WITHDRAWN and row.sending.approval is not None:
        return row.sending.approval.revoke_reason
    if one.state in (State.REFUSED, State.ACCEPTED, State.EXPIRED):
        return row.reason
    return ""


@login_required
@require_POST
def take_back(request: HttpRequest, sending: UUID) -> HttpResponse:
    """Field `reason`."""
    now, user = clock.now(), people.signed_in(request)
    try:
        still = actions.take_back(
            actor=user, sending_id=sending, reason=request.POST.get("reason", ""), now=now
        )  # fmt: skip
    except NotFound:
        raise
    except LoaError as error:
        messages.error(request, error.message)
        return redirect("broadcasts:sending", sending)
    left = f" {len(still)} cụm loa chưa xác nhận." if still else ""
    messages.success(request, f"Đã thu hồi ở mọi xã chưa phát.{left}")
    return redirect("broadcasts:sending", sending)
