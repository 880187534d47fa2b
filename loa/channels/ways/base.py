"""What every way out can do, whether it leads to a telephone network, a service on the web or a mail server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. `short` is for telephones, `text` for those with room, `data` for programs."""

    id: str
    purpose: str
    status: str
    title: str
    text: str
    short: str
    place: str
    made: datetime
    expires: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class To:
    """One of those it goes to. `key` names this message to this address, the same on every try."""

    key: str
    address: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one: "ok", or why not (a code of `rules.words`). `again`: a later try may do better.

    `receipts` are ids under which the other side will report.
    """

    key: str
    code: str
    again: bool = False
    receipts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The other side tells of something that it took earlier. `delivered` None: nothing final."""

    receipt: str
    delivered: bool | None
    code: str


class ChannelDown(Exception):
    """Not about a message but about the way itself: nobody else can be reached by it now. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Notifier(Protocol):
    """A way out. `most_at_once`: so many are handed to one `send`."""

    @property
    def most_at_once(self) -> int: ...

    def send(self, message: Message, to: Sequence[To]) -> Iterator[Result | Report]:
        """Send, and tell of each as soon as it is known, in any order; who is not told of was not sent. At least once:
        what is sent again goes out under the same key. Raises ChannelDown, also in the middle.
        """
        ...

    def collect(self) -> Iterator[Report]:
        """What the other side has to report of earlier messages. Raises ChannelDown."""
        ...
