"""The second person's page, and the page that takes an alert back or says that it is over."""

import msgspec
from devicelink.messages import Alert, Cancel
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loa.alerts import access, hazards
from loa.alerts.actions import drafting
from loa.alerts.models import AlertRecord
from loa.alerts.queries import alerts, places
from loa.alerts.web.words import SIRENS, passkey_of, texts_of
from loa.kernel import clock
from loa.kernel.errors import Invalid, Refusal
from loa.people import access as people


@login_required
@never_cache
@require_safe
def show(request: HttpRequest, alert: str) -> HttpResponse:
    """What somebody asks for: place, words, sound, number; yes with a key, or no with a reason."""
    user, now = people.signed_in(request), clock.now()
    row = access.alert_for(user, alert, now)
    if row.state == AlertRecord.State.SENT:
        return redirect("alerts:board", row.alert or row.pk)
    message = _message(row)
    of = AlertRecord.objects.filter(pk=row.alert).first() if row.alert else None
    sounds = message if isinstance(message, Alert) else msgspec.convert(of.content, Alert) if of else None
    meant = places.meant_by(sounds) if sounds else []
    context = {
        "row": row,
        "message": message,
        "of": of,
        "is_end": isinstance(message, Cancel),
        "kind": hazards.book().kinds.get(row.event),
        "colour": hazards.book().colours.get(row.risk),
        "siren": SIRENS.get(getattr(message, "siren", ""), ""),
        "texts": texts_of(row, message),
        "meant": len(meant),
        "away": sum(bool(one.cause) for one in meant),
        "own": row.author_id == user.pk,
        "may": row in alerts.waiting(user, now),
        "confirmers": places.confirmers(row.area, row.author, now) if row.area and row.author else [],
        **passkey_of(user),
    }
    return render(request, "alerts/confirm.html", context)


def _message(row: AlertRecord) -> Alert | Cancel:
    if row.kind in (AlertRecord.Kind.CANCEL, AlertRecord.Kind.END):
        return msgspec.convert(row.content, Cancel)
    return msgspec.convert(row.content, Alert)


@login_required
@never_cache
@require_safe
def end(request: HttpRequest, alert: str, kind: str) -> HttpResponse:
    """Hủy (it was wrong) or kết thúc (it is over): one page, one key; of an actual one a second person's too."""
    user, now = people.signed_in(request), clock.now()
    if kind not in drafting.ENDINGS:
        raise Http404
    row = access.alert_for(user, alert, now)
    people.require(user, access.AUTHOR, row.area or "", now)
    reason = request.GET.get("ly-do", "")
    context = {"row": row, "kind": kind, "reason": reason, "fault": "", **passkey_of(user)}
    try:
        message, said = drafting.ending_of(row, kind=kind, reason=reason)
        alone = row.status != "actual"
        wish = {"said": said, "cancel": message, "alone": alone}
        context |= {"wish": msgspec.to_builtins(wish), "said": said, "ready": True}
    except Invalid as error:
        context["fault"] = error.message if reason else ""
    except Refusal as error:
        context |= {"fault": error.message, "over": True}
    context["confirmers"] = places.confirmers(row.area, user, now) if row.area and row.status == "actual" else []
    context["next"] = reverse("alerts:confirm", args=["__id__"]) if row.status == "actual" else reverse(
        "alerts:board", args=[row.pk]
    )  # fmt: skip
    return render(request, "alerts/end.html", context)
