"""One fetch for all loudspeakers, one clock: the process part `relay` between a real station and those who listen."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest
from devicelink.relayed import NEWS, OPUS, PACKET, RATE, Frame, Parser, read_news

from loa.gateway.relaying import Relays
from loa.relays.listening import listen
from loa.relays.serving.serve import Server
from loa.relays.serving.stamping import DELAY_US, MOST, STEP_US, Stamper
from tests.stations import Station, silence, tone

NAME = "vov1.0123456789abcdef"


def frames_of(pieces: bytes) -> list[Frame]:
    return list(Parser().feed(pieces))


def test_packets_follow_each_other_every_20_ms_and_lie_ahead() -> None:
    stamper, now = Stamper(), 1_700_000_000_000_000
    stamper.put(tone(440, 3))
    found = frames_of(b"".join(stamper.due(now) + stamper.due(now + 10 * STEP_US)))
    assert {frame.kind for frame in found} == {OPUS}
    assert set(np.diff([frame.stamp for frame in found])) == {STEP_US}
    assert found[0].stamp == pytest.approx(now + DELAY_US, abs=10_000)


def test_a_source_that_dries_up_leaves_a_gap_in_time_and_a_burst_is_cut() -> None:
    stamper, now = Stamper(), 1_700_000_000_000_000
    stamper.put(tone(440, 1))
    sent = stamper.due(now) + stamper.due(now + 900_000)
    assert len(sent) * PACKET < 1.1 * RATE
    for at in range(1, 5):  # nothing came for two seconds
        assert stamper.due(now + 900_000 + at * 500_000) == [] or at == 1
    for _ in range(20):
        stamper.put(tone(440, 1))
    assert stamper._have <= MOST
    (first, *_) = frames_of(b"".join(stamper.due(now + 3_000_000)))
    assert first.stamp >= now + 2_900_000 + DELAY_US - 100_000


async def collected(relays: Relays, device: str, seconds: float) -> list[Frame]:
    parser, found = Parser(), []
    frames = await relays.frames(device, NAME)
    end = time.monotonic() + seconds
    async for piece in frames:
        found += list(parser.feed(piece))
        if time.monotonic() > end or any(frame.kind == NEWS for frame in found):
            break
    await frames.aclose()  # type: ignore[attr-defined]
    return found


async def the_morning(folder: Path, station: Station, url: str) -> tuple[list[Frame], list[Frame], list[Frame], int]:
    """Two loudspeakers listen; then the station dies while a third one listens."""
    server, stop = Server(lambda: {f"/relay/{NAME}": url}, ("127.0.0.1",)), asyncio.Event()
    running = asyncio.create_task(server.run(folder / "r.sock", stop))
    while not (folder / "r.sock").exists():
        await asyncio.sleep(0.02)
    relays = Relays(folder / "r.sock")
    one, other = await asyncio.gather(collected(relays, "spk-1", 1.5), collected(relays, "spk-2", 1.5))
    asyncio.get_running_loop().call_later(0.5, station.close)
    last = await collected(relays, "spk-3", 10)
    fetched = sum(source.fetched for source in server.sources.values())
    stop.set()
    await running
    return one, other, last, fetched


def test_all_loudspeakers_get_the_same_packet_for_the_same_instant_and_it_is_fetched_once(tmp_path: Path) -> None:
    station = Station()
    one, other, last, fetched = asyncio.run(the_morning(tmp_path, station, station.icecast(tone(440))))
    first, second = ({frame.stamp: frame.payload for frame in heard if frame.kind == OPUS} for heard in (one, other))
    common = set(first) & set(second)
    assert len(common) > 30
    assert all(first[stamp] == second[stamp] for stamp in common)
    assert len(station.asked) == fetched == 1
    assert [read_news(frame.payload).trouble for frame in last if frame.kind == NEWS] == ["gone"]


def test_a_try_says_what_was_heard(tmp_path: Path) -> None:
    station, mute = Station(), Station()
    code, figures = listen(station.icecast(tone(440)), ("127.0.0.1",), seconds=2)
    assert code == "ok"
    assert figures["codec"] == "mp3float"
    assert figures["title"] == "Ban tin sang"
    assert -20 < float(str(figures["level"])) < -5
    assert listen(mute.icecast(silence(4)), ("127.0.0.1",), seconds=2)[0] == "silent"
    assert listen(station.url + "/vov1", (), seconds=2)[0] == "forbidden"
    station.close()
    mute.close()
