"""What every voice can do, whether it is a rule-based one in a child process, a neural one or one in a cloud."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

SAMPLE_BYTES = 2
MOST_CLIP_MS = 180_000  # no sentence is longer; a service that sends more has lost its way


@dataclass(frozen=True, slots=True)
class Pcm:
    """Spoken sound: 16-bit little-endian mono samples at `rate` Hz."""

    rate: int
    samples: bytes

    @property
    def milliseconds(self) -> int:
        """Duration."""
        return len(self.samples) // SAMPLE_BYTES * 1000 // self.rate


class VoiceFailed(Exception):
    """The voice could not speak the text; the text is not to blame for certain. The words are for the log."""


class Voice(Protocol):
    """A reading voice. `dialects` maps ids to Vietnamese names; `label` tells people what kind of voice it is.

    `version` changes whenever the same sentence may sound different, so it is part of the name of every clip that is
    kept. `is_fallback` marks the stopgap that is always there.
    """

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def dialects(self) -> Mapping[str, str]: ...
    @property
    def label(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def is_fallback(self) -> bool: ...

    def synthesise(self, text: str, *, dialect: str, speed: float) -> Pcm:
        """Speak one sentence; `speed` 1.0 is normal. Raises VoiceFailed."""
        ...
