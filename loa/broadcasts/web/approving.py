"""Duyệt: hear it, read it, see what changed, where and when it will sound; approve or give back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from loa.areas.models import Area
from loa.broadcasts import access, actions
from loa.broadcasts.access import APPROVE
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import asked, sendings
from loa.broadcasts.queries.asked import Request
from loa.broadcasts.queries.weeks import monday_of
from loa.broadcasts.rules import words
from loa.broadcasts.rules.times import midnight
from loa.broadcasts.web.told import Told, told, told_of, until_heard
from loa.bulletins import actions as bulletins
from loa.bulletins import queries as bulletin_queries
from loa.bulletins.access import bulletin_for, version_for
from loa.bulletins.models import Bulletin, Version
from loa.bulletins.preflight import subjects
from loa.devices import queries as devices
from loa.kernel import clock
from loa.kernel.errors import Invalid, LoaError, NotFound, Refusal
from loa.media.queries import lexicon_for
from loa.media.reading.read import read
from loa.people import access as people
from loa.people.models import User

FIELDS = {
    "title": "Tên bản tin",
    "text": "Chữ của bản tin",
    "spoken": "Chữ máy đọc",
    "sound": "Tiếng",
    "category": "Lĩnh vực",
    "priority": "Mức",
    "language": "Ngôn ngữ",
    "languages": "Ngôn ngữ khác",
    "validity": "Thời hạn",
    "readings": "Đọc mấy lần",
}
MOST_STARTS = 6
WEEK = timedelta(days=7)
SECOND_PRESS = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One bulletin that waits, with all of its schedules that wait. `own`: the person who looks wrote any of it,
    `placed`: chose one of its air times; then another person approves it. `told`: its sounds, where they are played.
    """

    bulletin: Bulletin
    version: Version
    requests: tuple[Request, ...]
    own: bool
    placed: bool
    told: Sequence[Told] = ()

    @property
    def tokens(self) -> list[str]:
        """What the form sends back: schedule and digest of what was shown."""
        return [f"{one.schedule.pk}:{one.digest}" for one in self.requests]

    @property
    def first(self) -> datetime | None:
        """The first air time of all."""
        return min((start for one in self.requests for start in one.starts), default=None)

    @property
    def devices(self) -> int:
        """The most loudspeakers that any of its airings means."""
        return max((one.devices for one in self.requests), default=0)


@dataclass(frozen=True, slots=True)
class Pick:
    """One line of those that are approved in one go. It is ticked beforehand only if all of it was `heard`.

    `left`: so many sentences of a machine nobody has heard who could answer for them.
    """

    waiting: Waiting
    request: Request
    heard: bool
    left: int

    @property
    def unheard(self) -> str:
        """Where the players of those sounds tell that are still to be heard, a space between."""
        return " ".join(one.heard_url for one in self.waiting.told if one.sound and not one.heard)

    @property
    def token(self) -> str:
        """See Waiting.tokens."""
        return f"{self.request.schedule.pk}:{self.request.digest}"


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Everything that waits in the area, most urgent first; `?buoi=` narrows it to a session, `?tuan=` to a week."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view", area, now)
    programme = access.programme_for(user, _uuid(request.GET["buoi"]), now) if request.GET.get("buoi") else None
    monday = _monday(request.GET.get("tuan", ""))
    since, until = (midnight(monday), midnight(monday + WEEK)) if monday else (None, None)
    rows = group(asked.waiting(area, now, programme=programme, since=since, until=until), user)
    sounds = told_of([row.version for row in rows], user)
    rows = [replace(row, told=sounds[row.version.pk]) for row in rows]
    may = people.may(user, APPROVE, area, now)
    context = {"area": area, "rows": rows, "programme": programme, "monday": monday, "may": may, "now": now}
    context["down"] = sendings.waiting(area, now)
    context["picks"] = _picks(rows, user) if may and len(rows) > 1 else []
    part = request.headers.get("HX-Request") == "true"
    return render(request, "broadcasts/approve_part.html" if part else "broadcasts/approve_list.html", context)


def group(requests: Sequence[Request], user: User) -> list[Waiting]:
    """Requests of one bulletin belong together; those with the nearest air time come first."""
    by_bulletin: dict[UUID, list[Request]] = {}
    for one in requests:
        by_bulletin.setdefault(one.schedule.bulletin_id, []).append(one)
    authors = bulletin_queries.authors_of(rows[0].schedule.bulletin for rows in by_bulletin.values())
    return [
        Waiting(
            bulletin=rows[0].schedule.bulletin,
            version=rows[0].version,
            requests=tuple(rows),
            own=user.pk in authors[rows[0].schedule.bulletin_id],
            placed=any(one.schedule.made_by_id == user.pk for one in rows),
        )
        for rows in by_bulletin.values()
    ]


def _picks(rows: Sequence[Waiting], user: User) -> list[Pick]:
    """What this person may approve; a part of every week that is on the air with these very words counts as heard.

    A sound that failed the check is approved on its own page, where its reason stands.
    """
    rows = [row for row in rows if not any(one.failed for one in row.told)]
    versions = [row.version for row in rows]
    heard, known = bulletin_queries.heard_of(versions, user.pk), bulletin_queries.standing_of(versions)
    left = {pk: len(best.missing) for pk, (_, best) in bulletin_queries.unheard_of(versions, [user.pk]).items()}
    found = [
        Pick(row, one, pk in heard or (pk in known and one.schedule.recurring_part), left[pk])
        for row, pk in zip(rows, [version.pk for version in versions], strict=True)
        for one in row.requests
    ]
    return [one for one in found if not one.waiting.own and one.request.schedule.made_by_id != user.pk]


@login_required
@require_safe
def show(request: HttpRequest, bulletin: UUID) -> HttpResponse:
    """One bulletin; opening it is noted, its writer sees that."""
    now, user = clock.now(), people.signed_in(request)
    row = bulletin_for(user, bulletin, now)
    return _page(request, row, now)


@login_required
@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    """Fields `seen`: "<schedule id>:<digest>", once for each schedule; all or none are approved. From the page of one
    bulletin (field `one`) it goes on to the next one that waits.
    """
    now, user = clock.now(), people.signed_in(request)
    seen = tokens(request.POST.getlist("seen"))
    try:
        approved = actions.approve(actor=user, seen=seen, now=now)
    except Refusal as refused:
        approved = _just_approved(user, seen, now)
        if not approved and refused.code in ("unheard", "sound_failed"):
            messages.error(request, refused.message)
            return redirect("broadcasts:approve_one", refused.facts["bulletin"])
        if not approved:
            raise
    names = {schedule.version.title for schedule in approved if schedule.version}
    what = f"“{names.pop()}”" if len(names) == 1 else f"{len(names)} bản tin"
    messages.success(request, f"Đã duyệt {what}. Lịch phát đang được gửi tới các cụm loa.")
    return _onward(approved[0].area, user, now) if "one" in request.POST else redirect("broadcasts:approve")


def _just_approved(user: User, seen: Mapping[UUID, str], now: datetime) -> list[Schedule]:
    """All of them, if this person has approved them a moment ago: a second press of the same button."""
    mine = {"approval__approver": user, "approval__revoked_at": None, "decided_at__gt": now - SECOND_PRESS}
    found = list(Schedule.objects.filter(pk__in=seen, state=State.APPROVED, **mine).select_related("area", "version"))
    return found if len(found) == len(seen) else []


def _onward(area: Area, user: User, now: datetime) -> HttpResponse:
    """The next bulletin that this person may decide, else the list."""
    following = _open_to(user, area, now)
    return redirect("broadcasts:approve_one", following[0].bulletin.pk) if following else redirect("broadcasts:approve")


def _open_to(user: User, area: Area, now: datetime) -> list[Waiting]:
    return [one for one in group(asked.waiting(area, now), user) if not one.own and not one.placed]


@login_required
@require_POST
def give_back(request: HttpRequest, bulletin: UUID) -> HttpResponse:
    """Fields `reason` and `note`: why; the officer reads both."""
    now, user = clock.now(), people.signed_in(request)
    row = bulletin_for(user, bulletin, now, "bulletin.approve")
    reason = ". ".join(part for part in (request.POST.get("reason", ""), request.POST.get("note", "").strip()) if part)
    waiting = asked.waiting(row.area, now, bulletin_id=row.pk)
    if not waiting:
        raise NotFound
    try:
        actions.return_(actor=user, schedule_id=waiting[0].schedule.pk, reason=reason, now=now)
    except LoaError as error:
        return _page(request, row, now, refused=error.message, status=error.status)
    messages.success(request, f"Đã trả lại “{waiting[0].version.title}”. Người soạn thấy lý do ngay.")
    return _onward(waiting[0].schedule.area, user, now)


@login_required
@require_POST
def let_go(request: HttpRequest, sending: UUID) -> HttpResponse:
    """Field `seen`: the digest of what was on the page; then it goes down to the communes."""
    now, user = clock.now(), people.signed_in(request)
    row = access.sending_for(user, sending, now, APPROVE)
    try:
        actions.approve_sending(actor=user, sending_id=row.pk, seen=request.POST.get("seen", ""), now=now)
    except Refusal as refused:
        messages.error(request, refused.message)
        return redirect("broadcasts:approve_one", row.bulletin_id)
    messages.success(request, "Đã duyệt. Tin đang tới các xã; xã không phải duyệt lại.")
    return redirect("broadcasts:sending", row.pk)


@login_required
@require_POST
def keep_back(request: HttpRequest, sending: UUID) -> HttpResponse:
    """Field `reason`: why it does not go down."""
    now, user = clock.now(), people.signed_in(request)
    row = access.sending_for(user, sending, now, APPROVE)
    try:
        actions.return_sending(actor=user, sending_id=row.pk, reason=request.POST.get("reason", ""), now=now)
    except Refusal as refused:
        messages.error(request, refused.message)
        return redirect("broadcasts:approve_one", row.bulletin_id)
    messages.success(request, "Đã trả lại. Người soạn thấy lý do ngay.")
    return _onward(row.area, user, now)


@login_required
@require_POST
def heard(request: HttpRequest, version: int, sound: UUID | None = None) -> JsonResponse:
    """Field `heard_ms`: how much of the sound, the main one unless named, was really played in this browser."""
    user, now = people.signed_in(request), clock.now()
    version_for(user, version, now)
    value = request.POST.get("heard_ms", "")
    if not value.isdecimal():
        raise Invalid("Trình duyệt không báo đúng thời gian đã nghe.")
    played = bulletins.record_listening(actor=user, version_id=version, sound_id=sound, heard_ms=int(value), now=now)
    return JsonResponse({"heard_ms": played.heard_ms})


def tokens(values: Sequence[str]) -> dict[UUID, str]:
    """Schedule id -> digest from the fields of a form."""
    pairs = [value.partition(":") for value in values]
    return {_uuid(pk): digest for pk, _, digest in pairs}


def _monday(text: str) -> date | None:
    try:
        return monday_of(date.fromisoformat(text)) if text else None
    except ValueError as error:
        raise NotFound from error


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error


def _page(
    request: HttpRequest, bulletin: Bulletin, now: datetime, *, refused: str = "", status: int = 200
) -> HttpResponse:
    user = people.signed_in(request)
    waiting = group(asked.waiting(bulletin.area, now, bulletin_id=bulletin.pk), user)
    version = waiting[0].version if waiting else bulletin_queries.newest(bulletin)
    down = next(iter(sendings.waiting(bulletin.area, now, bulletin=bulletin.pk)), None)
    if down is not None and not waiting:
        version = down.version
    if waiting or down is not None:
        bulletins.record_opening(actor=user, version_id=version.pk, now=now)
    changes = bulletin_queries.changes(version)
    allowed = people.may(user, APPROVE, bulletin.area, now)
    may = allowed and not (waiting and (waiting[0].own or waiting[0].placed))
    sounds = told(version, user)
    context = {
        "bulletin": bulletin,
        "version": version,
        "told": sounds,
        "aired": [one for one in sounds if one.sound],
        "until_heard": until_heard(sounds),
        "waiting": waiting[0] if waiting else None,
        "down": down,
        "may_send": down is not None and allowed and not _part_of(down, user),
        "refused": refused,
        "changes": [(FIELDS[name], pieces) for name, pieces in changes.items() if name in FIELDS],
        "last_return": bulletin_queries.last_return(bulletin),
        "findings": subjects.findings(version, now),
        "times": [_times(one, now) for one in waiting[0].requests] if waiting else [],
        "silent": [row for row in devices.device_rows(bulletin.area.path, now) if row.mute],
        "may": may,
        "others": [one for one in _open_to(user, bulletin.area, now) if one.bulletin.pk != bulletin.pk] if may else [],
        "settled": _settled(version),
        "openings": bulletin_queries.openings(version),
        "hearing": _hearing(version, user),
        "reasons": ("Sai ngày giờ, số liệu", "Đọc sai, khó nghe", "Chưa nên phát lúc này"),
    }
    return render(request, "broadcasts/approve.html", context, status=status)


def _part_of(down: sendings.Request, user: User) -> bool:
    """Whether this person wrote it, or chose where it goes."""
    return user.pk in {*bulletin_queries.authors(down.sending.bulletin), down.sending.made_by_id}


def _settled(version: Version) -> dict[str, list[str]]:
    """Words that the machine is unsure of: those whose reading the writer settled, and those nobody did."""
    if version.sound is None or not version.sound.is_machine_voice or version.language != subjects.OURS:
        return {"right": [], "open": []}
    unsure = {change.written for change in read(version.text, lexicon_for(version.bulletin.area)).unsure}
    return {"right": sorted(version.said), "open": sorted(unsure - version.said.keys())}


@dataclass(frozen=True, slots=True)
class Hearing:
    """So many sentences of a machine's voice are `left` to this person, unless somebody has heard it all: `other`."""

    left: int
    other: str


def _hearing(version: Version, user: User) -> Hearing:
    person, listening = bulletin_queries.unheard(version, [user.pk])
    if not listening.complete:
        return Hearing(len(bulletin_queries.listening(version, user.pk).missing), "")
    return Hearing(0, "" if person in (None, user.pk) else User.objects.get(pk=person).full_name)


@dataclass(frozen=True, slots=True)
class Times:
    """The air times of one schedule in words."""

    request: Request
    starts: tuple[str, ...]
    more: int
    place: str
    last: datetime | None
    shifts: tuple[tuple[str, str], ...]


def _times(one: Request, now: datetime) -> Times:
    shown = tuple(words.moment(start, now) for start in one.starts[:MOST_STARTS])
    shifts = tuple((_told(shift.was, now), _told(shift.becomes, now)) for shift in one.shifts[:MOST_STARTS])
    more = max(len(one.starts) - MOST_STARTS, 0)
    last = one.starts[-1] if more else None
    return Times(one, shown, more, place_of(one, one.schedule.area), last, shifts)


def _told(start: datetime | None, now: datetime) -> str:
    return words.moment(start, now) if start else "không phát"


def place_of(one: Request, area: Area) -> str:
    """Where it sounds: "Cả xã, 8 cụm loa"."""
    everywhere = all(target.area == area.path for target in one.asked.targets)
    whole = f"Cả {area.full_name[0].lower()}{area.full_name[1:]}"
    return f"{whole if everywhere else 'Một số nơi'}, {one.devices} cụm loa"
