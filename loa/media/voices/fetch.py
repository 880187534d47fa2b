"""Asking an address on the network on behalf of a voice: bounded in time, size and hops, never inside our own house.

Every address is looked up once, judged, and then that very address is spoken to: a name that changes its address
between the look and the call gains nothing. Redirects are judged like first addresses. Standard library only: what it
must not do (proxies of the environment, cookies, files, other schemes) it cannot do.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

REDIRECTS = (301, 302, 303, 307, 308)
MOST_HOPS = 5
CHUNK = 64 * 1024
AGENT = "Loa"


class FetchFailed(Exception):
    """No usable answer. `again`: whether a later try may do better; the words name no key."""

    def __init__(self, words: str, *, again: bool = False) -> None:
        super().__init__(words)
        self.again = again


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one answer may cost. `local`: addresses of this house are allowed; `plain`: http outside of it, too."""

    seconds: float = 20.0
    connect_seconds: float = 5.0
    most_bytes: int = 32 * 1024 * 1024
    local: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A request; all but its method may hold a key and is not shown."""

    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back with status 200-299."""

    content_type: str
    body: bytes = field(repr=False)


def fetch(ask: Ask, bounds: Bounds) -> Answer:
    """The whole answer. Raises FetchFailed."""
    taken = bytearray()
    content_type = stream(ask, bounds, taken.extend)
    return Answer(content_type, bytes(taken))


def stream(ask: Ask, bounds: Bounds, take: Callable[[bytes], Any]) -> str:
    """Hand the answer to `take` piece by piece; its content type. Raises FetchFailed, also in the middle."""
    deadline = time.monotonic() + bounds.seconds
    try:
        for _ in range(MOST_HOPS):
            with _spoken(ask, bounds, deadline) as answer:
                if answer.status not in REDIRECTS:
                    _take(answer, bounds, deadline, take)
                    return answer.headers.get_content_type()
                ask = _onwards(ask, answer.headers.get("Location", ""))
    except ValueError as error:
        raise FetchFailed("a header that is none") from error
    except (OSError, http.client.HTTPException) as error:
        late = time.monotonic() >= deadline or isinstance(error, TimeoutError)
        raise FetchFailed("no answer in time" if late else f"line broke: {type(error).__name__}", again=True) from error
    raise FetchFailed("too many redirects")


def judge(url: str, bounds: Bounds) -> SplitResult:
    """The parts of an address that may be asked, as far as its letters tell. Raises FetchFailed."""
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError as error:
        raise FetchFailed("not an address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_fits:
        raise FetchFailed(f"not an address of the web: {parts.scheme[:20]!r}")
    if parts.username or parts.password or any(not 32 < ord(character) < 127 for character in url):
        raise FetchFailed("an address with more than a name in it")
    return parts


@contextlib.contextmanager
def _spoken(ask: Ask, bounds: Bounds, deadline: float) -> Iterator[http.client.HTTPResponse]:
    parts = judge(ask.url, bounds)
    connection = _connection(parts, bounds, deadline)
    ending = threading.Timer(max(deadline - time.monotonic(), 0.01), _hang_up, [connection])
    ending.daemon = True  # one that sends a letter now and then would never run into the limit of a single read
    try:
        ending.start()
        target = parts._replace(scheme="", netloc="", fragment="", path=parts.path or "/").geturl()
        connection.request(ask.method, target, ask.body, {"User-Agent": AGENT, **ask.headers})
        with connection.getresponse() as answer:
            yield answer
    finally:
        ending.cancel()
        connection.close()


def _hang_up(connection: http.client.HTTPConnection) -> None:
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _connection(parts: SplitResult, bounds: Bounds, deadline: float) -> http.client.HTTPConnection:
    """A connection that is open already, to the address that was judged."""
    secure, host = parts.scheme == "https", str(parts.hostname)
    port = parts.port or (443 if secure else 80)
    address = _address(host, port, bounds, secure=secure)
    seconds = max(0.01, min(bounds.connect_seconds, deadline - time.monotonic()))
    line = socket.create_connection(address, timeout=seconds)
    connection = http.client.HTTPConnection(host, port)
    try:
        if secure:
            line = ssl.create_default_context().wrap_socket(line, server_hostname=host)
    except BaseException:
        line.close()
        raise
    line.settimeout(max(0.01, deadline - time.monotonic()))
    connection.sock = line
    return connection


def _address(host: str, port: int, bounds: Bounds, *, secure: bool) -> tuple[str, int]:
    """The first address of the host, if all of them may be spoken to. Raises FetchFailed."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise FetchFailed(f"no such host: {host[:80]}", again=True) from error
    addresses = [ipaddress.ip_address(one.partition("%")[0]) for one in found]
    if not bounds.local and not all(is_public(one) for one in addresses):
        raise FetchFailed(f"{host[:80]} is an address of this house")
    if not secure and not bounds.plain and not all(one.is_loopback for one in addresses):
        raise FetchFailed("only https outside of this machine")
    return found[0], port


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it is on the open network; an IPv4 address in an IPv6 one is judged as what it is."""
    inside = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if inside is not None:
        return is_public(inside)
    return address.is_global and not address.is_multicast


def _take(answer: http.client.HTTPResponse, bounds: Bounds, deadline: float, take: Callable[[bytes], Any]) -> None:
    if not 200 <= answer.status < 300:
        raise FetchFailed(f"answered {answer.status}", again=answer.status == 429 or answer.status >= 500)
    declared = answer.length
    if declared is not None and declared > bounds.most_bytes:
        raise FetchFailed("the answer is too large")
    total = 0
    while piece := answer.read1(CHUNK):
        total += len(piece)
        if total > bounds.most_bytes:
            raise FetchFailed("the answer is too large")
        if time.monotonic() > deadline:
            raise TimeoutError
        take(piece)
    if declared is not None and total < declared:
        raise FetchFailed("the answer was cut off", again=True)


def _onwards(ask: Ask, location: str) -> Ask:
    """The request for where a redirect points; another host is told neither key nor body."""
    target = urljoin(ask.url, location)
    before, after = urlsplit(ask.url), urlsplit(target)
    if before.scheme == "https" and after.scheme != "https":
        raise FetchFailed(f"redirected to {after.scheme[:20]!r}")
    if (before.scheme, before.netloc) == (after.scheme, after.netloc):
        return Ask(target, ask.method, ask.headers, ask.body)
    if ask.method != "GET" or ask.headers:
        raise FetchFailed("redirected to another host")
    return Ask(target)
