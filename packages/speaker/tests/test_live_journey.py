"""An alert pre-empts a live voice which pre-empts the programme, and each returns: one agent, checked in its WAV."""

import asyncio
from pathlib import Path

import numpy as np
import speaker_alerts as warnings
import speaker_village as village
from devicelink.messages import Hours
from speaker.alerts import sirens
from speaker.sinks import recording
from speaker_home import awake, enrolled, settled, until
from speaker_platform import Platform, now_ms, ready
from speaker_village import Sound, airing
from speaker_voice import Voice

MUSIC = Sound("nhạc buổi sáng", 45)
SIREN = sirens.siren("flood")


async def seated(agent, platform, voice: Voice) -> None:  # type: ignore[no-untyped-def]
    while not agent.live.sitting(voice.id):
        platform.send(voice.certificate())
        await asyncio.sleep(0.1)


def found(folder: Path, sound: np.ndarray, near_ms: float, within_ms: int) -> tuple[float, float]:  # type: ignore[type-arg]
    recorded = list(recording.read_all(folder / "out"))[-1]
    return recording.find(recorded, sound, int(near_ms * 1e6), within_ms=within_ms)


def test_an_alert_pre_empts_a_voice_which_pre_empts_the_programme_and_each_returns(tmp_path: Path) -> None:
    async def story() -> tuple[Voice, int, int, int]:
        with Platform() as platform:
            start = now_ms() + 2_500
            ready(platform, airing("music", start, MUSIC, filling=True), sounds=(MUSIC,))
            async with awake(enrolled(platform, tmp_path)) as agent:
                await settled(agent)
                await until(lambda: agent.player.playing == "music")
                length = len(SIREN) / 48_000
                voice = Voice(now_ms() + 800, seconds=round(length) + 6.0)
                await seated(agent, platform, voice)
                speaking = asyncio.create_task(voice.speak(platform.send))
                await until(lambda: agent.live.playing)
                await asyncio.sleep(1.5)
                cried = now_ms()
                platform.send(village.signed(warnings.alert(cried, "al-1")))
                await until(lambda: agent.alerts.playing)
                await until(lambda: agent.live.playing == "")
                await until(lambda: agent.alerts.playing == "")
                await until(lambda: agent.live.playing)
                await speaking
                platform.send(voice.ending(voice.start + int(voice.seconds * 1000)))
                await until(lambda: agent.live.sitting(voice.id) is None)
                await until(lambda: agent.player.playing == "music")
                back = now_ms()
                await asyncio.sleep(2.0)
        return voice, start, cried, back

    voice, start, cried, back = asyncio.run(story())
    assert found(tmp_path, MUSIC.pcm[:24_000], start, 300)[1] > 0.6
    assert found(tmp_path, voice.part(0.3, 0.4), voice.heard_ns(0.3) / 1e6, 200)[1] > 0.6
    assert found(tmp_path, SIREN[:24_000], cried + 1_000, 1_500)[1] > 0.6
    last = voice.seconds - 0.6
    off, likeness = found(tmp_path, voice.part(last, 0.4), voice.heard_ns(last) / 1e6, 200)
    assert likeness > 0.6
    assert abs(off) < 5  # at the present, not where it was cut
    into = (back + 900 - start) / 1000
    part = MUSIC.pcm[int(into * 48_000) : int((into + 0.4) * 48_000)]
    assert found(tmp_path, part, back + 900, 900)[1] > 0.6


def test_at_night_a_voice_sounds_only_for_an_alert_that_is_active_here(tmp_path: Path) -> None:
    async def story() -> None:
        with Platform() as platform:
            ready(platform, hours=Hours(windows=()))
            async with awake(enrolled(platform, tmp_path)) as agent:
                await settled(agent)
                plain = Voice(now_ms())
                named = Voice(now_ms(), fields={"alert": "al-1"})
                await seated(agent, platform, plain)
                await seated(agent, platform, named)
                now = agent.clock.now()
                assert agent.live._forbidden(agent.live._sittings[plain.id], now) == "outside_hours"
                assert agent.live._forbidden(agent.live._sittings[named.id], now) == "outside_hours"
                assert agent.live.coming(now, now + 60_000) == []
                platform.send(village.signed(warnings.alert(now_ms(), "al-1")))
                await until(lambda: agent.alerts.is_active("al-1"))
                assert agent.live._forbidden(agent.live._sittings[plain.id], now) == "outside_hours"
                assert agent.live._forbidden(agent.live._sittings[named.id], now) == ""
                assert len(agent.live.coming(now, now + 60_000)) == 1  # the amplifier is switched on for it

    asyncio.run(story())
