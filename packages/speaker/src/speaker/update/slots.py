"""Which software runs: two slots beside the delivered one, and one small file that says which. Replaced as a whole.

`update/slots.json` is the only truth. A slot counts once its mark is there, which is written after everything in it.
Whoever reads a torn or missing file runs the delivered software.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
from devicelink.messages import Manifest
from devicelink.updates import Step

FOLDER = "update"
FILE = "slots.json"
MARK = "slot.json"
BASE = ""  # the software it was delivered with: never written to
SLOTS = ("a", "b")
MOST_STARTS = 3
VARIABLE = "LOA_SLOT"  # the launcher tells the agent in which slot it runs: "base", "a", "b"; without it: no launcher
RESTART = 75  # an agent that ends with this code asks to be started anew, by what the file says then


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A slot that has to show that it works. `plan`: revision held before; `starts`: how often it was begun."""

    slot: str
    order: str
    revision: int
    release: str
    plan: int = 0
    starts: int = 0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the order with this `revision`."""

    order: str
    revision: int
    step: Step


class Slots(msgspec.Struct, frozen=True, kw_only=True):
    """`active` runs unless there is a trial; `previous` ran before it."""

    active: str = BASE
    previous: str = BASE
    trial: Trial | None = None
    outcome: Outcome | None = None

    @property
    def spare(self) -> str:
        """The slot that may be written to."""
        return "b" if self.active == "a" else "a"

    def begun(self) -> "Slots":
        """The trial is started once more."""
        assert self.trial is not None
        again = msgspec.structs.replace(self.trial, starts=self.trial.starts + 1)
        return msgspec.structs.replace(self, trial=again)

    def kept(self) -> "Slots":
        """It works: from now on it is what runs."""
        assert self.trial is not None
        return Slots(active=self.trial.slot, previous=self.active, outcome=_outcome(self.trial, Step.DONE))

    def given_up(self, step: Step) -> "Slots":
        """It does not: what ran before runs again."""
        assert self.trial is not None
        return msgspec.structs.replace(self, trial=None, outcome=_outcome(self.trial, step))


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in a slot; `wheels` are sorted hashes."""

    release: str
    wheels: tuple[str, ...]


def _outcome(trial: Trial, step: Step) -> Outcome:
    return Outcome(order=trial.order, revision=trial.revision, step=step)


def load(folder: Path) -> Slots:
    """What the file says; the delivered software if there is none. `folder`: of the state."""
    try:
        found = msgspec.json.decode((folder / FOLDER / FILE).read_bytes(), type=Slots)
    except (OSError, ValueError, msgspec.MsgspecError):
        return Slots()
    names = (found.active, found.previous, found.trial.slot if found.trial else BASE)
    return found if all(name in (BASE, *SLOTS) for name in names) else Slots()


def save(folder: Path, slots: Slots) -> None:
    """Durable on return; who reads meanwhile, or after a loss of power, sees the old or the new. OSError."""
    write(folder / FOLDER / FILE, msgspec.json.encode(slots))


def write(path: Path, content: bytes) -> None:
    """Replace a small file at once and durably."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in the folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def slot_told(environ: Mapping[str, str]) -> str | None:
    """The slot in which this agent was started; None without a launcher."""
    told = environ.get(VARIABLE)
    return BASE if told == "base" else told


def place_of(folder: Path, slot: str) -> Path:
    """The virtual environment of a slot."""
    return folder / FOLDER / slot


def python_of(folder: Path, slot: str) -> str:
    """The interpreter that runs what lies in a slot."""
    return sys.executable if slot == BASE else str(place_of(folder, slot) / "bin" / "python")


def mark_of(folder: Path, slot: str) -> Mark | None:
    """What lies there, complete; None if nothing does."""
    try:
        return msgspec.json.decode((place_of(folder, slot) / MARK).read_bytes(), type=Mark)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def mark_for(manifest: Manifest) -> Mark:
    """The mark of a slot that holds this release."""
    return Mark(release=manifest.release, wheels=tuple(sorted(wheel.sha256 for wheel in manifest.wheels)))


def is_bootable(folder: Path, slot: str) -> bool:
    """Nothing half-made is ever started."""
    return slot == BASE or mark_of(folder, slot) is not None
