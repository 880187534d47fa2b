"""Two people at the same moment, each with a connection of their own: for tests with `transaction=True`."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection

PATIENCE_S = 60
WAITS_FOR_US = (  # not for somebody else: other tests share the server
    "select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"
)


@contextmanager
def somebody_else() -> Iterator[ThreadPoolExecutor]:
    """The other person's computer: what is submitted to it runs over another connection, closed in the end."""
    with ThreadPoolExecutor(1) as pool:
        try:
            yield pool
        finally:
            pool.submit(lambda: connection.close()).result()


def until_it_waits(later: "Future[Any]") -> None:
    """Return when the other person waits for what our open transaction holds, or is done."""
    end = time.monotonic() + PATIENCE_S
    with connection.cursor() as cursor:
        while time.monotonic() < end and not later.done():
            cursor.execute(WAITS_FOR_US)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    assert later.done(), "it neither waits nor ends"
