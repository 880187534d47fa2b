"""The sample station: what it sends is sound, it is cut off and comes back, and lawfully relayed."""

import asyncio
import contextlib
import http.client
import socket
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from loa.broadcasts.models import Schedule, State
from loa.bulletins import actions as bulletins
from loa.demo import fleet, people, places, relaying, sounds, week
from loa.demo.station import Station, coded
from loa.demo.tests.test_week import settle
from loa.demo.transmitter import PATH, turn_off
from loa.kernel import clock
from loa.people.models import User
from loa.relays.models import RelaySource
from loa.relays.queries import served
from tests.cast import Cast, cast  # noqa: F401


def _asked(port: int, path: str = PATH) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.read(20_000) if answer.status == 200 else b""
    finally:
        line.close()


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


async def _morning(file: Path) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
    """It is heard, cut off in the middle, not there, and there again."""
    port, stop = _free(), asyncio.Event()
    running = asyncio.create_task(Station(coded(sounds.relay(1, 8)), file).run(port, stop))
    await _there(port, True)
    found = await asyncio.to_thread(_asked, port), await asyncio.to_thread(_asked, port, "/etc/passwd")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {PATH} HTTP/1.0\r\n\r\n".encode())
    await reader.readexactly(4_000)
    turn_off(file, clock.now() + timedelta(hours=1))
    with contextlib.suppress(ConnectionError):  # reset or closed, as the system likes
        while await reader.read(4_000):
            pass
    writer.close()
    await _there(port, False)
    turn_off(file, clock.now())
    await _there(port, True)
    stop.set()
    await running
    return found


async def _there(port: int, wanted: bool) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            there = False
        else:
            there = True
            writer.close()
        if there is wanted:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"it is {'not ' if wanted else ''}there")


def test_it_is_heard_cut_off_and_comes_back(tmp_path: Path) -> None:
    (status, sound), (strange, _) = asyncio.run(_morning(tmp_path / "off"))
    assert (status, strange) == (200, 404)
    assert sound[:1] == b"\xff"  # MP3 from its first byte on: its rounds join without a seam


@pytest.fixture
def living(
    cast: Cast,  # noqa: F811
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> tuple[places.Places, dict[str, User], tuple[week.Station, ...]]:  # fmt: skip
    """Both communes, every pole placed, a station somewhere."""
    settings.ENV = replace(settings.ENV, demo_station="http://127.0.0.1:8100" + PATH)
    settings.MEDIA_ROOT = tmp_path
    bulletins.load_categories()
    ground = places.prepare("15", cast.now)
    everybody = people.prepare(ground, cast.now)
    settle(fleet.prepare(ground, cast.now), cast)
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    return ground, everybody, week.stations(ground, everybody)


def _prepared(living: tuple[places.Places, dict[str, User], tuple[week.Station, ...]], now: datetime) -> None:
    relaying.prepare(living[0], living[1], living[2], now)


def test_it_is_relayed_every_morning_and_at_another_address_approved_anew(
    cast: Cast,  # noqa: F811
    living: tuple[places.Places, dict[str, User], tuple[week.Station, ...]],
    settings: Settings,
) -> None:
    _prepared(living, cast.now)
    _prepared(living, cast.now)
    assert Schedule.objects.filter(state=State.APPROVED, times=["06:30"]).count() == 2
    settings.ENV = replace(settings.ENV, demo_station="http://127.0.0.1:8101" + PATH)
    _prepared(living, cast.now)
    assert Schedule.objects.filter(state=State.APPROVED, times=["06:30"]).count() == 2
    assert Schedule.objects.filter(state=State.ENDED).count() == 2
    assert RelaySource.objects.get().url.startswith("http://127.0.0.1:8101/")
    assert list(served().values()) == [RelaySource.objects.get().url]


def test_a_visitor_has_it_relayed_at_once_and_only_once(
    cast: Cast,  # noqa: F811
    living: tuple[places.Places, dict[str, User], tuple[week.Station, ...]],
) -> None:
    _prepared(living, cast.now)
    begun = relaying.begin(cast.now)
    assert begun.place == living[0].neighbour.full_name
    assert timedelta(seconds=20) < begun.starts - cast.now < timedelta(seconds=30)
    assert relaying.begin(cast.now + timedelta(seconds=50)) == begun
    assert Schedule.objects.filter(pattern="once", state=State.APPROVED).count() == 1
