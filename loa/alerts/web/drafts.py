"""A draft: what will be said, heard once, who will sound, and the author's key."""

from uuid import UUID

import msgspec
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loa.alerts import access, hazards, rules
from loa.alerts.actions import drafting
from loa.alerts.models import Draft
from loa.alerts.queries import alerts, places
from loa.alerts.web.words import passkey_of, targets_of
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people


@login_required
@never_cache
@require_safe
def show(request: HttpRequest, draft: UUID) -> HttpResponse:
    """Asks for itself every two seconds until its voices are ready."""
    user, now = people.signed_in(request), clock.now()
    row = access.draft_for(user, draft, now)
    fault = ""
    try:
        drafting.finish(row=row, now=now)
    except Invalid as error:
        fault = error.message
    message = drafting.message_of(row)
    meant = places.meant_by(message)
    alone = _alone(row)
    context = {
        "row": row,
        "message": message,
        "kind": hazards.book().kinds[row.event],
        "colour": hazards.book().colours.get(message.risk),
        "targets": targets_of(row, message, meant),
        "meant": len(meant),
        "away": sum(bool(one.cause) for one in meant),
        "fault": fault,
        "unready": fault or drafting.unready(row),
        "working": row.voices.filter(compact=None).exclude(sound__state="refused").exists() and not fault,
        "own": row.author_id == user.pk,
        "alone": alone,
        "break_glass": alerts.break_glass_of(row.area),
        "confirmers": places.confirmers(message.audience.area or "", user, now),
        "wish": _wish(row, alone=row.status != "actual"),
        "wish_alone": _wish(row, alone=True),
        "part": "draft" in request.headers.get("HX-Target", ""),
        **passkey_of(user),
    }
    return render(request, "alerts/draft_part.html" if context["part"] else "alerts/draft.html", context)


def _alone(row: Draft) -> bool:
    ruling = alerts.break_glass_of(row.area)
    return rules.may_confirm_alone(row.area.path, [ruling] if ruling else [], status=row.status)


def _wish(row: Draft, *, alone: bool) -> dict[str, object]:
    """What the browser sends once the key has answered (`wishes.Wish` without the word)."""
    said, message = msgspec.to_builtins(drafting.words_of(row)), msgspec.to_builtins(drafting.message_of(row))
    return {"said": said, "alert": message, "alone": alone, "draft": str(row.pk)}


@login_required
@require_POST
def drop(request: HttpRequest, draft: UUID) -> HttpResponse:
    """It is not needed any more."""
    user, now = people.signed_in(request), clock.now()
    drafting.drop_draft(actor=user, row=access.draft_for(user, draft, now), now=now)
    messages.success(request, "Đã bỏ bản nháp. Chưa có gì được phát.")
    return redirect("alerts:list")
