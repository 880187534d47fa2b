"""Người nhận tin: who of a place agreed to be told."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas.models import Area
from loa.channels import access, queries
from loa.channels.actions import lists
from loa.channels.rules.codes import ROLE_LABELS
from loa.channels.web.forms import RecipientForm, known
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people

METHODS = ["GET", "HEAD", "POST"]


@login_required
@never_cache
@require_http_methods(METHODS)
def index(request: HttpRequest) -> HttpResponse:
    """The list of the place, and somebody new in it."""
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, access.LISTS, area, now)
    form = RecipientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = lists.add_recipient(actor=user, area=area, person=form.person(), now=now)
            messages.success(request, f"Đã thêm {row.name}.")
            return redirect(_address(area))
        except Invalid as refused:
            _refuse(form, refused)
    rows = [(row, ROLE_LABELS[row.role]) for row in queries.recipients_of(area)]  # type: ignore[index]
    context = {"area": area, "form": form, "rows": rows, "back": _channels(area), "here": _address(area)}
    return render(request, "channels/recipients.html", context, status=422 if request.method == "POST" else 200)


@login_required
@never_cache
@require_http_methods(METHODS)
def one(request: HttpRequest, recipient: UUID) -> HttpResponse:
    """Change somebody."""
    user, now = people.signed_in(request), clock.now()
    row = access.recipient_for(user, recipient, now)
    form = RecipientForm(request.POST or None, initial=known(row))
    if request.method == "POST" and form.is_valid():
        try:
            lists.change_recipient(actor=user, recipient_id=row.pk, person=form.person(), now=now)
            messages.success(request, f"Đã lưu {row.name}.")
            return redirect(_address(row.area))
        except Invalid as refused:
            _refuse(form, refused)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "channels/recipient.html", {"form": form, "row": row, "back": _address(row.area)}, status=status
    )


@login_required
@require_POST
def end(request: HttpRequest, recipient: UUID) -> HttpResponse:
    """Nothing goes to them any more."""
    row = lists.end_recipient(actor=people.signed_in(request), recipient_id=recipient, now=clock.now())
    messages.success(request, f"Đã bỏ {row.name} khỏi danh sách.")
    return redirect(_address(row.area))


def _refuse(form: RecipientForm, refused: Invalid) -> None:
    form.add_error(refused.code if refused.code in form.fields else None, refused.message)


def _address(area: Area) -> str:
    return f"{reverse('channels:recipients')}?{urlencode({'don-vi': area.path})}"


def _channels(area: Area) -> str:
    return f"{reverse('channels:channels')}?{urlencode({'don-vi': area.path})}"
