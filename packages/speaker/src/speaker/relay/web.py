"""Reads one HTTP or Icecast answer as it comes: chunks and ICY titles taken out, redirects followed a few steps.

Every wait has an end, every header a bound; the address is judged anew at each step (`addresses`).
"""

import socket
import ssl
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

from speaker.relay.addresses import resolved
from speaker.relay.trouble import Trouble

CONNECT_S = 3.0
HEAD_S = 4.0  # a whole answer's head, however slowly it drips
IDLE_S = 8.0
HOPS = 5
MAX_HEAD = 16_384
PIECE = 16_384


@dataclass(slots=True)
class Policy:
    """Whom may be asked, and as whom. `local`: see `devicelink.relayed.Spec`. With a token nothing is followed."""

    local: Collection[str] = ()
    token: str = ""
    ca: str = ""
    received: int = 0
    hops: int = 0
    title: str = ""


@dataclass(slots=True)
class Answer:
    """`read` gives the body, b"" at its end. Raises Trouble when the line breaks."""

    line: socket.socket
    url: str
    headers: dict[str, str]
    policy: Policy
    held: bytearray
    left: int | None = None
    chunked: bool = False
    chunk: int = 0
    every: int = 0
    until: int = 0
    ended: bool = field(default=False)

    def read(self, count: int = PIECE) -> bytes:
        """At most `count` bytes of sound."""
        if not self.every:
            return self._body(count)
        if self.until == 0:
            self._take_title()
        piece = self._body(min(count, self.until))
        self.until -= len(piece)
        return piece

    def whole(self, most: int, seconds: float) -> bytes:
        """All of it, if it is short and comes soon."""
        end, found = time.monotonic() + seconds, bytearray()
        while piece := self.read():
            found += piece
            if len(found) > most:
                raise Trouble("junk", f"more than {most} bytes")
            if time.monotonic() > end:
                raise Trouble("stuck", "a part came too slowly")
        return bytes(found)

    def close(self) -> None:
        """Let the connection go."""
        self.line.close()

    def _take_title(self) -> None:
        self.until = self.every
        length = self._exactly(1)
        if length and length[0]:
            words = self._exactly(length[0] * 16).rstrip(b"\0").decode("utf-8", "replace")
            self.policy.title = words.removeprefix("StreamTitle='").split("';")[0][:200]

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count and (piece := self._body(count - len(found))):
            found += piece
        return found

    def _body(self, count: int) -> bytes:
        if self.ended:
            return b""
        if self.chunked:
            return self._of_chunks(count)
        if self.left is not None:
            count = min(count, self.left)
        piece = self._raw(count) if count else b""
        if self.left is not None:
            self.left -= len(piece)
        self.ended = not piece
        return piece

    def _of_chunks(self, count: int) -> bytes:
        if self.chunk == 0:
            self.chunk = self._next_chunk()
            if self.chunk == 0:
                self.ended = True
                return b""
        piece = self._raw(min(count, self.chunk))
        self.chunk -= len(piece)
        if not piece:
            self.ended = True
        elif self.chunk == 0:
            self._line()
        return piece

    def _next_chunk(self) -> int:
        size = self._line().split(b";")[0].strip()
        try:
            return int(size, 16) if size else 0
        except ValueError as error:
            raise Trouble("junk", "a chunk without a length") from error

    def _line(self) -> bytes:
        found = bytearray()
        while not found.endswith(b"\n") and len(found) < 256 and (byte := self._raw(1)):
            found += byte
        return bytes(found.strip())

    def _raw(self, count: int) -> bytes:
        if not self.held:
            self.held += _received(self.line, PIECE)
            self.policy.received += len(self.held)
        piece = bytes(self.held[:count])
        del self.held[:count]
        return piece


def opened(url: str, policy: Policy) -> Answer:
    """The answer of this address, or of the one it leads to. Raises Trouble."""
    for _ in range(HOPS + 1):
        answer = _asked(url, policy)
        status, onward = int(answer.headers[":status"]), answer.headers.get("location", "")
        if status in (200, 206):
            return answer
        answer.close()
        if not 300 <= status < 400 or not onward or policy.token:
            raise Trouble("missing" if status in (401, 403, 404, 410) else "gone", f"HTTP {status}")
        url, policy.hops = urljoin(url, onward), policy.hops + 1
    raise Trouble("gone", f"more than {HOPS} redirects")


def _asked(url: str, policy: Policy) -> Answer:
    parts = _split(url)
    line = _connected(parts, policy)
    try:
        line.sendall(_request(parts, policy))
        head, held = _head(line)
        headers = _headers(head)
    except OSError as error:
        line.close()
        raise Trouble("gone", str(error)) from error
    except Trouble:
        line.close()
        raise
    line.settimeout(IDLE_S)
    every = headers.get("icy-metaint", "")
    length = headers.get("content-length", "")
    policy.received += len(held)
    interval = int(every) if every.isdigit() else 0
    return Answer(
        line, url, headers, policy, held,
        left=int(length) if length.isdigit() else None,
        chunked="chunked" in headers.get("transfer-encoding", "").lower(),
        every=interval, until=interval,
    )  # fmt: skip


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and url.isascii():
            return parts
    except ValueError:
        pass
    raise Trouble("forbidden", f"not an address of the web: {url[:120]!r}")


def _connected(parts: SplitResult, policy: Policy) -> socket.socket:
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    failure: Exception = OSError("no address")
    for address in resolved(host, port, policy.local)[:3]:
        try:
            line = socket.create_connection((address, port), timeout=CONNECT_S)
            return _secured(line, host, policy) if parts.scheme == "https" else line
        except OSError as error:
            failure = error
    raise Trouble("gone", f"{host}:{port}: {failure}")


def _secured(line: socket.socket, host: str, policy: Policy) -> socket.socket:
    """The clock of a board may be wrong at first; the agent asks the platform only with a good one."""
    context = ssl.create_default_context(cafile=policy.ca if policy.ca and Path(policy.ca).exists() else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        return context.wrap_socket(line, server_hostname=host)
    except OSError:
        line.close()
        raise


def _request(parts: SplitResult, policy: Policy) -> bytes:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"GET {path} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}", "User-Agent: loa-speaker",
             "Accept: */*", "Accept-Encoding: identity", "Connection: close"]  # fmt: skip
    lines.append(f"Authorization: Bearer {policy.token}" if policy.token else "Icy-MetaData: 1")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "ignore")


def _head(line: socket.socket) -> tuple[bytes, bytearray]:
    end, held = time.monotonic() + HEAD_S, bytearray()
    while b"\r\n\r\n" not in held and b"\n\n" not in held:
        left = end - time.monotonic()
        if left <= 0:
            raise Trouble("stuck", "the head of the answer does not end")
        if len(held) > MAX_HEAD:
            raise Trouble("junk", "a head of more than 16 kB")
        line.settimeout(left)
        piece = _received(line, PIECE)
        if not piece:
            raise Trouble("gone", "closed before it answered")
        held += piece
    mark = b"\r\n\r\n" if b"\r\n\r\n" in held else b"\n\n"
    head, _, rest = bytes(held).partition(mark)
    return head, bytearray(rest)


def _headers(head: bytes) -> dict[str, str]:
    first, *rows = head.decode("latin-1").splitlines()
    words = first.split(None, 2)
    if len(words) < 2 or not words[0].startswith(("HTTP/1.", "ICY")) or not (words[1].isdigit() and len(words[1]) == 3):
        raise Trouble("junk", f"not an answer of the web: {first[:60]!r}")
    found = {name.strip().lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
    return found | {":status": words[1]}


def _received(line: socket.socket, count: int) -> bytes:
    try:
        return line.recv(count)
    except TimeoutError as error:
        raise Trouble("stuck", "nothing comes") from error
    except OSError as error:
        raise Trouble("gone", str(error)) from error
