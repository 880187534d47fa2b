"""One stream that is fetched once: read by a process of its own, stamped, handed to everybody who listens."""

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import Collection

import msgspec
import numpy as np
from devicelink.refusals import Refused
from devicelink.relayed import NEWS, PCM, News, Parser, Spec, pack_news, read_news

from loa.relays.serving.stamping import Stamper

STEP_S = 0.02
STUCK_S = 4.0
FIRST_S = 12.0
AGAIN_S = (1.0, 2.0, 4.0, 8.0, 15.0)
QUEUE = 512  # frames: ten seconds; who is slower than that is cut off and asks again
LINGER_S = 10.0

log = logging.getLogger("loa.relays")


class Source:
    """Runs while somebody listens, and a little longer."""

    def __init__(self, url: str, local: Collection[str]) -> None:
        self.url, self._local = url, tuple(local)
        self.listeners: set[asyncio.Queue[bytes | None]] = set()
        self.fetched = 0
        self._stamper = Stamper()
        self._trouble = ""
        self._last = 0.0
        self._task: asyncio.Task[None] | None = None

    def listen(self) -> "asyncio.Queue[bytes | None]":
        """Frames from now on; None = it is over for this listener."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE)
        self.listeners.add(queue)
        if self._trouble:
            queue.put_nowait(pack_news(News(trouble=self._trouble)))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return queue

    def leave(self, queue: "asyncio.Queue[bytes | None]") -> None:
        """This one listens no more."""
        self.listeners.discard(queue)
        self._last = time.monotonic()

    async def close(self) -> None:
        """Now."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        failures = 0
        while self._wanted():
            began = time.monotonic()
            trouble = await self._once()
            self._stamper.clear()
            if not self._wanted():
                return
            self._tell(trouble)
            failures = 0 if time.monotonic() - began > 2 * AGAIN_S[-1] else failures + 1
            await asyncio.sleep(AGAIN_S[min(failures, len(AGAIN_S)) - 1 if failures else 0])

    def _wanted(self) -> bool:
        return bool(self.listeners) or time.monotonic() - self._last < LINGER_S

    def _tell(self, trouble: str) -> None:
        self._trouble = trouble
        log.warning("a relayed stream fails: %s", trouble)
        self._send(pack_news(News(trouble=trouble)))

    def _send(self, frame: bytes) -> None:
        for queue in list(self.listeners):
            try:
                queue.put_nowait(frame)
            except asyncio.QueueFull:
                self._cut_off(queue)

    def _cut_off(self, queue: "asyncio.Queue[bytes | None]") -> None:
        self.listeners.discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)

    async def _once(self) -> str:
        """One reading process, from its start to its end; why it ended."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "speaker.relay.child",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        self.fetched += 1
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(Spec(kind="stream", url=self.url, local=self._local)) + b"\n")
        try:
            return await self._follow(process.stdout)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            process.stdin.close()

    async def _follow(self, line: asyncio.StreamReader) -> str:
        parser, last, patience, trouble = Parser(), time.monotonic(), FIRST_S, ""
        reading = asyncio.ensure_future(line.read(1 << 16))
        try:
            while self._wanted():
                await asyncio.wait((reading,), timeout=STEP_S)
                if reading.done():
                    data = reading.result()
                    if not data:
                        return trouble or "gone"
                    heard, told = self._take(parser, data)
                    trouble = told or trouble
                    if heard:
                        last, patience = time.monotonic(), STUCK_S
                    reading = asyncio.ensure_future(line.read(1 << 16))
                for frame in self._stamper.due(time.time_ns() // 1_000):
                    self._trouble = ""
                    self._send(frame)
                if time.monotonic() - last > patience:
                    return "stuck"
            return "gone"
        except Refused:
            return "junk"
        finally:
            reading.cancel()

    def _take(self, parser: Parser, data: bytes) -> tuple[bool, str]:
        """Whether sound came, and what trouble was told."""
        heard, trouble = False, ""
        for frame in parser.feed(data):
            if frame.kind == PCM:
                self._stamper.put(np.frombuffer(frame.payload, "<i2").astype(np.int16))
                heard = True
            elif frame.kind == NEWS:
                trouble = read_news(frame.payload).trouble or trouble
        return heard, trouble
