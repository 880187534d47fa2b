"""A few words in a voice, to be heard at once: how a place that the machine is unsure of would sound."""

import tempfile
from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.media import access, rules
from loa.media.speech import speaking
from loa.people import access as people

MOST = 200


@login_required
@require_safe
def hear(request: HttpRequest) -> HttpResponse:
    """A WAV of `?chu=` (at most 200 letters) in the voice `?giong=`."""
    now, user = clock.now(), people.signed_in(request)
    access.require_hearing(user, people.place_for(user, request.GET.get("don-vi", ""), now), now)
    words = request.GET.get("chu", "").strip()[:MOST]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "words.wav"
        try:
            speaking.speak(words, request.GET.get("giong", ""), 1.0, target, lambda percent: True)
        except rules.Unfit as verdict:
            raise Invalid(verdict.message, code=verdict.code) from verdict
        response = HttpResponse(target.read_bytes(), content_type="audio/wav")
    response["Cache-Control"] = "private, max-age=3600"
    return response
