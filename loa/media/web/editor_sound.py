"""What the editor draws and plays of a sound: the heights of its wave, a few seconds as they are or cleared."""

import os
from pathlib import Path
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from loa.kernel import clock
from loa.kernel.errors import Invalid, NotFound, Unavailable
from loa.media import store
from loa.media.access import sound_for
from loa.media.editing.shown import MOST_MS, peak_step
from loa.media.models import Sound, SoundState
from loa.people import access as people

BROKEN = "Tệp tiếng trên máy chủ không đọc được. Hãy báo người quản trị."
ASK_AGAIN = "private, no-cache"


@login_required
@require_safe
def heights(request: HttpRequest, sound: UUID) -> HttpResponse:
    """One byte for each `X-Step-Ms` milliseconds. Drawn once, then kept beside the sounds."""
    row = _ready(request, sound)
    etag = f'"p-{row.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304)
    response = HttpResponse(_kept(row), content_type="application/octet-stream")
    response["X-Step-Ms"] = str(peak_step(row.duration_ms))
    response["ETag"], response["Cache-Control"] = etag, ASK_AGAIN
    return response


@login_required
@require_safe
def part(request: HttpRequest, sound: UUID) -> HttpResponse:
    """A WAV of `?dai=` ms (at most 12 s) from `?tu=` on; `?ro=1` cleared."""
    row = _ready(request, sound)
    start, length = _number(request, "tu"), _number(request, "dai")
    clarity = request.GET.get("ro") == "1"
    if not 0 <= start < row.duration_ms or not 0 < length <= MOST_MS:
        raise Invalid("Đoạn cần nghe nằm ngoài tiếng.", code="edit_outside")
    etag = f'"w-{row.sha256}-{start}-{length}-{clarity:d}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304)
    from loa.media.editing.excerpt import Unreadable, excerpt  # loads decoders, which other pages do without

    try:
        made = excerpt(store.path_of(row.sha256), start, length, clarity=clarity)
    except Unreadable as error:
        raise Unavailable(BROKEN, code="damaged") from error
    response = HttpResponse(made, content_type="audio/wav")
    response["ETag"], response["Cache-Control"] = etag, ASK_AGAIN
    return response


def _ready(request: HttpRequest, sound: UUID) -> Sound:
    row = sound_for(people.signed_in(request), sound, clock.now())
    if row.state != SoundState.READY or not store.default().exists(row.sha256):
        raise NotFound
    return row


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _kept(row: Sound) -> bytes:
    """From the folder of drawn waves, or drawn now; a second reader at the same time draws the same."""
    from loa.media.editing.excerpt import Unreadable, peaks

    path = store.default().drawn(row.sha256)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    try:
        made = peaks(store.path_of(row.sha256), row.duration_ms)
    except Unreadable as error:
        raise Unavailable(BROKEN, code="damaged") from error
    _keep(path, made)
    return made


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.write_bytes(content)
    fresh.replace(path)
