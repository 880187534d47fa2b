"""Bảng xác nhận: who received, who sounds, who is silent and whom to ring; and its report."""

import msgspec
from devicelink.messages import Alert
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loa.alerts import access, hazards
from loa.alerts.actions import drills
from loa.alerts.models import AlertRecord
from loa.alerts.queries import alerts, reports
from loa.alerts.rules import is_active
from loa.alerts.web.words import SIRENS, cause_words, causes_words, texts_of
from loa.areas.models import Area
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people
from loa.ui.prints.pdf import pdf
from loa.ui.prints.workbook import workbook

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
@never_cache
@require_safe
def show(request: HttpRequest, alert: str) -> HttpResponse:
    """The board; its figures come from the gateway as they change, the rest from here."""
    user, now = people.signed_in(request), clock.now()
    row = access.alert_for(user, alert, now)
    message = msgspec.convert(row.content, Alert)
    board = alerts.board_of(row, now, _scope(request, row.area))
    open_ = is_active(state=row.state, kind=row.kind, expires=row.expires, ended_at=row.ended_at, now=now)
    may = people.may(user, access.AUTHOR, row.area or "", now)
    context = {
        "row": row,
        "message": message,
        "kind": hazards.book().kinds.get(row.event),
        "colour": hazards.book().colours.get(row.risk),
        "siren": SIRENS.get(message.siren, ""),
        "board": board,
        "causes": {one.area.path: causes_words(one.causes) for one in board.communes},
        "words": {
            line.seen.device: cause_words(line.seen.cause or line.seen.reason or line.seen.refused or "no_answer")
            for one in board.communes
            for line in one.lines
        },
        "texts": texts_of(row, message),
        "active": open_,
        "may_end": may and open_,
        "may_confirm": row.state == "waiting" and row in alerts.waiting(user, now),
        "steps": row.steps.all(),
        "endings": AlertRecord.objects.filter(alert=row.pk).exclude(state="sent"),
    }
    return render(request, "alerts/board.html", context)


def _scope(request: HttpRequest, area: Area | None) -> str:
    """A reader of a part sees that part; the ticket of the page is as wide as its reader."""
    wanted = request.GET.get("don-vi", "")
    return wanted if area is not None and wanted.startswith(area.path) else ""


@login_required
@require_POST
def note(request: HttpRequest, alert: str) -> HttpResponse:
    """What was done where nothing sounds."""
    user, now = people.signed_in(request), clock.now()
    row = access.alert_for(user, alert, now)
    place = people.area_for(user, request.POST.get("area", "") or people.path_of(row.area or ""), now)
    try:
        drills.note_place(actor=user, alert=row, place=place, text=request.POST.get("text", ""), now=now)
        messages.success(request, f"Đã ghi cho {place.full_name}.")
    except Invalid as error:
        messages.error(request, error.message)
    return redirect(f"{reverse('alerts:board', args=[row.pk])}#xa-{place.code}")


@login_required
@require_safe
def report(request: HttpRequest, alert: str, kind: str) -> HttpResponse:
    """The paper: reported beside proved."""
    user, now = people.signed_in(request), clock.now()
    row = access.alert_for(user, alert, now)
    if kind not in ("pdf", "xlsx"):
        raise Http404
    sheet = reports.sheet_of(row, alerts.board_of(row, now), now)
    answer = HttpResponse(
        workbook(sheet) if kind == "xlsx" else pdf(sheet, now),
        content_type=EXCEL if kind == "xlsx" else "application/pdf",
    )
    how = "attachment" if kind == "xlsx" else "inline"
    answer["Content-Disposition"] = f'{how}; filename="canh-bao-{row.pk}.{kind}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
