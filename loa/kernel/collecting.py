"""Python's search for unreachable circles, put off while much is made that is needed anyway.

Comparing a province makes some hundred thousand objects, none of them in a circle: looking through all of them again
and again takes as long as the comparison. Memory that no circle holds is freed as ever.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Pauses:
    """How many blocks are open; the last one that ends lets the search go on, if it was on before the first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open = 0
        self._was_on = False

    def begin(self) -> None:
        with self._lock:
            if self._open == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._open += 1

    def end(self) -> None:
        with self._lock:
            self._open -= 1
            if self._open == 0 and self._was_on:
                gc.enable()


_pauses = _Pauses()


@contextmanager
def paused() -> Iterator[None]:
    """No search by itself until the block ends, in no thread of this process; blocks may overlap. For a few seconds."""
    _pauses.begin()
    try:
        yield
    finally:
        _pauses.end()
