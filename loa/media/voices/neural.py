"""A neural voice on this machine: a Piper/VITS model, spoken by sherpa-onnx in its own process (`neural_runner`).

Its pronunciation comes from espeak-ng, which runs in yet another process (`espeak_runner`): the runtime contains no
code under the GPL since 2.0, and what is under the GPL never shares a process with it or with us.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loa.media.voices import espeak, phonemes, warm
from loa.media.voices.base import Pcm, VoiceFailed
from loa.media.voices.breaker import VOICES, Breaker

MODEL, TOKENS = "model.onnx", "tokens.txt"


@dataclass(frozen=True, slots=True)
class Neural:
    """See voices.base.Voice. `options`: espeak ("" = plain letters), length_scale, speakers {dialect: number}."""

    id: str
    name: str
    language: str
    dialects: Mapping[str, str]
    version: str
    model: Path
    tokens: Path
    options: Mapping[str, Any]
    label: str = "giọng máy nơ-ron"
    is_fallback: bool = False
    breaker: Breaker = field(default=VOICES, repr=False)

    def synthesise(self, text: str, *, dialect: str, speed: float) -> Pcm:
        """See voices.base.Voice; the same text is the same sound, in every process."""
        if dialect not in self.dialects:
            raise VoiceFailed(f"no dialect {dialect!r}")
        symbols = self._symbols(text)
        if not symbols:
            raise VoiceFailed("nothing to say")
        speaker = int(self.options.get("speakers", {}).get(dialect, 0))
        process = warm.speaker_for(
            str(self.model), str(self.tokens), {"length_scale": self.options.get("length_scale", 1.0)}
        )
        return self._watched(process, symbols, speed, speaker)

    def _watched(self, process: warm.Speaker, symbols: str, speed: float, speaker: int) -> Pcm:
        """A model that cannot be loaded must not be loaded for every sentence."""
        if self.breaker.rests(self.id):
            raise VoiceFailed("the voice failed several times and rests")
        try:
            pcm = process.speak(symbols, speed, speaker)
        except VoiceFailed:
            self.breaker.failed(self.id)
            raise
        self.breaker.worked(self.id)
        return pcm

    def _symbols(self, text: str) -> str:
        spoken_as = str(self.options.get("espeak", ""))
        if not spoken_as:
            return phonemes.letters(text)
        return phonemes.symbols(text, lambda clause: espeak.phonemes(clause, spoken_as))
