"""The voice that is always there: espeak-ng, rule-based and poorly intelligible, so it is labelled as a stopgap.

The library is GPL and runs in its own process (`espeak_runner`), started for each sentence (35 ms).
"""

import subprocess
import sys
from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

import espeakng_loader

from loa.media import rules
from loa.media.voices.base import Pcm, VoiceFailed

RUNNER = Path(__file__).with_name("espeak_runner.py")
WORDS_PER_MINUTE = 150
MAX_SECONDS = 60
PHONEMES = "phonemes"


class Espeak:
    """Three dialects of Vietnamese. See voices.base.Voice."""

    id = rules.FALLBACK_VOICE
    name = "Giọng máy dự phòng"
    label = rules.FALLBACK_LABEL
    language = "vi"
    is_fallback = True
    dialects: Mapping[str, str] = MappingProxyType(
        {"vi": "miền Bắc", "vi-vn-x-central": "miền Trung", "vi-vn-x-south": "miền Nam"}
    )

    @cached_property
    def version(self) -> str:
        """See voices.base.Voice."""
        return f"espeakng-loader {version('espeakng-loader')}, {WORDS_PER_MINUTE} words a minute"

    def synthesise(self, text: str, *, dialect: str, speed: float) -> Pcm:
        """See voices.base.Voice."""
        if dialect not in self.dialects:
            raise VoiceFailed(f"no dialect {dialect!r}")
        rate, _, samples = _run(text, dialect, str(round(WORDS_PER_MINUTE * speed))).partition(b"\n")
        return Pcm(int(rate), samples)


def phonemes(text: str, voice: str) -> str:
    """How espeak-ng would pronounce `text` (one clause), in IPA. Raises VoiceFailed."""
    return " ".join(_run(text, voice, PHONEMES).decode().split())


def _run(text: str, voice: str, task: str) -> bytes:
    """What the runner answers; `task` is words a minute or PHONEMES."""
    try:
        done = subprocess.run(
            _command(voice, task), input=text.encode(), capture_output=True, timeout=MAX_SECONDS, check=True
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise VoiceFailed(repr(error)) from error
    return done.stdout


def _command(voice: str, task: str) -> list[str]:
    library, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    return [sys.executable, "-I", "-S", str(RUNNER), library, data, voice, task]
