"""A voice that failed several times in a row is left out for a while: sixty sentences must not wait sixty times."""

import threading
import time
from collections.abc import Callable

FAILURES = 3
REST_SECONDS = 300.0


class Breaker:
    """Counts for each name; one for each process, which learns for itself within three sentences."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: dict[str, tuple[int, float]] = {}

    def rests(self, name: str) -> bool:
        """Whether it is left out now. After its rest one attempt is allowed; if that fails it rests again."""
        with self._lock:
            failures, last = self._failed.get(name, (0, 0.0))
            return failures >= FAILURES and self._clock() - last < REST_SECONDS

    def failed(self, name: str) -> None:
        """One more failure in a row."""
        with self._lock:
            failures, _ = self._failed.get(name, (0, 0.0))
            self._failed[name] = (failures + 1, self._clock())

    def worked(self, name: str) -> None:
        """The row is over."""
        with self._lock:
            self._failed.pop(name, None)


VOICES = Breaker()
