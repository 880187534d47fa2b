"""One sound of the library: hear it, read it, where it aired, who may use it, how long it is kept."""

import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from loa.broadcasts.queries import shelf
from loa.broadcasts.queries.usage import usage
from loa.broadcasts.web.library.here import APPROVE, MAKE, UNNAMED, WRITE, Here, badges, number
from loa.bulletins import library, origins
from loa.bulletins.actions import sharing as actions
from loa.bulletins.models import Version
from loa.bulletins.preflight.checks import lowered
from loa.bulletins.rules import LANGUAGES
from loa.kernel import clock
from loa.media import library as media
from loa.media import queries, retention, sharing
from loa.media.actions import shelf as media_actions
from loa.media.actions.blocks import MINE
from loa.media.models import Block, Sound
from loa.media.web.listening import answer
from loa.people import access as people


@login_required
@require_safe
def play(request: HttpRequest, sound: UUID) -> HttpResponse | StreamingHttpResponse:
    """Its file, also for those with whom it is shared."""
    here = Here.of(request)
    return answer(request, library.sound_for(here.user, sound, here.area, here.now))


@login_required
@require_safe
def show(request: HttpRequest, sound: UUID) -> HttpResponse:
    """The page; `?lan=` leafs through its airings."""
    here = Here.of(request)
    row = library.sound_for(here.user, sound, here.area, here.now)
    version = library.approved_version(row)
    own = here.may("view", row)
    context = {
        "here": here,
        "area": here.area,
        "sound": row,
        "title": row.title or (version.title if version else "") or UNNAMED,
        "play": here.address("library_play", row),
        "words": row.transcript or row.spoken or (version.text if version else ""),
        "category": version.category if version else None,
        "own": own,
        "back": reverse("broadcasts:library") + here.query,
        "fate": origins.fate(row),
        "machine": queries.machine_speaks(row),
        **_using(here, row, version),
        **_sharing(here, row, version),
        **(_history(request, here, row) if own else {}),
    }
    return render(request, "broadcasts/library/sound.html", context)


def _using(here: Here, sound: Sound, version: Version | None) -> dict[str, Any]:
    """What this person may do with it, and which languages come along."""
    usable = people.may(here.user, WRITE, here.area, here.now) and library.may_use(here.area, sound)
    said = [language for language, one in library.told(version) if one != sound] if version else []
    left = origins.left_behind(version, here.area, sound) if version and usable else []
    return {
        "may_reuse": usable and not origins.fate(sound),
        "may_mend": here.may(MAKE, sound),
        "uses": [] if sound.block == Block.SIREN else [(block, Block(block).label) for block in MINE],
        "along": ", ".join(lowered(LANGUAGES[language]) for language in said if language not in left),
        "left": ", ".join(lowered(LANGUAGES[language]) for language in left),
        "draft_id": uuid.uuid4(),
    }


def _sharing(here: Here, sound: Sound, version: Version | None) -> dict[str, Any]:
    """Who may use it: `lapsed` when nobody finds it any more although it was shared."""
    shared = sound.shared and (version is not None or bool(sound.block))
    return {
        "badges": badges(sound, shared=shared and here.may("view", sound)),
        "shared": shared,
        "lapsed": sound.shared and not shared,
        "licence": sharing.licence_name(sound.licence),
        "licences": sharing.licences_for(sound.area.path).items(),
        "source": sound.source or library.place_of(sound.area),
        "from_others": not here.owns(sound) and (shared or bool(sound.block)),
        "may_share": here.may(APPROVE, sound) and not media.taken(sound) and (version is not None or sound.shared),
    }


def _history(request: HttpRequest, here: Here, sound: Sound) -> dict[str, Any]:
    """Where it aired, and how long it is kept: for people of its own area."""
    facts = shelf.facts_of([sound], here.now)[sound.pk]
    found = usage(sound, here.user, here.now, number(request.GET.get("lan", "")))
    page = here.address("library_sound", sound)
    return {
        "usage": found,
        "newer": f"{page}&lan={found.number - 1}#h-aired" if found.number > 1 else "",
        "older": f"{page}&lan={found.number + 1}#h-aired" if found.more else "",
        "kept": retention.in_words(facts),
        "kept_why": retention.why(facts),
        "months": retention.MONTHS.items(),
    }


@login_required
@require_POST
def reuse(request: HttpRequest, sound: UUID) -> HttpResponse:
    """A new draft with it, or with `?ban-tin=` the sound of that draft."""
    here = Here.of(request)
    if here.bulletin is not None:
        put = actions.put_into(actor=here.user, sound_id=sound, bulletin_id=here.bulletin.pk, now=here.now)
        main = put.sound is not None and sound in (put.sound.pk, put.sound.made_from_id)
        place = "bản tin" if main else "mục Ngôn ngữ khác của bản tin"
        messages.success(request, f"Đã đưa tiếng vào {place}. Hãy nghe lại rồi gửi duyệt.")
        return redirect("broadcasts:compose_one", here.bulletin.pk)
    made = actions.reuse(actor=here.user, sound_id=sound, area=here.area, bulletin_id=_asked(request), now=here.now)
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
        actions.unshare(actor=user, sound_id=sound, now=now)
        messages.success(request, "Đơn vị khác không dùng mới được nữa. Bản tin họ đã duyệt trước đó vẫn giữ.")
    else:
        shared = actions.share(
            actor=user, sound_id=sound, licence=request.POST.get("licence", ""),
            source=request.POST.get("source", ""), now=now,
        )  # fmt: skip
        what = "tiếng này" if len(shared) == 1 else f"bản tin này với {len(shared)} thứ tiếng"
        messages.success(request, f"Đơn vị khác đã tìm thấy và dùng lại được {what}.")
    return redirect("broadcasts:library_sound", sound)


@login_required
@require_POST
def prolong(request: HttpRequest, sound: UUID) -> HttpResponse:
    """Fields `months` and `reason`."""
    row = media_actions.prolong(
        actor=people.signed_in(request), sound_id=sound, months=number(request.POST.get("months", "")),
        reason=request.POST.get("reason", ""), now=clock.now(),
    )  # fmt: skip
    messages.success(request, f"Tiếng được giữ ít nhất đến {row.kept_until:%d/%m/%Y}.")
    return redirect("broadcasts:library_sound", sound)
