"""The page "Ủy quyền": an approver names deputies and a stand-in officer for dates."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from loa.areas.models import Area
from loa.kernel import clock
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.people import access, queries
from loa.people.actions import roles
from loa.people.models import User
from loa.people.web.forms import DeputyForm, StandInForm, after_last, first_instant


def _own_area(user: User) -> Area:
    """The area for which this user may delegate: the first, for the few who approve in several."""
    now = clock.now()
    for path in access.areas_with(user, "people.delegate", now):
        grant = access.own_approver_grant(user, path, now)
        if grant is not None:
            return grant.area
    if access.grants_of(user, now):
        raise Denied("Chỉ người duyệt chính mới ủy quyền được; người được ủy quyền không ủy quyền tiếp.")
    raise NotFound


def _forms(user: User, area: Area, data: dict[str, str] | None, which: str) -> tuple[DeputyForm, StandInForm]:
    now = clock.now()
    today = clock.local(now).date()
    deputy = DeputyForm(data if which == "deputy" else None, prefix="deputy", initial={"starts": today})
    deputy.fields["deputy"].queryset = queries.people_in(area, now).exclude(pk=user.pk)  # type: ignore[attr-defined]
    stand_in = StandInForm(data if which == "stand_in" else None, prefix="stand_in", initial={"starts": today})
    stand_in.fields["officer"].queryset = queries.officers_of(area, now)  # type: ignore[attr-defined]
    stand_in.fields["stand_in"].queryset = queries.people_in(area, now)  # type: ignore[attr-defined]
    return deputy, stand_in


@login_required
def delegation(request: HttpRequest) -> HttpResponse:
    """Who stands in for whom, and two forms."""
    user = access.signed_in(request)
    area = _own_area(user)
    which = request.POST.get("which", "")
    deputy, stand_in = _forms(user, area, request.POST.dict() if which else None, which)
    done = (which == "deputy" and _try(deputy, lambda: _name_deputy(user, area, deputy))) or (
        which == "stand_in" and _try(stand_in, lambda: _name_stand_in(user, area, stand_in))
    )
    if done:
        messages.success(request, "Đã ghi nhận. Việc ủy quyền có hiệu lực từ ngày đã chọn và được lưu nhật ký.")
        return redirect("people:delegation")
    context = {
        "area": area,
        "rows": queries.delegations_in(area, clock.now()),
        "deputy_form": deputy,
        "stand_in_form": stand_in,
        "now": clock.now(),
    }
    return render(request, "people/delegation.html", context, status=422 if which else 200)


def _try(form: forms.Form, deed: Callable[[], object]) -> bool:
    """Do it; what a rule refuses stands above the form."""
    if not form.is_valid():
        return False
    try:
        deed()
    except (Invalid, Refusal) as error:
        form.add_error(None, error.message)
        return False
    return True


def _name_deputy(user: User, area: Area, form: DeputyForm) -> None:
    starts, ends = first_instant(form.cleaned_data["starts"]), after_last(form.cleaned_data["ends"])
    roles.name_deputy(
        actor=user, deputy=form.cleaned_data["deputy"], area=area, starts=starts, ends=ends, now=clock.now()
    )


def _name_stand_in(user: User, area: Area, form: StandInForm) -> None:
    starts, ends = first_instant(form.cleaned_data["starts"]), after_last(form.cleaned_data["ends"])
    roles.name_stand_in(
        actor=user,
        stand_in=form.cleaned_data["stand_in"],
        officer=form.cleaned_data["officer"],
        area=area,
        starts=starts,
        ends=ends,
        now=clock.now(),
    )


@login_required
@require_POST
def end_delegation(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Take it back before its end."""
    user, now = access.signed_in(request), clock.now()
    row = access.delegation_for(user, grant_id, now)
    roles.end_delegation(actor=user, row=row, now=now)
    messages.success(request, f"Đã thu hồi ủy quyền của {row.user.full_name}.")
    return redirect("people:delegation")
