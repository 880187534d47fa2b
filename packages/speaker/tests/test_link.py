"""The connection comes back whatever happens, and never in a crowd."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import speaker_village as village
from devicelink import topics
from speaker.config import Pace
from speaker.link import Backoff
from speaker.mqtt import Address
from speaker_home import awake, enrolled, until
from speaker_platform import Platform, ready


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        ready(running)
        yield running


def waits(backoff: Backoff, count: int = 200) -> tuple[float, float]:
    found = [backoff.wait() for _ in range(count)]
    return min(found), max(found)


def test_the_first_try_is_spread_then_it_doubles_to_a_minute() -> None:
    backoff = Backoff(Pace(), chance=random.Random(1))
    low, high = waits(backoff)
    assert 0 <= low < 1
    assert 14 < high <= 15
    ceilings = []
    for _ in range(4):
        backoff.failed(refused=False)
        ceilings.append(waits(backoff)[1])
    assert ceilings == [pytest.approx(30, abs=1), *[pytest.approx(60, abs=1)] * 3]


def test_only_ten_refusals_in_a_row_make_it_wait_five_minutes() -> None:
    backoff = Backoff(Pace(), chance=random.Random(1))
    for _ in range(9):
        backoff.failed(refused=True)
    assert waits(backoff)[1] <= 60
    backoff.failed(refused=True)
    assert waits(backoff)[0] >= 240
    backoff.failed(refused=False)
    assert waits(backoff)[1] <= 60
    backoff.succeeded()
    assert waits(backoff)[1] <= 15


def test_addresses() -> None:
    assert Address.of("mqtt://127.0.0.1:1884") == Address("127.0.0.1", 1884, secure=False)
    assert Address.of("mqtts://loa.example.vn") == Address("loa.example.vn", 8883, secure=True)
    with pytest.raises(ValueError, match="not an mqtt address"):
        Address.of("http://loa.example.vn")


def test_refused_logins_are_never_final(platform: Platform, tmp_path: Path) -> None:
    platform.refuse_logins = True

    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)) as agent:
            await until(lambda: agent.link._backoff.refusals >= 3)
            platform.refuse_logins = False
            await until(lambda: platform.of().hellos)

    asyncio.run(story())


def test_after_a_broken_connection_it_says_hello_again(platform: Platform, tmp_path: Path) -> None:
    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)) as agent:
            await until(lambda: agent.papers.plan)
            before = len(platform.of().hellos)
            platform.cut()
            await until(lambda: len(platform.of().hellos) > before)
            assert platform.of().hellos[-1].revisions == agent.papers.revisions()

    asyncio.run(story())


def test_an_engine_that_refuses_our_own_topic_is_left_and_tried_again(platform: Platform, tmp_path: Path) -> None:
    platform.refused_filters = {topics.down(village.DEVICE)}

    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)) as agent:
            await until(lambda: agent.link._backoff.failures >= 2)
            assert not agent.link.connected
            assert "refuses our own topics" in agent.link.trouble
            platform.refused_filters = set()
            await until(lambda: agent.link.connected)

    asyncio.run(story())


def test_refused_the_topic_of_the_commune_it_still_learns_of_its_new_place(platform: Platform, tmp_path: Path) -> None:
    """The engine knows that it was moved; the agent does not yet."""
    platform.refused_filters = {topics.area("04378")}

    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)) as agent:
            await until(lambda: agent.link.trouble and agent.link.connected)
            platform.publish("placement", village.placement(agent.clock.now() + 5_000, area="vn.15.04387"))
            platform.hint("placement")
            await until(lambda: topics.area("04387") in platform._filters[village.DEVICE])

    asyncio.run(story())


def test_a_dead_link_stays_dead_until_it_is_mended(platform: Platform, tmp_path: Path) -> None:
    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)) as agent:
            await until(lambda: agent.link.connected)
            agent.link.silence(on=True)
            await until(lambda: not platform.connected())
            await asyncio.sleep(0.3)
            assert not platform.connected()
            assert platform.of().byes == []
            agent.link.silence(on=False)
            await until(platform.connected)

    asyncio.run(story())
