"""A person speaks live: each sample at its capture time plus the buffer, on a real agent, checked in its WAV."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from speaker.agent import Agent
from speaker.floor import ALERT
from speaker.live.chime import LENGTH_MS, chime
from speaker.sinks import recording
from speaker.sinks.card_clock import CardFaults
from speaker_home import awake, enrolled, settled, until
from speaker_platform import Platform, now_ms, ready
from speaker_village import Sound, airing
from speaker_voice import Voice

MUSIC = Sound("nhạc buổi sáng", 30)


def heard(folder: Path, voice: Voice, begin: float, seconds: float = 0.4) -> tuple[float, float]:
    """(ms off, likeness) of what was said then, in the newest recording."""
    found = list(recording.read_all(folder / "out"))[-1]
    return recording.find(found, voice.part(begin, seconds), int(voice.heard_ns(begin)), within_ms=300)


async def hears(agent: Agent, platform: Platform, voice: Voice) -> None:
    """The certificate came. It is sent again, as the platform does: a loudspeaker new in its place logs in anew."""
    while not agent.live.sitting(voice.id):
        platform.send(voice.certificate())
        await asyncio.sleep(0.1)


def test_a_voice_sounds_at_its_capture_time_plus_the_buffer(tmp_path: Path) -> None:
    async def story() -> Voice:
        with Platform() as platform:
            ready(platform)
            async with awake(enrolled(platform, tmp_path), faults=CardFaults(5.0, 300.0, 0.2)) as agent:
                await settled(agent)
                voice = Voice(now_ms() + 800)
                await hears(agent, platform, voice)
                await voice.speak(platform.send)
                platform.send(voice.ending(voice.start + 4_000))
                await until(lambda: agent.live.sitting(voice.id) is None)
                await until(lambda: platform.of().proofs and len(platform.of().reports) >= 2)
                assert [report.state for report in platform.of().reports] == ["sounding", "ended"]
                (row,) = platform.of().proofs.values()
                assert (row.airing, row.outcome) == (f"session:{voice.id}", "played")
                assert row.rendered == pytest.approx(4_000, abs=60)
                assert {ack.code for ack in platform.of().acks if ack.of.startswith("session")} == {"ok"}
        return voice

    voice = asyncio.run(story())
    for begin in (0.1, 1.0, 2.0, 3.4):
        off, likeness = heard(tmp_path, voice, begin)
        assert likeness > 0.6, begin
        assert abs(off) < 5, begin


def loudness(folder: Path, from_ms: float, to_ms: float) -> float:
    """Root mean square of what was heard between two true instants."""
    found = list(recording.read_all(folder / "out"))[-1]
    part = found.between(int(from_ms * 1e6), int(to_ms * 1e6)).astype(np.float64)
    return float(np.sqrt(np.mean(part**2))) if len(part) else 0.0


def music_at(folder: Path, since: int, into: float) -> tuple[float, float]:
    """(ms off, likeness) of the music so many seconds into it, which began at `since`."""
    found = list(recording.read_all(folder / "out"))[-1]
    part = MUSIC.pcm[int(into * 48_000) : int((into + 0.4) * 48_000)]
    return recording.find(found, part, int((since + into * 1000) * 1e6), within_ms=900)


def rows(platform: Platform) -> list[tuple[str, str, str]]:
    """(airing, outcome, reason) of every proof that was brought."""
    kept = sorted(platform.of().proofs.values(), key=lambda row: row.count)
    return [(row.airing[:7], row.outcome, row.reason) for row in kept]


def test_a_voice_pre_empts_a_relay_and_an_alert_pre_empts_the_voice(tmp_path: Path) -> None:
    """Music that may be joined midway; a voice for four seconds; in its middle something that ranks above it."""

    async def story() -> tuple[Voice, int, int, int]:
        with Platform() as platform:
            start = now_ms() + 2_500
            item = airing("music", start, MUSIC, filling=True)
            ready(platform, item, sounds=(MUSIC,))
            async with awake(enrolled(platform, tmp_path)) as agent:
                await settled(agent)
                await until(lambda: agent.player.playing == "music")
                voice = Voice(now_ms() + 500, seconds=5.0)
                await hears(agent, platform, voice)
                speaking = asyncio.create_task(voice.speak(platform.send))
                await until(lambda: agent.live.playing)
                await asyncio.sleep(1.5)
                cut = now_ms()
                agent.floor.take("alert:a", ALERT, cut, cut + 60_000)
                await asyncio.sleep(1.0)
                assert agent.live.playing == ""
                agent.floor.leave("alert:a", now_ms())
                await until(lambda: agent.live.playing)
                await speaking
                platform.send(voice.ending(voice.start + 5_000))
                await until(lambda: agent.live.sitting(voice.id) is None)
                assert agent.player.playing in ("", "music")
                await until(lambda: agent.player.playing == "music")
                back = now_ms()
                await asyncio.sleep(2.0)
                await until(lambda: len(platform.of().proofs) >= 3)
                assert rows(platform)[:3] == [
                    ("music", "cut", "preempted"),
                    ("session", "cut", "preempted"),
                    ("session", "played", ""),
                ]
                await until(lambda: len(platform.of().reports) >= 4)
                states = [report.state for report in platform.of().reports]
                assert states == ["sounding", "displaced", "sounding", "ended"]
        return voice, start, cut, back

    voice, start, cut, back = asyncio.run(story())
    off, likeness = music_at(tmp_path, start, 0.2)
    assert likeness > 0.7
    assert abs(off) < 5
    said = heard(tmp_path, voice, 0.3)
    assert said[1] > 0.6
    assert loudness(tmp_path, cut + 500, cut + 900) == 0
    last = heard(tmp_path, voice, 4.5)
    assert last[1] > 0.6
    assert abs(last[0]) < 5  # joined again at the present
    off, likeness = music_at(tmp_path, start, (back + 900 - start) / 1000)
    assert likeness > 0.7
    assert abs(off) < 800  # joined about where it would be by now


def test_a_chime_sounds_before_the_voice(tmp_path: Path) -> None:
    async def story() -> Voice:
        with Platform() as platform:
            ready(platform)
            async with awake(enrolled(platform, tmp_path)) as agent:
                await settled(agent)
                voice = Voice(now_ms() + 2_000, seconds=1.0, fields={"chime": True})
                await hears(agent, platform, voice)
                await voice.speak(platform.send)
                platform.send(voice.ending(voice.start + 1_000))
                await until(lambda: agent.live.sitting(voice.id) is None)
        return voice

    voice = asyncio.run(story())
    begins = voice.start + voice.session.buffer - LENGTH_MS
    found = list(recording.read_all(tmp_path / "out"))[-1]
    off, likeness = recording.find(found, chime()[:24_000], int(begins * 1e6), within_ms=200)
    assert likeness > 0.95
    assert abs(off) < 5
    assert heard(tmp_path, voice, 0.3)[1] > 0.6


def test_a_voice_that_stops_coming_gives_way_and_comes_back(tmp_path: Path) -> None:
    """For 5 s nothing comes of the middle; the music returns, and leaves again when batches do."""

    async def story() -> tuple[Voice, int]:
        with Platform() as platform:
            start = now_ms() + 2_500
            ready(platform, airing("music", start, MUSIC, filling=True), sounds=(MUSIC,))
            async with awake(enrolled(platform, tmp_path)) as agent:
                await settled(agent)
                await until(lambda: agent.player.playing == "music")
                voice = Voice(now_ms() + 300, seconds=8.0)
                await hears(agent, platform, voice)
                await voice.speak(platform.send, only=lambda number: number < 5 or number >= 34)
                await until(lambda: agent.live.playing)
                platform.send(voice.ending(voice.start + 8_000))
                await until(lambda: agent.live.sitting(voice.id) is None)
                await until(lambda: [report for report in platform.of().reports if report.state == "ended"])
                states = [(report.state, report.reason) for report in platform.of().reports]
                assert states == [("sounding", ""), ("silent", "no_relay"), ("sounding", ""), ("ended", "")]
                await until(lambda: len(platform.of().proofs) >= 4)
                assert ("session", "cut", "no_relay") in rows(platform)
                assert rows(platform).count(("music", "cut", "preempted")) == 2
        return voice, start

    voice, start = asyncio.run(story())
    stalled = voice.start + 1_000 + voice.session.buffer
    assert loudness(tmp_path, stalled + 300, stalled + 2_300) == 0  # nothing, and no buzz, while it is waited for
    back = stalled + 3_000 + 1_700
    assert music_at(tmp_path, start, (back - start) / 1000)[1] > 0.7
    assert heard(tmp_path, voice, 7.3)[1] > 0.6


def test_a_certificate_outlives_the_agent(tmp_path: Path) -> None:
    async def story() -> None:
        with Platform() as platform:
            ready(platform)
            config = enrolled(platform, tmp_path)
            async with awake(config) as agent:
                await settled(agent)
                voice = Voice(now_ms() + 200, seconds=6.0)
                await hears(agent, platform, voice)
            async with awake(config) as agent:
                await settled(agent)
                assert agent.live.sitting(voice.id)
                await voice.speak(platform.send, only=lambda number: number > 10)
                await until(lambda: agent.live.playing)

    asyncio.run(story())


def test_a_larger_buffer_comes_with_another_certificate(tmp_path: Path) -> None:
    """One session ends where the other begins: the loudspeaker goes over, the programme does not come in between."""

    async def story() -> tuple[Voice, Voice]:
        with Platform() as platform:
            start = now_ms() + 2_500
            ready(platform, airing("music", start, MUSIC, filling=True), sounds=(MUSIC,))
            async with awake(enrolled(platform, tmp_path)) as agent:
                await settled(agent)
                await until(lambda: agent.player.playing == "music")
                one = Voice(now_ms() + 300, seconds=2.0)
                other = Voice(one.start + 2_000, seconds=2.0, name="lan, further", fields={"buffer": 1_600})
                await hears(agent, platform, one)
                await hears(agent, platform, other)
                await one.speak(platform.send)
                platform.send(one.ending(one.start + 2_000))
                await other.speak(platform.send)
                platform.send(other.ending(other.start + 2_000))
                await until(lambda: agent.live.sitting(other.id) is None)
                await until(lambda: len(platform.of().proofs) >= 3)
                assert [row[:2] for row in rows(platform)] == [
                    ("music", "cut"),
                    ("session", "played"),
                    ("session", "played"),
                ]
        return one, other

    one, other = asyncio.run(story())
    assert heard(tmp_path, one, 1.4)[1] > 0.6
    off, likeness = heard(tmp_path, other, 0.2)
    assert likeness > 0.6
    assert abs(off) < 5
