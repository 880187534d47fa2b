"""Sửa tiếng from the page of a bulletin: what is saved there becomes the sound of the draft."""

from dataclasses import replace
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from loa.broadcasts.web.compose import spots
from loa.bulletins import actions as bulletins
from loa.bulletins import queries as bulletin_queries
from loa.bulletins.access import bulletin_for
from loa.bulletins.models import Bulletin, State, Version
from loa.bulletins.rules import WHY_NOT, Draft
from loa.kernel import clock
from loa.kernel.errors import NotFound, Refusal
from loa.media.models import Sound, SoundState
from loa.media.web import editor
from loa.people import access as people

WRITE = "bulletin.write"
CLOSED = (State.SUBMITTED, State.WITHDRAWN)


@login_required
@require_http_methods(["GET", "POST"])
def mend(request: HttpRequest, bulletin: UUID, language: str = "") -> HttpResponse:
    """The editor of the draft's sound, in one further language or the main one. An approved or returned one gets a new
    draft; what aired stays.
    """
    now, user = clock.now(), people.signed_in(request)
    row = bulletin_for(user, bulletin, now, WRITE)
    version = bulletin_queries.newest(row)
    sound = _sound_of(version, language)
    back = reverse("broadcasts:compose_one", args=[row.pk])
    if request.method == "GET":
        if row.state in CLOSED:
            return redirect("broadcasts:bulletin", row.pk)
        if sound.state != SoundState.READY:
            return redirect(back)
        return editor.page(request, sound, {"save_url": request.path, "back_url": back, "back_words": "Về bản tin"})
    if row.state in CLOSED:
        raise Refusal(WHY_NOT[State(row.state)], code="wrong_state")
    with transaction.atomic():
        made = editor.take(request, user, row.area, sound)
        _use(request, row, version, language, made.pk)
    before = spots.remember(language, sound.pk) if sound.state == SoundState.READY and made != sound else ""
    return JsonResponse({"id": str(made.pk), "go": back + before})


def _sound_of(version: Version, language: str) -> Sound:
    further = {one.language: one.sound for one in bulletin_queries.languages_of(version)}
    sound = further.get(language) if language else version.sound
    if sound is None:
        raise NotFound
    return sound


def _use(request: HttpRequest, row: Bulletin, version: Version, language: str, sound: UUID) -> None:
    """The same words with another sound in this language; sent twice, it is the sound already."""
    if _sound_of(version, language).pk == sound:
        return
    languages = tuple(
        replace(one, sound=sound, sound_reason="") if one.language == language else one
        for one in bulletin_queries.further(version)
    )
    draft = Draft(
        title=version.title, text=version.text, spoken=version.spoken, sound=version.sound_id if language else sound,
        category=bulletin_queries.category_key(version.category), priority=version.priority, language=version.language,
        valid_from=version.valid_from, valid_to=version.valid_to, readings=version.readings, said=version.said,
        voicing=version.voicing, sound_reason=version.sound_reason if language else "", languages=languages,
    )  # fmt: skip
    bulletins.save_version(
        actor=people.signed_in(request), bulletin_id=row.pk, draft=draft, revision=row.revision, now=clock.now()
    )
