"""A short message centre on loopback that speaks SMPP 3.4, written after the specification and not after our library.

It binds, takes messages, reports what became of them, throttles, breaks the line, asks whether somebody is there, and
keeps what was joined from parts, as a telephone would show it.
"""

import asyncio
import contextlib
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

BIND, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x09, 0x04, 0x05, 0x06, 0x15
RESP = 0x8000_0000
OK, THROTTLED, BAD_NUMBER, BAD_PASSWORD, SYSTEM_ERROR = 0, 0x58, 0x0B, 0x0E, 0x08
SILENT, HANG_UP = -1, -2


@dataclass(frozen=True)
class Submitted:
    """One submit_sm."""

    id: str
    sender: str
    to: str
    esm_class: int
    coding: int
    registered: int
    validity: str
    body: bytes


@dataclass
class Smsc:
    """`says` are the answers to submissions to come: a status, SILENT (none) or HANG_UP; afterwards all is well.

    `reports` is what a receipt says of messages: "" = none is sent, LATER keeps them until the next bind.
    `asks` sends an enquire_link before each answer. `decimal` reports ids in decimal that were answered in hexadecimal.
    """

    port: int = 0
    password: str = "secret"
    says: deque[int] = field(default_factory=deque)
    reports: str = "DELIVRD"
    later: bool = False
    asks: bool = False
    decimal: bool = False
    taken: list[Submitted] = field(default_factory=list)
    binds: list[str] = field(default_factory=list)
    unbinds: int = 0
    asked_us: int = 0
    answered: int = 0
    held: list[bytes] = field(default_factory=list)
    silence: threading.Event = field(default_factory=threading.Event)
    _number: int = 0x1A2B

    def texts(self) -> dict[str, str]:
        """What each telephone shows: parts joined by their common number."""
        shown: dict[str, str] = {}
        parts: dict[tuple[str, int], dict[int, str]] = {}
        for one in self.taken:
            if not one.esm_class & 0x40:
                shown[one.to] = _decoded(one.coding, one.body)
                continue
            assert one.body[:3] == b"\x05\x00\x03", "a header of concatenation"
            number, count, index = one.body[3:6]
            pieces = parts.setdefault((one.to, number), {})
            pieces[index] = _decoded(one.coding, one.body[6:])
            if len(pieces) == count:
                shown[one.to] = "".join(pieces[i] for i in sorted(pieces))
        return shown

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        length, command, status, sequence = struct.unpack(">IIII", await reader.readexactly(16))
        body = await reader.readexactly(length - 16)
        if command == BIND:
            return self._bind(writer, sequence, body)
        if command == SUBMIT:
            return self._submit(writer, sequence, body)
        if command == ENQUIRE:
            self.asked_us += 1
            writer.write(_pdu(ENQUIRE | RESP, OK, sequence))
        elif command == UNBIND:
            self.unbinds += 1
            writer.write(_pdu(UNBIND | RESP, OK, sequence))
            await writer.drain()
            return False
        elif command in (DELIVER | RESP, ENQUIRE | RESP) and status == OK:
            self.answered += 1
        return True

    def _bind(self, writer: asyncio.StreamWriter, sequence: int, body: bytes) -> bool:
        name, password, _ = body.split(b"\0", 2)
        fits = password.decode() == self.password
        writer.write(_pdu(BIND | RESP, OK if fits else BAD_PASSWORD, sequence, b"test-smsc\0" if fits else b""))
        self.binds.append(name.decode())
        for held in self.held if fits else ():
            writer.write(held)
        self.held.clear()
        return True

    def _submit(self, writer: asyncio.StreamWriter, sequence: int, body: bytes) -> bool:
        says = self.says.popleft() if self.says else OK
        if self.asks:
            writer.write(_pdu(ENQUIRE, OK, 0x7000))
        if says == HANG_UP:
            writer.transport.abort()
            return False
        if says == SILENT:
            self.silence.set()
            return True
        if says != OK:
            writer.write(_pdu(SUBMIT | RESP, says, sequence))
            return True
        self._number += 1
        one = _read(body, f"{self._number:X}")
        self.taken.append(one)
        writer.write(_pdu(SUBMIT | RESP, OK, sequence, one.id.encode() + b"\0"))
        if self.reports and one.registered:
            report = self._report(one)
            if self.later:
                self.held.append(report)
            else:
                writer.write(report)
        return True

    def _report(self, one: Submitted) -> bytes:
        identifier = str(int(one.id, 16)) if self.decimal else one.id
        dates = "submit date:2608201650 done date:2608201651"
        text = f"id:{identifier} sub:001 dlvrd:001 {dates} stat:{self.reports} err:000"
        fields = b"\0" + b"\1\1" + one.to.encode() + b"\0" + b"\5\0" + one.sender.encode() + b"\0"
        body = fields + bytes((4, 0, 0)) + b"\0\0" + bytes((0, 0, 0, 0, len(text))) + text.encode()
        return _pdu(DELIVER, OK, 0x6000 + int(one.id, 16), body)


def _pdu(command: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body


def _read(body: bytes, identifier: str) -> Submitted:
    at = body.index(b"\0") + 1 + 2  # service type, kind of the sender's address
    end = body.index(b"\0", at)
    sender, at = body[at:end].decode(), end + 1 + 2
    end = body.index(b"\0", at)
    to, at = body[at:end].decode(), end + 1
    esm_class, at = body[at], at + 3
    end = body.index(b"\0", at)  # scheduled
    at = end + 1
    end = body.index(b"\0", at)
    validity, at = body[at:end].decode(), end + 1
    registered, _replace, coding, _default, length = body[at : at + 5]
    return Submitted(identifier, sender, to, esm_class, coding, registered, validity, body[at + 5 : at + 5 + length])


def _decoded(coding: int, body: bytes) -> str:
    return body.decode("utf-16-be") if coding == 8 else body.decode("ascii")


@contextmanager
def running() -> Iterator[Smsc]:
    """It listens until the end, in a thread of its own."""
    smsc, ready, ended = Smsc(), threading.Event(), threading.Event()

    async def serve() -> None:
        server = await asyncio.start_server(smsc.talk, "127.0.0.1", 0)
        smsc.port = server.sockets[0].getsockname()[1]
        async with server:
            ready.set()
            await asyncio.to_thread(ended.wait)

    def run() -> None:
        asyncio.run(serve())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield smsc
    finally:
        ended.set()
        thread.join(10)
