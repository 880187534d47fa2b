"""A voice of a service on the network: asked by a template, bounded in every way, and not believed in anything."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import structlog

from loa.media.voices import template
from loa.media.voices.base import Pcm, VoiceFailed
from loa.media.voices.breaker import VOICES, Breaker
from loa.media.voices.decoding import decode
from loa.media.voices.fetch import Answer, Ask, Bounds, FetchFailed, fetch, judge

logger = structlog.get_logger(__name__)
DEFAULT_SECONDS, MOST_SECONDS = 15.0, 120.0
MOST_BYTES = 24 * 1024 * 1024
RETRIES = 2
BACK_OFF_SECONDS = 0.5
POLL_SECONDS, POLL_EVERY = 20.0, 0.5
# People say 15 characters a second; ten times that is no speech but the beginning of one.
LEAST_MS_A_CHARACTER = 7.0
SILENT = 32  # of 32,768
WORDS = ("text/html", "application/json", "application/xml", "text/xml")


@dataclass(frozen=True, slots=True)
class Service:
    """See voices.base.Voice. `options` is the template (`voices.template`) with `seconds`, `local`, `names`.

    `names` maps dialects to what the service calls them; `key` opens the sealed key when it is needed.
    """

    id: str
    name: str
    language: str
    dialects: Mapping[str, str]
    version: str
    options: Mapping[str, Any]
    key: Callable[[], str] = field(repr=False)
    label: str = "giọng của dịch vụ ngoài"
    is_fallback: bool = False
    breaker: Breaker = field(default=VOICES, repr=False)

    def synthesise(self, text: str, *, dialect: str, speed: float) -> Pcm:
        """See voices.base.Voice. Tried again, with a growing pause, only where that may help."""
        if dialect not in self.dialects:
            raise VoiceFailed(f"no dialect {dialect!r}")
        if self.breaker.rests(self.id):
            raise VoiceFailed("the service failed several times and rests")
        try:
            pcm = self._tried(text, dialect, speed)
        except VoiceFailed:
            self.breaker.failed(self.id)
            raise
        self.breaker.worked(self.id)
        return pcm

    def _tried(self, text: str, dialect: str, speed: float) -> Pcm:
        bounds = self._bounds()
        deadline = time.monotonic() + bounds.seconds * 2
        for attempt in range(RETRIES + 1):
            try:
                pcm = self._asked(text, dialect, speed, bounds)
                _check(pcm, text, speed)
                return pcm
            except FetchFailed as error:
                logger.warning("voice.service_failed", voice=self.id, attempt=attempt + 1, reason=str(error))
                pause = BACK_OFF_SECONDS * 2**attempt
                if not error.again or attempt == RETRIES or time.monotonic() + pause > deadline:
                    raise VoiceFailed(str(error)) from error
                time.sleep(pause)
        raise VoiceFailed("no answer")

    def _bounds(self) -> Bounds:
        seconds = min(float(self.options.get("seconds", DEFAULT_SECONDS)), MOST_SECONDS)
        local = bool(self.options.get("local"))
        return Bounds(seconds=seconds, most_bytes=MOST_BYTES, local=local, plain=local)

    def _bounds_for(self, url: str, bounds: Bounds) -> Bounds:
        """What the service may point at: its own host as it was allowed, any other only on the open network."""
        own = urlsplit(str(self.options["url"])).hostname == judge(url, bounds).hostname
        return bounds if own else replace(bounds, local=False, plain=False)

    def _asked(self, text: str, dialect: str, speed: float, bounds: Bounds) -> Pcm:
        called = str(self.options.get("names", {}).get(dialect, dialect))
        answer = fetch(template.request(self.options, template.Words(text, speed, called, self.key())), bounds)
        wanted = self.options.get("answer", {})
        if wanted.get("kind", "audio") == "audio":
            _check_type(answer)
        sound = template.sound_in(self.options, answer.body)
        content = _ready(sound, self._bounds_for(sound, bounds)) if isinstance(sound, str) else sound
        return decode(content, str(wanted.get("format", "auto")), int(wanted.get("rate", 0)))


def _ready(url: str, bounds: Bounds) -> bytes:
    """The file at the address that the service named, as soon as it is there. No key goes there."""
    deadline = time.monotonic() + min(POLL_SECONDS, bounds.seconds)
    while True:
        try:
            answer = fetch(Ask(url), bounds)
            if answer.body:
                _check_type(answer)
                return answer.body
        except FetchFailed as error:
            not_yet = error.again or str(error).startswith("answered 4")
            if not not_yet or time.monotonic() > deadline:
                raise
        if time.monotonic() > deadline:
            raise FetchFailed("the sound was not ready in time", again=True)
        time.sleep(POLL_EVERY)


def _check_type(answer: Answer) -> None:
    if answer.content_type in WORDS:
        raise FetchFailed("the answer is words, not sound")


def _check(pcm: Pcm, text: str, speed: float) -> None:
    """Raises VoiceFailed for silence and for what can only be a piece of the sentence."""
    if pcm.milliseconds < LEAST_MS_A_CHARACTER * len(text) / speed:
        raise VoiceFailed(f"{pcm.milliseconds} ms for {len(text)} characters")
    if not any(abs(sample) > SILENT for sample in memoryview(pcm.samples).cast("h")[::16]):
        raise VoiceFailed("nothing that could be heard")
