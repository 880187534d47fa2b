"""What an alert says after its siren: which sounds of its text are here, in which order. And what is still expected."""

import contextlib
import tempfile
from collections.abc import Iterable
from pathlib import Path

from devicelink import emergencies, voices
from devicelink.messages import Alert, Cancel, Placement, Target, Voice
from devicelink.refusals import Reason, Refused

from speaker.cache import MediaCache
from speaker.pcm import Piece
from speaker.sink import RATE

PAUSE = RATE // 4
PROMPT_MS = 6_000  # nobody says how long a prompt is


class Words:
    """`spoken`: see `late`. Where the disk is full a voice lies in memory (`/tmp`), as long as this process lives."""

    def __init__(self, media: MediaCache, spoken: Path) -> None:
        self._media = media
        self.spoken = spoken
        self._loose: dict[str, Path] = {}
        self._room: tempfile.TemporaryDirectory[str] | None = None

    def close(self) -> None:
        """What lay in memory goes."""
        if self._room is not None:
            self._room.cleanup()

    def pieces(self, sounds: Iterable[str]) -> tuple[Piece, ...]:
        """Of those that are here."""
        return tuple(Piece(sha256, self._path(sha256), PAUSE) for sha256 in sounds if self.here(sha256))

    def here(self, sha256: str) -> bool:
        """Complete and right."""
        return sha256 in self._loose or self._media.ready(sha256)

    def take(self, frame: bytes, expected: Iterable[Voice]) -> str:
        """Its SHA-256. Refused with malformed, too_large, wrong_hash (nobody waits for it), duplicate."""
        sha256, sound = voices.unpack(frame)
        if sha256 not in {voice.sha256 for voice in expected}:
            raise Refused(Reason.WRONG_HASH, "nobody waits for this voice")
        if self.here(sha256):
            raise Refused(Reason.DUPLICATE, sha256)
        try:
            self._media.append(sha256, sound, 0)
            self._media.finish(sha256)
        except Refused as refusal:
            if refusal.reason is not Reason.NO_ROOM:
                raise
            self._put_aside(sha256, sound)
        return sha256

    def _path(self, sha256: str) -> Path:
        return self._loose.get(sha256) or self._media.path(sha256)

    def _put_aside(self, sha256: str, sound: bytes) -> None:
        with contextlib.suppress(OSError):
            self._room = self._room or tempfile.TemporaryDirectory(prefix="loa-speaker-")
            path = Path(self._room.name) / sha256
            path.write_bytes(sound)
            self._loose[sha256] = path


def target_of(message: Alert | Cancel, placement: Placement | None) -> Target | None:
    """The text of this device."""
    return emergencies.own_target(message, placement) if placement is not None else None


def sounds_of(target: Target) -> tuple[str, ...]:
    """SHA-256 in the order in which they are said."""
    return (*target.prompts, *(voice.sha256 for voice in target.voices))


def length_ms(target: Target) -> int:
    """How long that takes, about."""
    gaps = 250 * (len(target.prompts) + len(target.voices))
    return gaps + PROMPT_MS * len(target.prompts) + sum(voice.duration for voice in target.voices)
