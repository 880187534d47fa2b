"""The page of one item of the calendar: what it is, and what may be asked for: another time, other places, its end."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from airtime.spans import from_ms
from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from loa.areas.rules import Level
from loa.broadcasts.access import WRITE, schedule_for
from loa.broadcasts.changes import registry
from loa.broadcasts.changes.change import Change
from loa.broadcasts.changes.keeping import Preview, preview
from loa.broadcasts.changes.kinds import schedules
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import moves, sources
from loa.broadcasts.queries.moves import Placed
from loa.broadcasts.rules import plans, states, targets, words
from loa.broadcasts.rules.times import BadTimes
from loa.broadcasts.web.compose.desk import Desk
from loa.broadcasts.web.compose.forms import Day, WhereForm, read_clock
from loa.broadcasts.web.compose.wish import kept_places
from loa.broadcasts.web.week import address
from loa.bulletins import queries as bulletins
from loa.kernel import clock
from loa.kernel.errors import Invalid, NotFound
from loa.people import access as people
from loa.people.models import User

MOST = 8
MOST_LANDINGS = 6
ONE, ALL = "one", "all"
OPEN = (State.APPROVED, State.DRAFT, State.RETURNED)
_SECOND = datetime.resolution * 1_000_000


class MoveForm(forms.Form):
    """`scope` one: the airing at `at`; all: every airing at its time of day."""

    at = forms.IntegerField(widget=forms.HiddenInput)
    scope = forms.ChoiceField(label="Đổi", widget=forms.RadioSelect)
    day = Day(label="Sang ngày")
    clock = forms.CharField(label="Giờ mới", max_length=8, help_text="Ghi như 05:10 hoặc 17h30.")

    def __init__(self, *args: object, start: datetime, several: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        local = clock.local(start)
        one = (ONE, f"Chỉ lần {local:%H:%M} ngày {local.day}/{local.month}")
        every = [(ALL, f"Mọi lần lúc {local:%H:%M}")] if several else []
        self.fields["scope"].choices = [one, *every]  # type: ignore[attr-defined]

    def clean_clock(self) -> str:
        """ "05:10"."""
        return read_clock(self.cleaned_data["clock"])


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request adds to the page: forms as they were filled in, the difference they would make, a refusal."""

    form: MoveForm | None = None
    preview: Preview | None = None
    where: WhereForm | None = None
    placed: Placed | None = None
    refused: str = ""
    status: int = 200


@login_required
@require_safe
def show(request: HttpRequest, schedule: UUID) -> HttpResponse:
    """`?luc=` (Unix ms) names the airing that was chosen in the week, `?sang=` (local, 2026-08-20T17:00) where it was
    put down there, `?moi=1` that every airing of this time of day goes with it: the difference is shown, nothing kept.
    """
    now, user = clock.now(), people.signed_in(request)
    row = schedule_for(user, schedule, now)
    start = start_of(row, request.GET.get("luc", ""), now)
    to = _instant(request.GET.get("sang", ""))
    if to is None or start is None or not people.may(user, WRITE, row.area, now):
        return page(request, row, start, Shown())
    if row.state not in OPEN:
        return page(request, row, start, Shown(refused=f"Mục này {states.in_words(row.state)}.", status=409))
    return page(request, row, start, _put_down(user, row, start, to, every="moi" in request.GET, now=now))


def _put_down(user: User, row: Schedule, start: datetime, to: datetime, *, every: bool, now: datetime) -> Shown:
    to = to if every else moves.landing(row, to, now)
    local = clock.local(to)
    asked = {
        "at": clock.to_ms(start),
        "scope": ALL if every else ONE,
        "day": f"{local:%d/%m/%Y}",
        "clock": f"{local:%H:%M}",
    }
    form = MoveForm(asked, start=start, several=several(row, now))
    if not form.is_valid():
        return Shown(form=form, refused="Không đặt được mục này vào đó. Hãy chọn giờ ở bên dưới.", status=422)
    return moved(user, row, form, start, to, every=every, now=now)


def moved(
    user: User, row: Schedule, form: MoveForm, start: datetime, to: datetime, *, every: bool, now: datetime
) -> Shown:
    """What the move would do to the real air times."""
    try:
        if every:
            when = moves.moved_when(row, clock.local(start).time(), clock.local(to).time())
            change: Change = schedules.changed(row, when=when)
        else:
            change = schedules.moved(row, start, to, uuid4())
        found = preview(actor=user, change=change, now=now)
    except (BadTimes, Invalid) as error:
        return Shown(form=form, refused=str(error), status=422)
    return Shown(form=form, preview=found, status=409 if found.refusal else 200)


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None or found.tzinfo is not None or not Day.FIRST <= found.date() <= Day.LAST:
        return None
    return found.replace(tzinfo=clock.LOCAL)


def start_of(row: Schedule, text: str, now: datetime) -> datetime | None:
    """The airing that is meant; without one the next. NotFound for an instant at which nothing sounds."""
    rule = sources.rule_of(row)
    if text:
        if not text.isdigit() or len(text) > 14:
            raise NotFound
        start = from_ms(int(text))
        if start not in rule.starts(start, start.replace(microsecond=0) + _SECOND):
            raise NotFound
        return start
    ahead = rule.starts(now, rule.end(now))
    return ahead[0] if ahead else None


def several(row: Schedule, now: datetime) -> bool:
    """Whether all airings of one time of day can go together."""
    rule = sources.rule_of(row)
    return len(rule.starts(now, rule.end(now))) > 1 and not row.repeats


def page(request: HttpRequest, row: Schedule, start: datetime | None, shown: Shown) -> HttpResponse:
    """The page, with what the request adds to it."""
    now, user = clock.now(), people.signed_in(request)
    rule, target = sources.rule_of(row), targets.from_json(row.target)
    ahead = rule.starts(now, rule.end(now))
    places = sources.places_meant(row.area.path, target)
    delivery = getattr(row, "delivery", None)
    open_ = row.state in OPEN and start is not None and start > now and delivery is None
    may = people.may(user, WRITE, row.area, now) and open_
    desk = desk_of(user, row, now)
    found, placed = shown.preview, shown.placed
    perishable = row.offline_for <= plans.PERISHABLE_HOURS
    context = {
        "schedule": row,
        "version": row.version or bulletins.newest(row.bulletin),
        "start": start,
        "coming": start is not None and start > now,
        "starts": [words.moment(one, now) for one in ahead[:MOST]],
        "more": max(len(ahead) - MOST, 0),
        "devices": len(targets.devices_meant(target, row.area.path, places)),
        "place": words.inside(row.area.full_name),
        "away": words.away(row.offline_for),
        "perishable": perishable,
        "other_away": words.away(plans.USUAL_HOURS if perishable else plans.PERISHABLE_HOURS),
        "whole": target.everywhere and not target.without,
        "form": shown.form or (_move_form(row, start, now) if may and start else None),
        "preview": found,
        "lines": found.lines if found else [],
        "change": registry.encode(found.change).decode() if found else "",
        "placed": placed,
        "desk": desk,
        "where": shown.where or (WhereForm(desk=desk, initial=kept_places(row, desk)) if may else None),
        "landings": [one for one in moves.landings(row, now) if one.start != start][:MOST_LANDINGS] if may else [],
        "refused": shown.refused or _first_refusal(found, placed),
        "may": may,
        "may_end": any(people.may(user, one, row.area, now) for one in (WRITE, "schedule.approve"))
        and row.state != State.ENDED
        and delivery is None,
        "delivery": delivery,
        "may_open": people.may(user, "view", row.bulletin.area, now),
        "back": address(start or now),
    }
    return render(request, "broadcasts/item.html", context, status=shown.status)


def desk_of(user: User, row: Schedule, now: datetime) -> Desk:
    """The places that can be chosen for it: what was written for a hamlet never leaves it."""
    own = row.bulletin.area
    return Desk(user, own if own.level == Level.HAMLET else row.area, now)


def _move_form(row: Schedule, start: datetime, now: datetime) -> MoveForm:
    local = clock.local(start)
    asked = {"at": clock.to_ms(start), "scope": ONE, "day": local.date(), "clock": f"{local:%H:%M}"}
    return MoveForm(start=start, several=several(row, now), initial=asked)


def _first_refusal(found: Preview | None, placed: Placed | None) -> str:
    if found is not None and found.refusal is not None:
        return found.refusal.message
    return placed.refused[0].message if placed is not None and placed.refused else ""
