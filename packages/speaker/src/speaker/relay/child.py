"""`python -m speaker.relay.child`: reads one source of live sound and writes frames (`devicelink.relayed`).

A process of its own, because what is read comes from strangers: it may hang, leak or crash, and is killed then. It is
told what to read by one line on its standard input; when that closes, it ends.
"""

import contextlib
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from devicelink.relayed import PCM, News, Spec, pack, pack_news

from speaker.relay.trouble import Trouble
from speaker.sink import Pcm

MEMORY_BYTES = 2 << 30  # of addresses; a decoder that wants more is broken
TELL_S = 1.0


class Output:
    """Frames to the one who started it."""

    def __init__(self) -> None:
        self._told = 0.0

    def sound(self, samples: Pcm, stamp: int = 0) -> None:
        """PCM, at most a second of it at once."""
        for at in range(0, len(samples), 24_000):
            self._write(pack(PCM, stamp, samples[at : at + 24_000].astype("<i2").tobytes()))

    def news(self, news: News) -> None:
        """What is known of the source."""
        self._write(pack_news(news))

    def sometimes(self, news: News) -> None:
        """The same, not too often."""
        if time.monotonic() - self._told > TELL_S:
            self._told = time.monotonic()
            self.news(news)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(1, view) :]


def run(spec: Spec, output: Output) -> None:
    """Until it fails. Raises Trouble."""
    if spec.kind != "stream":
        _tell(_played(spec), output)
    elif spec.stamped:
        _follow(spec, output)
    else:
        _stream(spec, output)


def _played(spec: Spec) -> Iterator[Pcm | News]:
    from speaker.relay import receiver, tuner

    name = str(spec.frequency) if spec.kind == "fm" else spec.input
    if spec.folder:
        return tuner.played(Path(spec.folder), name)
    if spec.program:
        return receiver.received(spec.program)
    if spec.kind == "fm":
        raise Trouble("no_tuner", "this device has no FM receiver")
    return tuner.captured(name)


def _tell(pieces: Iterator[Pcm | News], output: Output) -> None:
    for piece in pieces:
        if isinstance(piece, News):
            output.news(piece)
        else:
            output.sound(piece)


def _stream(spec: Spec, output: Output) -> None:
    from speaker.relay.decode import body_of, decoded
    from speaker.relay.web import Policy

    policy = Policy(local=spec.local, ca=spec.ca)
    body, ahead = body_of(spec.url, policy)
    described = News()
    for piece in decoded(body, ahead):
        if isinstance(piece, News):
            described = piece
        else:
            output.sound(piece)
        known = msgspec.structs.replace(described, received=policy.received, title=policy.title, hops=policy.hops)
        output.sometimes(known)


def _follow(spec: Spec, output: Output) -> None:
    from speaker.relay.stamped import heard
    from speaker.relay.web import Policy, opened

    policy = Policy(local=("*",), token=spec.token, ca=spec.ca)
    for stamp, samples in heard(opened(spec.url, policy)):
        output.sound(samples, stamp)
        output.sometimes(News(codec="opus", received=policy.received))


def _end_with_parent() -> None:
    """Nobody reads any more: whatever it waits for, it ends."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 64):
                pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def main() -> int:
    """Entry point; the exit code says nothing, the last news does."""
    spec = msgspec.json.decode(sys.stdin.buffer.readline(), type=Spec)
    _end_with_parent()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    output = Output()
    try:
        run(spec, output)
    except Trouble as trouble:
        with contextlib.suppress(OSError):
            output.news(News(trouble=trouble.code, detail=trouble.detail[:200]))
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    except Exception as error:  # whatever a stranger's bytes did to a decoder
        with contextlib.suppress(OSError):
            output.news(News(trouble="junk", detail=f"{type(error).__name__}: {error}"[:200]))
    return 0


if __name__ == "__main__":
    os._exit(main())
