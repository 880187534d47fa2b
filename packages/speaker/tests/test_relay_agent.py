"""The whole agent at the pole of thôn 5: a real station is killed in the middle of a relay, and comes back."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
import speaker_village as village
from devicelink.messages import Part, Relay
from speaker.relay import choice
from speaker.sink import RATE, Pcm
from speaker.sinks import recording
from speaker.sinks.card_clock import CardFaults
from speaker_home import awake, enrolled, until
from speaker_platform import Platform, now_ms
from speaker_village import Sound, airing

from tests.stations import Station, tone

JINGLE = Sound("nhạc thay", 2)
SECOND = 1_000


def heard(folder: Path, begin: int, end: int) -> Pcm:
    """What the card sounded between two instants (true ms)."""
    (found,) = recording.read_all(folder / "out")
    return found.between(begin * 1_000_000, end * 1_000_000)


def pitch(samples: Pcm) -> float:
    """The strongest tone (Hz)."""
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64) * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * RATE / len(samples)


def is_station(samples: Pcm) -> bool:
    """The station sends a tone a little above 2 kHz, the jingle has none such."""
    return len(samples) > 0 and 1_900 < pitch(samples) < 2_300


def test_a_station_that_dies_in_the_middle_gives_way_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "RETURN_MS", 2_000)  # a story need not wait for ten seconds
    times = asyncio.run(the_morning(tmp_path))
    start, died, end = times["start"], times["died"], times["end"]
    folder = times_folder(tmp_path)
    loud = np.flatnonzero(np.abs(heard(folder, start - SECOND, start + SECOND).astype(int)) > 400)
    assert loud[0] / 48 == pytest.approx(SECOND, abs=20)  # the first sample at its instant
    loud = np.flatnonzero(np.abs(heard(folder, end - SECOND, end + SECOND).astype(int)) > 400)
    assert loud[-1] / 48 == pytest.approx(SECOND, abs=20)  # and the last at the end
    assert is_station(heard(folder, died - SECOND, died))
    after = heard(folder, died + 5 * SECOND, died + 6 * SECOND)
    assert np.abs(after.astype(int)).max() > 400
    assert not is_station(after)
    assert is_station(heard(folder, end - 2 * SECOND, end - SECOND))


def times_folder(tmp_path: Path) -> Path:
    return tmp_path / "loa"


async def the_morning(tmp_path: Path) -> dict[str, int]:
    station = Station()
    url = station.icecast(tone(2_000, 20), burst_s=4.0)
    with Platform() as platform:
        config = enrolled(platform, times_folder(tmp_path))
        platform.publish("keyset", village.keyset(now_ms()))
        platform.publish("placement", village.placement(now_ms()))
        platform.give(JINGLE)
        start = now_ms() + 12 * SECOND
        relay = airing(
            "tiep-am", start, duration=32 * SECOND, filling=True, parts=(Part(sha256=JINGLE.sha256),),
            relays=(Relay(kind="stream", id="vov1", url=url),),
        )  # fmt: skip
        platform.publish("plan", village.plan(now_ms(), (relay,), (JINGLE,)))
        async with awake(config, faults=CardFaults(latency_s=0.5)) as agent:
            await until(lambda: agent.player.playing == "tiep-am")
            await until(lambda: now_ms() > start + 5 * SECOND)
            station.close()
            died = now_ms()
            await until(lambda: agent.player.relay_trouble)
            assert agent.upkeep.beat().trouble == "no_relay"
            await until(lambda: now_ms() > died + 7 * SECOND)
            again = Station(port=station.port)
            again.icecast(tone(2_000, 20), burst_s=4.0)
            await until(lambda: not agent.player.playing)
            await until(lambda: platform.of().proofs)
        again.close()
        (proof,) = platform.of().proofs.values()
    made = {(part.source, part.cause): part.ms for part in proof.relayed}
    assert (proof.outcome, proof.reason) == ("cut", "no_relay")
    assert made["fallback", "gone"] > 3 * SECOND
    assert proof.rendered == made["vov1", ""] > 10 * SECOND
    assert sum(made.values()) == pytest.approx(32 * SECOND, abs=300)
    return {"start": start, "died": died, "end": start + 32 * SECOND}
