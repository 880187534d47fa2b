"""Any stream of sound to PCM as it comes: the sound's own demuxer only, so that no playlist inside leads elsewhere."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import urljoin

import av
import av.error
import av.logging
from devicelink.relayed import News

from speaker.relay import hls
from speaker.relay.trouble import Trouble
from speaker.relay.tuner import mono
from speaker.relay.web import Answer, Policy, opened
from speaker.sink import RATE, Pcm

FORMATS = "mp3,aac,ogg,mpegts,flac,wav,mov,mp4,m4a,3gp,3g2,mj2"
OPTIONS = {"format_whitelist": FORMATS, "probesize": "65536", "analyzeduration": "1000000", "max_streams": "8"}
MOST_BROKEN = 40  # packets one after another, about a second: then it is no sound
LOWEST_RATE, HIGHEST_RATE, MOST_CHANNELS = 8_000, 96_000, 8
# How far a stream may run ahead of the clock: a server's burst is read at once, a file is not read to its end.
AHEAD_S, AHEAD_OF_LIST_S = 20.0, 3.0


class Body(Protocol):
    """What a decoder reads from."""

    def read(self, count: int = ...) -> bytes:
        """Some bytes, b"" at the end."""


class _Source:
    """As much of a file as PyAV wants; what went wrong while it read is kept, for PyAV hides it."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self.trouble: Trouble | None = None

    def read(self, count: int) -> bytes:
        try:
            return self._body.read(count)
        except Trouble as trouble:
            self.trouble = trouble
            return b""


def body_of(url: str, policy: Policy) -> tuple[Body, float]:
    """The stream at this address, and how far (s) it may run ahead. Raises Trouble."""
    answer = opened(url, policy)
    if not hls.is_list(answer):
        return answer, AHEAD_S
    text = answer.whole(hls.MAX_LIST, 5.0).decode("utf-8", "replace")
    answer.close()
    if "#EXT-X-" in text:
        return hls.Live(answer.url, policy, text), AHEAD_OF_LIST_S
    named = next((line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    if not named:
        raise Trouble("junk", "an empty playlist")
    inner: Answer = opened(urljoin(answer.url, named), policy)
    return inner, AHEAD_S


def decoded(body: Body, ahead: float) -> Iterator[Pcm | News]:
    """First what it is, then its sound, at most `ahead` s before its time. Raises Trouble when it ends, too."""
    av.logging.set_level(av.logging.PANIC)
    source = _Source(body)
    try:
        yield from _decoded(source, ahead)
    except (av.error.FFmpegError, OSError, ValueError, IndexError) as error:
        raise source.trouble or Trouble("junk", str(error)[:200]) from error
    raise source.trouble or Trouble("gone", "it ended")


def _decoded(source: _Source, ahead: float) -> Iterator[Pcm | News]:
    container: Any = av.open(source, mode="r", options=OPTIONS, metadata_errors="replace")
    with contextlib.closing(container):
        stream: Any = container.streams.audio[0]
        yield _described(container, stream)
        resamplers: dict[tuple[Any, ...], Any] = {}
        begun, given = time.monotonic(), 0
        for frame in _frames(container, stream):
            for piece in _ours(frame, resamplers):
                given += len(piece)
                yield piece
            time.sleep(max(0.0, given / RATE - ahead - (time.monotonic() - begun)))


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """A broken packet is left out, as every receiver does: a station joins its pieces, a line drops a byte."""
    broken = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            broken += 1
            if broken > MOST_BROKEN:
                raise
            continue
        if frames:
            broken = 0
        yield from frames


def _ours(frame: Any, resamplers: dict[tuple[Any, ...], Any]) -> Iterator[Pcm]:
    """Our rate, one channel. A station may change its own in the middle: from song to news, from stereo to mono."""
    form = (frame.sample_rate, frame.format.name, frame.layout.name)
    if form not in resamplers:
        resamplers.clear()
        resamplers[form] = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    for piece in resamplers[form].resample(frame):
        yield mono(piece)


def _described(container: Any, stream: Any) -> News:
    context = stream.codec_context
    rate, channels = int(context.sample_rate or 0), int(context.channels or 0)
    if not LOWEST_RATE <= rate <= HIGHEST_RATE or not 1 <= channels <= MOST_CHANNELS:
        raise Trouble("junk", f"{rate} Hz, {channels} channels")
    return News(codec=str(context.name), container=str(container.format.name), rate=rate, channels=channels)
