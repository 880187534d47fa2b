"""The microphone at the loudspeaker of thôn 5: above everything, without network, time or place."""

import asyncio
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from devicelink.relayed import News
from speaker.agent import Agent
from speaker.local import booth as booths
from speaker.local.contact import SIMULATED, LineContact, Microphone, read_microphone
from speaker.sink import BLOCK, Pcm
from speaker_alerts import alert, found
from speaker_home import awake, config_of, enrolled, settled, until
from speaker_platform import Platform, now_ms, ready
from speaker_village import Sound, signed

SPEECH = Sound("bà con chú ý", 20)


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


def spoken() -> Generator[Pcm | News, None, None]:
    """The same noise at the speed of the clock."""
    begun, at = time.monotonic(), 0
    while True:
        yield SPEECH.pcm[np.arange(at, at + BLOCK) % len(SPEECH.pcm)]
        at += BLOCK
        time.sleep(max(0.0, begun + at / 48_000 - time.monotonic()))


def nothing() -> Generator[Pcm | News, None, None]:
    yield from ()


def fitted(folder: Path, text: str = '{"input": "line"}') -> Path:
    (folder / "microphone.json").write_text(text)
    contact = folder / SIMULATED
    contact.parent.mkdir(exist_ok=True)
    return contact


def test_who_presses_is_heard_above_an_alert_which_goes_on_afterwards(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booths, "_input", lambda *_: spoken())
    config = enrolled(platform, tmp_path)
    contact = fitted(tmp_path)
    ready(platform)

    def states() -> list[str]:
        return [one.state for one in platform.of().reports if one.of == "alert:al-1"]

    async def story() -> None:
        async with awake(config) as agent:
            await settled(agent)
            platform.send(signed(alert(now_ms())))
            await until(lambda: states() == ["sounding"])
            contact.write_text("1")
            await until(lambda: states() == ["sounding", "displaced"])
            await asyncio.sleep(1.0)
            assert not agent.floor.free_for(1)
            contact.write_text("0")
            await until(lambda: states()[2:] == ["sounding", "ended"])
            assert agent.floor.free_for(1)

    asyncio.run(story())


def test_without_network_time_and_place_it_works(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booths, "_input", lambda *_: spoken())
    config = enrolled(platform, tmp_path)
    platform.tells_time = False
    platform.refuse_logins = True
    contact = fitted(tmp_path)

    async def story() -> None:
        async with awake(config) as agent:
            assert not agent.clock.valid()
            contact.write_text("1")
            await until(lambda: agent.booth is not None and agent.booth.speaking)
            await asyncio.sleep(1.5)
            contact.write_text("0")
            await until(lambda: agent.booth is not None and not agent.booth.speaking)

    asyncio.run(story())
    from speaker.sinks import recording

    samples = list(recording.read_all(tmp_path / "out"))[-1].samples
    begin = np.flatnonzero(np.abs(samples) > 500)[0]
    pieces = [samples[at : at + 4_800] for at in range(begin + 9_600, begin + 57_600, 4_800)]
    alike = [found(SPEECH.pcm, piece)[1] for piece in pieces]  # a machine that is busy may miss a block here and there
    assert sum(one > 0.9 for one in alike) >= 7, alike


def in_hand(platform: Platform, folder: Path, samples: booths.Samples, most_ms: int = 10_000) -> tuple[Agent, Path]:
    from concurrent.futures import ThreadPoolExecutor

    from speaker.agent import Parts
    from speaker.disk import RealDisk
    from speaker.faults import SimulatedTicks
    from speaker.feeder import Feeder
    from speaker.sinks.null import NullSink
    from speaker.sinks.pump import Pump

    enrolled(platform, folder)
    contact = fitted(folder, f'{{"input": "line", "most_ms": {most_ms}}}')
    parts = Parts(RealDisk(), SimulatedTicks(), NullSink(Pump()), Feeder(threaded=False), ThreadPoolExecutor(1))
    agent = Agent(replace(config_of(platform, folder)), parts)
    assert agent.booth is not None
    agent.booth._samples = samples
    return agent, contact


def test_an_input_that_gives_nothing_gives_the_air_back(platform: Platform, tmp_path: Path) -> None:
    agent, contact = in_hand(platform, tmp_path, nothing)
    booth = agent.booth
    assert booth is not None
    contact.write_text("1")
    booth.look()
    assert booth.speaking
    assert [booth.block() is not None for _ in range(booths.DRY + 1)][-1] is False
    assert not booth.speaking
    booth.look()
    assert agent.floor.free_for(1)
    agent.close()
    agent._parts.pool.shutdown()


def test_an_input_that_comes_back_is_heard_again(platform: Platform, tmp_path: Path) -> None:
    back = threading.Event()

    def broken() -> Generator[Pcm | News, None, None]:
        assert back.wait(30)
        for _ in range(5):
            yield SPEECH.pcm[:BLOCK]

    agent, contact = in_hand(platform, tmp_path, broken)
    booth = agent.booth
    assert booth is not None
    contact.write_text("1")
    booth.look()
    while booth.block() is not None:
        pass
    booth.look()
    assert agent.floor.free_for(1)
    back.set()
    end = time.monotonic() + 30
    while (block := booth.block()) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert np.any(block)
    booth.look()
    assert not agent.floor.free_for(1)
    contact.write_text("0")
    booth.look()
    agent.close()
    agent._parts.pool.shutdown()


def test_a_contact_that_hangs_is_believed_for_a_while_only(platform: Platform, tmp_path: Path) -> None:
    agent, contact = in_hand(platform, tmp_path, nothing)
    booth = agent.booth
    assert booth is not None
    contact.write_text("1")
    booth.look()
    agent._parts.ticks.step(10_001)  # type: ignore[attr-defined]
    booth.look()
    assert not booth.speaking
    booth.look()
    assert not booth.speaking
    contact.write_text("0")
    booth.look()
    contact.write_text("1")
    booth.look()
    assert booth.speaking
    contact.write_text("0")
    booth.look()
    agent.close()
    agent._parts.pool.shutdown()


@pytest.mark.parametrize("text", ['{"line": 3}', '{"input": ""}', '{"input": "a", "most_ms": 5}', "[]", '{"input": 1}'])
def test_what_is_written_wrong_is_named(tmp_path: Path, text: str) -> None:
    fitted(tmp_path, text)
    with pytest.raises(ValueError, match=r"microphone\.json"):
        read_microphone(tmp_path)


def test_a_line_is_read_through_libgpiod() -> None:
    from types import SimpleNamespace

    asked: list[object] = []
    line = SimpleNamespace(Direction=SimpleNamespace(INPUT="in"), Value=SimpleNamespace(ACTIVE=1, INACTIVE=0))
    lines = SimpleNamespace(get_value=lambda number: int(number == 5))
    library = SimpleNamespace(
        line=line,
        LineSettings=lambda **fields: fields,
        request_lines=lambda *args, **fields: asked.append((args, fields)) or lines,
    )
    contact = LineContact(Microphone(input="hw:1", chip="/dev/gpiochip0", line=5, active_low=True), library=library)
    assert contact.closed()
    assert asked == [
        (("/dev/gpiochip0",), {"consumer": "loa-speaker", "config": {5: {"direction": "in", "active_low": True}}})
    ]
