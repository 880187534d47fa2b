"""Keeps every voice of the process a few seconds ahead of the sound card, in one thread."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from speaker.pcm import PcmCache, Reel, Unplayable
from speaker.renderer import Voice
from speaker.sink import RATE, Pcm

AHEAD = 5 * RATE
_NAP_S = 0.25

log = logging.getLogger("speaker.feeder")


@dataclass(slots=True, eq=False)
class _Job:
    voice: Voice
    chunks: Iterator[Pcm]


class Feeder:
    """`threaded=False`: whoever owns it calls `round` (tests in virtual time)."""

    def __init__(self, cache: PcmCache | None = None, *, threaded: bool = True, ahead: int = AHEAD) -> None:
        self._cache = cache or PcmCache()
        self._threaded = threaded
        self._ahead = ahead
        self._jobs: list[_Job] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def feed(self, voice: Voice, reel: Reel) -> None:
        """Decode `reel` for `voice` from now on, until it is complete or dropped."""
        with self._lock:
            self._jobs.append(_Job(voice, reel.chunks(self._cache)))
            if self._threaded and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="decoder", daemon=True)
                self._thread.start()
        if self._threaded:
            self._wake.set()
        else:
            self.round()

    def drop(self, voice: Voice) -> None:
        """This voice needs nothing more."""
        with self._lock:
            self._jobs = [job for job in self._jobs if job.voice is not voice]

    def round(self) -> None:
        """Bring every voice up to its lead."""
        with self._lock:
            jobs = list(self._jobs)
        for job in sorted(jobs, key=lambda job: job.voice.buffered()):
            self._fill(job)

    def _fill(self, job: _Job) -> None:
        voice = job.voice
        try:
            while voice.buffered() < self._ahead and voice.fed < voice.limit + RATE:
                chunk = next(job.chunks, None)
                if chunk is None:
                    break
                voice.blocks.append(chunk)
                voice.fed += len(chunk)
            else:
                return
        except Exception as error:  # it serves every voice of the process: no file may end it
            if not isinstance(error, Unplayable):
                log.exception("the decoder failed")
            voice.broken = str(error) or type(error).__name__
        voice.complete = True
        self.drop(voice)

    def _run(self) -> None:
        while True:
            self._wake.clear()
            self.round()
            with self._lock:
                idle = not self._jobs
            self._wake.wait(None if idle else _NAP_S)
