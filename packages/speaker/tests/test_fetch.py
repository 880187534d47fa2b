"""Sounds arrive whole or not at all, also over a link that breaks, within the month's data."""

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import speaker_village as village
from devicelink.golden.world import NOW
from devicelink.refusals import Reason, Refused
from speaker.budget import MEGABYTE, affordable, month_of
from speaker.cache import MediaCache
from speaker.disk import RealDisk
from speaker.faults import SimulatedDisk
from speaker.http import Http, Unreachable
from speaker.store import Store
from speaker.supply import Aside
from speaker_home import awake, enrolled, until
from speaker_platform import Platform, now_ms, ready
from speaker_village import DAY, HOUR, Sound, airing

LONG = Sound("nghị quyết", 20)
SHORT = Sound("nhạc hiệu", 1)


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


def test_a_broken_transfer_goes_on_where_it_stopped(platform: Platform, tmp_path: Path) -> None:
    platform.media_bytes = 40_000
    ready(platform, airing("a", now_ms() + HOUR, LONG), sounds=(LONG,))

    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)) as agent:
            await until(lambda: agent.media.ready(LONG.sha256))

    asyncio.run(story())
    asked = [place for _, place in platform.media_asked]
    assert asked[:3] == ["", "bytes=40000-", "bytes=80000-"]
    assert (tmp_path / "media" / LONG.sha256).read_bytes() == LONG.data


def test_a_file_with_another_content_is_never_kept(platform: Platform, tmp_path: Path) -> None:
    ready(platform, airing("a", now_ms() + HOUR, SHORT), sounds=(SHORT,))
    platform.media[SHORT.sha256] = bytes(len(SHORT.data))

    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)) as agent:
            await until(lambda: [ack for ack in platform.of().acks if ack.code == "wrong_hash"])
            assert not agent.media.ready(SHORT.sha256)
            platform.give(SHORT)
            await until(lambda: agent.media.ready(SHORT.sha256))

    asyncio.run(story())


def test_a_bad_file_does_not_keep_the_next_plan_waiting(platform: Platform, tmp_path: Path) -> None:
    """A long pause follows the failure; the hint of a new plan ends it."""
    ready(platform, airing("a", now_ms() + HOUR, SHORT), sounds=(SHORT,))
    platform.media[SHORT.sha256] = bytes(len(SHORT.data))
    config = enrolled(platform, tmp_path)

    async def story() -> None:
        async with awake(replace(config, pace=replace(config.pace, retry=3_600.0))) as agent:
            await until(lambda: [ack for ack in platform.of().acks if ack.code == "wrong_hash"])
            platform.give(LONG)
            now = now_ms()
            items = (airing("a", now + HOUR, SHORT), airing("b", now + HOUR, LONG))
            platform.publish("plan", village.plan(now, items, (SHORT, LONG)))
            platform.hint("plan")
            await until(lambda: agent.media.ready(LONG.sha256))

    asyncio.run(story())


def test_a_file_that_the_gateway_cannot_give_keeps_no_other_away(platform: Platform, tmp_path: Path) -> None:
    now = now_ms()
    ready(platform, airing("a", now + HOUR, SHORT), airing("b", now + 2 * HOUR, LONG), sounds=(SHORT, LONG))
    platform.media_out_of_order = {SHORT.sha256}

    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)) as agent:
            await until(lambda: agent.media.ready(LONG.sha256))
            assert not agent.media.ready(SHORT.sha256)
            platform.media_out_of_order = set()
            await until(lambda: agent.media.ready(SHORT.sha256))

    asyncio.run(story())


def test_a_file_that_is_not_in_the_store_is_told_of_once(platform: Platform, tmp_path: Path) -> None:
    ready(platform, airing("a", now_ms() + HOUR, SHORT), sounds=(SHORT,))
    del platform.media[SHORT.sha256]
    config = enrolled(platform, tmp_path)

    def told() -> list[str]:
        return [ack.detail for ack in platform.of().acks if ack.code == "missing_file"]

    async def story() -> None:
        async with awake(config) as agent:
            await until(lambda: len(platform.media_asked) == 5)
            assert told() in ([SHORT.sha256], [SHORT.sha256] * 2)  # perhaps once before the first welcome
            platform.give(SHORT)
            platform.cut()  # the next welcome ends the wait
            await until(lambda: agent.media.ready(SHORT.sha256))

    asyncio.run(story())


def test_what_was_refused_is_asked_for_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = 1_000.0
    monkeypatch.setattr("speaker.supply.time.monotonic", lambda: passed)
    plan, aside, pauses = village.plan(NOW, (), ()), Aside(), []
    assert aside.is_due(plan, SHORT.sha256)
    for _ in range(9):
        aside.put(SHORT.sha256, Reason.MISSING_FILE, 5.0)
        begun = passed
        while not aside.is_due(plan, SHORT.sha256):
            passed += 1
        pauses.append(passed - begun)
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 900]
    aside.put(SHORT.sha256, Reason.WRONG_HASH, 5.0)
    assert (aside.is_due(plan, SHORT.sha256), aside.is_due(plan, LONG.sha256)) == (False, True)
    assert aside.is_due(msgspec.structs.replace(plan, revision=NOW + 1), SHORT.sha256)
    assert aside.put(SHORT.sha256, Reason.NO_ROOM, 5.0)
    assert aside.is_due(msgspec.structs.replace(plan, revision=NOW + 1), SHORT.sha256)  # looks at the own disk only
    assert not aside.put(SHORT.sha256, Reason.NO_ROOM, 5.0)


def test_a_file_longer_than_announced_is_broken_off(platform: Platform, tmp_path: Path) -> None:
    ready(platform, airing("a", now_ms() + HOUR, SHORT), sounds=(SHORT,))
    platform.media[SHORT.sha256] = SHORT.data + bytes(3_000_000)

    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)):
            await until(lambda: [ack for ack in platform.of().acks if ack.code == "wrong_hash"])

    asyncio.run(story())
    assert list((tmp_path / "media").iterdir()) == []


def test_a_full_disk_is_said_and_mended(platform: Platform, tmp_path: Path) -> None:
    ready(platform, airing("a", now_ms() + HOUR, SHORT), sounds=(SHORT,))
    disk = SimulatedDisk()
    disk.full = True

    async def story() -> None:
        async with awake(enrolled(platform, tmp_path), disk=disk) as agent:
            await until(lambda: [ack for ack in platform.of().acks if ack.code == "no_room"])
            assert agent.upkeep.beat().storage_free == 0
            assert "Bộ nhớ của loa đã đầy" in " ".join(agent.status().words)
            disk.full = False
            await until(lambda: [ack for ack in platform.of().acks if ack.detail == "complete"])

    asyncio.run(story())


def test_a_document_is_asked_for_by_its_revision(platform: Platform, tmp_path: Path) -> None:
    ready(platform)

    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)) as agent:
            await until(lambda: agent.papers.plan)
            revision = agent.papers.revisions().plan
            assert await agent.fetch.document("plan", revision) is None
            assert await agent.fetch.document("plan", 0) is not None
            assert await agent.fetch.document("volume", 0) is None

    asyncio.run(story())


def cache_of(tmp_path: Path, **limits: int) -> tuple[MediaCache, Store]:
    store = Store(RealDisk(), tmp_path)
    return MediaCache(RealDisk(), store, reserve=0, **limits), store


def put(cache: MediaCache, data: bytes) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    cache.append(sha256, data, 0)
    cache.finish(sha256)
    return sha256


def test_what_was_needed_least_recently_makes_room(tmp_path: Path) -> None:
    cache, store = cache_of(tmp_path, limit=3_000)
    names = [put(cache, bytes([number]) * 1_000) for number in range(3)]
    for age, name in zip((5, 1, 9), names, strict=True):
        store.need([(name, 1_000)], NOW - age * DAY)
    cache.make_room(1_000, frozenset({names[2]}))
    assert cache.missing(names) == [names[0]]
    with pytest.raises(Refused) as refused:
        cache.make_room(2_500, frozenset({names[2]}))
    assert refused.value.reason is Reason.NO_ROOM
    assert cache.ready(names[2])


def test_a_file_that_rotted_is_found_at_the_next_start(tmp_path: Path) -> None:
    cache, store = cache_of(tmp_path)
    good, bad = put(cache, b"good"), put(cache, b"bad")
    (tmp_path / "media" / bad).write_bytes(b"bed")
    again = MediaCache(RealDisk(), store)
    assert not again.ready(good)
    assert [again.check(name) for name in (good, bad)] == [True, False]
    assert again.missing([good, bad]) == [bad]


def test_a_file_exchanged_as_soon_as_it_has_its_name_is_noticed(tmp_path: Path) -> None:
    class Exchanged(RealDisk):
        def publish(self, path: Path, target: Path) -> None:
            super().publish(path, target)
            target.write_bytes(b"cut off")

    cache = MediaCache(Exchanged(), Store(RealDisk(), tmp_path), reserve=0)
    name = put(cache, b"a whole notice")
    assert not cache.look()
    assert cache.missing([name]) == [name]


def test_beginnings_that_nobody_wants_are_removed(tmp_path: Path) -> None:
    cache, _ = cache_of(tmp_path)
    wanted, unwanted = "a" * 64, "b" * 64
    cache.append(wanted, b"x", 0)
    cache.append(unwanted, b"x", 0)
    cache.clean(frozenset({wanted}))
    assert [path.name for path in (tmp_path / "media").iterdir()] == [f"{wanted}.part"]


@pytest.mark.parametrize(
    ("used_mb", "priority", "start", "fetched"),
    [
        (10, "normal", NOW + 3 * DAY, True),
        (85, "normal", NOW + 3 * DAY, False),  # not needed before tomorrow
        (85, "normal", NOW + HOUR, True),
        (100, "normal", NOW + HOUR, False),
        (150, "priority", NOW + 3 * DAY, True),  # never held back
    ],
)
def test_the_months_data(used_mb: int, priority: str, start: int, fetched: bool) -> None:
    airings = (airing("a", start, SHORT, priority=priority),)
    answer = affordable(airings, SHORT.sha256, MEGABYTE, used=used_mb * MEGABYTE, monthly_mb=100, now=NOW)
    assert answer is fetched
    assert affordable(airings, SHORT.sha256, MEGABYTE, used=used_mb * MEGABYTE, monthly_mb=0, now=NOW)


def test_the_month_of_an_instant() -> None:
    assert month_of(NOW) == "2025-12"  # 06:00 in Viet Nam is the evening before by UTC


def test_nobody_there_is_unreachable() -> None:
    gateway = Http("http://127.0.0.1:9", timeout=1)
    with pytest.raises(Unreachable):
        gateway.request("GET", "/device/keyset")
    with pytest.raises(ValueError, match="not an http address"):
        Http("ftp://loa.example.vn")
