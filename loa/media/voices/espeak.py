"""The voice that is always there: espeak-ng, rule-based and poorly intelligible, so it is labelled as a stopgap.

The library is GPL and runs in its own process (`espeak_runner`), started for each sentence (35 ms).
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import espeakng_loader

from loa.media.voices.base import Pcm, VoiceFailed

RUNNER = Path(__file__).with_name("espeak_runner.py")
WORDS_PER_MINUTE = 150
MAX_SECONDS = 60


class Espeak:
    """Three dialects of Vietnamese. See voices.base.Voice."""

    id = "espeak"
    name = "Giọng máy dự phòng"
    label = "giọng máy dự phòng"
    dialects: Mapping[str, str] = MappingProxyType(
        {"vi": "miền Bắc", "vi-vn-x-central": "miền Trung", "vi-vn-x-south": "miền Nam"}
    )

    def synthesise(self, text: str, *, dialect: str, speed: float) -> Pcm:
        """See voices.base.Voice."""
        if dialect not in self.dialects:
            raise VoiceFailed(f"no dialect {dialect!r}")
        try:
            spoken = subprocess.run(
                _command(dialect, speed), input=text.encode(), capture_output=True, timeout=MAX_SECONDS, check=True
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise VoiceFailed(repr(error)) from error
        rate, _, samples = spoken.stdout.partition(b"\n")
        return Pcm(int(rate), samples)


def _command(dialect: str, speed: float) -> list[str]:
    library, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    return [sys.executable, "-I", "-S", str(RUNNER), library, data, dialect, str(round(WORDS_PER_MINUTE * speed))]
