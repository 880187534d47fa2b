"""Fills the frame of every page from the domains (see loa/ui/frame.py)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from loa.alerts.queries import alerts
from loa.areas.models import Area
from loa.areas.rules import NOW_ROOT, Level
from loa.broadcasts.queries import asked, inbox, sendings, speaking, today, waiting
from loa.broadcasts.queries.slots import spans_of_day
from loa.broadcasts.queries.waiting import Kind
from loa.devices import access as device_access
from loa.devices import queries as devices
from loa.kernel import clock
from loa.notifications import queries as notifications
from loa.people import access as people
from loa.people import rules
from loa.people.models import User
from loa.people.rules import Grant
from loa.ui.format import hm
from loa.ui.frame import AlertNow, Alerts, Bell, Frame, Hold, NavItem, StopChoice, StopSheet

SPARE = timedelta(seconds=30)  # an item may have started a little late


@dataclass(frozen=True, slots=True)
class Here:
    """Who looks, at which area, when: what everything in the frame is made of."""

    user: User
    area: Area
    grants: tuple[Grant, ...]
    now: datetime
    session: str = ""

    def may(self, capability: str) -> bool:
        """Whether this person holds the capability here."""
        return rules.allowing(self.grants, capability, self.area.path) is not None


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the product: words, drawing, name of its address, who sees it, what waits there.

    `country`: it is about the whole installation, and shown only to those who work for the whole country.
    """

    label: str
    icon: str
    url_name: str
    capability: str
    waiting: Callable[[Here], int] = lambda here: 0
    country: bool = False
    shown: Callable[[Here], bool] = lambda here: True


def build(request: HttpRequest) -> Frame:
    """The frame for this request; a visitor who is not signed in, or holds no role, gets a bare one."""
    person = getattr(request, "user", None)  # none when something failed before anybody was asked who it is
    if person is None or not person.is_authenticated:
        return Frame()
    user = people.signed_in(request)
    bare = Frame(
        user_name=user.full_name or user.get_username(),
        user_key=str(user.pk),
        account_url=address("people:account"),
        sign_out_url=address("account_logout"),
    )
    now = clock.now()
    grants = people.grants_of(user, now)
    session = rules.session_mark(getattr(getattr(request, "session", None), "session_key", "") or "")
    return (
        _with_place(bare, Here(user, people.area_for(user, grants[0].path, now), grants, now, session), request)
        if grants
        else bare
    )


def _with_place(bare: Frame, here: Here, request: HttpRequest) -> Frame:
    return Frame(
        user_name=bare.user_name,
        user_key=bare.user_key,
        account_url=bare.account_url,
        sign_out_url=bare.sign_out_url,
        area=here.area.path,
        place=_place(here.area),
        nav=tuple(_navigation(here, request.path)),
        bell=_bell(here),
        compose_url=address("broadcasts:compose") if here.may("bulletin.write") else "",
        approve_url=address("broadcasts:approve") if here.may("bulletin.approve") else "",
        calendar_url=address("broadcasts:week"),
        live_url=address("broadcasts:live") if here.may("live.speak") else "",
        answers_live=here.may("live.approve"),
        stop=_stop(here) if here.may("hold.set") else None,
        hold=_hold(here),
        alerts=_alerts(here, request.path),
        ticket=device_access.ticket_for(here.user, here.area.path, here.now, session=here.session),
        gateway=settings.LOA_GATEWAY_URL,
    )


def _place(area: Area) -> str:
    """Xã Quy Mông, tỉnh Lào Cai"""
    above = area.parent
    if above is None or above.level == Level.CENTRE:
        return area.full_name
    return f"{area.full_name}, {above.full_name[:1].lower()}{above.full_name[1:]}"


def _to_approve(here: Here) -> int:
    kinds = waiting.kinds(here.user, here.area, here.now)
    schedules = asked.waiting(here.area, here.now) if Kind.TO_APPROVE in kinds else ()
    down = sendings.waiting(here.area, here.now) if Kind.TO_SEND in kinds else ()
    return len(schedules) + len(down)


def _from_above(here: Here) -> int:
    """What the commune has to answer, or to put in order."""
    if Kind.FROM_ABOVE not in waiting.kinds(here.user, here.area, here.now):
        return 0
    to_choose, clashes = inbox.to_do(here.area, here.now)
    return len(to_choose) + len(clashes)


def _asks_to_speak(here: Here) -> int:
    """Who waits for a yes of this person."""
    return len(speaking.to_answer(here.user, here.now)) if here.may("live.approve") else 0


def _is_commune(here: Here) -> bool:
    return here.area.level == Level.COMMUNE


def _is_above(here: Here) -> bool:
    return here.area.level < Level.COMMUNE


def _devices_for_people(here: Here) -> int:
    """Only where a person can know each loudspeaker: a province looks at its overview."""
    if _is_above(here):
        return 0
    return sum(row.needs_person for row in devices.device_rows(here.area.path, here.now))


def _came_back(here: Here) -> int:
    """Bulletins that this person wrote and that were returned."""
    some = Kind.CAME_BACK in waiting.kinds(here.user, here.area, here.now)
    return waiting.came_back(here.user, here.now).count() if some else 0


def _to_confirm(here: Here) -> int:
    """Alerts that wait for this person's key."""
    return len(alerts.waiting(here.user, here.now))


SECTIONS = (
    Section("Hôm nay", "clock", "broadcasts:today", "view"),
    Section("Soạn bản tin", "pen", "broadcasts:compose", "bulletin.write"),
    Section("Bản tin", "document", "broadcasts:bulletins", "view", _came_back),
    Section("Tin cấp trên gửi", "download", "broadcasts:inbox", "schedule.write", _from_above, shown=_is_commune),
    Section("Phát xuống xã", "share", "broadcasts:sendings", "view", shown=_is_above),
    Section("Thư viện", "volume", "broadcasts:library", "view"),
    Section("Duyệt", "tick", "broadcasts:approve", "bulletin.approve", _to_approve),
    Section("Phát trực tiếp", "mic", "broadcasts:live", "view", _asks_to_speak),
    Section("Lịch phát", "calendar", "broadcasts:week", "view"),
    Section("Khẩn cấp", "warning", "alerts:list", "alert.view", _to_confirm),
    Section("Thiết bị", "device", "devices:list", "view", _devices_for_people),
    Section("Địa bàn", "search", "people:places", "view"),
    Section("Ủy quyền", "key", "people:delegation", "people.delegate"),
    Section("Người dùng", "people", "people:people", "people.manage"),
    Section("Kênh báo tin", "message", "channels:channels", "recipient.write"),
    Section("Giọng đọc", "listen", "media:voices", "voice.manage", country=True),
    Section("Nhật ký hệ thống", "shield", "people:record", "audit.view"),
)


def _navigation(here: Here, path: str) -> Iterator[NavItem]:
    """The sections that exist and are open to this person; the one that holds `path` is the current one."""
    for section in SECTIONS:
        url = address(section.url_name)
        if url and here.may(section.capability) and section.shown(here) and _is_theirs(section, here):
            current = path == url or (url != "/" and path.startswith(url))
            yield NavItem(label=section.label, url=url, icon=section.icon, current=current, count=section.waiting(here))


def _bell(here: Here) -> Bell:
    count = notifications.unseen(here.user, here.grants)
    return Bell(url=address("notifications:list"), refresh_url=address("notifications:bell"), count=count)


def _is_theirs(section: Section, here: Here) -> bool:
    return not section.country or here.area.path == NOW_ROOT


def _stop(here: Here) -> StopSheet:
    full_name = here.area.full_name
    return StopSheet(
        area=here.area.path,
        place=full_name[:1].lower() + full_name[1:],
        speakers=_speakers(here),
        choices=tuple(_choices(here)),
        action=address("devices:stop_all"),
    )


def _speakers(here: Here) -> int:
    """How many a stop would silence; of a commune the lines of its loudspeakers are read anyway."""
    if _is_above(here):
        return devices.reach(here.area.path).devices
    return sum(row.sounds for row in devices.device_rows(here.area.path, here.now))


def _choices(here: Here) -> Iterator[StopChoice]:
    """During a session: this item, or the rest of the session. Otherwise an hour, or the day."""
    day = clock.local(here.now).date()
    spans = spans_of_day(here.area, day)
    session = max((span.end for span in spans if span.start <= here.now < span.end), default=None)
    if session is None:
        hour = here.now + timedelta(hours=1)
        yield StopChoice(scope="session", label=f"Dừng 1 giờ, đến {clock.local(hour):%H:%M}", until=hour)
        midnight = clock.local(here.now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        yield StopChoice(scope="session", label="Dừng hết hôm nay", until=midnight)
        return
    on_air = [segment.end for segment in today.today(here.area, here.now).on_air]
    if on_air:
        yield StopChoice(scope="item", label="Dừng mục đang phát", until=min(on_air) + SPARE)
    yield StopChoice(scope="session", label=f"Dừng hết buổi, đến {clock.local(session):%H:%M}", until=session)


def _alerts(here: Here, path: str) -> Alerts | None:
    """What sounds and what waits, but for what the page itself is about."""
    if not here.may("alert.view"):
        return None
    url, compose = reverse("alerts:board", args=["__id__"]), here.may("alert.author")
    sounding = [
        AlertNow(
            id=row.pk, title=row.headline, look="alert" if row.status == "actual" else "drill",
            text=f"Phát lúc {hm(row.issued or row.asked_at)}, {row.area.full_name if row.area else ''}.",
            url=url.replace("__id__", row.pk),
        )
        for row in alerts.active(here.area.path, here.now)
        if f"/{row.pk}/" not in path
    ]  # fmt: skip
    asked = [
        AlertNow(
            id=row.pk, title=f"Chờ anh/chị xác nhận: {row.headline}", look="person",
            text=f"{row.author_name} xin phát lúc {hm(row.asked_at)}.", url=f"{url.replace('__id__', row.pk)}xac-nhan/",
        )
        for row in alerts.waiting(here.user, here.now)
        if f"/{row.pk}/" not in path
    ]  # fmt: skip
    return Alerts(
        url=url, compose_url=address("alerts:compose") if compose else "", confirms=here.may("alert.confirm"),
        now=(*asked, *sounding),
    )  # fmt: skip


def _hold(here: Here) -> Hold | None:
    """The stop of the whole area that lasts longest, as far as it has reached the database; the gateway knows more."""
    holds = [hold for hold in devices.holds_now(here.area.path, here.now) if hold.subject.startswith("area/")]
    for row in sorted(holds, key=lambda hold: hold.until or here.now, reverse=True):
        if row.until is not None:
            return Hold(id=str(row.entry), by=row.by_name, at=row.at, until=row.until, reason=row.reason)
    return None


def address(name: str) -> str:
    """The address with this name, "" while there is none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
