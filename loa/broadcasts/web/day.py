"""Hôm nay: what sounded, what sounds, what is coming; which loudspeakers will not sound and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.broadcasts.queries import today as days
from loa.broadcasts.queries import troubles
from loa.broadcasts.queries.today import Strip, Today
from loa.broadcasts.rules.strip import Look, Segment
from loa.broadcasts.web import errands
from loa.devices import queries as devices
from loa.devices.models import Device
from loa.kernel import clock
from loa.people import access as people
from loa.ui import timeline
from loa.ui.format import hm

MORNING, EVENING = time(5), time(21)
_DRAWN = {
    Look.PROVED: "done",
    Look.PARTLY: "part",
    Look.UNHEARD: "part",
    Look.ON_AIR: "live",
    Look.COMING: "next",
    Look.MOVED: "moved",
    Look.DROPPED: "moved",
    Look.STOPPED: "part",
}
_STATES = {
    Look.PROVED: ("ok", "Đã phát {heard}"),
    Look.PARTLY: ("person", "Phát {heard}"),
    Look.UNHEARD: ("person", "Chưa có bằng chứng {heard}"),
    Look.ON_AIR: ("live", "Đang phát"),
    Look.COMING: ("next", "Sắp phát"),
    Look.MOVED: ("moved", "Dời sang {start}"),
    Look.DROPPED: ("moved", "Không phát"),
    Look.STOPPED: ("person", "Bị dừng"),
}
_WHY = {
    "preempted": "Nhường giờ cho {by}",
    "no_room": "Hết chỗ trong buổi, sau {by}",
    "held": "Loa đang được dừng",
    "outside_hours": "Ngoài giờ được phát",
    "stale_offline": "Loa mất liên lạc quá lâu",
    "missing_file": "Loa chưa tải kịp âm thanh",
    "clock_stepped": "Đồng hồ của loa vừa được chỉnh",
    "no_valid_time": "Loa chưa biết giờ đúng",
    "wrong_hash": "Tệp âm thanh bị hỏng, loa không phát",
    "expired": "Đã qua giờ phát",
    "was_off": "Lúc đó loa không hoạt động",
    "interrupted": "Loa tắt hoặc khởi động lại giữa chừng",
    "no_card": "Cạc âm thanh của loa không trả lời",
    "no_relay": "Nguồn tiếp âm bị mất một lúc",
    "stopped": "Có người dừng giữa chừng",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the day for the list: `kind` and `word` are its state, `hint` why it is so."""

    segment: Segment
    kind: str
    word: str
    hint: str

    @property
    def live(self) -> bool:
        """It sounds now."""
        return self.segment.look is Look.ON_AIR

    @property
    def icon(self) -> str:
        """The drawing of its tag, if it is not the usual one of the kind."""
        return "stop" if self.segment.look is Look.STOPPED else ""


@dataclass(frozen=True, slots=True)
class GroupStrip:
    """A group with its drawing; `state` is the word beside its name."""

    name: str
    hint: str
    state: str
    live: bool
    drawing: timeline.Strip


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The commune of the signed-in person, or `?don-vi=`. Above communes the devices page tells more."""
    now = clock.now()
    area = people.place_for(request.user, request.GET.get("don-vi", ""), now)
    if area.level < Level.COMMUNE:
        return redirect("devices:list")
    day = days.today(area, now)
    lines = [line(segment, now) for segment in day.all.segments]
    context = {
        "area": area,
        "asked": f"?don-vi={area.path}",
        "errands": errands.errands(people.signed_in(request), area, now),
        "day": day,
        "summary": summary(day),
        "strips": [group_strip(group, day, now) for group in day.groups],
        "lines": lines,
        "troubles": troubles.of_plans(area, now),
        "on_air": day.on_air[0] if day.on_air else None,
        "following": next((one for one in day.all.segments if one.look in (Look.COMING, Look.MOVED)), None),
        "listen_to": playing_device(area, now),
        "devices": len(day.all.devices),
        "silences": devices.silences(day.silent),
    }
    if day.on_air:
        context["on_air_ms"] = (day.on_air[0].end - day.on_air[0].start) // timedelta(milliseconds=1)
    part = request.headers.get("HX-Request") == "true"
    return render(request, "broadcasts/today_part.html" if part else "broadcasts/today.html", context)


def summary(day: Today) -> str:
    """The one sentence below the heading."""
    total, online = len(day.all.devices), day.all.online
    if not total:
        return "Chưa có cụm loa nào."
    if day.holds:
        return f"Loa đang dừng. {online} trên {total} cụm loa đang liên lạc."
    playing = max((segment.playing for segment in day.on_air), default=0)
    if day.on_air:
        return f"Đang phát. {playing} trên {total} cụm loa báo đang kêu."
    return f"Không phát gì lúc này. {online} trên {total} cụm loa đang liên lạc."


def group_strip(group: Strip, day: Today, now: datetime) -> GroupStrip:
    """The strip of one group, 05:00-21:00 or as far as its day goes beyond."""
    starts, ends = hours_shown(group, now)
    words = [told(one) for one in group.segments]
    drawn = zip(group.segments, words, strict=True)
    segments = [timeline.Segment(_DRAWN[one.look], one.start, one.end, title) for one, title in drawn]
    held = [timeline.Segment("hold", hold.at, hold.until or hold.at, "Loa dừng") for hold in day.holds]
    playing = max((one.playing for one in group.segments if one.look is Look.ON_AIR), default=0)
    silent = len(group.devices) - group.online
    return GroupStrip(
        name=group.name,
        hint=f"{len(group.devices)} cụm loa" + (f", {silent} cụm mất liên lạc" if silent else ""),
        state=f"{playing}/{len(group.devices)} đang kêu"
        if playing
        else f"{group.online}/{len(group.devices)} liên lạc",
        live=playing > 0,
        drawing=timeline.strip(label(group, words), starts, ends, [*segments, *held], now),
    )


def hours_shown(group: Strip, now: datetime) -> tuple[datetime, datetime]:
    """The usual day, made longer where something sounds outside it."""
    local = clock.local(now)
    starts, ends = (datetime.combine(local.date(), at, clock.LOCAL) for at in (MORNING, EVENING))
    for segment in group.segments:
        while segment.start < starts:
            starts -= timedelta(hours=2)
        while segment.end > ends:
            ends += timedelta(hours=2)
    return starts, ends


def label(group: Strip, parts: Sequence[str]) -> str:
    """The strip in words; `parts` are its segments in words."""
    return f"Nhóm {group.name}: " + ("; ".join(parts) if parts else "hôm nay không phát gì")


def told(segment: Segment) -> str:
    """One segment in words."""
    return f"{hm(segment.start)} {segment.title}, {state(segment)[1].lower()}"


def line(segment: Segment, now: datetime) -> Line:
    """One row of the list."""
    kind, word = state(segment)
    return Line(segment, kind, word, why(segment))


def state(segment: Segment) -> tuple[str, str]:
    """Kind of tag and its word."""
    kind, word = _STATES[segment.look]
    return kind, word.format(heard=f"{segment.proved}/{segment.expected}", start=hm(segment.start))


def why(segment: Segment) -> str:
    """The reason under an item that does not go as planned."""
    if segment.look is Look.STOPPED:
        return _WHY["stopped"]
    return reason_words(segment.reason, segment.by)


def reason_words(reason: str, by: str = "") -> str:
    """A code of the wire for people; `by` is the title of what it gave way to. Empty for an unknown code."""
    words = _WHY.get(reason, "")
    if "{by}" in words and not by:
        return "Nhường giờ cho mục ưu tiên hơn"
    return words.format(by=f"“{by}”") if words else ""


def playing_device(area: Area, now: datetime) -> Device | None:
    """A loudspeaker that can be listened to: one that plays now, else any that is there."""
    rows = [row for row in devices.device_rows(area.path, now) if row.online]
    rows.sort(key=lambda row: (not row.status.playing, row.device.number))
    return rows[0].device if rows else None
