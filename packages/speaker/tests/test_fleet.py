"""Many loudspeakers in one process: cheap, audible through the tap, with switches for what goes wrong."""

import asyncio
import hashlib
import http.client
import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import speaker_village as village
from devicelink import topics
from devicelink.messages import Audience, Wheel
from speaker import fleet as fleets
from speaker.fleet import Fleet, FleetConfig, read_claims
from speaker.sinks import recording
from speaker.tap import TapServer
from speaker_home import PATIENCE_S, config_of, until
from speaker_platform import Platform, now_ms, ready
from speaker_wheels import Release, wheel

NOTICE = village.Sound("lịch cắt điện", 2)


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


def fleet_of(platform: Platform, folder: Path, count: int) -> Fleet:
    platform.claims = {f"C-{number}": f"spk-{number:02d}" for number in range(1, count + 1)}
    for device in platform.claims.values():
        platform.publish("placement", village.placement(now_ms(), device), device=device)
    config = config_of(platform, folder)
    config = replace(config, pace=replace(config.pace, first_login=0.3))
    return Fleet(FleetConfig(config=config, count=count, root=village.ROOT, claims=tuple(platform.claims)))


def call(server: TapServer, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, data


def listen(server: TapServer, path: str, seconds: float) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    connection.request("GET", path)
    answer = connection.getresponse()
    data, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        data += answer.read1(65_536)
    connection.close()
    return data


def test_eight_loudspeakers_of_a_commune_sound_together_and_can_be_heard(platform: Platform, tmp_path: Path) -> None:
    ready(platform)
    fleet = fleet_of(platform, tmp_path, 8)
    server = TapServer(fleet)

    async def story() -> tuple[int, bytes, bytes]:
        task = asyncio.create_task(fleet.run())
        await until(lambda: all(member.agent and member.agent.papers.plan for member in fleet.members))
        await until(lambda: all(platform.connected(device) for device in platform.claims.values()))
        start = now_ms() + 6_000  # how long it takes until all eight are there is not promised
        plan = ready(platform, village.airing("a", start, NOTICE), sounds=(NOTICE,))
        news = village.changed(now_ms(), "n-plan", "plan", plan.revision, audience=Audience(area=village.COMMUNE))
        await asyncio.to_thread(platform.send, village.signed(news), topics.ALL)
        await until(lambda: all(member.agent and member.agent.player.programme.cues for member in fleet.members))
        await asyncio.sleep(max(0.0, (start - 300 - now_ms()) / 1000))
        ogg, wav = await asyncio.gather(
            asyncio.to_thread(listen, server, "/speakers/spk-03/live.ogg", 2.8),
            asyncio.to_thread(listen, server, "/speakers/spk-04/live.wav", 2.8),
        )
        await until(lambda: all(platform.of(device).proofs for device in platform.claims.values()))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return start, ogg, wav

    start, ogg, wav = asyncio.run(story())
    server.close()
    for number in range(1, 9):
        (heard,) = recording.read_all(tmp_path / f"{number:02d}" / "out")
        late, likeness = recording.find(heard, NOTICE.pcm, start * 1_000_000)
        assert abs(late) < 20
        assert likeness > 0.6
    assert fleet._feeder._cache.decoded <= 4  # seconds: decoded once for all eight
    assert contains(np.frombuffer(wav[44 : 44 + (len(wav) - 44) // 2 * 2], "<i2"), 0.6)
    assert contains(decoded(ogg), 0.4)


def decoded(data: bytes) -> Any:
    with av.open(io.BytesIO(data)) as container:
        return np.concatenate([frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)])


def contains(heard: Any, likeness: float) -> bool:
    part = NOTICE.pcm[4_800 : 4_800 + 48_000].astype(np.float64)
    heard = heard.astype(np.float64)
    size = 1 << (len(heard) + len(part)).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(part, size)), size)
    at = int(np.argmax(product[: len(heard)]))
    energy = np.sqrt(np.sum(heard[at : at + len(part)] ** 2) * np.sum(part**2)) or 1.0
    return bool(product[at] / energy > likeness)


def test_switches_and_doors_of_the_tap(platform: Platform, tmp_path: Path) -> None:
    ready(platform)
    fleet = fleet_of(platform, tmp_path, 2)
    server = TapServer(fleet)

    def knock() -> None:
        status, body = call(server, "GET", "/speakers")
        assert status == 200
        assert [row["device"] for row in json.loads(body)] == ["spk-01", "spk-02"]
        fault = b'{"kind": "silent_link", "value": 1}'
        assert call(server, "POST", "/speakers/spk-01/fault", fault)[0] == 404  # another page may not
        switched = {"X-Loa": "1"}
        assert call(server, "POST", "/speakers/spk-01/fault", b'{"kind": "fire"}', **switched)[0] == 400
        assert call(server, "POST", "/speakers/nobody/fault", fault, **switched)[0] == 400
        assert call(server, "POST", "/speakers/spk-01/fault", fault, **switched)[0] == 200
        assert call(server, "GET", "/speakers", Host="evil.example")[0] == 403
        assert call(server, "GET", "/speakers/spk-01/../../etc/passwd")[0] == 404
        status, body = call(server, "GET", "/speakers/spk-02/last.wav?seconds=1")
        assert status == 200
        assert body[:4] == b"RIFF"

    async def story() -> None:
        task = asyncio.create_task(fleet.run())
        await until(lambda: platform.connected("spk-01") and platform.connected("spk-02"))
        await asyncio.sleep(0.5)
        await asyncio.to_thread(knock)
        await until(lambda: not platform.connected("spk-01"))
        assert platform.connected("spk-02")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(story())
    server.close()
    assert [bye.cause for bye in platform.of("spk-02").byes] == ["stopping"]


def test_an_idle_fleet_costs_little(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen loudspeakers share a small machine with everything else: none of them is busy with waiting.

    What they do is counted, not how long that takes; the test's platform is included.
    """
    ready(platform)
    fleet = fleet_of(platform, tmp_path, 16)
    run, steps = asyncio.Handle._run, [0]

    def counted(handle: asyncio.Handle) -> None:
        steps[0] += 1
        run(handle)

    async def steps_of_a_second() -> float:
        before, began = steps[0], time.monotonic()
        await asyncio.sleep(1)
        return (steps[0] - before) / (time.monotonic() - began)

    async def story() -> None:
        task = asyncio.create_task(fleet.run())
        await until(lambda: all(platform.connected(device) for device in platform.claims.values()))
        await until(lambda: all(member.agent and member.agent.papers.plan for member in fleet.members))
        seconds = [await steps_of_a_second()]
        while seconds[-1] > 60 * 16:
            assert len(seconds) < PATIENCE_S, seconds
            seconds.append(await steps_of_a_second())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    monkeypatch.setattr(asyncio.Handle, "_run", counted)
    asyncio.run(story())


def test_claims_are_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "claims"
    path.write_text("# xã Quy Mông\nABCD-1  Cụm loa 1\n\nABCD-2\n")
    assert read_claims(path) == ("ABCD-1", "ABCD-2")
    assert read_claims(None) == ()


def simulated_release(version: str, crashes: int) -> Release:
    name, data = wheel("loa_speaker", version, {"loa_speaker/simulation.json": f'{{"crashes": {crashes}}}'.encode()})
    made = Wheel(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
    return Release(version, (made,), {made.sha256: data})


def ordered(platform: Platform, device: str, one: Release) -> int:
    platform.media.update(one.files)
    manifest = one.manifest(now_ms(), device)
    platform.publish("release", manifest, device=device)
    order = village.command(now_ms(), f"u-{device}-{one.version}", "update", audience=Audience(device=device))
    platform.send(village.signed(order), topics.down(device))
    return manifest.revision


def test_simulated_loudspeakers_pretend_to_change_their_release_and_go_back(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A good one stays, also after a restart of all; a bad one ends at once, and the one before runs again."""
    monkeypatch.setattr(fleets, "RESTART_S", 0.1)
    ready(platform)
    beats = platform.of("spk-01").beats

    def says(step: str, revision: int, agent: str) -> bool:
        return any((beat.step, beat.update, beat.agent) == (step, revision, f"loa-speaker/{agent}") for beat in beats)

    async def life(*orders: tuple[Release, str, str]) -> None:
        fleet = fleet_of(platform, tmp_path, 1)
        task = asyncio.create_task(fleet.run())
        await until(lambda: platform.connected("spk-01") and fleet.members[0].agent)
        await until(lambda: fleet.members[0].agent and fleet.members[0].agent.papers.placement)
        for one, step, agent in orders:
            revision = await asyncio.to_thread(ordered, platform, "spk-01", one)
            await until(lambda step=step, revision=revision, agent=agent: says(step, revision, agent))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(life((simulated_release("7.0.0", 0), "done", "7.0.0")))
    beats.clear()
    asyncio.run(life((simulated_release("8.0.0", 100), "crashed", "7.0.0")))
    assert {beat.agent for beat in beats} == {"loa-speaker/7.0.0"}
