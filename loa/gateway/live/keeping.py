"""What is spoken is recorded on the gateway's own disk as it goes on the air, and copied to the platform afterwards.

Of each session two files: its sound, and what is to be written down of it. They go when the platform has both.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from loa.broadcasts.actions.speaking import Spoken
from loa.broadcasts.rules.speaking import End
from loa.gateway.database import Away
from loa.gateway.journal import replace_durably
from loa.gateway.live.ogg import OggPages, milliseconds
from loa.gateway.live.ways import Record
from loa.kernel.errors import NotFound

log = structlog.get_logger("loa.gateway.live")
PAGE_PACKETS = 50
SYNC_PAGES = 5
RETRY_S = 2.0


class Recording:
    """One session on the disk. All writing is done by one thread, in order; a full disk ends the recording, not the
    voice.
    """

    def __init__(self, folder: Path, spoken: Spoken, disk: ThreadPoolExecutor) -> None:
        self._folder = folder
        self._spoken = spoken
        self._disk = disk
        self._pages = OggPages()
        self._packets: list[bytes] = []
        self._written = 0
        self._file = -1
        disk.submit(self._guarded, self._open)

    def add(self, packets: Sequence[bytes]) -> None:
        """What went on the air."""
        self._packets += packets
        if len(self._packets) >= PAGE_PACKETS:
            self._flush()

    def _flush(self, *, last: bool = False) -> None:
        taken, self._packets = self._packets, []
        if taken or last:
            self._disk.submit(self._guarded, lambda: self._write(self._pages.page(taken, last=last)))

    def close(self, spoken: Spoken) -> "asyncio.Future[None]":
        """Write the end; done when the disk has it."""
        self._flush(last=True)
        return asyncio.wrap_future(self._disk.submit(self._guarded, lambda: self._end(spoken)))

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            log.error("a live session cannot be recorded", session=self._spoken.session, error=str(error))

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_durably(_told(self._folder, self._spoken), msgspec.json.encode(self._spoken))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC
        self._file = os.open(sound_of(self._folder, self._spoken), flags, 0o600)
        os.write(self._file, self._pages.opening())

    def _write(self, page: bytes) -> None:
        if self._file < 0:
            return
        os.write(self._file, page)
        self._written += 1
        if self._written % SYNC_PAGES == 0:
            os.fsync(self._file)

    def _end(self, spoken: Spoken) -> None:
        if self._file >= 0:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1
        replace_durably(_told(self._folder, spoken), msgspec.json.encode(spoken))


class Archive:
    """Everything that the platform does not have yet. `record` writes it there; it blocks, Away while it cannot."""

    def __init__(self, folder: Path, record: Record) -> None:
        self.folder = folder
        self.disk = ThreadPoolExecutor(1, "live")
        self._record = record
        self._news = asyncio.Event()
        self._living: set[str] = set()

    def begin(self, spoken: Spoken) -> Recording:
        """Record a session."""
        self._living.add(spoken.session)
        return Recording(self.folder, spoken, self.disk)

    def ended(self, session: str) -> None:
        """Its files are complete."""
        self._living.discard(session)
        self._news.set()

    async def copy(self) -> None:
        """One round: hand over what is finished, also what an earlier process left behind."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), RETRY_S)
        self._news.clear()
        for told in await asyncio.to_thread(lambda: sorted(self.folder.glob("*.json"))):
            if told.stem in self._living:
                continue
            try:
                await asyncio.to_thread(self._hand_over, told)
            except Away as error:
                log.info("live session not copied yet", session=told.stem, reason=str(error)[:200])
                return
            except Exception as error:  # one that the platform does not take must not keep the others from it
                log.error("a live session cannot be copied", session=told.stem, reason=str(error)[:200])
                told.rename(told.with_suffix(".refused"))

    def _hand_over(self, told: Path) -> None:
        spoken = msgspec.json.decode(told.read_bytes(), type=Spoken)
        sound = sound_of(self.folder, spoken)
        if spoken.ended == 0:  # the process died in the middle
            spoken = _torn(spoken, sound)
        heard = sound if spoken.spoken > 0 and sound.exists() else None
        with suppress(NotFound):
            self._record(spoken, heard)
        sound.unlink(missing_ok=True)
        told.unlink()

    def waiting(self) -> Iterator[Path]:
        """What still lies here."""
        return self.folder.glob("*.json")

    def close(self) -> None:
        """Wait for the disk."""
        self.disk.shutdown()


def sound_of(folder: Path, spoken: Spoken) -> Path:
    """Where its sound lies."""
    return folder / f"{spoken.session}.opus"


def _told(folder: Path, spoken: Spoken) -> Path:
    return folder / f"{spoken.session}.json"


def _torn(spoken: Spoken, sound: Path) -> Spoken:
    ms = milliseconds(sound) if sound.exists() else 0
    return msgspec.structs.replace(spoken, ended=spoken.started + ms, spoken=ms, reason=End.GATEWAY.value)
