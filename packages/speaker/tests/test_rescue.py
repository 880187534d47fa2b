"""The state file rots on cheap flash: the loudspeaker goes on, fetches everything again, and says what happened."""

import asyncio
import hashlib
from pathlib import Path

import pytest
import speaker_village as village
from devicelink.messages import Audience, Proof, Receipt
from devicelink.proofs import verify_upload
from speaker import rescue
from speaker.config import Config
from speaker.disk import RealDisk
from speaker.enrol import public_of
from speaker.proof import ProofBook, blank
from speaker.store import DATABASE, Damaged, Store
from speaker_home import awake, enrolled, settled, told, until
from speaker_platform import Platform, now_ms, ready
from speaker_village import HOUR, Sound

CHIRP = Sound("tiếng chuông", 0.5)


WAYS = ("cut off", "empty", "gone", "from its first byte", "in the middle")


async def live(platform: Platform, folder: Path) -> None:
    """Once, until an item has sounded and is proved there."""
    ready(platform)
    async with awake(enrolled(platform, folder)) as agent:
        await settled(agent)
        await told(platform, agent, "before", CHIRP)
        await until(lambda: platform.of().proofs)


def spoil(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "cut off":
        path.write_bytes(data[: len(data) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "gone":
        path.unlink()
    else:
        first = 0 if how == "from its first byte" else 4096
        data[first : first + 6_000] = hashlib.sha256(b"rot").digest() * (6_000 // 32)
        path.write_bytes(data)


def test_a_spoilt_state_is_made_anew_and_said(tmp_path: Path) -> None:
    """One loudspeaker for each way, side by side: they wait for their air times, not for each other."""

    async def stories() -> None:
        await asyncio.gather(*(spoilt(tmp_path / str(number), how) for number, how in enumerate(WAYS)))

    asyncio.run(stories())


async def spoilt(folder: Path, how: str) -> None:
    with Platform() as platform:
        try:
            await live(platform, folder)
            config = enrolled(platform, folder)
            spoil(folder / DATABASE, how)
            await is_made_anew(platform, config)
        except AssertionError as error:
            error.add_note(f"spoilt: {how}")
            raise


async def is_made_anew(platform: Platform, config: Config) -> None:
    ready(platform)
    async with awake(config) as agent:
        await settled(agent)
        await told(platform, agent, "after", CHIRP)
        await until(lambda: "after" in {proof.airing for proof in list(platform.of().proofs.values())})
        assert agent.device == village.DEVICE
        assert "hãy thay thẻ nhớ" in " ".join(agent.status().words)
    (proof,) = [proof for proof in platform.of().proofs.values() if proof.airing == "after"]
    assert proof.outcome == "played"
    assert ("state:0", "wrong_hash") in {(ack.of, ack.code) for ack in platform.of().acks}


def test_what_was_not_yet_proved_there_is_saved(tmp_path: Path) -> None:
    store = Store(RealDisk(), tmp_path)
    store.identify(seed=b"s" * 32, root=b"r", device=village.DEVICE.encode())
    store.remember("c-1", now_ms() + HOUR)
    rows = rescue_rows(store)
    store.close()
    rescue.opened(RealDisk(), tmp_path).close()  # writes the second copy
    store = Store(RealDisk(), tmp_path)
    store._db.execute("update proof set row = 'rot' where count = 2")
    store._db.execute("pragma user_version = 99")
    store.close()
    again = rescue.opened(RealDisk(), tmp_path)
    assert again.identity("seed") == b"s" * 32
    assert again.seen("c-1")
    assert [count for _, count, _ in again.proofs(10)] == [1, 3]
    assert brought(again) == [(1,), (3,)]  # a gap inside an upload would be refused for ever
    assert again.aired() == {(row.airing, row.planned, -1) for row in rows}
    again.close()


def test_a_row_that_rots_in_its_place_keeps_no_other_away(tmp_path: Path) -> None:
    store = Store(RealDisk(), tmp_path)
    store.identify(seed=b"s" * 32, root=b"r", device=village.DEVICE.encode())
    rescue_rows(store)
    store._db.execute("update proof set row = replace(row, 'played', 'cut') where count = 1")
    store._db.execute("update proof set row = 'rot' where count = 3")
    assert brought(store) == [(2,)]
    assert store.proofs_waiting() == 0
    store.close()


def brought(store: Store) -> list[tuple[int, ...]]:
    """The rows of each upload, as a platform takes them that checks everything."""
    book = ProofBook(store, village.DEVICE, "b-2", b"s" * 32)
    found: list[tuple[int, ...]] = []
    while (upload := book.upload()) is not None:
        verify_upload(upload, device=village.DEVICE, public=public_of(b"s" * 32))
        found.append(tuple(row.count for row in upload.rows))
        nonce = upload.head.hash
        receipt = Receipt(
            audience=Audience(device=village.DEVICE), nonce=nonce, boot=upload.head.boot, count=upload.head.count
        )
        assert book.receive(receipt, upload)
    return found


def rescue_rows(store: Store) -> list[Proof]:
    book = ProofBook(store, village.DEVICE, "b-1", b"s" * 32)
    rows = [book.add(blank(f"a-{n}", now_ms(), outcome="played"), begins=-1, now=now_ms()) for n in range(3)]
    book.flush()
    return rows


def test_without_a_second_copy_a_damaged_state_is_no_identity(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"no database at all, and long enough not to be taken for an empty one" * 40)
    with pytest.raises(Damaged):
        rescue.opened(RealDisk(), tmp_path)
    (tmp_path / rescue.COPY).write_bytes(b"{")
    with pytest.raises(Damaged):
        rescue.opened(RealDisk(), tmp_path)
