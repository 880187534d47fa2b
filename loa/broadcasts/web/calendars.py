"""Lịch iCalendar: files to take along, a private address to subscribe to, sessions from a file of another program."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loa.areas.models import Area
from loa.broadcasts import access
from loa.broadcasts.actions import calendars as actions
from loa.broadcasts.changes.kinds.weeks import ImportSessions, NewSession
from loa.broadcasts.models import CalendarFeed, Programme
from loa.broadcasts.queries import calendars as queries
from loa.broadcasts.rules import ical
from loa.broadcasts.web.changing import settle
from loa.kernel import clock
from loa.kernel.errors import Invalid, LoaError, NotFound
from loa.people import access as people
from loa.people.models import User

READ_EVERY = timedelta(minutes=5)


@login_required
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """What can be taken along, subscribed to, brought in. Field `do`: share | look | take (with `content`)."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view", area, now)
    context: dict[str, object] = {
        "area": area,
        "may": people.may(user, access.WRITE, area, now),
        "programmes": Programme.objects.filter(area=area, closed_at=None),
        "feeds": CalendarFeed.objects.filter(made_by=user, revoked_at=None).select_related("area"),
    }
    status = 200
    if request.method == "POST":
        try:
            done = _do(request, user, area, context)
        except NotFound:
            raise
        except LoaError as error:
            context["refused"], status, done = error.message, 422, None
        if done is not None:
            return done
    return render(request, "broadcasts/calendars.html", context, status=status)


def _do(request: HttpRequest, user: User, area: Area, context: dict[str, object]) -> HttpResponse | None:
    now, what = clock.now(), request.POST.get("do", "")
    if what == "share":
        _, secret = actions.make_feed(actor=user, area=area, name=request.POST.get("name", ""), now=now)
        context["address"] = request.build_absolute_uri(reverse("broadcasts:calendar_feed", args=[secret]))
        return None
    content = _content(request, what)
    rows = _read(content)
    if what == "look":
        context["tried"] = actions.try_import(actor=user, area=area, rows=rows, now=now)
        context["content"] = content.decode("utf-8")
        return None
    tried = actions.try_import(actor=user, area=area, rows=rows, now=now)
    fit = (one.wanted for one in tried if not one.why)
    sessions = tuple(NewSession(one.name, one.starts, one.minutes, one.weekdays) for one in fit)
    back = f"{reverse('broadcasts:programmes')}?{urlencode({'don-vi': area.path})}"
    return settle(request, ImportSessions(area=area.path, sessions=sessions), back=back)


def _content(request: HttpRequest, what: str) -> bytes:
    file = request.FILES.get("file")
    if what == "look" and file is not None:
        if (file.size or 0) > ical.MOST_BYTES:
            raise Invalid(f"Tệp lịch quá lớn. Chỉ nhận tệp tới {ical.MOST_BYTES // 1024} KB.", code="too_large")
        return bytes(file.read())
    if what in ("look", "take") and request.POST.get("content"):
        return request.POST["content"].encode()
    raise Invalid("Hãy chọn một tệp lịch (.ics).", code="empty")


def _read(content: bytes) -> list[ical.Wanted]:
    try:
        return ical.read(content)
    except ical.BadCalendar as error:
        raise Invalid(str(error), code="calendar") from error


@login_required
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """`?don-vi=` and perhaps `?buoi=` one programme."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view", area, now)
    programme = _programme(user, request.GET.get("buoi", ""))
    return _file(programme.area if programme else area, programme)


def _programme(user: User, wanted: str) -> Programme | None:
    if not wanted:
        return None
    try:
        return access.programme_for(user, UUID(wanted), clock.now())
    except ValueError:
        raise NotFound from None


def _file(area: Area, programme: Programme | None) -> HttpResponse:
    now = clock.now()
    rows = [*queries.sessions(area, now, programme), *queries.airings(area, now, programme)]
    name = f"{programme.name}, {area.full_name}" if programme else f"Lịch phát {area.full_name}"
    content = ical.written(name, rows, now)
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="lich-phat.ics"'
    answer["Cache-Control"], answer["X-Robots-Tag"] = "private, no-store", "noindex"
    return answer


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar at a private address, as long as its maker may see it. NotFound for any other."""
    now = clock.now()
    row = queries.feed_at(secret)
    if row is None or not row.made_by.is_active or not people.may(row.made_by, "view", row.area, now):
        raise NotFound
    if row.read_at is None or now - row.read_at > READ_EVERY:
        CalendarFeed.objects.filter(pk=row.pk).update(read_at=now)
    return _file(row.area, row.programme)


@login_required
@require_POST
def revoke(request: HttpRequest, feed: UUID) -> HttpResponse:
    """The address is worth nothing from now on."""
    actions.revoke_feed(actor=people.signed_in(request), feed_id=feed, now=clock.now())
    messages.success(request, "Đã thu hồi địa chỉ lịch. Ứng dụng lịch dùng địa chỉ này không đọc được nữa.")
    return redirect("broadcasts:calendars")
