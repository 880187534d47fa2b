"""Thư viện: the sounds of the area and those that other units share, what was made of each, how long it is kept."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from loa.areas.models import Area
from loa.areas.rules import is_inside
from loa.broadcasts.queries import shelf
from loa.broadcasts.web.compose.forms import Day
from loa.bulletins import library
from loa.bulletins.access import bulletin_for
from loa.bulletins.actions import sharing as sharing_actions
from loa.bulletins.models import Bulletin, Version
from loa.bulletins.rules import LANGUAGES
from loa.kernel import clock
from loa.kernel.errors import NotFound
from loa.media import library as shelves
from loa.media import queries as media
from loa.media import retention, sharing
from loa.media.actions import shelf as media_actions
from loa.media.actions.blocks import MINE
from loa.media.library import ELSEWHERE, Wanted
from loa.media.models import Block, Origin, Sound
from loa.media.web.listening import answer
from loa.people import access as people
from loa.people.models import User

WRITE, APPROVE = "bulletin.write", "bulletin.approve"
SHARED = "chung"
SHELVES = (("", "Của đơn vị"), (SHARED, "Nơi khác cho dùng"))
ORIGINS = (
    ("", "Tất cả"),
    (Origin.SYNTHESISED, "Giọng máy"),
    (Origin.RECORDED, "Thu âm"),
    (Origin.UPLOADED, "Tệp tải lên"),
    (Origin.EDITED, "Đã cắt ghép"),
    (Origin.BUILT, "Dựng theo mẫu"),
    (ELSEWHERE, "Lấy của nơi khác"),
)
BADGES = {
    Origin.SYNTHESISED: "Giọng máy",
    Origin.RECORDED: "Thu âm",
    Origin.UPLOADED: "Tệp tải lên",
    Origin.EDITED: "Đã cắt ghép",
    Origin.BUILT: "Dựng theo mẫu",
}
QUALITY = {"pass": ("ok", "Đạt"), "warn": ("person", "Nên nghe lại"), "fail": ("person", "Chưa đạt")}


class Filters(forms.Form):
    """What narrows the list; whatever cannot be read narrows nothing but is told."""

    tim = forms.CharField(label="Tìm theo tên hoặc lời đọc", required=False, max_length=200)
    loai = forms.ChoiceField(label="Loại tin", required=False)
    hieu = forms.ChoiceField(
        label="Dùng làm", required=False, choices=[("", "Mọi loại tiếng"), ("any", "Mọi tiếng hiệu"), *Block.choices]
    )
    tieng = forms.ChoiceField(label="Ngôn ngữ", required=False, choices=[("", "Mọi ngôn ngữ"), *LANGUAGES.items()])
    tu = Day(label="Từ ngày", required=False)
    den = Day(label="Đến ngày", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["loai"].choices = [("", "Mọi lĩnh vực"), *library.groups()]  # type: ignore[attr-defined]
        self.fields["tim"].widget = forms.TextInput({"type": "search", "autocomplete": "off", "enterkeyhint": "search"})

    def value(self, name: str) -> Any:
        """What was entered, as far as it can be read."""
        return self.cleaned_data.get(name) or ""

    def day(self, name: str) -> date | None:
        """A day, if one was entered."""
        return self.cleaned_data.get(name) or None


@dataclass(frozen=True, slots=True)
class Row:
    """One sound of the list in words."""

    sound: Sound
    title: str
    address: str
    play: str
    by: str
    badges: tuple[str, ...]
    quality: tuple[str, str]
    own: bool


@dataclass(frozen=True, slots=True)
class Here:
    """Who looks, for which area, for which draft (`?ban-tin=`)."""

    user: User
    area: Area
    now: datetime
    bulletin: Bulletin | None

    @classmethod
    def of(cls, request: HttpRequest) -> "Here":
        """From the address. Raises NotFound, Denied."""
        user, now = people.signed_in(request), clock.now()
        draft = _draft(user, request.GET.get("ban-tin", ""), now)
        area = draft.area if draft else people.place_for(user, request.GET.get("don-vi", ""), now)
        people.require(user, "view", area, now)
        return cls(user, area, now, draft)

    @property
    def query(self) -> str:
        """What every address of the library carries along."""
        draft = f"&ban-tin={self.bulletin.pk}" if self.bulletin else ""
        return f"?don-vi={self.area.path}{draft}"

    def owns(self, sound: Sound) -> bool:
        """Whether it belongs to the area, or to a part of it."""
        return is_inside(sound.area.path, self.area.path)

    def may(self, capability: str, sound: Sound) -> bool:
        """Whether this person holds the capability where the sound belongs."""
        return people.may(self.user, capability, sound.area, self.now)


def _draft(user: User, name: str, now: datetime) -> Bulletin | None:
    if not name:
        return None
    try:
        return bulletin_for(user, UUID(name), now, WRITE)
    except ValueError:
        raise NotFound from None


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is looked for with `?tim=` and the other filters; `?kho=chung` looks at what other units share."""
    here, shared = Here.of(request), request.GET.get("kho") == SHARED
    form = Filters(request.GET)
    form.is_valid()
    origin = request.GET.get("nguon", "")
    rows = library.shared_with(here.area) if shared else shelves.own(here.area)
    if form.value("loai"):
        rows = library.with_category(rows, form.value("loai"))
    wanted = Wanted(
        words=form.value("tim"), origin=origin if origin in dict(ORIGINS) else "", block=form.value("hieu"),
        language=form.value("tieng"), since=form.day("tu"), until=form.day("den"),
    )  # fmt: skip
    found = shelves.page(
        shelves.narrowed(rows, wanted), _number(request.GET.get("trang", "")), None if shared else here.area
    )
    context = {
        "here": here,
        "area": here.area,
        "form": form,
        "rows": _rows(found.rows, here),
        "page": found,
        "shared": shared,
        "origin": wanted.origin,
        "chips": [(value, name, _with(request, nguon=value, trang="")) for value, name in ORIGINS],
        "shelves": [(value, name, _with(request, kho=value, trang="")) for value, name in SHELVES],
        "before": _with(request, trang=str(found.number - 1)) if found.number > 1 else "",
        "after": _with(request, trang=str(found.number + 1)) if found.more else "",
        "narrowed": any(request.GET.get(name) for name in (*form.fields, "nguon")),
        "plain": reverse("broadcasts:library") + here.query,
    }  # fmt: skip
    return render(request, "broadcasts/library.html", context)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 1


def _with(request: HttpRequest, **changed: str) -> str:
    """The same address with these fields; empty ones are left out."""
    query = request.GET.copy()
    for name, value in changed.items():
        query[name] = value
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    return f"?{query.urlencode()}"


def _rows(sounds: Iterable[Sound], here: Here) -> list[Row]:
    versions = library.words_of(sounds)
    return [_row(sound, versions, here) for sound in sounds]


def _row(sound: Sound, versions: Mapping[UUID, Version], here: Here) -> Row:
    version, own = versions.get(sound.pk), here.owns(sound)
    maker = sound.made_by.full_name if own and sound.made_by else ""
    return Row(
        sound=sound,
        title=(version.title if version else "") or sound.title or "Tiếng chưa có tên",
        address=reverse("broadcasts:library_sound", args=[sound.pk]) + here.query,
        play=_play(sound, here),
        by=maker or sound.area.full_name,
        badges=_badges(sound),
        quality=QUALITY.get(str(sound.quality.get("verdict", "")), ("", "")),
        own=own,
    )


def _badges(sound: Sound) -> tuple[str, ...]:
    machine = sound.voice and sound.origin != Origin.SYNTHESISED
    kept = [
        "Lấy của nơi khác" if shelves.is_taken(sound) else BADGES[Origin(sound.origin)],
        "Giọng máy" if machine else "",
        sound.get_block_display() if sound.block else "",
        "Cho đơn vị khác dùng" if sound.shared else "",
    ]
    return tuple(one for one in kept if one)


def _play(sound: Sound, here: Here) -> str:
    return reverse("broadcasts:library_play", args=[sound.pk]) + here.query


@login_required
@require_safe
def play(request: HttpRequest, sound: UUID) -> HttpResponse | StreamingHttpResponse:
    """Its file, also for those with whom it is shared."""
    here = Here.of(request)
    return answer(request, library.sound_for(here.user, sound, here.area, here.now))


@login_required
@require_safe
def show(request: HttpRequest, sound: UUID) -> HttpResponse:
    """One sound: hear it, read it, where it aired, who may use it, how long it is kept."""
    here = Here.of(request)
    row = library.sound_for(here.user, sound, here.area, here.now)
    own = people.may(here.user, "view", row.area, here.now)
    version = library.approved_version(row)
    facts = shelf.facts_of([row], here.now)[row.pk] if own else None
    context = {
        "here": here,
        "area": here.area,
        "sound": row,
        "title": (version.title if version else "") or row.title or "Tiếng chưa có tên",
        "play": _play(row, here),
        "badges": _badges(row),
        "words": (version.text if version else "") or row.transcript or row.spoken,
        "own": own,
        "mine": here.owns(row),
        "back": reverse("broadcasts:library") + here.query,
        "licence": sharing.licence_name(row.licence),
        "no_longer": _no_longer(row),
        "usage": shelf.usage(row, here.now) if own else None,
        "kept": retention.in_words(facts) if facts else "",
        "kept_why": retention.why(facts) if facts else "",
        "draft_id": uuid.uuid4(),
        "months": retention.MONTHS.items(),
        "licences": sharing.LICENCES.items(),
        "source": row.source or library.place_of(row.area),
        "may_mend": here.may("media.write", row),
        "may_reuse": people.may(here.user, WRITE, here.area, here.now) and (here.owns(row) or row.shared),
        "may_share": here.may(APPROVE, row) and version is not None and not shelves.is_taken(row),
        "machine": media.machine_speaks(row),
        "uses": [] if row.block == Block.SIREN else [(block, Block(block).label) for block in MINE],
    }
    return render(request, "broadcasts/library_sound.html", context)


def _no_longer(sound: Sound) -> bool:
    """Whether it came from another unit that no longer lets others use it, or has withdrawn it."""
    base = sound.made_from
    return base is not None and shelves.is_taken(sound) and not (base.shared and library.approved_version(base))


@login_required
@require_POST
def reuse(request: HttpRequest, sound: UUID) -> HttpResponse:
    """A new draft with it, or with `?ban-tin=` the sound of that draft."""
    here = Here.of(request)
    if here.bulletin is not None:
        sharing_actions.put_into(actor=here.user, sound_id=sound, bulletin_id=here.bulletin.pk, now=here.now)
        messages.success(request, "Đã đưa tiếng vào bản tin. Hãy nghe lại rồi gửi duyệt.")
        return redirect("broadcasts:compose_one", here.bulletin.pk)
    made = sharing_actions.reuse(
        actor=here.user, sound_id=sound, area=here.area, bulletin_id=_asked(request), now=here.now
    )
    messages.success(request, "Đã tạo bản nháp mới từ thư viện. Xem lại chữ, chọn giờ phát rồi gửi duyệt.")
    return redirect("broadcasts:compose_one", made.pk)


def _asked(request: HttpRequest) -> UUID:
    """The id that the page gave the draft: pressed twice, it is one draft."""
    try:
        return UUID(request.POST.get("id", ""))
    except ValueError:
        return uuid.uuid4()


@login_required
@require_POST
def share(request: HttpRequest, sound: UUID) -> HttpResponse:
    """Fields `licence` and `source`; `do` = stop ends it."""
    user, now = people.signed_in(request), clock.now()
    if request.POST.get("do") == "stop":
        sharing_actions.unshare(actor=user, sound_id=sound, now=now)
        messages.success(request, "Đơn vị khác không dùng mới được nữa. Bản tin họ đã duyệt trước đó vẫn giữ.")
    else:
        sharing_actions.share(
            actor=user, sound_id=sound, licence=request.POST.get("licence", ""),
            source=request.POST.get("source", ""), now=now,
        )  # fmt: skip
        messages.success(request, "Đơn vị khác đã tìm thấy và dùng lại được tiếng này.")
    return redirect("broadcasts:library_sound", sound)


@login_required
@require_POST
def prolong(request: HttpRequest, sound: UUID) -> HttpResponse:
    """Fields `months` and `reason`."""
    months = _number(request.POST.get("months", ""))
    row = media_actions.prolong(
        actor=people.signed_in(request), sound_id=sound, months=months, reason=request.POST.get("reason", ""),
        now=clock.now(),
    )  # fmt: skip
    messages.success(request, f"Tiếng được giữ ít nhất đến {row.kept_until:%d/%m/%Y}.")
    return redirect("broadcasts:library_sound", sound)
