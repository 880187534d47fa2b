"""What one page asks several times is read once: only while nothing is changed, and for no longer than that page."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_known: ContextVar[dict[Hashable, Any] | None] = ContextVar("loa_read", default=None)


@contextmanager
def only_reading() -> Iterator[None]:
    """Inside, what `once` has read is not read again. For requests that show something and change nothing."""
    before = _known.set({})
    try:
        yield
    finally:
        _known.reset(before)


def once(key: Hashable, read: Callable[[], T]) -> T:
    """What `read` gives; inside `only_reading` what it gave for this key before."""
    known = _known.get()
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    value: T = known[key]
    return value
