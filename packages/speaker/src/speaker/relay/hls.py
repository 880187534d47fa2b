"""Live playlists (HLS): the list is read again and again, its parts are fetched in order and joined into one stream."""

import re
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import urljoin

from speaker.relay.trouble import Trouble
from speaker.relay.web import Answer, Policy, opened

MARK = b"#EXTM3U"
TYPES = ("mpegurl",)
MAX_LIST = 1 << 18
MAX_PART = 8 << 20
MAX_VARIANTS = 64
BEHIND = 3  # parts between the newest one and where one begins
LOOK_S = 3.0  # so often at most: a list that is gone is known within five seconds
STALE = 4.0  # parts' lengths after which a list that does not grow is stuck
_NUMBER = re.compile(r"BANDWIDTH=(\d+)")
_URI = re.compile(r'URI="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the stream; `first`: what has to be read before it (fragmented MP4)."""

    number: int
    url: str
    first: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A media playlist."""

    parts: tuple[Part, ...]
    length: float
    ended: bool


def is_list(answer: Answer) -> bool:
    """Does this answer hold a playlist rather than sound?"""
    kind = answer.headers.get("content-type", "").lower()
    return any(word in kind for word in TYPES) or answer.url.split("?")[0].lower().endswith((".m3u8", ".m3u"))


def best_variant(text: str, base: str) -> str:
    """Of a master playlist the address of the variant that costs least, "" if it is none."""
    found: list[tuple[int, str]] = []
    lines = text.splitlines()
    for line, following in pairwise(lines):
        if line.startswith("#EXT-X-STREAM-INF:") and following and not following.startswith("#"):
            number = _NUMBER.search(line)
            found.append((int(number.group(1)) if number else 0, urljoin(base, following.strip())))
    return min(found[:MAX_VARIANTS])[1] if found else ""


def listing(text: str, base: str) -> Listing:
    """Raises Trouble junk for what is no playlist, or one that cannot be played."""
    if not text.lstrip("\ufeff").startswith(MARK.decode()):
        raise Trouble("junk", "not a playlist")
    number, length, first = 0, 6.0, ""
    parts: list[Part] = []
    for line in map(str.strip, text.splitlines()):
        name, _, value = line.partition(":")
        if name == "#EXT-X-MEDIA-SEQUENCE":
            number = _whole(value)
        elif name == "#EXT-X-TARGETDURATION":
            length = min(30.0, max(0.2, float(_whole(value)) or 0.2))
        elif name == "#EXT-X-MAP" and (found := _URI.search(value)):
            first = urljoin(base, found.group(1))
        elif (name == "#EXT-X-KEY" and "METHOD=NONE" not in value) or name == "#EXT-X-BYTERANGE":
            raise Trouble("junk", "an encrypted or cut playlist")
        elif line and not line.startswith("#"):
            parts.append(Part(number + len(parts), urljoin(base, line), first))
    return Listing(tuple(parts), length, "#EXT-X-ENDLIST" in text)


@dataclass(slots=True)
class Live:
    """The joined stream of a playlist. `read` as of a file; it waits for parts that are still to come."""

    url: str
    policy: Policy
    text: str = ""
    length: float = 6.0
    _next: int = -1
    _first: str = ""
    _ended: bool = False
    _looked: float = 0.0
    _grew: float = field(default_factory=time.monotonic)
    _waiting: deque[Part] = field(default_factory=deque)
    _answer: Answer | None = None
    _given: int = 0

    def read(self, count: int = 16_384) -> bytes:
        """Some bytes of the stream, b"" at its end. Raises Trouble."""
        while True:
            if self._answer is None and not self._begin():
                return b""
            assert self._answer is not None
            piece = self._answer.read(count)
            self._given += len(piece)
            if self._given > MAX_PART:
                raise Trouble("junk", "a part of more than 8 MB")
            if piece:
                return piece
            self._answer.close()
            self._answer = None

    def _begin(self) -> bool:
        while not self._waiting:
            if self._ended:
                return False
            self._look()
        part = self._waiting.popleft()
        if part.first and part.first != self._first:
            self._first = part.first
            self._waiting.appendleft(Part(part.number, part.url))
            part = Part(part.number, part.first)
        self._answer, self._given = opened(part.url, self.policy), 0
        return True

    def _look(self) -> None:
        text, self.text = self.text or self._fetched(), ""
        onward = best_variant(text, self.url)
        if onward:
            self.url = onward
            text = self._fetched()
        found = listing(text, self.url)
        self.length, self._ended = found.length, found.ended
        if self._next < 0 and found.parts:
            self._next = found.parts[0 if found.ended else max(0, len(found.parts) - BEHIND)].number
        elif found.parts and self._next < found.parts[0].number - 1:
            self._next = found.parts[max(0, len(found.parts) - BEHIND)].number  # fell out of the window
        self._waiting.extend(part for part in found.parts if part.number >= self._next)
        if self._waiting:
            self._next, self._grew = self._waiting[-1].number + 1, time.monotonic()
        elif time.monotonic() - self._grew > STALE * self.length:
            raise Trouble("stuck", "the playlist does not grow")

    def _fetched(self) -> str:
        pause = self._looked + min(LOOK_S, self.length / 2) - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        self._looked = time.monotonic()
        answer = opened(self.url, self.policy)
        try:
            self.url = answer.url
            return answer.whole(MAX_LIST, 5.0).decode("utf-8", "replace")
        finally:
            answer.close()


def _whole(text: str) -> int:
    try:
        return max(0, int(float(text)))
    except ValueError:
        return 0
