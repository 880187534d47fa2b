"""Years on a pole: what fails alone must not silence the rest, and whatever was lost comes back by itself."""

import asyncio
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import speaker_village as village
from devicelink.messages import Proof, ProofUpload
from devicelink.proofs import chained
from devicelink.refusals import Refused
from speaker import supply
from speaker.config import Config
from speaker.disk import RealDisk
from speaker.feeder import Feeder
from speaker.pcm import Piece, Reel
from speaker.proof import ProofBook, blank
from speaker.renderer import Voice
from speaker.sink import Pcm
from speaker.sinks.null import NullSink
from speaker.sinks.pump import Pump
from speaker.store import Store
from speaker_home import PATIENCE_S, awake, enrolled, settled, told, until
from speaker_platform import Platform, now_ms, ready
from speaker_village import HOUR, Sound, airing

NOTICE = Sound("lịch cắt điện", 2)


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


def wait(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


class Silent:
    def pull(self, heard_at: int) -> Pcm | None:
        return None


class Failing:
    def __init__(self) -> None:
        self.asked = 0

    def pull(self, heard_at: int) -> Pcm | None:
        self.asked += 1
        raise OSError(28, "no space left on device")


def test_a_card_that_fails_does_not_silence_the_others() -> None:
    pump, failing = Pump(), Failing()
    broken, good = NullSink(pump), NullSink(pump)
    broken.start(failing)
    good.start(Silent())
    wait(lambda: good.pulled > 9_600 and failing.asked > 5)
    assert broken.pulled > 0  # its time goes on too
    broken.stop()
    good.stop()


def test_a_decoder_fault_costs_one_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / NOTICE.sha256
    path.write_bytes(NOTICE.data)
    feeder = Feeder()

    def fails(self: Reel, cache: object) -> Iterator[Pcm]:
        raise MemoryError
        yield  # pragma: no cover

    first, second = (Voice(start_ns=0, limit=1 << 40) for _ in range(2))
    with monkeypatch.context() as patch:
        patch.setattr(Reel, "chunks", fails)
        feeder.feed(first, Reel(()))
        wait(lambda: first.complete)
    assert first.broken == "MemoryError"
    feeder.feed(second, Reel((Piece(NOTICE.sha256, path),)))
    wait(lambda: second.complete)
    assert (second.broken, second.fed) == ("", pytest.approx(len(NOTICE.pcm), abs=1_000))


def test_a_folder_of_sounds_that_somebody_emptied_is_filled_again(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supply, "LOOK_S", 0.1)
    ready(platform, airing("a", now_ms() + HOUR, NOTICE), sounds=(NOTICE,))

    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)) as agent:
            await until(lambda: agent.media.ready(NOTICE.sha256))
            path, whole = tmp_path / "media" / NOTICE.sha256, len(NOTICE.data)
            shutil.rmtree(tmp_path / "media")
            assert agent.upkeep.beat().storage_free > 0
            await until(path.exists)
            path.write_bytes(b"cut off")
            await until(lambda: RealDisk().size(path) == whole)

    asyncio.run(story())


def test_two_threads_that_write_do_not_spoil_each_others_work(tmp_path: Path) -> None:
    store = Store(RealDisk(), tmp_path)
    faults: list[Exception] = []

    def write(name: str) -> None:
        try:
            for number in range(40):
                store.remember(f"{name}-{number}", now_ms() + HOUR)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert all(store.seen(f"{name}-{number}") for name in "abc" for number in range(40))
    store.close()


def test_proofs_that_the_platform_could_not_take_are_brought_again_soon(platform: Platform, tmp_path: Path) -> None:
    """Not only after the usual pause."""
    ready(platform)
    platform.receipts = False
    config = enrolled(platform, tmp_path)

    async def story() -> None:
        async with awake(replace(config, pace=replace(config.pace, proofs=3_600.0))) as agent:
            await settled(agent)
            await told(platform, agent, "a", NOTICE)
            await until(lambda: platform.of().proofs)
            platform.receipts = True
            await until(lambda: agent.book.waiting() == 0)

    asyncio.run(story())


def forked(platform: Platform, config: Config) -> tuple[Proof, Proof]:
    """What the loudspeaker holds of an older boot, and what the platform says of it instead."""
    store = Store(RealDisk(), config.folder)
    book = ProofBook(store, village.DEVICE, "b-old", store.identity("seed") or b"")
    mine = book.add(blank("old", now_ms(), outcome="played"), begins=-1, now=now_ms())
    book.flush()
    store.close()
    other = chained(msgspec.structs.replace(mine, rendered=1), None)
    platform.of().proofs["b-old", 1] = other
    return mine, other


def test_proofs_that_the_platform_will_never_take_keep_later_ones_not_away(platform: Platform, tmp_path: Path) -> None:
    """Its record was restored from another copy and says something else about an older boot."""
    ready(platform)
    config = enrolled(platform, tmp_path)
    mine, other = forked(platform, config)

    async def story() -> None:
        async with awake(config) as agent:
            await settled(agent)
            await told(platform, agent, "a", NOTICE)
            await until(lambda: any(row.airing == "a" for row in list(platform.of().proofs.values())))
            await until(lambda: agent.book.waiting() == 1)
            assert platform.of().proofs["b-old", 1] == other
            del platform.of().proofs["b-old", 1]
            agent.conversation.connected()  # after the next welcome it is tried again
            await until(lambda: agent.book.waiting() == 0)

    asyncio.run(story())
    assert platform.of().proofs["b-old", 1] == mine


def test_a_refusal_of_proofs_that_comes_after_the_next_welcome_does_not_outlive_it(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else they would wait for the welcome after that, an hour."""
    ready(platform)
    config = enrolled(platform, tmp_path)
    mine, _ = forked(platform, config)

    async def story() -> None:
        async with awake(config) as agent:
            await settled(agent)
            genuine = agent.fetch.proofs

            async def late(upload: ProofUpload) -> bytes:
                try:
                    return await genuine(upload)
                except Refused:
                    monkeypatch.setattr(agent.fetch, "proofs", genuine)
                    agent.conversation.connected()
                    await until(agent.upkeep.proofs_due.is_set)
                    del platform.of().proofs["b-old", 1]
                    raise

            monkeypatch.setattr(agent.fetch, "proofs", late)
            agent.conversation.connected()
            await until(lambda: agent.book.waiting() == 0)

    asyncio.run(story())
    assert platform.of().proofs["b-old", 1] == mine


def test_a_fault_in_one_conversation_ends_neither_the_sound_nor_the_others(platform: Platform, tmp_path: Path) -> None:
    long = Sound("đọc báo", 5)
    ready(platform)

    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)) as agent:
            await settled(agent)
            await told(platform, agent, "a", long)
            await until(lambda: agent.player.playing == "a")
            hellos = len(platform.of().hellos)
            genuine, asked = agent.conversation.hear, []

            def poisoned(payload: bytes) -> None:
                asked.append(payload)
                raise KeyError("a message nobody thought of")

            agent.conversation.hear = poisoned  # type: ignore[method-assign]
            platform.send(village.signed(village.command(now_ms(), "c-1")))
            await until(lambda: asked)
            agent.conversation.hear = genuine  # type: ignore[method-assign]
            await until(lambda: len(platform.of().hellos) > hellos)  # over a new line
            await until(lambda: platform.of().proofs)

    asyncio.run(story())
    assert [proof.outcome for proof in platform.of().proofs.values()] == ["played"]
