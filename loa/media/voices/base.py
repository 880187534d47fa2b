"""What every voice can do, whether it is a rule-based one in a child process, a neural one or one in a cloud."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Pcm:
    """Spoken sound: 16-bit little-endian mono samples at `rate` Hz."""

    rate: int
    samples: bytes

    @property
    def milliseconds(self) -> int:
        """Duration."""
        return len(self.samples) // 2 * 1000 // self.rate


class VoiceFailed(Exception):
    """The voice could not speak the text; the text is not to blame for certain."""


class Voice(Protocol):
    """A reading voice. `dialects` maps ids to Vietnamese names; `label` tells people what kind of voice it is."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def dialects(self) -> Mapping[str, str]: ...
    @property
    def label(self) -> str: ...

    def synthesise(self, text: str, *, dialect: str, speed: float) -> Pcm:
        """Speak one sentence; `speed` 1.0 is normal. Deterministic. Raises VoiceFailed."""
        ...
