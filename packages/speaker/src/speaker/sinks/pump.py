"""The thread of the simulated sound cards. One serves all cards of a process: a hundred threads would only queue."""

import logging
import threading
import time
from typing import Protocol

PERIOD_S = 0.01

log = logging.getLogger("speaker.sinks")


class Pulled(Protocol):
    """A card that has to be served."""

    def serve(self) -> None:
        """Pull every block that is due by the card's own clock."""


class Pump:
    """Serves its cards every 10 ms from a daemon thread, as a card's interrupt does."""

    def __init__(self, *, period_s: float = PERIOD_S) -> None:
        self._period = period_s
        self._cards: tuple[Pulled, ...] = ()
        self._failed: set[int] = set()
        self._lock = threading.Lock()
        self._serving = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, card: Pulled) -> None:
        """Serve this card too; the thread starts with the first one."""
        with self._lock:
            self._cards = (*self._cards, card)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sound-cards", daemon=True)
                self._thread.start()

    def remove(self, card: Pulled) -> None:
        """Serve it no more; returns when it is certain not to be called again."""
        with self._lock:
            self._cards = tuple(other for other in self._cards if other is not card)
        self._serving.acquire()  # whoever was in the middle of a round is through it now
        self._serving.release()

    def _serve(self, card: Pulled) -> None:
        """What one card cannot do (a full disk under a recording) must not silence the others; said once."""
        try:
            card.serve()
            self._failed.discard(id(card))
        except Exception:
            if id(card) not in self._failed:
                log.exception("a sound card failed")
            self._failed.add(id(card))

    def _run(self) -> None:
        due = time.monotonic()
        while True:
            with self._lock:
                if not self._cards:
                    self._thread = None
                    return
            with self._serving:
                for card in self._cards:
                    self._serve(card)
            due = max(due + self._period, time.monotonic() - 1)
            time.sleep(max(0.0005, due - time.monotonic()))
