"""The book of alerts: each step is on disk before anything follows from it."""

import asyncio

import structlog

from loa.alerts.wishes import Entry
from loa.gateway.alerts.cases import Case, Cases
from loa.gateway.journal import Book
from loa.kernel.errors import Unavailable

log = structlog.get_logger("loa.gateway.alerts")


class Keeping:
    """Writes one step at a time. `wake` is set when there is something for the database."""

    def __init__(self, cases: Cases, book: Book[Entry]) -> None:
        self._cases = cases
        self._book = book
        self._disk = asyncio.Lock()
        self.wake = asyncio.Event()

    async def keep(self, entry: Entry) -> Case:
        """Make it durable, then let it count. Unavailable when the disk does not take it."""
        await self.write(entry)
        case = self._cases.put(entry) or self._cases.get(entry.id)
        assert case is not None
        return case

    async def write(self, entry: Entry) -> None:
        """Make it durable: what the other gateway tells counts before."""
        async with self._disk:
            try:
                await asyncio.to_thread(self._book.append, entry)
            except OSError as error:
                log.error("the book of alerts cannot be written", error=str(error))
                raise Unavailable(
                    "Máy chủ không ghi được cảnh báo (đĩa đầy hoặc hỏng) nên CHƯA phát. Hãy dùng loa tay và gọi "
                    "người quản trị.",
                    code="journal",
                ) from error
        self.wake.set()

    def recover(self) -> None:
        """Take in what the book holds."""
        for entry in self._book.entries:
            self._cases.put(entry)

    def waiting(self) -> list[Entry]:
        """Steps that the database does not have yet."""
        return self._book.waiting()

    async def copied(self, entry: Entry) -> None:
        """The database has it."""
        async with self._disk:
            await asyncio.to_thread(self._book.mark_copied, entry.entry)

    async def tidy(self, now: int) -> None:
        """Forget what is over, in memory and on disk."""
        self._cases.forget(now)
        async with self._disk:
            await asyncio.to_thread(self._book.tidy, now)
