"""Messages on their way: sent at once, sent again to those that have not acknowledged, until all have or it expires.

"Reached" is only ever an acknowledgement by the device itself. Nothing here touches network or database: `due` says
what to send, `closed` what to write down.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from devicelink import topics
from devicelink.messages import Ack

from loa.gateway.rows import Answer

PAUSES_S = (2, 4, 8, 15, 30, 60)
LONGEST_PAUSE = timedelta(seconds=max(PAUSES_S))
MANY = 0.5
NAMED_SILENT = 200
APPLIED = frozenset({"ok", "duplicate"})
PASSING = frozenset({"no_valid_time", "no_placement", "not_yet_valid", "unknown_key", "key_not_valid_now"})


@dataclass(slots=True)
class Delivery:
    """One message. `row` is its id in the outbox table; None for holds and hints, which live elsewhere or not at all.

    `waiting` are the devices that have neither applied nor finally refused it.
    """

    of: str
    topic: str
    jws: str
    expires: datetime
    waiting: set[str]
    row: str | None = None
    tries: int = 0
    next_at: datetime | None = None
    most_tries: int = 10_000
    refused: dict[str, str] = field(default_factory=dict)
    applied: int = 0

    def summary(self) -> dict[str, object]:
        """Sums for the closed row."""
        return {
            "expected": len(self.waiting) + self.applied + len(self.refused),
            "ok": self.applied,
            "refused": dict(Counter(self.refused.values())),
            "silent": sorted(self.waiting)[:NAMED_SILENT],
        }


@dataclass(frozen=True, slots=True)
class Sending:
    """One publication."""

    topic: str
    jws: str


class Outbox:
    """All open deliveries. `online(device)` tells whom it makes sense to send to."""

    def __init__(self, online: Callable[[str], bool]) -> None:
        self._online = online
        self._open: dict[str, Delivery] = {}
        self._slots: dict[str, str] = {}
        self._answers: dict[tuple[str, str], Answer] = {}

    def add(self, delivery: Delivery) -> None:
        """Send it with the next `due`; the same message again changes nothing."""
        self._open.setdefault(delivery.of, delivery)

    def rows(self) -> set[str]:
        """Ids of the outbox rows that are known."""
        return {delivery.row for delivery in self._open.values() if delivery.row}

    def forget_rows(self) -> None:
        """Another gateway may have gone on with them: they are read again, with the answers given there."""
        self._open = {of: delivery for of, delivery in self._open.items() if delivery.row is None}

    def replace(self, slot: str, delivery: Delivery) -> None:
        """Like `add`, and the state that was sent to the same audience before is not sent any more."""
        self._open.pop(self._slots.get(slot, ""), None)
        self._slots[slot] = delivery.of
        self.add(delivery)

    def due(self, now: datetime) -> list[Sending]:
        """What to publish now. To everybody while most are missing, later to each that is missing and there."""
        sendings: list[Sending] = []
        for delivery in self._open.values():
            if now < delivery.expires and _is_due(delivery, now):
                sendings += self._sendings(delivery)
                pause = PAUSES_S[min(delivery.tries, len(PAUSES_S) - 1)]
                delivery.tries += 1
                delivery.next_at = now + timedelta(seconds=pause)
        return sendings

    def _sendings(self, delivery: Delivery) -> list[Sending]:
        there = [device for device in delivery.waiting if self._online(device)]
        known = len(delivery.waiting) + delivery.applied + len(delivery.refused)
        if delivery.tries == 0 or len(there) > max(3, MANY * known):
            return [Sending(delivery.topic, delivery.jws)]
        return [Sending(topics.down(device), delivery.jws) for device in there]

    def came_back(self, device: str) -> list[Sending]:
        """What a device that has just said hello still misses."""
        missed = (delivery for delivery in self._open.values() if device in delivery.waiting and delivery.tries)
        return [Sending(topics.down(device), delivery.jws) for delivery in missed]

    def answered(self, device: str, ack: Ack, now: datetime) -> bool:
        """Take an acknowledgement; False if no open delivery waits for it."""
        delivery = self._open.get(ack.of)
        if delivery is None or device not in delivery.waiting:
            return False
        code, detail = _text(ack.code, 30), _text(ack.detail, 200)
        if code in APPLIED:
            delivery.waiting.discard(device)
            delivery.applied += 1
        elif code not in PASSING:
            delivery.waiting.discard(device)
            delivery.refused[device] = code
        if delivery.row is not None:
            answer = Answer(message=delivery.row, device=device, code=code, detail=detail, at=now)
            self._answers[(delivery.row, device)] = answer
        return True

    def closed(self, now: datetime) -> list[Delivery]:
        """Take out what is over: everybody answered, it expired, or it was tried often enough."""
        over = [
            delivery
            for delivery in self._open.values()
            if now >= delivery.expires or (delivery.tries and not delivery.waiting) or _tired(delivery, now)
        ]
        for delivery in over:
            del self._open[delivery.of]
        return over

    def take(self) -> list[Answer]:
        """Answers to write."""
        taken, self._answers = list(self._answers.values()), {}
        return taken

    def give_back(self, answers: Iterable[Answer]) -> None:
        """They could not be written."""
        for answer in answers:
            self._answers.setdefault((answer.message, answer.device), answer)


def _is_due(delivery: Delivery, now: datetime) -> bool:
    """A clock that was set back must not put the next try far off."""
    return delivery.next_at is None or not now < delivery.next_at <= now + LONGEST_PAUSE


def _text(value: str, most: int) -> str:
    """A device may say anything; the database takes no zero."""
    return value[:most].replace("\x00", "")


def _tired(delivery: Delivery, now: datetime) -> bool:
    return delivery.tries >= delivery.most_tries and delivery.next_at is not None and now >= delivery.next_at
