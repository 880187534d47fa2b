"""Phát trực tiếp: speak to loudspeakers now; ask for it, allow it, see who may and what was spoken."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.broadcasts.actions import speaking as actions
from loa.broadcasts.models import LivePermit
from loa.broadcasts.queries import speaking
from loa.broadcasts.queries.speaking import APPROVE, SPEAK
from loa.broadcasts.rules import speaking as rules
from loa.broadcasts.web.live.forms import PermitForm, once_minutes
from loa.devices.models import DeviceGroup
from loa.kernel import clock
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.people import access as people
from loa.people.models import User

MOST_SPOKEN = 20
MOST_PLACES = 200
_MONTH = timedelta(days=31)


@login_required
@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Everything about live speech in one area."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    return _page(request, user, area, PermitForm(people=_people(user, area, now)), now)


def _page(
    request: HttpRequest, user: User, area: Area, form: PermitForm, now: datetime, status: int = 200
) -> HttpResponse:
    may_speak, may_approve = (people.may(user, one, area, now) for one in (SPEAK, APPROVE))
    mine = speaking.standing(user, now).filter(area__path__startswith=area.path) if may_speak else []
    inherited = speaking.standing(user, now).exclude(area__path__startswith=area.path) if may_speak else []
    context = {
        "area": area,
        "may_speak": may_speak,
        "may_approve": may_approve,
        "places": _places(area) if may_speak else [],
        "groups": DeviceGroup.objects.filter(area=area).order_by("name") if may_speak else [],
        "mine": [(row, rules.hours_words(speaking.terms_of(row))) for row in (*mine, *inherited)],
        "asked": [row for row in speaking.waiting([area.path], now) if user.pk in (row.person_id, row.asked_by_id)],
        "to_answer": [(row, rules.hours_words(speaking.terms_of(row))) for row in speaking.to_answer(user, now)],
        "permits": (
            [(row, rules.hours_words(speaking.terms_of(row))) for row in speaking.permits_in(area, now)]
            if may_approve
            else []
        ),
        "spoken": [
            (row, rules.END_WORDS.get(row.reason, row.reason))
            for row in speaking.spoken_in(area, now - _MONTH, now)[:MOST_SPOKEN]
        ],
        "form": form,
        "once_id": uuid4(),
        "ask_id": uuid4(),
    }
    return render(request, "broadcasts/live/page.html", context, status=status)


def _places(area: Area) -> list[Area]:
    """The area itself, unless it is a whole country, and the units right below it."""
    below = Area.objects.filter(parent=area, valid_to=None).order_by("sort_key")[:MOST_PLACES]
    return ([] if area.level == Level.CENTRE else [area]) + list(below)


def _people(user: User, area: Area, now: datetime) -> list[User]:
    """For whom this user may ask: for themselves, and an officer for those who speak there."""
    if not people.may(user, "schedule.write", area, now):
        return [user]
    others = [one for one in people.holders(SPEAK, area, now) if one.pk != user.pk]
    return [user, *others]


@login_required
@require_POST
def ask_once(request: HttpRequest) -> HttpResponse:
    """A single yes, now."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.POST.get("place", ""), now)
    try:
        actions.ask_once(
            actor=user, area=area, minutes=once_minutes(request.POST.get("minutes", "")),
            reason=request.POST.get("reason", ""), permit_id=_id(request), now=now,
        )  # fmt: skip
    except (Invalid, Refusal, Denied) as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Đã gửi tới người có quyền cho phép. Lời xin có hiệu lực trong 5 phút.")
    return redirect(_address(area))


@login_required
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """A standing permit."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.POST.get("place", ""), now)
    people.require(user, SPEAK, area, now)
    form = PermitForm(request.POST, people=_people(user, area, now))
    if not form.is_valid():
        return _page(request, user, area, form, now, status=422)
    try:
        actions.ask(
            actor=user, person=form.person(), area=area, terms=replace(form.terms(now), place=area.full_name),
            reason=form.cleaned_data["reason"], permit_id=_id(request), now=now,
        )  # fmt: skip
    except (Invalid, Refusal, Denied) as error:
        form.add_error(None, error.message)
        return _page(request, user, area, form, now, status=error.status)
    messages.success(request, "Đã gửi đề nghị. Khi được duyệt, giấy phép có ngay trên trang này.")
    return redirect(_address(area))


@login_required
@require_POST
def answer(request: HttpRequest, permit: UUID, do: str) -> HttpResponse:
    """`do`: cho-phep, tu-choi, thu-hoi."""
    now, user = clock.now(), people.signed_in(request)
    row = LivePermit.objects.select_related("area").filter(pk=permit).first()
    if row is None:
        raise NotFound
    people.require(user, "view", row.area, now)
    deeds = {"cho-phep": actions.allow, "tu-choi": actions.refuse, "thu-hoi": actions.take_back}
    if do not in deeds:
        raise NotFound
    try:
        deeds[do](actor=user, permit_id=row.pk, now=now)
    except (Invalid, Refusal, Denied) as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _DONE[do])
    return redirect(reverse("broadcasts:live"))


_DONE = {
    "cho-phep": "Đã cho phép. Người xin thấy ngay trên trang của mình.",
    "tu-choi": "Đã trả lời là không.",
    "thu-hoi": "Đã thu hồi giấy phép. Từ bây giờ không bắt đầu nói bằng giấy phép này được nữa.",
}


def _address(area: Area) -> str:
    return f"{reverse('broadcasts:live')}?don-vi={area.path}"


def _id(request: HttpRequest) -> UUID:
    """Written into the page, so that a button pressed twice asks once."""
    try:
        return UUID(request.POST.get("id", ""))
    except ValueError:
        return uuid4()
