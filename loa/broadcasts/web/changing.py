"""Xem trước thay đổi: whatever moves air times is shown as a difference first, kept from there, and taken back for ten
minutes. A page that edits such a thing makes the change and returns `ask(request, change, back=...)`."""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas.models import Area
from loa.broadcasts.changes import keeping, registry
from loa.broadcasts.changes.change import Change
from loa.broadcasts.changes.keeping import Preview
from loa.broadcasts.models import KeptChange
from loa.kernel import clock
from loa.kernel.errors import LoaError, NotFound, Refusal
from loa.people import access as people

MOST_LINES = 60


def ask(request: HttpRequest, change: Change, *, back: str, extra: str = "") -> HttpResponse:
    """The page with the difference and the button that keeps it; `back` is where both ways lead, `extra` a sentence
    that the page adds. Raises as `keeping.preview`."""
    shown = keeping.preview(actor=people.signed_in(request), change=change, now=clock.now())
    return _page(request, shown, back, extra=extra)


def ask_for(request: HttpRequest, wish: Mapping[str, object], *, back: str) -> HttpResponse:
    """As `ask`, for pages of rooms that know no air times: `wish` is a change with its "kind", as the API takes it."""
    return ask(request, registry.decode(json.dumps(wish)), back=back)


def settle_for(request: HttpRequest, wish: Mapping[str, object], *, back: str) -> HttpResponse:
    """As `settle`, for those pages."""
    return settle(request, registry.decode(json.dumps(wish)), back=back)


def show(request: HttpRequest, shown: Preview, *, back: str) -> HttpResponse:
    """The same page, for one who has looked at the preview already."""
    return _page(request, shown, back)


def settle(request: HttpRequest, change: Change, *, back: str) -> HttpResponse:
    """Show the difference; where nobody hears anything otherwise there is nothing to confirm, and it is kept at once.

    Raises what refuses it, so that the page can say so beside what was filled in.
    """
    user, now = people.signed_in(request), clock.now()
    shown = keeping.preview(actor=user, change=change, now=now)
    if shown.refusal is not None:
        raise shown.refusal
    if shown.difference.lines:
        return show(request, shown, back=back)
    told(request, keeping.keep(actor=user, change=change, token=shown.token, now=now))
    return redirect(back)


def keep_now(request: HttpRequest, change: Change, *, now: datetime) -> KeptChange:
    """Keep what this very page has just shown: for edits whose difference stands beside their button (field `token`).

    Adds the message with the way back. Raises as `keeping.keep`.
    """
    kept = keeping.keep(actor=people.signed_in(request), change=change, token=request.POST.get("token", ""), now=now)
    told(request, kept)
    return kept


def keep_here(request: HttpRequest, change: Change, *, now: datetime) -> KeptChange | Preview:
    """As `keep_now`; a difference that this page has not shown is given back, to be shown there with the button once
    more. Raises what refuses the change."""
    try:
        return keep_now(request, change, now=now)
    except Refusal as error:
        if error.code not in ("token_invalid", "token_expired", "diff_changed"):
            raise
        shown = error.facts.get("preview")
    if not isinstance(shown, Preview):
        shown = keeping.preview(actor=people.signed_in(request), change=change, now=now)
    if shown.refusal is not None:
        raise shown.refusal
    return shown


def told(request: HttpRequest, kept: KeptChange) -> None:
    """What was done, and for ten minutes the way back."""
    if kept.final:
        messages.success(request, kept.told)
        return
    way_back = reverse("broadcasts:kept_change", args=[kept.pk])
    messages.success(request, format_html('{} <a href="{}">Hoàn tác</a>', kept.told, way_back))


def shown_difference(shown: Preview) -> dict[str, object]:
    """What "broadcasts/difference.html" and the form that keeps it need, for a page with words of its own."""
    return {
        "shown": shown,
        "lines": shown.lines[:MOST_LINES],
        "more": max(len(shown.lines) - MOST_LINES, 0),
        "change": registry.encode(shown.change).decode(),
        "final": shown.change.no_way_back(),
    }


def _page(request: HttpRequest, shown: Preview, back: str, *, extra: str = "", notice: str = "") -> HttpResponse:
    context = shown_difference(shown) | {
        "sentence": shown.change.sentence(),
        "back": back,
        "extra": extra,
        "notice": notice,
        "area": Area.objects.filter(path=shown.change.area).first(),
    }
    return render(request, "broadcasts/changing.html", context, status=409 if shown.refusal else 200)


def _back(request: HttpRequest) -> str:
    """Only inside the house."""
    wanted = request.POST.get("back", "")
    inside = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return wanted if inside else reverse("broadcasts:week")


@login_required
@never_cache
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Fields `change`, `token`, `back`: keep it. If it has become another difference, that one is shown instead."""
    change = registry.decode(request.POST.get("change", ""))
    change.require(actor=people.signed_in(request), now=clock.now())
    try:
        keep_now(request, change, now=clock.now())
    except Refusal as error:
        return _otherwise(request, change, error)
    return redirect(_back(request))


def _otherwise(request: HttpRequest, change: Change, error: Refusal) -> HttpResponse:
    if error.code == "already_kept":
        messages.info(request, error.message)
        return redirect(_back(request))
    shown = error.facts.get("preview")
    if not isinstance(shown, Preview):
        shown = keeping.preview(actor=people.signed_in(request), change=change, now=clock.now())
    notice = "" if shown.refusal else error.message
    return _page(request, shown, _back(request), notice=notice)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def kept(request: HttpRequest, kept: UUID) -> HttpResponse:
    """What was changed, and what undoing it would do; a POST undoes it."""
    user, now = people.signed_in(request), clock.now()
    row = KeptChange.objects.filter(pk=kept, actor=user).first()
    if row is None:
        raise NotFound
    people.require(user, "view", row.area, now)
    if request.method == "POST":
        return _undo(request, row, now)
    undoing, refused = None, ""
    try:
        undoing = keeping.preview_undo(actor=user, kept_id=row.pk, now=now)
    except LoaError as error:
        refused = error.message
    context = {"kept": row, "undoing": undoing, "refused": refused, "until": row.kept_at + keeping.UNDO}
    return render(request, "broadcasts/kept_change.html", context)


def _undo(request: HttpRequest, row: KeptChange, now: datetime) -> HttpResponse:
    try:
        done = keeping.undo(actor=people.signed_in(request), kept_id=row.pk, now=now)
    except Refusal as error:
        messages.error(request, error.message)
        return redirect("broadcasts:kept_change", row.pk)
    messages.success(request, done.told)
    return redirect("broadcasts:week")
