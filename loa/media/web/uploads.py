"""Files that come in pieces over a bad line, in the manner of tus 1.0: begin, ask how far, add a piece, give up.

`docs/how-to/uploads.md` tells the protocol with its answers.
"""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.media import queries
from loa.media.access import upload_for
from loa.media.actions import uploads as actions
from loa.media.models import Origin, Sound, Upload
from loa.people import access as people
from loa.people.models import User

PIECE = "application/offset+octet-stream"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def uploads(request: HttpRequest) -> JsonResponse:
    """What the person has half sent; POST `id`, `name`, `size`, `mark`, `origin` begins a file or finds it again."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    if request.method != "POST":
        return JsonResponse({"uploads": [_facts(upload) for upload in queries.half_sent(user, area)]})
    fields = request.POST
    origin = Origin.RECORDED if fields.get("origin") == Origin.RECORDED else Origin.UPLOADED
    upload = actions.begin_upload(
        actor=user, area=area, upload_id=_id(fields.get("id", "")), name=fields.get("name", ""), now=now,
        size=_number(fields.get("size", "")), mark=fields.get("mark", "")[:64], origin=origin,
    )  # fmt: skip
    answer = _answer(upload, status=201)
    answer["Location"] = reverse("media:upload", args=[upload.pk])
    return answer


@login_required
@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
def one(request: HttpRequest, upload: UUID) -> JsonResponse:
    """How far a file is; PATCH adds the body at `Upload-Offset`, and the last one makes the sound; DELETE gives up."""
    now, user = clock.now(), people.signed_in(request)
    if request.method == "PATCH":
        return _patch(request, user, upload, now)
    if request.method == "DELETE":
        actions.drop_upload(actor=user, upload_id=upload, now=now)
        return JsonResponse({})
    return _answer(upload_for(user, upload, now))


def _patch(request: HttpRequest, user: User, upload_id: UUID, now: datetime) -> JsonResponse:
    upload_for(user, upload_id, now)
    if request.content_type != PIECE:
        raise Invalid(actions.ODD, code="piece_type")
    try:
        upload = actions.append_piece(
            actor=user, upload_id=upload_id, offset=_number(request.headers.get("Upload-Offset", "")),
            piece=request.body, checksum=request.headers.get("Upload-Checksum", ""), now=now,
        )  # fmt: skip
        whole = actions.offset_of(upload) == upload.size
        return _answer(upload, actions.finish_upload(actor=user, upload_id=upload_id, now=now) if whole else None)
    except actions.WrongOffset as refusal:
        answer = JsonResponse({"code": refusal.code, "message": refusal.message}, status=refusal.status)
        answer["Upload-Offset"] = str(refusal.facts["offset"])
        return answer


def _answer(upload: Upload, sound: Sound | None = None, status: int = 200) -> JsonResponse:
    answer = JsonResponse(_facts(upload) | {"sound": _told(sound) if sound else None}, status=status)
    answer["Upload-Offset"] = str(actions.offset_of(upload))
    answer["Upload-Length"] = str(upload.size)
    answer["Cache-Control"] = "no-store"
    return answer


def _facts(upload: Upload) -> dict[str, object]:
    return {
        "id": str(upload.pk),
        "name": upload.name,
        "size": upload.size,
        "offset": actions.offset_of(upload),
        "origin": upload.origin,
        "at": int(upload.touched_at.timestamp() * 1000) if upload.touched_at else None,
    }


def _told(sound: Sound) -> dict[str, object]:
    """What a script is told about a sound that is being read in."""
    return {
        "id": str(sound.pk),
        "state": sound.state,
        "progress": sound.progress,
        "message": sound.refusal_message or queries.voice_note(sound),
        "duration_ms": sound.duration_ms,
    }


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(actions.ODD, code="bad_id") from None


def _number(text: str) -> int:
    """A count of bytes as a form or a header writes it."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise Invalid(actions.ODD, code="bad_number")
    return int(text)
