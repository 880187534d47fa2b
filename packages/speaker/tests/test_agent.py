"""The loudspeaker of thôn 5 and the platform, for real over two loopback ports."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import speaker_village as village
from speaker.sinks import recording
from speaker.sinks.card_clock import CardFaults
from speaker_home import awake, enrolled, until
from speaker_platform import Platform, now_ms, ready

NOTICE = village.Sound("lịch cắt điện", 1.5)


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


def test_a_notice_sounds_at_its_instant_and_the_proof_comes_back(platform: Platform, tmp_path: Path) -> None:
    config = enrolled(platform, tmp_path)
    start = now_ms() + 2_500
    ready(platform, village.airing("a-1", start, NOTICE), sounds=(NOTICE,))
    faults = CardFaults(offset_s=412.7, drift_ppm=80, latency_s=0.35)

    async def story() -> None:
        async with awake(config, faults=faults):
            await until(lambda: platform.of().proofs)

    asyncio.run(story())
    (proof,) = platform.of().proofs.values()
    assert (proof.airing, proof.planned, proof.outcome, proof.reason) == ("a-1", start, "played", "")
    assert abs(proof.started - start) <= 5
    assert abs(proof.rendered - NOTICE.duration) <= 20
    acks = {(ack.of.split(":")[0], ack.code, ack.detail) for ack in platform.of().acks}
    assert {("keyset", "ok", ""), ("placement", "ok", ""), ("plan", "ok", ""), ("plan", "ok", "complete")} <= acks
    (heard,) = recording.read_all(tmp_path / "out")
    late_ms, likeness = recording.find(heard, NOTICE.pcm, start * 1_000_000)
    assert abs(late_ms) <= 5
    assert likeness > 0.7
