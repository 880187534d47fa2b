"""A few words in a voice, to be heard at once: how a place that the machine is unsure of would sound."""

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.media import access, rules
from loa.media.speech import speaking, streaming
from loa.media.speech.sentences import sentences
from loa.people import access as people

MOST = 200


@login_required
@require_GET
def hear(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """A WAV of `?chu=` (at most 200 letters) in the voice `?giong=`, at the speed `?toc-do=`.

    Sentences that were spoken before are not spoken again. What is one sentence comes whole; of more, the first sounds
    while the others are being made, and when the listener goes away the others are not made.
    """
    now, user = clock.now(), people.signed_in(request)
    access.require_hearing(user, people.place_for(user, request.GET.get("don-vi", ""), now), now)
    words, choice = request.GET.get("chu", "").strip()[:MOST], request.GET.get("giong", "")
    try:
        clips = speaking.spoken_clips(words, choice, _speed(request.GET.get("toc-do", "")))
        first = next(clips)
    except rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    return _streamed(first, clips) if len(sentences(words)) > 1 else _whole(first, choice)


def _speed(text: str) -> float:
    try:
        return float(text or 1.0)
    except ValueError:
        raise rules.Unfit("speed") from None


def _whole(clip: speaking.Clip, choice: str) -> HttpResponse:
    """Kept by the browser for a while, unless another voice had to take over."""
    content = streaming.header(clip.pcm.rate, len(clip.pcm.samples)) + clip.pcm.samples
    response = HttpResponse(content, content_type="audio/wav")
    response["Cache-Control"] = "private, max-age=3600" if clip.voice == choice else "private, no-store"
    return response


def _streamed(first: speaking.Clip, others: Iterator[speaking.Clip]) -> StreamingHttpResponse:
    def content() -> Iterator[bytes]:
        yield streaming.header(first.pcm.rate)
        yield from streaming.pieces(first, others)

    response = StreamingHttpResponse(content(), content_type="audio/wav")
    response["Cache-Control"] = "private, no-store"
    return response
