"""Phiếu sửa chữa: the list with the late ones first, one ticket, and what is done to it."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loa.devices import actions, queries
from loa.devices.access import device_for, ticket_for_repair
from loa.devices.models import RepairTicket
from loa.devices.rules import tickets as rules
from loa.devices.web.ticket_forms import ChangeTicketForm, OpenTicketForm, PhotoForm, WordsForm
from loa.kernel import clock
from loa.kernel.errors import Invalid, LoaError, Refusal
from loa.people import access as people


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Of the area `?don-vi=`: late, to do, waiting for the loudspeaker; those closed within a month."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    return render(request, "devices/tickets.html", {"area": area, "listed": queries.tickets(area.path, now)})


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, device: str) -> HttpResponse:
    """Open a ticket for this device; one that has one already leads there."""
    now = clock.now()
    row = device_for(request.user, device, now, "device.care")
    if (held := queries.open_ticket_of(row)) is not None:
        return redirect("devices:ticket", ticket=held.pk)
    fault = row.status.fault if hasattr(row, "status") else ""
    first = {"cause": rules.cause_of(fault), "hands": "commune", "due": clock.local(now).date() + rules.USUAL}
    form = OpenTicketForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.open_ticket(actor=people.signed_in(request), device=row, now=now, **form.cleaned_data)
        except (Invalid, Refusal) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "Đã lập phiếu sửa chữa.")
            return redirect("devices:ticket", ticket=made.pk)
    status = 422 if form.is_bound else 200
    return render(request, "devices/ticket_new.html", {"device": row, "form": form}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """One ticket with its history; POST changes who repairs it until when, and adds a note."""
    now = clock.now()
    row = ticket_for_repair(request.user, ticket, now, "device.care" if request.method == "POST" else "view")
    known = {"hands": row.hands, "vendor": row.vendor, "warranty_until": row.warranty_until, "due": row.due}
    form = ChangeTicketForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_ticket(actor=people.signed_in(request), ticket=row, now=now, **form.cleaned_data)
        except (Invalid, Refusal) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "Đã lưu.")
            return redirect("devices:ticket", ticket=row.pk)
    return _page(request, row, form, now)


def _page(request: HttpRequest, row: RepairTicket, form: ChangeTicketForm, now: datetime) -> HttpResponse:
    live = row.state in actions.tickets.LIVE
    context = {
        "ticket": row,
        "device": row.device,
        "form": form,
        "cause": rules.CAUSES.get(row.cause, ""),
        "late": rules.is_late(row.state, row.due, clock.local(now).date()),
        "steps": [(step, rules.STEPS.get(step.what, "")) for step in row.steps.select_related("by")],
        "photos": list(row.photos.defer("jpeg")),
        "live": live and people.may(request.user, "device.care", row.device.area, now),
        "photo_form": PhotoForm(),
        "words_form": WordsForm(),
    }
    return render(request, "devices/ticket.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def repaired(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """Said to be repaired; a loudspeaker that has sounded since closes it."""
    now = clock.now()
    row = ticket_for_repair(request.user, ticket, now, "device.care")
    actions.report_repaired(actor=people.signed_in(request), ticket=row, words=request.POST.get("words", ""), now=now)
    messages.success(request, "Đã ghi. Phiếu tự đóng khi loa phát được và gửi bằng chứng.")
    return redirect("devices:ticket", ticket=row.pk)


@login_required
@require_POST
def failed(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """Still broken."""
    now = clock.now()
    row = ticket_for_repair(request.user, ticket, now, "device.care")
    actions.report_failed(actor=people.signed_in(request), ticket=row, words=request.POST.get("words", ""), now=now)
    messages.warning(request, "Đã ghi là vẫn hỏng.")
    return redirect("devices:ticket", ticket=row.pk)


@login_required
@require_POST
def cancel(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """Opened by mistake."""
    now = clock.now()
    row = ticket_for_repair(request.user, ticket, now, "device.care")
    actions.cancel_ticket(actor=people.signed_in(request), ticket=row, reason=request.POST.get("words", ""), now=now)
    messages.success(request, "Đã bỏ phiếu.")
    return redirect("devices:show", device=row.device_id)


@login_required
@require_POST
def photo(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """A picture of the repair."""
    now = clock.now()
    row = ticket_for_repair(request.user, ticket, now, "device.care")
    form = PhotoForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            raise Invalid("Hãy chọn một ảnh.", code="photo_missing")
        sent = form.cleaned_data["photo"].read()
        actions.add_photo(actor=people.signed_in(request), device=row.device, sent=sent, now=now, ticket=row)
    except LoaError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Đã thêm ảnh.")
    return redirect("devices:ticket", ticket=row.pk)
