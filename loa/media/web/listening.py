"""A sound for the browser's player: behind the door, with ranges, so that people can jump in a long recording."""

import re
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from loa.kernel import clock
from loa.kernel.errors import NotFound
from loa.media import store
from loa.media.access import sound_for
from loa.media.models import Sound, SoundState
from loa.people import access as people

RANGE = re.compile(r"bytes=(\d*)-(\d*)")
ASK_AGAIN = "private, no-cache"  # kept, but asked for each time: the next person at this computer is not let in


@login_required
@require_safe
def play(request: HttpRequest, sound: UUID) -> HttpResponse | StreamingHttpResponse:
    """The finished rendition (Ogg/Opus). NotFound outside the user's areas and while it is not ready."""
    return answer(request, sound_for(people.signed_in(request), sound, clock.now()))


def answer(request: HttpRequest, row: Sound) -> HttpResponse | StreamingHttpResponse:
    """The file of a sound for somebody who may hear it. NotFound while it is not ready, or when its time is over."""
    if row.state != SoundState.READY or row.removed_at is not None or not store.default().exists(row.sha256):
        raise NotFound
    etag = f'"{row.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304)
    start, end = span(request.headers.get("Range", ""), row.size)
    if start >= row.size:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{row.size}"})
    whole = (start, end) == (0, row.size - 1) and "Range" not in request.headers
    content = StreamingHttpResponse(
        store.default().pieces(row.sha256, start, end + 1), status=200 if whole else 206, content_type="audio/ogg"
    )
    content["Content-Length"] = str(end - start + 1)
    content["Accept-Ranges"], content["ETag"], content["Cache-Control"] = "bytes", etag, ASK_AGAIN
    if not whole:
        content["Content-Range"] = f"bytes {start}-{end}/{row.size}"
    return content


def span(header: str, size: int) -> tuple[int, int]:
    """First and last byte of a Range header (RFC 9110 14.1.2, one range); the whole file for anything else."""
    found = RANGE.fullmatch(header.strip())
    if found is None or found.group(1) == found.group(2) == "":
        return 0, size - 1
    first, last = found.groups()
    if not first:
        return max(size - int(last), 0), size - 1
    return int(first), min(int(last) if last else size - 1, size - 1)
