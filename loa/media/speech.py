"""Spoken text -> a WAV file: sentence by sentence, with the pauses a person would make."""

import re
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from loa.media import rules
from loa.media.voices import registry
from loa.media.voices.base import Pcm, VoiceFailed

PAUSE_MS = {"\n": 700, ".": 450, "!": 450, "?": 450, "…": 450, ";": 300, ":": 300}
_END = re.compile(r"([.!?…;:]+)(?=\s|$)|\n+")


def sentences(text: str) -> Iterator[tuple[str, int]]:
    """Pieces to speak, each with the pause (ms) that follows it; pieces without a letter or digit are left out."""
    start = 0
    for end in [*_END.finditer(text), None]:
        piece = text[start : end.end() if end else len(text)].strip()
        if any(character.isalnum() for character in piece):
            yield piece, _pause(end)
        start = end.end() if end else start


def _pause(end: "re.Match[str] | None") -> int:
    return PAUSE_MS[end[0][0]] if end else 0


def speak(spoken: str, choice: str, speed: float, target: Path, keep_going: Callable[[int], bool]) -> bool:
    """Write `spoken` in the voice `choice` ("<voice>/<dialect>") to the WAV file `target`.

    `keep_going(percent)` is asked after each sentence; False is returned if it said no. Raises rules.Unfit.
    """
    rules.check_speech(spoken, speed)
    voice, dialect = registry.find(choice)
    pieces = list(sentences(spoken))
    with ExitStack() as stack:
        writer: wave.Wave_write | None = None
        for done, (piece, pause) in enumerate(pieces, 1):
            try:
                pcm = voice.synthesise(piece, dialect=dialect, speed=speed)
            except VoiceFailed as error:
                raise rules.Unfit("voice_failed") from error
            if writer is None:
                writer = stack.enter_context(wave.open(str(target), "wb"))
                writer.setparams((1, 2, pcm.rate, 0, "NONE", ""))
            writer.writeframes(pcm.samples + _silence(pcm, pause))
            if not keep_going(done * 100 // len(pieces)):
                return False
    return True


def _silence(pcm: Pcm, milliseconds: int) -> bytes:
    return b"\0\0" * (pcm.rate * milliseconds // 1000)
