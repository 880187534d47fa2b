"""Doing something to see what it would do: what is written in a rehearsal is taken back, nothing leaves the house.

Rows, notifications and jobs go with the savepoint. What talks to another process by itself asks `is_on()` first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

_on: ContextVar[bool] = ContextVar("loa_rehearsal", default=False)


class _TakenBack(Exception):
    """Ends the savepoint."""


def is_on() -> bool:
    """True while whatever is done will be taken back."""
    return _on.get()


@contextmanager
def rehearsal() -> Iterator[None]:
    """A savepoint (outside a transaction: a transaction) that never stays, also when the block ends well."""
    before = _on.set(True)
    try:
        with transaction.atomic():
            yield
            raise _TakenBack
    except _TakenBack:
        pass
    finally:
        _on.reset(before)
