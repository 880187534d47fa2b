"""Sửa tiếng: the page on which a sound is cut, joined and cleared. What is saved is a new sound, made by the worker."""

import json
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from loa.areas.models import Area
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.media import actions, queries, rules
from loa.media.access import sound_for
from loa.media.editing.edits import from_json, to_json
from loa.media.models import Origin, Sound, SoundState
from loa.people import access as people
from loa.people.models import User

WRITE = "media.write"
EDGES = (("start", "Đầu đoạn"), ("end", "Cuối đoạn"))
MOST_SENT = 100_000  # characters of JSON: three hundred operations


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, sound: UUID) -> HttpResponse:
    """The editor of one sound; a POST saves and answers where to go on."""
    now, user = clock.now(), people.signed_in(request)
    row = sound_for(user, sound, now, WRITE)
    if request.method == "POST":
        made = take(request, user, row.area, row)
        return JsonResponse({"id": str(made.pk), "go": reverse("media:edit", args=[made.pk])})
    return page(request, row, {"save_url": request.path})


@login_required
@require_POST
def cancel(request: HttpRequest, sound: UUID) -> HttpResponse:
    """Drop what is still being made, and go back to what it was made from."""
    now, user = clock.now(), people.signed_in(request)
    row = sound_for(user, sound, now, WRITE)
    base = actions.base_of(row)
    actions.cancel(actor=user, sound=row, now=now)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = reverse("media:edit", args=[base.pk]) if base != row else reverse("home")
    return response


def take(request: HttpRequest, user: User, area: Area, sound: Sound) -> Sound:
    """The sound that the posted edits make: fields `edits` (JSON) and `id` (made by the browser). Raises Invalid."""
    try:
        text = request.POST.get("edits", "")
        edits = from_json(json.loads(text) if len(text) <= MOST_SENT else None)
        name = UUID(request.POST.get("id", ""))
    except rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    except ValueError:
        raise Invalid(rules.MESSAGES["edit_odd"], code="edit_odd") from None
    return actions.edit(actor=user, area=area, sound=sound, edits=edits, sound_id=name, now=clock.now())


def page(request: HttpRequest, sound: Sound, more: dict[str, Any]) -> HttpResponse:
    """The page; `more` says where it saves (`save_url`), and how one gets back (`back_url`, `back_words`)."""
    base = actions.base_of(sound)
    ready = sound.state == SoundState.READY and base.state == SoundState.READY
    context = {
        "sound": sound,
        "base": base,
        "ready": ready,
        "waiting": sound.state in (SoundState.WAITING, SoundState.WORKING),
        "lost": base.original == "" and base.origin in (Origin.RECORDED, Origin.UPLOADED),
        "edited": sound.origin == Origin.EDITED,
        "offered": queries.joinable(sound.area, base.pk) if ready else [],
        "facts": json.dumps(_facts(sound, base)),
        "edges": EDGES,
    }
    if request.headers.get("HX-Request"):
        return _making(request, context)
    return render(request, "media/editor.html", context | more)


def _making(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The part that tells how far the worker is; the whole page once it is done."""
    if context["waiting"]:
        return render(request, "media/editor_waiting.html", context)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = request.get_full_path()
    return response


def _facts(sound: Sound, base: Sound) -> dict[str, Any]:
    """What the script needs to know; the words of refusals are those of the server."""
    edits = sound.edits if sound.origin == Origin.EDITED else {}
    return {
        "base": str(base.pk),
        "length": base.duration_ms,
        "edits": to_json(from_json(edits)),
        "sounds": reverse("media:heights", args=[base.pk]).partition(str(base.pk))[0],
        "words": {code: words for code, words in rules.MESSAGES.items() if code.startswith("edit_")},
    }
