"""Thư viện: the sounds of the unit, of those below it, and of others that share; each can be found by what it says."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from loa.broadcasts.web.compose.forms import Day
from loa.broadcasts.web.library.here import BELOW, MAKE, SHARED, UNNAMED, Here, badges, number
from loa.bulletins import library, origins
from loa.bulletins.origins import Fate
from loa.bulletins.queries import categories_for, category_key
from loa.bulletins.rules import LANGUAGES
from loa.media import library as media
from loa.media import sharing
from loa.media.library import ELSEWHERE, FOR_ALERTS, Wanted
from loa.media.models import Block, Origin, Sound
from loa.people import access as people

ORIGINS = (
    ("", "Tất cả"),
    (Origin.SYNTHESISED, "Giọng máy"),
    (Origin.RECORDED, "Thu âm"),
    (Origin.UPLOADED, "Tệp tải lên"),
    (Origin.EDITED, "Đã cắt ghép"),
    (Origin.BUILT, "Dựng theo mẫu"),
    (ELSEWHERE, "Lấy của nơi khác"),
)
USES = [(value, name) for value, name in Block.choices if value not in FOR_ALERTS]
QUALITY = {"pass": ("ok", "Đạt"), "warn": ("person", "Nên nghe lại"), "fail": ("person", "Chưa đạt")}


class Filters(forms.Form):
    """What narrows the list; whatever cannot be read narrows nothing but is told."""

    tim = forms.CharField(label="Tìm theo tên hoặc lời đọc", required=False, max_length=200)
    loai = forms.ChoiceField(label="Lĩnh vực", required=False)
    hieu = forms.ChoiceField(
        label="Dùng làm", required=False, choices=[("", "Mọi loại tiếng"), ("any", "Mọi tiếng hiệu"), *USES]
    )
    tieng = forms.ChoiceField(label="Ngôn ngữ", required=False, choices=[("", "Mọi ngôn ngữ"), *LANGUAGES.items()])
    tu = Day(label="Từ ngày", required=False)
    den = Day(label="Đến ngày", required=False)

    def __init__(self, *args: Any, here: Here, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(category_key(row), row.name) for row in categories_for(here.area)]
        self.fields["loai"].choices = [("", "Mọi lĩnh vực"), *known]  # type: ignore[attr-defined]
        self.fields["tim"].widget = forms.TextInput({"type": "search", "autocomplete": "off", "enterkeyhint": "search"})

    def value(self, name: str) -> Any:
        """What was entered, as far as it can be read."""
        return self.cleaned_data.get(name) or ""

    def day(self, name: str) -> date | None:
        """A day, if one was entered."""
        return self.cleaned_data.get(name) or None


@dataclass(frozen=True, slots=True)
class Row:
    """One sound of the list in words; `usable` says whether it may go into a bulletin of this unit."""

    sound: Sound
    title: str
    address: str
    play: str
    by: str
    terms: str
    badges: tuple[str, ...]
    quality: tuple[str, str]
    usable: bool
    fate: Fate | None


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is looked for with `?tim=` and the other filters; `?kho=` is the shelf (`Here.shelves`)."""
    here, shelf = Here.of(request), request.GET.get("kho", "")
    form = Filters(request.GET, here=here)
    form.is_valid()
    origin = request.GET.get("nguon", "")
    wanted = Wanted(
        words=form.value("tim"), origin=origin if origin in dict(ORIGINS) else "", block=form.value("hieu"),
        language=form.value("tieng"), since=form.day("tu"), until=form.day("den"),
    )  # fmt: skip
    shelf = shelf if shelf in dict(here.shelves) else ""
    parts = [media.narrowed(part, wanted) for part in _parts(here, shelf, form.value("loai"))]
    found = media.page(parts, number(request.GET.get("trang", "")))
    context = {
        "here": here,
        "area": here.area,
        "form": form,
        "rows": _rows(found.rows, here),
        "page": found,
        "shelf": shelf,
        "origin": wanted.origin,
        "chips": [(value, name, _with(request, nguon=value, trang="")) for value, name in ORIGINS],
        "shelves": [(value, name, _with(request, kho=value, trang="")) for value, name in here.shelves],
        "before": _with(request, trang=str(found.number - 1)) if found.number > 1 else "",
        "after": _with(request, trang=str(found.number + 1)) if found.more else "",
        "narrowed": any(request.GET.get(name) for name in (*form.fields, "nguon")),
        "filtered": any(request.GET.get(name) for name in form.fields if name != "tim"),
        "plain": _with(request, **dict.fromkeys((*form.fields, "nguon", "trang"), "")),
        "going": reverse("broadcasts:library_going") + here.query,
        "may_keep": people.may(here.user, MAKE, here.area, here.now),
    }  # fmt: skip
    return render(request, "broadcasts/library/listing.html", context)


def _parts(here: Here, shelf: str, category: str) -> list[QuerySet[Sound]]:
    """What stands on it, of one category if asked for."""
    if shelf == SHARED:
        return library.shared_parts(here.area, category)
    parts = [media.below(here.area)] if shelf == BELOW else media.own_parts(here.area)
    return [library.with_category(part, category) for part in parts] if category else parts


def _with(request: HttpRequest, **changed: str) -> str:
    """The same address with these fields; empty ones are left out."""
    query = request.GET.copy()
    for name, value in changed.items():
        query[name] = value
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _rows(sounds: Iterable[Sound], here: Here) -> list[Row]:
    """The number of queries is always the same."""
    sounds = list(sounds)
    others = [one.pk for one in sounds if not here.owns(one)]
    usable = set(library.shared_with(here.area).filter(pk__in=others).values_list("pk", flat=True))
    usable |= {one.pk for one in sounds if here.owns(one)}
    shared = library.still_shared([one.pk for one in sounds])
    fates = origins.fates(sounds)
    return [_row(one, here, usable, shared, fates.get(one.pk)) for one in sounds]


def _row(sound: Sound, here: Here, usable: Collection[UUID], shared: Collection[UUID], fate: Fate | None) -> Row:
    own = here.owns(sound)
    return Row(
        sound=sound,
        title=sound.title or UNNAMED,
        address=here.address("library_sound", sound),
        play=here.address("library_play", sound),
        by=_by(sound, own=own),
        terms=sharing.licence_name(sound.licence) if media.is_taken(sound) or (not own and sound.pk in usable) else "",
        badges=badges(sound, shared=own and sound.pk in shared),
        quality=QUALITY.get(str(sound.quality.get("verdict", "")), ("", "")),
        usable=sound.pk in usable and sound.removed_at is None and fate is None,
        fate=fate,
    )


def _by(sound: Sound, *, own: bool) -> str:
    """Who made it; of another unit the place, unless its source says so."""
    if own and sound.made_by:
        return sound.made_by.full_name
    return "" if sound.source and not own else sound.area.full_name
