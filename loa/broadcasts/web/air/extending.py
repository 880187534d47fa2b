"""Gia hạn giờ phát: asked for by one, approved by another, within what the level above permits."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas.extensions import Permits
from loa.areas.models import Area, Extension
from loa.areas.queries import extended_days, rules_for
from loa.broadcasts.web.air import shown
from loa.broadcasts.web.air.forms import ExtensionForm
from loa.broadcasts.web.air.rules import address
from loa.kernel import clock
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal, Unavailable
from loa.people import access as people
from loa.people import signer
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
        extensions.propose(
            actor=user, extension_id=_id(request), area=area, starts=form.instant("from"), ends=form.instant("to"),
            reason=form.cleaned_data["reason"], words=form.cleaned_data["words"], now=now, host=_nights(),
        )  # fmt: skip
    except (Invalid, Refusal) as error:
        form.add_error(None, error.message)
        return _page(request, user, area, now, form, status=error.status)
    messages.success(request, "Đã gửi đề nghị. Lãnh đạo duyệt thì giờ gia hạn mới có hiệu lực.")
    return redirect(address(area, "extensions"))


def _empty(now: datetime) -> ExtensionForm:
    today = clock.local(now).date()
    return ExtensionForm(initial={"from_day": today, "to_day": today})


def _nights() -> Permits | None:
    """How far the signer goes; None while it is away, and whoever approves asks again."""
    try:
        return signer.host().nights
    except Unavailable:
        return None


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
    context = {
        "area": area,
        "form": form,
        "id": uuid4(),
        "may_ask": people.may(user, extensions.ASK, area, now),
        "may_answer": people.may(user, extensions.APPROVE, area, now),
        "waiting": list(rows.filter(state=Extension.State.WAITING, ends__gt=now)),
        "coming": list(rows.filter(state=Extension.State.APPROVED, ends__gt=now, ended_at=None)),
        "past": list(rows.exclude(state=Extension.State.WAITING).filter(made_at__lte=now).order_by("-made_at")[:PAST]),
        "user_id": user.pk,
        "permits": shown.permits(found.permits, _nights()) if found.permits else "",
        "used": len(extended_days(area, today.year)),
        "year": today.year,
        "windows": shown.rules(found)["windows"],
        "back": address(area),
    }
    return render(request, "broadcasts/air/extending.html", context, status=status)


@login_required
@require_POST
def answer(request: HttpRequest, extension: UUID, do: str) -> HttpResponse:
    """`do`: duyet, tu-choi (with `answer`), rut, thoi."""
    now, user = clock.now(), people.signed_in(request)
    row = Extension.objects.select_related("area").filter(pk=extension).first()
    if row is None:
        raise NotFound
    people.require(user, "view", row.area, now)
    try:
        messages.success(request, _do(request, user, row, do, now))
    except (Invalid, Refusal, Denied, Unavailable) as error:
        messages.error(request, error.message)
    return redirect(address(row.area, "extensions"))


def _do(request: HttpRequest, user: User, row: Extension, do: str, now: datetime) -> str:
    steps: dict[str, tuple[Callable[[], object], str]] = {
        "duyet": (
            lambda: extensions.approve(actor=user, extension_id=row.pk, now=now, host=signer.host().nights),
            "Đã duyệt. Loa nhận giờ gia hạn trong khoảng một phút.",
        ),
        "tu-choi": (
            lambda: extensions.refuse(actor=user, extension_id=row.pk, answer=request.POST.get("answer", ""), now=now),
            "Đã trả lời. Khung giờ giữ nguyên.",
        ),
        "rut": (lambda: extensions.withdraw(actor=user, extension_id=row.pk, now=now), "Đã rút đề nghị."),
        "thoi": (lambda: extensions.end(actor=user, extension_id=row.pk, now=now), "Đã thôi gia hạn."),
    }
    if do not in steps:
        raise NotFound
    act, told = steps[do]
    act()
    return told
