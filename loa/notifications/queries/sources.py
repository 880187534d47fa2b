"""Every place that says what needs a person. A domain below never tells: it is asked.

To add one: a generator of `Need` in the file of its domain here, its kind in `rules/kinds.py`, its line in `SOURCES`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from loa.notifications.queries import of_above, of_broadcasts, of_devices, of_people, of_record
from loa.notifications.rules import Need

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Source:
    """`read` yields everything of these kinds that needs a person; it is asked `every` so often."""

    name: str
    kinds: tuple[str, ...]
    every: timedelta
    read: Callable[[datetime], Iterable[Need]]


SOURCES = (
    Source("approvals", ("approval",), _MINUTE, of_broadcasts.approvals),
    Source("bulletins", ("returned", "untimed"), _MINUTE, of_broadcasts.bulletins),
    Source("sendings", ("sending",), _MINUTE, of_above.asked),
    Source("incidents", ("incident", "platform"), _MINUTE, of_devices.incidents),
    Source("forged", ("forged",), _MINUTE, of_devices.forged),
    Source("holds", ("hold",), _MINUTE, of_devices.holds),
    Source("relays", ("relay",), _MINUTE, of_devices.relays),
    Source("extensions", ("extension", "hours"), _MINUTE, of_people.asked),
    Source("plans", ("plan",), 2 * _MINUTE, of_broadcasts.plans),
    Source("unheard", ("unheard",), 5 * _MINUTE, of_broadcasts.unheard),
    Source("record", ("record",), 5 * _MINUTE, of_record.record),
    Source("letters", ("letters",), 15 * _MINUTE, of_record.letters),
    Source("ending", ("ending",), 15 * _MINUTE, of_people.ending),
    Source("repairs", ("ticket",), 15 * _MINUTE, of_devices.tickets),
    Source("sims", ("sim",), 30 * _MINUTE, of_devices.sims),
    Source("inbox", ("inbox",), 5 * _MINUTE, of_above.unanswered),
    Source("recalled", ("recalled",), 15 * _MINUTE, of_broadcasts.recalled),
    Source("duties", ("duty",), 15 * _MINUTE, of_broadcasts.duties),
)
