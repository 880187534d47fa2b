"""Really listens to a stream for some seconds, in a process of its own, and says what it heard."""

import math
import os
import select
import subprocess
import sys
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass

import msgspec
import numpy as np
from devicelink.refusals import Refused
from devicelink.relayed import NEWS, PCM, RATE, News, Parser, Spec, read_news

LISTENED_S = 10.0
FIRST_S = 12.0
SILENT_DBFS = -60.0


@dataclass(frozen=True, slots=True)
class Figures:
    """`level` and `peak` in dBFS, `kbit_s` as it came over the network, `codec` "mp3", `hops` redirects followed."""

    seconds: float = 0.0
    level: float = -120.0
    peak: float = -120.0
    kbit_s: int = 0
    codec: str = ""
    rate: int = 0
    channels: int = 0
    title: str = ""
    hops: int = 0


def listen(url: str, local: Collection[str], *, seconds: float = LISTENED_S) -> tuple[str, dict[str, object]]:
    """("ok", figures) or why nothing could be heard (`devicelink.relayed.TROUBLES`), and what was found until then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "speaker.relay.child"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
    )  # fmt: skip
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(Spec(kind="stream", url=url, local=tuple(local))) + b"\n")
        code, figures = _listened(process.stdout.fileno(), seconds)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
    return code, asdict(figures)


def _listened(line: int, seconds: float) -> tuple[str, Figures]:
    parser, news = Parser(), News()
    heard, square, peak = 0, 0.0, 0
    end = time.monotonic() + FIRST_S + seconds
    trouble = ""
    while heard < seconds * RATE and not trouble:
        ready, _, _ = select.select([line], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            trouble = "stuck"
            break
        data = os.read(line, 1 << 16)
        try:
            frames = list(parser.feed(data))
        except Refused:
            frames, trouble = [], "junk"
        for frame in frames:
            if frame.kind == NEWS:
                news = read_news(frame.payload)
                trouble = news.trouble
            elif frame.kind == PCM:
                samples = np.frombuffer(frame.payload, "<i2").astype(np.float64)
                heard, square = heard + len(samples), square + float(np.sum(samples**2))
                peak = max(peak, int(np.max(np.abs(samples), initial=0)))
        trouble = trouble or ("gone" if not data else "")
    figures = _figures(heard, square, peak, news)
    if heard >= seconds * RATE:
        return ("silent" if figures.level < SILENT_DBFS else "ok"), figures
    return trouble or "stuck", figures


def _figures(heard: int, square: float, peak: int, news: News) -> Figures:
    return Figures(
        seconds=round(heard / RATE, 1),
        level=_dbfs(math.sqrt(square / heard)) if heard else -120.0,
        peak=_dbfs(peak),
        kbit_s=round(news.received * 8 / 1000 / (heard / RATE)) if heard else 0,
        codec=news.codec,
        rate=news.rate,
        channels=news.channels,
        title=news.title,
        hops=news.hops,
    )


def _dbfs(amplitude: float) -> float:
    return round(20 * math.log10(amplitude / 32_768), 1) if amplitude > 0 else -120.0
