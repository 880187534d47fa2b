"""Phần mềm của loa: what runs, what is being handed out ring by ring, and the deeds about it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loa.areas.models import Area
from loa.devices import actions, queries
from loa.devices.access import rollout_for
from loa.devices.models import Rollout
from loa.devices.web.release_forms import ProposeForm, ReasonForm
from loa.kernel import clock
from loa.kernel.errors import LoaError
from loa.people import access as people
from loa.people.models import User


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Of the area `?don-vi=`: versions that run, rollouts, releases that lie ready."""
    now = clock.now()
    area = _area(request, now)
    context = {
        "area": area,
        "versions": queries.versions(area.path),
        "rollouts": queries.rollouts(area.path),
        "releases": queries.releases(),
    }
    return render(request, "devices/releases.html", context)


def _area(request: HttpRequest, now: datetime) -> Area:
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    people.require(request.user, "release.propose", area, now)
    return area


@login_required
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """Ask for a release to be handed out in the area `?don-vi=`."""
    now = clock.now()
    area = _area(request, now)
    form = ProposeForm(request.POST or None, path=area.path)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            row = actions.propose_rollout(
                actor=people.signed_in(request),
                area=area,
                release=facts["release"],
                rings=form.rings(),
                threshold=facts["threshold"],
                soak_hours=facts["soak_hours"],
                words=facts["words"],
                now=now,
            )
        except LoaError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "Đã gửi đề nghị. Quản trị viên duyệt xong thì đợt đầu bắt đầu.")
            return redirect("devices:rollout", rollout=row.pk)
    status = 422 if form.is_bound else 200
    return render(request, "devices/rollout_new.html", {"area": area, "form": form}, status=status)


@login_required
@require_safe
def show(request: HttpRequest, rollout: UUID) -> HttpResponse:
    """One rollout: rings with their progress, who failed and why. The page asks again by itself while it moves (`luc`
    is the state that it shows), and is loaded anew once that is another one.
    """
    now = clock.now()
    row = rollout_for(request.user, rollout, now)
    if request.headers.get("HX-Request") != "true":
        return _page(request, row, now)
    if request.GET.get("luc") != row.state:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "devices/rollout_part.html", {"rollout": row, **_progress(row)})


def _progress(row: Rollout) -> dict[str, object]:
    return {"rings": queries.ring_rows(row), "failed": queries.failed_rows(row, row.area.path)}


def _page(request: HttpRequest, row: Rollout, now: datetime, error: str = "", status: int = 200) -> HttpResponse:
    user = people.signed_in(request)
    may_approve = people.may(user, "release.approve", row.area, now)
    context = {
        "rollout": row,
        **_progress(row),
        "error": error,
        "may_approve": may_approve and row.state == Rollout.State.PROPOSED and row.proposed_by_id != user.pk,
        "own": row.proposed_by_id == user.pk,
        "may_withdraw": row.state == Rollout.State.PROPOSED,
        "may_halt": row.state == Rollout.State.RUNNING,
        "may_resume": may_approve and row.state == Rollout.State.HALTED,
        "may_return": row.state in (Rollout.State.RUNNING, Rollout.State.HALTED, Rollout.State.DONE),
    }
    return render(request, "devices/rollout.html", context, status=status)


def _deed(
    request: HttpRequest, rollout: UUID, work: Callable[[User, Rollout, datetime], object], done: str
) -> HttpResponse:
    now = clock.now()
    row = rollout_for(request.user, rollout, now)
    try:
        work(people.signed_in(request), row, now)
    except LoaError as error:
        if error.status in (403, 404):
            raise
        return _page(request, row, now, error.message, error.status)
    messages.success(request, done)
    return redirect("devices:rollout", rollout=row.pk)


def _reason(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    return str(form.cleaned_data["reason"]) if form.is_valid() else ""


@login_required
@require_POST
def approve(request: HttpRequest, rollout: UUID) -> HttpResponse:
    """The second person agrees."""
    return _deed(
        request,
        rollout,
        lambda user, row, now: actions.approve_rollout(actor=user, rollout=row, now=now),
        "Đã duyệt. Đợt đầu bắt đầu trong vòng một phút.",
    )


@login_required
@require_POST
def refuse(request: HttpRequest, rollout: UUID) -> HttpResponse:
    """The second person does not."""
    reason = _reason(request)
    return _deed(
        request,
        rollout,
        lambda user, row, now: actions.refuse_rollout(actor=user, rollout=row, reason=reason, now=now),
        "Đã trả lại đề nghị.",
    )


@login_required
@require_POST
def withdraw(request: HttpRequest, rollout: UUID) -> HttpResponse:
    """Taken back before anybody decided."""
    return _deed(
        request,
        rollout,
        lambda user, row, now: actions.withdraw_rollout(actor=user, rollout=row, now=now),
        "Đã rút đề nghị.",
    )


@login_required
@require_POST
def halt(request: HttpRequest, rollout: UUID) -> HttpResponse:
    """Nobody else begins."""
    reason = _reason(request)
    return _deed(
        request,
        rollout,
        lambda user, row, now: actions.halt_rollout(actor=user, rollout=row, reason=reason, now=now),
        "Đã dừng. Loa chưa đổi bản thì không đổi nữa.",
    )


@login_required
@require_POST
def resume(request: HttpRequest, rollout: UUID) -> HttpResponse:
    """Go on."""
    return _deed(
        request,
        rollout,
        lambda user, row, now: actions.resume_rollout(actor=user, rollout=row, now=now),
        "Đã cho chạy tiếp. Loa chưa cập nhật được sẽ thử lại.",
    )


@login_required
@require_POST
def go_back(request: HttpRequest, rollout: UUID) -> HttpResponse:
    """Everybody back to what ran before."""
    reason = _reason(request)
    return _deed(
        request,
        rollout,
        lambda user, row, now: actions.return_rollout(actor=user, rollout=row, reason=reason, now=now),
        "Các loa đang quay lại bản cũ.",
    )
