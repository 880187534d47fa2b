"""A small HTTP/1.1 client over the standard library: one kept connection, a pinned authority, limits on everything.

Blocking; the agent calls it from a worker thread.
"""

import http.client
import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from devicelink.refusals import Reason, Refused

TIMEOUT_S = 20.0
LIMIT_BYTES = 1 << 20
PIECE_BYTES = 1 << 18
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME


class Unreachable(Exception):
    """No answer, or none that makes sense; try again later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes = b""

    def refusal(self) -> Refused:
        """The coded reason of an error answer; without one it is `malformed`."""
        try:
            facts = json.loads(self.body)
            return Refused(Reason(facts["code"]), str(facts.get("detail", ""))[:200])
        except (ValueError, KeyError, TypeError, AttributeError):
            return Refused(Reason.MALFORMED, f"HTTP {self.status}")


class _DatedSocket(ssl.SSLSocket):
    """Judges the certificate's dates by the agent's signed time: a board without a battery believes it is 1970."""

    now: Callable[[], int]

    def do_handshake(self, block: bool = False) -> None:
        """Also raises SSLCertVerificationError when the certificate is not valid now."""
        super().do_handshake(block)
        judge_dates(self.getpeercert(), type(self).now())


def judge_dates(certificate: Mapping[str, Any] | None, now: int) -> None:
    """Is the peer's certificate valid at `now` (Unix ms)? Raises SSLCertVerificationError."""
    facts = certificate or {}
    begins, ends = (ssl.cert_time_to_seconds(str(facts.get(name))) for name in ("notBefore", "notAfter"))
    if not begins <= now / 1000 < ends:
        raise ssl.SSLCertVerificationError("the certificate is not valid at this time")


def tls(ca: Path | None, now: Callable[[], int] | None) -> ssl.SSLContext:
    """`ca` alone is believed; None = the system's authorities.

    `now()` (Unix ms) judges the dates of certificates; None = they are not looked at, for those who still ask the time.
    """
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= _NO_CHECK_TIME
    if now is not None:
        context.sslsocket_class = type("DatedSocket", (_DatedSocket,), {"now": staticmethod(now)})
    return context


class Http:
    """Requests to one gateway. `base`: "http://host:port" or "https://host:port/prefix"; `ca`, `now`: see `tls`."""

    def __init__(
        self, base: str, ca: Path | None = None, now: Callable[[], int] | None = None, *, timeout: float = TIMEOUT_S
    ) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http address: {base}")
        self._secure = parts.scheme == "https"
        self._host, self._port, self._prefix = parts.hostname, parts.port, parts.path.rstrip("/")
        self._context = tls(ca, now) if self._secure else None
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let the connection go."""
        with self._lock:
            self._drop()

    def request(self, method: str, path: str, *, body: bytes | None = None, token: str = "", etag: str = "") -> Answer:
        """One exchange, answer of at most 1 MB. Raises Unreachable."""
        with self._lock:
            response = self._exchange(method, path, body, _headers(body, token, etag))
            data = self._read(response, LIMIT_BYTES + 1)
            if len(data) > LIMIT_BYTES:
                self._drop()
                raise Unreachable("an answer of more than 1 MB")
            self._finish(response)
            return Answer(response.status, _lower(response), data)

    def download(self, path: str, *, token: str, start: int, take: Callable[[bytes, int], None]) -> Answer:
        """GET from byte `start` on; `take(piece, offset)` gets what arrives. A body of an error comes in the answer.

        Raises Unreachable when the connection breaks (what was taken stays taken), and whatever `take` raises.
        """
        headers = _headers(None, token, "")
        if start:
            headers["Range"] = f"bytes={start}-"
        with self._lock:
            response = self._exchange("GET", path, None, headers)
            if response.status not in (200, 206):
                data = self._read(response, LIMIT_BYTES)
                self._finish(response)
                return Answer(response.status, _lower(response), data)
            self._stream(response, _first_byte(response) if response.status == 206 else 0, take)
            self._finish(response)
            return Answer(response.status, _lower(response))

    def _stream(self, response: http.client.HTTPResponse, offset: int, take: Callable[[bytes, int], None]) -> None:
        try:
            while piece := self._read(response, PIECE_BYTES):
                take(piece, offset)
                offset += len(piece)
        except BaseException:
            self._drop()
            raise

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        """A kept connection may have been closed by the other side meanwhile: then once more with a new one."""
        kept = self._connection is not None
        try:
            return self._once(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            if not kept or isinstance(error, TimeoutError):
                raise Unreachable(str(error) or type(error).__name__) from error
        try:
            return self._once(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            raise Unreachable(str(error) or type(error).__name__) from error

    def _once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request(method, self._prefix + path, body=body, headers=headers)
        return self._connection.getresponse()

    def _connect(self) -> http.client.HTTPConnection:
        if self._context is not None:
            return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._context)
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)

    def _read(self, response: http.client.HTTPResponse, count: int) -> bytes:
        try:
            return response.read(count)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            raise Unreachable(str(error) or type(error).__name__) from error

    def _finish(self, response: http.client.HTTPResponse) -> None:
        if response.will_close or not response.isclosed():
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _headers(body: bytes | None, token: str, etag: str) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if etag:
        headers["If-None-Match"] = f'"{etag}"'
    return headers


def _lower(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _first_byte(response: http.client.HTTPResponse) -> int:
    """The offset in "bytes 100-199/200"."""
    stated = response.getheader("Content-Range", "")
    digits = stated.removeprefix("bytes ").split("-")[0]
    if not digits.isdigit():
        raise Unreachable(f"Content-Range {stated[:80]!r}")
    return int(digits)
