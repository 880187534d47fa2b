"""What a browser played of a spoken sound, told while it is heard; kept there while the network is away.

A page that lets somebody listen carries a stamp: who, which sound, since when. It is signed, so that nobody has been
listening for longer than the page has been there, and needs no row of its own.
"""

import json
from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.media import actions, heard
from loa.media.access import sound_for
from loa.media.heard import Span
from loa.people import access as people

SALT = "loa.media.heard"
MOST_SENT = 100_000


def stamp(user_id: int, sound: UUID, now: datetime) -> str:
    """From `now` on this person may be listening to this sound."""
    return signing.dumps([user_id, str(sound), clock.to_ms(now)], salt=SALT)


@login_required
@require_POST
def note(request: HttpRequest, sound: UUID) -> JsonResponse:
    """Fields `stamp`, `spans` (JSON: [[from ms, to ms, speed], ...], all since the stamp). Answers which sentences
    (numbers) this person has heard.
    """
    user, now = people.signed_in(request), clock.now()
    row = sound_for(user, sound, now)
    since = _since(request.POST.get("stamp", ""), user.pk, sound)
    spans = _spans(request.POST.get("spans", ""))
    after = actions.note_heard(actor=user, sound_id=row.pk, spans=spans, since=since, now=now)
    done = [number for number, one in enumerate(after.sentences) if one.key in after.heard]
    return JsonResponse({"heard": done, "left": len(after.missing)})


def _since(text: str, user_id: int, sound: UUID) -> datetime:
    try:
        whose, which, at = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError):
        raise _odd() from None
    if (whose, which) != (user_id, str(sound)):
        raise _odd()
    return clock.from_ms(at)


def _spans(text: str) -> list[Span]:
    try:
        rows = json.loads(text if len(text) <= MOST_SENT else "")
        return [Span(int(start), int(end), float(speed)) for start, end, speed in rows]
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise _odd() from None


def _odd() -> Invalid:
    return Invalid(heard.MESSAGES["heard_odd"], code="heard_odd")
