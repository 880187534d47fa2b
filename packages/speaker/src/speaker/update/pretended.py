"""The launcher of a simulated loudspeaker: the decisions of the real one, the same messages, nothing is installed.

Packages are really fetched. One may hold `loa_speaker/simulation.json`, {"crashes": percent}: in so many of the
loudspeakers the release ends at once, three times, and the launcher goes back.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from devicelink.messages import Manifest
from devicelink.updates import Step

from speaker.config import VERSION
from speaker.update.install import NotInstalled, empty
from speaker.update.launcher import Launcher
from speaker.update.slots import MARK, Trial, mark_for, mark_of, place_of, write
from speaker.update.software import Software

FILE = "loa_speaker/simulation.json"
KEPT = "simulation.json"


class Pretended:
    """`folder` of the loudspeaker holds its slots, so that it runs the same release after a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._launcher = Launcher(folder, ())

    def begin(self, leave: Callable[[], None]) -> Software | None:
        """What runs now; None if it was begun and ended at once. `leave`: see `Software`."""
        held = self._launcher.settled()
        if held.trial is not None and self._crashes(held.trial):
            return None
        slot = held.trial.slot if held.trial else held.active
        mark = mark_of(self._folder, slot) if slot else None
        return Software(version=mark.release if mark else VERSION, slot=slot, leave=leave, install=pretend)

    def _crashes(self, trial: Trial) -> bool:
        path = place_of(self._folder, trial.slot) / KEPT
        place = hashlib.sha256(f"{trial.order}/{self._folder}".encode()).digest()[0] * 100 // 256
        return path.exists() and place < int(path.read_text())


def pretend(folder: Path, slot: str, manifest: Manifest, kept: Path) -> None:
    """As `install.install`, without an environment. NotInstalled."""
    place = place_of(folder, slot)
    try:
        empty(place)
        place.mkdir(parents=True)
        shares = [_crashing(kept / wheel.sha256) for wheel in manifest.wheels]
        (place / KEPT).write_text(str(max(shares, default=0)))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise NotInstalled(Step.NOT_INSTALLED, f"{type(error).__name__}: {error}") from error
    write(place / MARK, msgspec.json.encode(mark_for(manifest)))


def _crashing(wheel: Path) -> int:
    with zipfile.ZipFile(wheel) as archive:
        return int(json.loads(archive.read(FILE))["crashes"]) if FILE in archive.namelist() else 0
