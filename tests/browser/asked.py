"""How many requests the platform under test is busy with."""

import threading

from django.core.signals import request_finished, request_started

_lock = threading.Lock()
_open = 0


def count() -> None:
    """From now on, in this process."""
    request_started.connect(_begun)
    request_finished.connect(_ended)


def in_hand() -> int:
    """Those begun and not ended."""
    return _open


def _begun(**_: object) -> None:
    _add(1)


def _ended(**_: object) -> None:
    _add(-1)


def _add(by: int) -> None:
    global _open
    with _lock:
        _open = max(0, _open + by)  # the test's own client ends requests that it did not begin here
