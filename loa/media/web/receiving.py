"""Sounds on their way in: a file or a recording with its progress, and how far its reading in is."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.media import actions, queries
from loa.media.access import sound_for
from loa.media.models import Origin, Sound
from loa.people import access as people


@login_required
@require_POST
def receive(request: HttpRequest) -> JsonResponse:
    """Fields `file`, `id` (made by the browser, the same on every try), `origin`. `?don-vi=` names the area."""
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    file: UploadedFile[Any] | None = request.FILES.get("file")
    if file is None:
        raise Invalid("Chưa có tệp nào được gửi lên. Hãy chọn tệp.", code="empty")
    origin = Origin.RECORDED if request.POST.get("origin") == Origin.RECORDED else Origin.UPLOADED
    sound = actions.receive_upload(
        actor=user, area=area, file=file, origin=origin, sound_id=_id(request.POST.get("id", "")), now=now
    )
    return JsonResponse(told(sound))


@login_required
@require_safe
def progress(request: HttpRequest, sound: UUID) -> JsonResponse:
    """How far the reading in of a sound is, and the words of a refusal."""
    return JsonResponse(told(sound_for(people.signed_in(request), sound, clock.now())))


def told(sound: Sound) -> dict[str, object]:
    """What a script is told about a sound that is being read in."""
    return {
        "id": str(sound.pk),
        "state": sound.state,
        "progress": sound.progress,
        "message": sound.refusal_message or queries.voice_note(sound),
        "duration_ms": sound.duration_ms,
    }


def _id(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("Trình duyệt gửi lên không đúng. Hãy tải lại trang rồi gửi lại tệp.", code="bad_id") from None
