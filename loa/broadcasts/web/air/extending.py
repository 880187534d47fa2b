"""Gia hạn giờ phát: asked for by one, approved by another, within what the level above permits; each of them sees what
would sound by it."""

from datetime import datetime
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas.models import Area, Extension
from loa.areas.queries import extended_days, rules_for
from loa.broadcasts.changes import keeping
from loa.broadcasts.changes.keeping import Preview
from loa.broadcasts.changes.kinds.extensions import ApproveExtension, AskExtension, EndExtension, nights
from loa.broadcasts.web import changing
from loa.broadcasts.web.air import shown
from loa.broadcasts.web.air.forms import ExtensionForm
from loa.broadcasts.web.air.rules import address
from loa.kernel import clock
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal, Unavailable
from loa.people import access as people
from loa.people.actions import extensions
from loa.people.models import User

PAST = 10


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """What was asked for and answered, and the form; a POST asks."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    if request.method != "POST":
        return _page(request, user, area, now, _empty(now))
    people.require(user, extensions.ASK, area, now)
    form = ExtensionForm(request.POST)
    if not form.is_valid():
        return _page(request, user, area, now, form, status=422)
    try:
        return _ask(request, area, form)
    except (Invalid, Refusal) as error:
        form.add_error(None, error.message)
        return _page(request, user, area, now, form, status=error.status)


def _ask(request: HttpRequest, area: Area, form: ExtensionForm) -> HttpResponse:
    """What would sound by it, before it is handed in. Raises what refuses it."""
    starts, ends = (clock.to_ms(form.instant(name)) for name in ("from", "to"))
    data = form.cleaned_data
    change = AskExtension(
        area=area.path, extension=_id(request), starts=starts, ends=ends, reason=data["reason"], words=data["words"]
    )
    shown = keeping.preview(actor=people.signed_in(request), change=change, now=clock.now())
    if shown.refusal is not None:
        raise shown.refusal
    return changing.show(request, shown, back=address(area, "extensions"))


def _empty(now: datetime) -> ExtensionForm:
    today = clock.local(now).date()
    return ExtensionForm(initial={"from_day": today, "to_day": today})


def _id(request: HttpRequest) -> UUID:
    """Written into the page, so that a button pressed twice asks once."""
    try:
        return UUID(request.POST.get("id", ""))
    except ValueError:
        return uuid4()


def _page(
    request: HttpRequest, user: User, area: Area, now: datetime, form: ExtensionForm, status: int = 200
) -> HttpResponse:
    today = clock.local(now).date()
    rows = Extension.objects.filter(area=area).order_by("starts")
    found = rules_for(area, today)
    may_answer = people.may(user, extensions.APPROVE, area, now)
    waiting = rows.filter(state=Extension.State.WAITING, ends__gt=now)
    context = {
        "area": area,
        "form": form,
        "id": uuid4(),
        "may_ask": people.may(user, extensions.ASK, area, now),
        "may_answer": may_answer,
        "waiting": [(row, _shown(row, user, now) if may_answer else {}) for row in waiting],
        "coming": list(rows.filter(state=Extension.State.APPROVED, ends__gt=now, ended_at=None)),
        "past": list(rows.exclude(state=Extension.State.WAITING).filter(made_at__lte=now).order_by("-made_at")[:PAST]),
        "user_id": user.pk,
        "permits": shown.permits(found.permits, nights()) if found.permits else "",
        "used": len(extended_days(area, today.year)),
        "year": today.year,
        "windows": shown.rules(found)["windows"],
        "back": address(area),
    }
    return render(request, "broadcasts/air/extending.html", context, status=status)


def _shown(row: Extension, user: User, now: datetime) -> dict[str, object]:
    """What the approver's yes would make heard, to stand beside the button; {} for one's own, and while nobody can."""
    if row.author_id == user.pk:
        return {}
    change = ApproveExtension(area=row.area.path, extension=row.pk)
    try:
        return changing.shown_difference(keeping.preview(actor=user, change=change, now=now))
    except (Denied, Unavailable):
        return {}


@login_required
@require_POST
def answer(request: HttpRequest, extension: UUID, do: str) -> HttpResponse:
    """`do`: duyet (with the `token` of what the page has shown), tu-choi (with `answer`), rut, thoi."""
    now, user = clock.now(), people.signed_in(request)
    row = Extension.objects.select_related("area").filter(pk=extension).first()
    if row is None:
        raise NotFound
    people.require(user, "view", row.area, now)
    back = address(row.area, "extensions")
    try:
        if do == "thoi":
            return changing.settle(request, EndExtension(area=row.area.path, extension=row.pk), back=back)
        if do == "duyet":
            return _approve(request, row, now, back)
        messages.success(request, _do(request, user, row, do, now))
    except (Invalid, Refusal, Denied, Unavailable) as error:
        messages.error(request, error.message)
    return redirect(back)


def _approve(request: HttpRequest, row: Extension, now: datetime, back: str) -> HttpResponse:
    change = ApproveExtension(area=row.area.path, extension=row.pk)
    kept = changing.keep_here(request, change, now=now)
    return changing.show(request, kept, back=back) if isinstance(kept, Preview) else redirect(back)


def _do(request: HttpRequest, user: User, row: Extension, do: str, now: datetime) -> str:
    """What moves no air time: a no, and the author's own withdrawal."""
    if do == "tu-choi":
        extensions.refuse(actor=user, extension_id=row.pk, answer=request.POST.get("answer", ""), now=now)
        return "Đã trả lời. Khung giờ giữ nguyên."
    if do != "rut":
        raise NotFound
    extensions.withdraw(actor=user, extension_id=row.pk, now=now)
    return "Đã rút đề nghị."
