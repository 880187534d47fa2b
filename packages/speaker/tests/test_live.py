"""A person speaks live: each sample at its capture time plus the buffer, on a real agent, checked in its WAV."""

import asyncio
from pathlib import Path

import pytest
from speaker.agent import Agent
from speaker.sinks import recording
from speaker.sinks.card_clock import CardFaults
from speaker_home import awake, enrolled, settled, until
from speaker_platform import Platform, now_ms, ready
from speaker_village import Sound
from speaker_voice import Voice

MUSIC = Sound("nhạc buổi sáng", 30)


def heard(folder: Path, voice: Voice, begin: float, seconds: float = 0.4) -> tuple[float, float]:
    """(ms off, likeness) of what was said then, in the newest recording."""
    found = list(recording.read_all(folder / "out"))[-1]
    return recording.find(found, voice.part(begin, seconds), int(voice.heard_ns(begin)), within_ms=300)


async def hears(agent: Agent, platform: Platform, voice: Voice) -> None:
    """The certificate came."""
    platform.send(voice.certificate())
    await until(lambda: agent.live.sitting(voice.id))


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
                await until(lambda: platform.of().proofs)
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
