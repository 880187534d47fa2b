"""Alerts for real: the platform's ports, the agent's process, and what can be heard in the WAV file."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import speaker_village as village
from devicelink import topics
from devicelink.voices import pack
from speaker.agent import Agent
from speaker.alerts import sirens
from speaker.sinks import recording
from speaker_alerts import WARNING, alert, cancel, found
from speaker_home import PATIENCE_S, awake, config_of, enrolled, settled, told, until
from speaker_platform import Platform, now_ms, ready
from speaker_village import MINUTE, Sound, signed

AREA = topics.area("04378")
FLOOD = sirens.siren("flood")
MUSIC = Sound("nhạc không lời", 60)


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


def states(platform: Platform, identifier: str = "al-1") -> list[str]:
    return [one.state for one in platform.of().reports if one.of == f"alert:{identifier}"]


def wav(folder: Path) -> recording.Recording:
    return list(recording.read_all(folder / "out"))[-1]


def story(config: object, tell: Callable[[Agent], object]) -> None:
    async def whole() -> None:
        async with awake(config) as agent:
            await settled(agent)
            await tell(agent)  # type: ignore[misc]

    asyncio.run(whole())


def test_an_alert_cuts_the_programme_its_voice_follows_and_the_programme_returns(
    platform: Platform, tmp_path: Path
) -> None:
    config = enrolled(platform, tmp_path)
    ready(platform)
    sent = 0

    async def tell(agent: Agent) -> None:
        nonlocal sent
        await told(platform, agent, "a", MUSIC)
        await until(lambda: agent.player.playing == "a")
        await asyncio.sleep(0.5)
        sent = now_ms()
        platform.send(signed(alert(sent)), AREA)
        platform.send(pack(WARNING.data), AREA)
        await until(lambda: "sounding" in states(platform))
        assert agent.upkeep.beat().playing == "alert:al-1"
        assert agent.status().alerts[0].headline.startswith("Lũ quét")
        assert "Loa đang phát cảnh báo" in agent.status().words[0]
        await until(lambda: "ended" in states(platform))
        await until(lambda: len(platform.of().proofs) >= 2)

    story(config, tell)
    assert ("alert:al-1", "ok") in [(ack.of, ack.code) for ack in platform.of().acks]
    sounding = next(one for one in platform.of().reports if one.state == "sounding")
    assert sounding.at - sent < 5_000  # it takes less than a second; this machine does other things too
    heard = wav(tmp_path)
    _, likeness = recording.find(heard, FLOOD[: 2 * 48_000], sounding.at * 1_000_000)
    assert likeness > 0.9
    words = sounding.at + len(FLOOD) // 48 + 250
    off, likeness = recording.find(heard, WARNING.pcm, words * 1_000_000)
    assert likeness > 0.7
    assert abs(off) < 200
    rows = {row.airing: row for row in platform.of().proofs.values()}
    assert (rows["a"].outcome, rows["a"].reason) == ("cut", "preempted")
    assert rows["al-1"].outcome == "played"


def test_who_missed_the_voice_fetches_it_and_who_comes_back_hears_the_alert(platform: Platform, tmp_path: Path) -> None:
    config = enrolled(platform, tmp_path)
    ready(platform)
    platform.give(WARNING)
    platform.alerts = [signed(alert(now_ms()))]

    async def tell(agent: Agent) -> None:
        agent.conversation.connected()
        await until(lambda: states(platform).count("ended") >= 1)
        await until(lambda: platform.of().reports[-1].state == "ended" and platform.of().reports[-1].missing == 0)
        heard = len(platform.of().reports)
        agent.conversation.connected()  # another welcome with the same alert
        before = len(platform.of().hellos)
        await until(lambda: len(platform.of().hellos) > before)
        await asyncio.sleep(1)
        assert len(platform.of().reports) == heard

    story(config, tell)
    assert found(wav(tmp_path).samples, WARNING.pcm)[1] > 0.7


def test_a_cancel_silences_it_within_a_second(platform: Platform, tmp_path: Path) -> None:
    config = enrolled(platform, tmp_path)
    ready(platform)

    async def tell(agent: Agent) -> None:
        await until(lambda: platform.connected())
        platform.send(signed(alert(now_ms(), repeat=MINUTE)), AREA)
        await until(lambda: "sounding" in states(platform))
        platform.send(signed(cancel(now_ms())), AREA)
        await until(lambda: "cancelled" in states(platform))
        assert agent.player.horn.cry is None
        await asyncio.sleep(1)

    story(config, tell)
    at = next(one.at for one in platform.of().reports if one.state == "cancelled")
    after = wav(tmp_path).between((at + 1_000) * 1_000_000, (at + 9_000) * 1_000_000)
    assert not len(after) or np.abs(after).max() == 0


def start(platform: Platform, folder: Path) -> "subprocess.Popen[bytes]":
    arguments = ["--folder", str(folder), "--gateway", platform.gateway_url, "--engine", platform.engine_url]
    return subprocess.Popen(
        [sys.executable, "-m", "speaker", "run", *arguments, "--sink", "wav", "--quick"],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )


def wait(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_killed_while_it_sounds_it_is_not_said_twice_and_what_sounded_is_proved(
    platform: Platform, tmp_path: Path
) -> None:
    enrolled(platform, tmp_path)
    ready(platform)
    platform.give(WARNING)
    process = start(platform, tmp_path)
    try:
        wait(lambda: platform.connected() and platform.of().hellos)
        token = signed(alert(now_ms()))
        platform.alerts = [token]
        wait(lambda: platform.send(token, AREA) or "sounding" in states(platform))
        process.send_signal(signal.SIGKILL)
        process.wait()
        hellos = len(platform.of().hellos)
        process = start(platform, tmp_path)
        wait(lambda: len(platform.of().hellos) > hellos)
        wait(lambda: "silent" in states(platform))
        wait(lambda: platform.of().proofs)
        time.sleep(2)
        assert states(platform).count("sounding") == 1
        assert [one.reason for one in platform.of().reports if one.state == "silent"] == ["interrupted"]
        (row,) = platform.of().proofs.values()
        assert (row.airing, row.outcome, row.reason) == ("al-1", "cut", "interrupted")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


def test_an_older_state_is_brought_up_to_date(platform: Platform, tmp_path: Path) -> None:
    """A loudspeaker from before there were alerts."""
    from speaker.disk import RealDisk
    from speaker.store import Store

    enrolled(platform, tmp_path)
    store = Store(RealDisk(), tmp_path)
    store._db.execute("drop table alert")
    store._db.execute("pragma user_version = 1")
    store.close()
    again = Store(RealDisk(), tmp_path)
    assert again.alerts() == []
    assert again.identity("device") == village.DEVICE.encode()
    again.close()
    assert config_of(platform, tmp_path)
