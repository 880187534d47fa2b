"""Messages that devices refused, summed until they are written: a million cost no more memory than one."""

from collections.abc import Callable

from devicelink.messages import Ack

from loa.devices.actions.refusing import RefusalSum
from loa.devices.rules import refusals as rules
from loa.gateway.outbox import APPLIED

BATCH = 1_000
TELL_EVERY_MS = 60_000
Key = tuple[str, str, str]


class Refused:
    """`on_news(device, code, kind)` is called at most once a minute for each kind of refusal of a device."""

    def __init__(self, on_news: Callable[[str, str, str], None]) -> None:
        self._on_news = on_news
        self._waiting: dict[Key, RefusalSum] = {}
        self._told: dict[Key, int] = {}

    def note(self, ack: Ack, now: int) -> None:
        """Take an acknowledgement, if it is a refusal, at `now` (ms). The device's own clock is not believed."""
        if ack.code in APPLIED:
            return
        key = (ack.device, rules.code_of(ack.code), rules.kind_of(ack.of))
        self._add(key, RefusalSum(*key, count=1, first=now, last=now))
        if now - self._told.get(key, -TELL_EVERY_MS) >= TELL_EVERY_MS:
            self._told[key] = now
            self._on_news(*key)

    def _add(self, key: Key, row: RefusalSum) -> None:
        held = self._waiting.get(key)
        if held is not None:
            first, last = min(held.first, row.first), max(held.last, row.last)
            row = RefusalSum(*key, count=held.count + row.count, first=first, last=last)
        self._waiting[key] = row

    def forget(self, device: str) -> None:
        """The device is no more."""
        self._waiting = {key: row for key, row in self._waiting.items() if key[0] != device}
        self._told = {key: at for key, at in self._told.items() if key[0] != device}

    def take(self) -> list[RefusalSum]:
        """Some of what is to be written."""
        keys = list(self._waiting)[:BATCH]
        return [self._waiting.pop(key) for key in keys]

    def give_back(self, rows: list[RefusalSum]) -> None:
        """They could not be written."""
        for row in rows:
            self._add((row.device, row.code, row.kind), row)
