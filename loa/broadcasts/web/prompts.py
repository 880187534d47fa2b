"""Câu có sẵn: a notice that is said again and again is filled in, not written; its fixed words may be recorded once."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from loa.areas.models import Area
from loa.areas.rules import lineage
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import Draft
from loa.kernel import clock
from loa.kernel.errors import Invalid, NotFound
from loa.media import actions as media
from loa.media import queries as media_queries
from loa.media import rules as media_rules
from loa.media.blocks import prompts
from loa.media.blocks.prompts import Blank, Sentence
from loa.media.models import Block, Prompt, Sound, SoundState
from loa.media.reading.read import read
from loa.media.voices import registry
from loa.media.web.blocks import sent
from loa.people import access as people
from loa.people.models import User

WRITE, MAKE = "bulletin.write", "media.write"
METHODS = ["GET", "HEAD", "POST"]
HINTS: Mapping[str, str] = {
    prompts.TIME: "Ví dụ: 7h30.", prompts.DATE: "Ví dụ: 25/8/2026.", prompts.NUMBER: "Ghi bằng số.",
    prompts.WORDS: "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """One sentence of the list; `own`: this place may take it away."""

    sentence: Sentence
    parts: tuple[str | Blank, ...]
    address: str
    own: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One blank of the page."""

    number: int
    label: str
    hint: str
    value: str
    error: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """Fixed words, and the recording of them; `making`: it is being read in."""

    words: str
    sound: Sound | None
    making: bool


@login_required
@require_http_methods(METHODS)
def index(request: HttpRequest) -> HttpResponse:
    """All sentences of `?don-vi=`. Field `do`: add (`name`, `text`), drop (`prompt`)."""
    user, area, now = _here(request)
    error: Invalid | None = None
    if request.method == "POST":
        people.require(user, MAKE, area, now)
        try:
            messages.success(request, _changed(request.POST, user, area, now))
            return redirect(_address("broadcasts:prompts", area))
        except Invalid as refused:
            error = refused
    context = {
        "area": area,
        "offers": list(_offers(area)),
        "may": people.may(user, MAKE, area, now),
        "here": _address("broadcasts:prompts", area),
        "error": error,
        "name": request.POST.get("name", ""),
        "text": request.POST.get("text", ""),
    }
    return render(request, "broadcasts/prompts.html", context, status=422 if error else 200)


@login_required
@require_http_methods(METHODS)
def fill(request: HttpRequest, prompt: str) -> HttpResponse:
    """One sentence. Field `do`: write (`value`s in their order, `voice`, `id`), piece (`words`, and the `recorded` or
    `uploaded` sound that says them).
    """
    user, area, now = _here(request)
    sentence = _sentence(area, prompt)
    error: Invalid | None = None
    if request.method == "POST":
        try:
            return _done(request, user, area, sentence, now)
        except Invalid as refused:
            error = refused
    return render(
        request, "broadcasts/prompt.html", _page(request, area, sentence, error), status=422 if error else 200
    )


def _here(request: HttpRequest) -> tuple[User, Area, datetime]:
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, WRITE, area, now)
    return user, area, now


def _changed(post: QueryDict, user: User, area: Area, now: datetime) -> str:
    if post.get("do") == "drop":
        row = media.close_prompt(actor=user, prompt_id=_id(post.get("prompt", "")), now=now)
        return f"Đã bỏ câu “{row.name}”."
    row = media.save_prompt(actor=user, area=area, name=post.get("name", ""), text=post.get("text", ""), now=now)
    return f"Đã thêm câu “{row.name}”."


def _done(request: HttpRequest, user: User, area: Area, sentence: Sentence, now: datetime) -> HttpResponse:
    if request.POST.get("do") == "piece":
        post = sent(request, user, area, now)
        named = post.get("recorded") or post.get("uploaded") or ""
        if not named:
            raise Invalid("Chưa có tiếng nào được gửi. Hãy thu hoặc chọn tệp trước.", code="empty")
        media.record_piece(actor=user, sound_id=_id(named), words=post.get("words", ""), now=now)
        messages.success(request, "Đã nhận mẩu thu. Xử lý xong, câu nào có lời này sẽ dùng giọng người.")
        return redirect(_address("broadcasts:prompt", area, sentence.key))
    made = _written(request.POST, user, area, sentence, now)
    messages.success(request, "Đã soạn từ câu có sẵn. Hãy nghe, chọn giờ phát rồi gửi duyệt.")
    return redirect("broadcasts:compose_one", made.pk)


@transaction.atomic
def _written(post: QueryDict, user: User, area: Area, sentence: Sentence, now: datetime) -> Bulletin:
    """A draft with the sentence and its sound; asked for twice under one id it is made once. Raises Invalid."""
    name = _asked(post)
    known = Bulletin.objects.filter(pk=name, author=user, area=area).first()
    if known is not None:
        return known
    try:
        parts = prompts.filled(sentence.text, post.getlist("value"))
    except media_rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code, facts=verdict.facts) from verdict
    text = "".join(parts)
    sound = media.splice(
        actor=user, area=area, parts=parts, title=sentence.name, voice=post.get("voice", ""), now=now
    )  # fmt: skip
    spoken = read(text, media_queries.lexicon_for(area)).spoken
    draft = Draft(title=sentence.name, text=text, spoken=spoken, sound=sound.pk)
    return bulletins.create_draft(actor=user, bulletin_id=name, area=area, draft=draft, now=now)


def _page(request: HttpRequest, area: Area, sentence: Sentence, error: Invalid | None) -> dict[str, Any]:
    pieces = list(_pieces(area, sentence))
    wrong = error.facts.get("label") if error else None
    values = request.POST.getlist("value")
    blanks = [part for part in prompts.taken_apart(sentence.text) if isinstance(part, Blank)]
    fields = [
        Field(number, one.label, HINTS[one.kind], values[number] if number < len(values) else "", one.label == wrong)
        for number, one in enumerate(blanks)
    ]
    return {
        "area": area,
        "sentence": sentence,
        "parts": prompts.taken_apart(sentence.text),
        "fields": fields,
        "pieces": pieces,
        "some": any(one.sound for one in pieces),
        "all": all(one.sound for one in pieces),
        "making": any(one.making for one in pieces),
        "voices": registry.choices(),
        "voice": request.POST.get("voice", ""),
        "draft_id": request.POST.get("id") or uuid.uuid4(),
        "error": error,
        "here": _address("broadcasts:prompt", area, sentence.key),
        "back": _address("broadcasts:prompts", area),
    }


def _pieces(area: Area, sentence: Sentence) -> Iterator[Piece]:
    there = media.recorded_in(area)
    unready = [SoundState.WAITING, SoundState.WORKING]
    waiting = Sound.objects.filter(area=area, block=Block.PROMPT, state__in=unready)
    making = set(waiting.values_list("transcript", flat=True))
    for words in prompts.fixed(sentence.text):
        yield Piece(words, there.get(words), words in making)


def _offers(area: Area) -> Iterator[Offer]:
    own = Prompt.objects.filter(area__path__in=lineage(area.path), closed_at=None).order_by("-area__path", "made_at")
    for row in own:
        yield _offer(Sentence(str(row.pk), row.name, row.text), area, own=row.area_id == area.pk)
    for sentence in prompts.ready().values():
        yield _offer(sentence, area, own=False)


def _offer(sentence: Sentence, area: Area, *, own: bool) -> Offer:
    address = _address("broadcasts:prompt", area, sentence.key)
    return Offer(sentence, prompts.taken_apart(sentence.text), address, own)


def _sentence(area: Area, key: str) -> Sentence:
    if key in prompts.ready():
        return prompts.ready()[key]
    row = Prompt.objects.filter(pk=_id(key), area__path__in=lineage(area.path), closed_at=None).first()
    if row is None:
        raise NotFound
    return Sentence(key, row.name, row.text)


def _asked(post: QueryDict) -> UUID:
    """The id that the page gave the draft."""
    try:
        return UUID(post.get("id", ""))
    except ValueError:
        return uuid.uuid4()


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _address(name: str, area: Area, *args: str) -> str:
    return f"{reverse(name, args=args)}?{urlencode({'don-vi': area.path})}"
