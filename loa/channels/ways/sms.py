"""Short messages over SMPP 3.4: a window of submissions, throttling, links that break, receipts."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from smpplib import consts, exceptions, smpp

from loa.channels.rules import sms
from loa.channels.ways.base import ChannelDown, Message, Report, Result, To
from loa.channels.ways.line import Account, Line, bound

WINDOW = 10
MOST_THROTTLES = 8
MOST_QUIET = 2  # then the line is alive, at most, but takes nothing
LINGER_S = 1.0  # after the last answer: receipts of networks nearby are there within a second
COLLECT_S, COLLECT_QUIET_S = 20.0, 2.0
_THROTTLES = (consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL)
_ABOUT_NUMBER = (consts.SMPP_ESME_RINVDSTADR, consts.SMPP_ESME_RINVDSTTON, consts.SMPP_ESME_RINVDSTNPI)
_FOR_A_WHILE = (consts.SMPP_ESME_RSYSERR, consts.SMPP_ESME_RSUBMITFAIL)
_LOST = (exceptions.ConnectionError, OSError)


@dataclass(slots=True)
class _Going:
    """One recipient: `ids` of the parts that the centre took, by number."""

    to: To
    written: sms.Written
    ids: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sms:
    """See `ways.base.Notifier`. `sender` is a name of up to eleven letters or a number."""

    account: Account
    sender: str
    pause: Callable[[float], None] = time.sleep
    linger: float = LINGER_S
    most_at_once: int = 100

    def send(self, message: Message, to: Sequence[To]) -> Iterator[Result | Report]:
        """See the protocol."""
        with bound(self.account) as line:
            yield from _Talk(line, self, message).run(to)

    def collect(self) -> Iterator[Report]:
        """See the protocol."""
        with bound(self.account) as line:
            yield from _listen(line, COLLECT_QUIET_S, COLLECT_S)


class _Talk:
    """One round of submissions on one line."""

    def __init__(self, line: Line, way: Sms, message: Message) -> None:
        self.line, self.way, self.message = line, way, message
        self.queue: deque[tuple[_Going, int]] = deque()
        self.open: dict[int, tuple[_Going, int]] = {}  # sequence number -> what it was
        self.dropped: set[str] = set()
        self.window, self.throttles = WINDOW, 0
        self.quiet = 0  # waits in a row that brought no answer to a submission
        self.early: list[Report] = []  # a part may be reported before the whole is noted

    def run(self, to: Sequence[To]) -> Iterator[Result | Report]:
        for one in to:
            try:
                going = _Going(one, sms.write(self.message.short, one.key))
            except sms.TooLong:
                yield Result(one.key, "too_long")
                continue
            self.queue.extend((going, part) for part in range(len(going.written.parts)))
        try:
            while self.queue or self.open:
                self._submit()
                yield from self._read()
        except ChannelDown:
            yield from self.early
            raise
        yield from self.early
        yield from _listen(self.line, self.way.linger, self.way.linger * 4)

    def _submit(self) -> None:
        while self.queue and len(self.open) < self.window:
            going, part = self.queue.popleft()
            if going.to.key in self.dropped:
                continue
            try:
                pdu = self.line.send_message(**self._words(going, part))
            except (*_LOST, exceptions.PDUError) as error:
                raise ChannelDown("unbound") from error
            self.open[pdu.sequence] = (going, part)

    def _words(self, going: _Going, part: int) -> dict[str, Any]:
        named = not self.way.sender.isdecimal()
        left = max(60, int((self.message.expires - self.message.made).total_seconds()))
        hours, rest = divmod(min(left, 86_399), 3600)
        return {
            "source_addr_ton": consts.SMPP_TON_ALNUM if named else consts.SMPP_TON_UNK,
            "source_addr_npi": consts.SMPP_NPI_UNK,
            "source_addr": self.way.sender,
            "dest_addr_ton": consts.SMPP_TON_INTL,
            "dest_addr_npi": consts.SMPP_NPI_ISDN,
            "destination_addr": sms.international(going.to.address),
            "short_message": going.written.parts[part],
            "data_coding": going.written.coding,
            "esm_class": consts.SMPP_GSMFEAT_UDHI if going.written.has_headers else consts.SMPP_MSGMODE_DEFAULT,
            "registered_delivery": True,
            "validity_period": f"000000{hours:02d}{rest // 60:02d}{rest % 60:02d}000R",
        }

    def _read(self) -> Iterator[Result]:
        try:
            pdu = _next(self.line)
        except TimeoutError as late:
            self.quiet += 1
            if self.quiet >= MOST_QUIET:
                raise ChannelDown("silent") from late
            self.line.send_pdu(smpp.make_pdu("enquire_link", client=self.line))
            return
        if pdu.command == "submit_sm_resp" and pdu.sequence in self.open:
            self.quiet = 0
            yield from self._answered(pdu, *self.open.pop(pdu.sequence))
        else:
            self.early.extend(_take(self.line, pdu))

    def _answered(self, pdu: Any, going: _Going, part: int) -> Iterator[Result]:
        key, status = going.to.key, pdu.status
        if key in self.dropped:
            return
        if status in _THROTTLES:
            self._slow_down(going, part)
        elif status:
            self.dropped.add(key)
            yield Result(key, _code(status), again=status in _FOR_A_WHILE)
        else:
            going.ids[part] = bytes(pdu.message_id or b"").rstrip(b"\0").decode("latin-1")[:65]
            if len(going.ids) == len(going.written.parts):
                yield Result(key, "ok", receipts=tuple(going.ids[index] for index in sorted(going.ids)))

    def _slow_down(self, going: _Going, part: int) -> None:
        """One at a time from now on, and the next one later. Raises ChannelDown."""
        self.throttles += 1
        if self.throttles > MOST_THROTTLES:
            raise ChannelDown("throttled")
        self.window = 1
        self.queue.appendleft((going, part))
        self.way.pause(min(0.1 * 2**self.throttles, 5.0))


def _code(status: int) -> str:
    return "number" if status in _ABOUT_NUMBER else f"smpp_{status:04x}"


def _next(line: Line) -> Any:
    """The next message. Raises TimeoutError, ChannelDown."""
    try:
        return line.read_pdu()
    except TimeoutError:
        raise
    except (*_LOST, exceptions.PDUError, exceptions.UnknownCommandError) as error:
        raise ChannelDown("unbound") from error


def _listen(line: Line, quiet: float, most: float) -> Iterator[Report]:
    """What the centre reports, until it is quiet for so long."""
    end = time.monotonic() + most
    line.patience(quiet)
    while time.monotonic() < end:
        try:
            pdu = _next(line)
        except TimeoutError:
            return
        yield from _take(line, pdu)


def _take(line: Line, pdu: Any) -> Iterator[Report]:
    """Whatever is no answer to a submission. A report is answered only after it was noted: the generator goes on."""
    if pdu.command == "deliver_sm":
        said = sms.read_receipt(
            bytes(pdu.short_message or b""), bytes(pdu.receipted_message_id or b""), pdu.message_state
        )
        if said is not None:
            yield Report(said.receipt, said.delivered, said.code)
        _answer(line, pdu, "deliver_sm_resp")
    elif pdu.command == "enquire_link":
        _answer(line, pdu, "enquire_link_resp")
    elif pdu.command == "unbind":
        _answer(line, pdu, "unbind_resp")
        raise ChannelDown("unbound")


def _answer(line: Line, pdu: Any, command: str) -> None:
    answer = smpp.make_pdu(command, client=line)
    answer.sequence = pdu.sequence
    try:
        line.send_pdu(answer)
    except (*_LOST, exceptions.PDUError) as error:
        raise ChannelDown("unbound") from error
