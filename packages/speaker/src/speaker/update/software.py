"""The release that runs, as the agent needs to know it: which, in which slot, how another one comes beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devicelink.messages import Manifest

from speaker.config import VERSION
from speaker.update import install


def _stay() -> None:
    """There is nobody who would start anything else."""


@dataclass(frozen=True, slots=True)
class Software:
    """`slot`: as in `slots`, None = no launcher stands above the agent, so that nobody could bring it back.

    `leave` ends the agent, so that the launcher starts what `slots.json` says then. `install(folder, slot, manifest,
    kept)` puts a release into a slot; raises install.NotInstalled.
    """

    version: str = VERSION
    slot: str | None = None
    leave: Callable[[], None] = _stay
    install: Callable[[Path, str, Manifest, Path], None] = install.install

    @property
    def agent(self) -> str:
        """As heartbeats name it."""
        return f"loa-speaker/{self.version}"
