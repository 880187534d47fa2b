"""Kênh báo tin: which ways lead out of a place, whether they work, a trial, what became of what was sent."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loa.areas.models import Area
from loa.channels import access, queries
from loa.channels.actions import keeping, posting
from loa.channels.models import Channel, Outcome, Sending
from loa.channels.rules import words
from loa.channels.rules.codes import Kind, State
from loa.channels.web.forms import FORMS, ChannelForm, initial
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people

METHODS = ["GET", "HEAD", "POST"]
_TAGS = {State.SENT: "next", State.DELIVERED: "ok", State.WAITING: "moved"}


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All ways out that serve the place, and what went out lately."""
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view", area, now)
    may = people.may(user, access.MANAGE, area, now)
    context = {
        "area": area,
        "may": may,
        "lists": people.may(user, access.LISTS, area, now),
        "rows": [_row(row, area, may) for row in queries.channels_of(area)],
        "kinds": list(words.KIND_LABELS.items()),
        "add": f"{reverse('channels:add')}?{urlencode({'don-vi': area.path})}",
        "people": f"{reverse('channels:recipients')}?{urlencode({'don-vi': area.path})}",
        "listed": len(queries.recipients_of(area)),
        "sent": queries.latest(area),
        "purposes": words.PURPOSE_LABELS,
    }
    return render(request, "channels/channels.html", context)


@login_required
@never_cache
@require_http_methods(METHODS)
def add(request: HttpRequest) -> HttpResponse:
    """A new channel; the secret of a webhook is shown in the answer, once."""
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, access.MANAGE, area, now)
    kind = request.GET.get("loai", Kind.SMS)
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            channel, secret = keeping.add_channel(actor=user, area=area, kind=kind, entered=form.entered(), now=now)
        except Invalid as refused:
            _refuse(form, refused)
        else:
            if secret:
                return _with_secret(request, channel, secret)
            messages.success(request, f"Đã thêm kênh “{channel.name}”. Hãy gửi thử một tin.")
            return redirect("channels:channel", channel.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "area": area, "kind": words.KIND_LABELS[kind], "back": _address(area)}
    return render(request, "channels/add.html", context, status=status)


@login_required
@never_cache
@require_http_methods(METHODS)
def one(request: HttpRequest, channel: UUID) -> HttpResponse:
    """Change a channel, send a trial by it, leave it out, take it away."""
    user, now = people.signed_in(request), clock.now()
    row = access.channel_for(user, channel, now)
    form = FORMS[row.kind](request.POST or None, initial=initial(row))
    if request.method == "POST" and form.is_valid():
        try:
            keeping.change_channel(actor=user, channel_id=row.pk, entered=form.entered(), now=now)
            messages.success(request, "Đã lưu. Mật khẩu, khóa để trống thì giữ như cũ.")
            return redirect("channels:channel", row.pk)
        except Invalid as refused:
            _refuse(form, refused)
    return _shown(request, row, form, "", 422 if request.method == "POST" else 200)


@login_required
@require_POST
def try_it(request: HttpRequest, channel: UUID) -> HttpResponse:
    """One message to the address that was typed."""
    user, now = people.signed_in(request), clock.now()
    try:
        sending = posting.try_channel(actor=user, channel_id=channel, address=request.POST.get("address", ""), now=now)
    except Invalid as refused:
        messages.warning(request, refused.message)
        return redirect("channels:channel", channel)
    return redirect("channels:posted", sending.pk)


@login_required
@require_POST
def switch(request: HttpRequest, channel: UUID) -> HttpResponse:
    """Leave it out for now, or use it again."""
    on = request.POST.get("on") == "1"
    row = keeping.switch_channel(actor=people.signed_in(request), channel_id=channel, on=on, now=clock.now())
    messages.success(request, f"Kênh “{row.name}” {'đã dùng lại' if on else 'tạm ngừng'}.")
    return redirect("channels:channel", row.pk)


@login_required
@never_cache
@require_POST
def renew(request: HttpRequest, channel: UUID) -> HttpResponse:
    """Another secret for a webhook, shown once."""
    row, secret = keeping.renew_secret(actor=people.signed_in(request), channel_id=channel, now=clock.now())
    return _with_secret(request, row, secret)


@login_required
@require_POST
def end(request: HttpRequest, channel: UUID) -> HttpResponse:
    """Take it away."""
    row = keeping.end_channel(actor=people.signed_in(request), channel_id=channel, now=clock.now())
    messages.success(request, f"Đã bỏ kênh “{row.name}”.")
    return redirect(_address(row.area))


@login_required
@require_safe
def posted(request: HttpRequest, posted: UUID) -> HttpResponse:
    """What became of one message, address by address; the page asks again while some wait."""
    user, now = people.signed_in(request), clock.now()
    sending = access.sending_for(user, posted, now)
    open_lists = people.may(user, access.LISTS, sending.area, now)
    rows = [_outcome(row, whole=open_lists) for row in queries.outcomes_of(sending)]
    context = {
        "sending": sending,
        "purpose": words.PURPOSE_LABELS[sending.purpose],
        "rows": rows,
        "waits": any(row["row"].state == State.WAITING for row in rows) and sending.expires_at > now,
        "counts": _counts(sending),
        "back": _address(sending.area),
    }
    return render(request, "channels/posted.html", context)


def _with_secret(request: HttpRequest, channel: Channel, secret: str) -> HttpResponse:
    return _shown(request, channel, FORMS[channel.kind](initial=initial(channel)), secret, 200)


def _shown(request: HttpRequest, channel: Channel, form: ChannelForm, secret: str, status: int) -> HttpResponse:
    context = {
        "channel": channel,
        "form": form,
        "kind": words.KIND_LABELS[channel.kind],
        "fault": words.told(channel.fault),
        "secret": secret,
        "signs": channel.kind in (Kind.WEBHOOK, Kind.BOARD),
        "asks": {Kind.SMS: "Số điện thoại", Kind.ZALO: "Số điện thoại", Kind.EMAIL: "Địa chỉ thư"}.get(
            Kind(channel.kind), ""
        ),
        "back": _address(channel.area),
    }
    return render(request, "channels/channel.html", context, status=status)


def _refuse(form: ChannelForm, refused: Invalid) -> None:
    form.add_error(refused.code if refused.code in form.fields else None, refused.message)


def _address(area: Area) -> str:
    return f"{reverse('channels:channels')}?{urlencode({'don-vi': area.path})}"


def _row(channel: Channel, area: Area, may: bool) -> dict[str, Any]:
    own = channel.area_id == area.pk
    where = "của đơn vị" if own else f"của {channel.area.full_name}"
    return {"row": channel, "own": own and may, "where": where, "fault": words.told(channel.fault)}


def _outcome(row: Outcome, *, whole: bool) -> dict[str, Any]:
    told = words.told(row.code) if row.state != State.DELIVERED else ""
    address = row.address if whole else words.masked(row.address)
    return {"row": row, "told": told, "address": address, "tag": _TAGS.get(State(row.state), "person")}


def _counts(sending: Sending) -> list[tuple[str, int]]:
    states = list(Outcome.objects.filter(sending=sending).values_list("state", flat=True))
    return [(label, states.count(state)) for state, label in words.STATE_LABELS.items() if state in states]
