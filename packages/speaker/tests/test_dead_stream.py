"""The dead stream: at 05:10 one pole relays what the platform fetches, another fetches for itself. Both stations die.

Every part that listens is a process of its own: both agents, the platform's fetch, the readers of strangers' bytes.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import speaker_village as village
from devicelink import topics
from devicelink.messages import Airing, Audience, Part, Proof, Relay
from speaker.disk import RealDisk
from speaker.enrol import enrol
from speaker.sink import RATE, Pcm
from speaker.sinks import recording
from speaker.store import Store
from speaker_home import config_of
from speaker_platform import Platform, now_ms
from speaker_village import SECOND, Sound, airing

from tests.stations import Station, tone

SPARE = Sound("lời thay thế", 2)
NAME = "vov1.0123456789abcdef"
MARKET, FERRY = "spk-cho", "spk-ben-do"  # fetched by the platform; by itself
LONG, BACK = 600 * SECOND, 6 * SECOND
STOP = 8 * SECOND  # the relay ends so long after it was heard again: the plan says so then, and nobody waits in vain
SOON = 5 * SECOND  # a dead stream is noticed by then
EXACT_MS = 20
PATIENCE_S = 90.0


@dataclass(frozen=True, slots=True)
class Morning:
    """What was relayed from `start` to `end`, when the stations died (ms); what both swore, what their horns gave."""

    start: int
    died: int
    end: int
    folders: Mapping[str, Path]
    proofs: Mapping[str, Proof]
    noticed: Mapping[str, int]
    asked: int

    def heard(self, device: str, begin: int, end: int) -> Pcm:
        """What it sounded between two instants (true ms)."""
        (found,) = recording.read_all(self.folders[device] / "out")
        return found.between(begin * 1_000_000, end * 1_000_000)


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    """All of it, once."""
    root = tmp_path_factory.mktemp("dead")
    with ExitStack() as stack:
        yield relayed(root, stack)


def relayed(root: Path, stack: ExitStack) -> Morning:
    icecast, hls, sound = Station(), Station(), tone(2_000, 20)
    addresses = {MARKET: icecast.icecast(sound, burst_s=4.0), FERRY: hls.hls(sound)}
    platform = stack.enter_context(Platform())
    platform.relay_socket = str(root / "relay.sock")
    process(stack, "-c", FETCH, platform.relay_socket, f"/relay/{NAME}", addresses[MARKET])
    platform.publish("keyset", village.keyset(now_ms()))
    folders = {name: speaker(stack, platform, root, name) for name in addresses}
    until(lambda: all(platform.connected(name) for name in folders))
    start = now_ms() + 16 * SECOND
    ways = {MARKET: f"/relay/{NAME}", FERRY: addresses[FERRY]}
    for name, url in ways.items():
        tell(platform, name, item(name, start, url))
    until(lambda: now_ms() > start + 2 * SECOND and all(well(platform, *one) for one in folders.items()))
    icecast.close()
    hls.close()
    died = now_ms()
    noticed = {name: troubled(platform, name) for name in folders}
    until(lambda: now_ms() > died + BACK)
    for port, begin in ((icecast.port, Station.icecast), (hls.port, Station.hls)):
        again = Station(port=port)
        begin(again, sound)
        stack.callback(again.close)
    until(lambda: all(well(platform, *one) for one in folders.items()))
    end = now_ms() + STOP
    for name, url in ways.items():
        tell(platform, name, item(name, start, url, end - start))
    until(lambda: all(platform.of(name).proofs for name in folders))
    proofs = {name: next(iter(platform.of(name).proofs.values())) for name in folders}
    return Morning(start, died, end, folders, proofs, noticed, len(icecast.asked))


FETCH = (
    "import asyncio, sys; from pathlib import Path; from loa.relays.serving.serve import serve;"
    "asyncio.run(serve(Path(sys.argv[1]), lambda: {sys.argv[2]: sys.argv[3]}, ('127.0.0.1',)))"
)


def process(stack: ExitStack, *words: str) -> None:
    """Until the story is told."""
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    running = subprocess.Popen([sys.executable, *words], stderr=subprocess.DEVNULL, env=quiet)

    def end() -> None:
        running.send_signal(signal.SIGTERM)
        running.wait(PATIENCE_S)

    stack.callback(end)


def speaker(stack: ExitStack, platform: Platform, root: Path, name: str) -> Path:
    """The agent of one pole, in its place."""
    folder = root / name
    platform.claims[name] = name
    store = Store(RealDisk(), folder)
    enrol(store, config_of(platform, folder), claim=name, root=village.ROOT, seed=secrets.token_bytes(32))
    store.close()
    platform.give(SPARE)
    platform.publish("placement", village.placement(now_ms(), name, plan_set=f"ps-{name}"), device=name)
    process(
        stack, "-m", "speaker", "run", "--folder", str(folder), "--gateway", platform.gateway_url,
        "--engine", platform.engine_url, "--sink", "wav", "--quick",
    )  # fmt: skip
    return folder


def item(name: str, start: int, url: str, duration: int = LONG) -> Airing:
    """The ferry mourns: what would stand in for its relay is music, and so the platform has left it out."""
    parts = (Part(sha256=SPARE.sha256),) if name == MARKET else ()
    relay = Relay(kind="stream", id="vov1", url=url)
    return airing(f"0510-{name}", start, duration=duration, filling=True, parts=parts, relays=(relay,))


def tell(platform: Platform, name: str, *items: Airing) -> None:
    now = now_ms()
    audience = Audience(plan_set=f"ps-{name}")
    platform.publish("plan", village.plan(now, items, (SPARE,), audience=audience), device=name)
    hint = village.changed(now, f"n-{name}-{now}", "plan", now, audience=Audience(device=name))
    platform.send(village.signed(hint), topics.down(name))


def troubled(platform: Platform, name: str) -> int:
    """When the platform knew of it (ms)."""
    until(lambda: said(platform, name) == "no_relay")
    return now_ms()


def until(condition: Callable[[], object]) -> None:
    """Wait for what must happen."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def said(platform: Platform, name: str) -> str:
    """What it last told of a trouble; a change of that is told at once."""
    beats = platform.of(name).beats
    return beats[-1].trouble if beats else ""


def well(platform: Platform, name: str, folder: Path) -> bool:
    """Whether it says that it relays, and what it sounded a moment ago is the station."""
    now = now_ms()
    span = ((now - 1_500) * 1_000_000, (now - 500) * 1_000_000)
    return not said(platform, name) and any(
        is_station(one.between(*span)) for one in recording.read_all(folder / "out")
    )


def loud(samples: Pcm) -> bool:
    return bool(np.abs(samples.astype(int)).max(initial=0) > 400)


def is_station(samples: Pcm) -> bool:
    """It sends a tone a little above 2 kHz; nothing else here does."""
    if not loud(samples):
        return False
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64) * np.hanning(len(samples))))
    return 1_900 < float(np.argmax(spectrum)) * RATE / len(samples) < 2_300


@pytest.mark.parametrize("device", [MARKET, FERRY])
def test_it_begins_and_ends_at_its_instants(morning: Morning, device: str) -> None:
    for instant, edge in ((morning.start, 0), (morning.end, -1)):
        sounding = np.flatnonzero(np.abs(morning.heard(device, instant - SECOND, instant + SECOND).astype(int)) > 400)
        assert sounding[edge] / 48 == pytest.approx(SECOND, abs=EXACT_MS)


@pytest.mark.parametrize("device", [MARKET, FERRY])
def test_the_dead_stream_is_noticed_and_heard_again(morning: Morning, device: str) -> None:
    assert is_station(morning.heard(device, morning.died - 1_500, morning.died - 500))
    assert morning.noticed[device] - morning.died <= SOON
    assert not is_station(morning.heard(device, morning.died + SOON, morning.died + SOON + SECOND))
    assert is_station(morning.heard(device, morning.end - 2 * SECOND, morning.end - SECOND))


def test_what_stands_in_sounds_and_where_people_mourn_nothing_does(morning: Morning) -> None:
    gap = (morning.died + SOON, morning.died + SOON + SECOND)
    assert loud(morning.heard(MARKET, *gap))
    assert not loud(morning.heard(FERRY, *gap))


@pytest.mark.parametrize(("device", "stood_in"), [(MARKET, "fallback"), (FERRY, "")])
def test_the_proof_says_what_came_and_what_did_not(morning: Morning, device: str, stood_in: str) -> None:
    proof = morning.proofs[device]
    made = {(part.source, part.cause): part.ms for part in proof.relayed}
    assert (proof.outcome, proof.reason) == ("cut", "no_relay")
    assert proof.rendered == made["vov1", ""]
    assert made[stood_in, "gone"] > 10 * SECOND  # until the station has been good for ten seconds
    assert sum(made.values()) == pytest.approx(morning.end - morning.start, abs=300)


def test_the_platform_fetched_once(morning: Morning) -> None:
    assert morning.asked == 1
