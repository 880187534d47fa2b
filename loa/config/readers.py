"""How many bodies a process of the pages reads at the same time: who is slow keeps a thread, and not all of them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from loa.kernel.errors import Unavailable

AT_ONCE = 24
AT_ONCE_FROM_ONE = 8
BUSY = "Đang có quá nhiều nơi gửi lên cùng lúc. Chưa nhận được gì; hãy gửi lại sau ít phút."


class Readers:
    """Who is being read now, in this process."""

    def __init__(self, *, most: int, from_one: int) -> None:
        self._most = most
        self._from_one = from_one
        self._lock = Lock()
        self._now: Counter[str] = Counter()

    @contextmanager
    def reading(self, network: str) -> Iterator[None]:
        """As long as a body comes in. Raises Unavailable when too many do, or too many from there."""
        with self._lock:
            if self._now.total() >= self._most or self._now[network] >= self._from_one:
                raise Unavailable(BUSY, code="busy")
            self._now[network] += 1
        try:
            yield
        finally:
            with self._lock:
                self._now[network] -= 1
                self._now += Counter()  # forgets those at zero
