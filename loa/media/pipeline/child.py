"""The process in which a file from outside is opened: limited in memory, time and disk, and thrown away afterwards.

`python -I -m loa.media.pipeline.child SOURCE TARGET SPOOL LIMITS` writes one JSON object a line to standard output:
{"progress": 0-100}, and last {"done": {...}} or {"unfit": code, "facts": {...}} or {"failed": reason}.
"""

import errno
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from loa.kernel.bounds import bind_process
from loa.kernel.seccomp import forbid_network_and_programs

if TYPE_CHECKING:
    from loa.media.pipeline.result import Normalised

MAX_ADDRESS_SPACE = 2 * 1024**3
MAX_CPU_SECONDS = 20 * 60
MAX_FILE_BYTES = 3 * 3600 * 192_000 + 64 * 1024**2  # the spool of the longest sound
MAX_OPEN_FILES = 64


def limit() -> None:
    """Bind this process; transcoding may wait, stopping and live may not."""
    bind_process(
        address_space=MAX_ADDRESS_SPACE,
        cpu_seconds=MAX_CPU_SECONDS,
        file_bytes=MAX_FILE_BYTES,
        open_files=MAX_OPEN_FILES,
    )
    forbid_network_and_programs()


def say(**fields: object) -> None:
    """One line to the parent."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def main(source: str, target: str, spool: str, limits: str) -> int:
    """Normalise one file."""

    def work(progress: Callable[[int], None]) -> "Normalised":
        from loa.media.pipeline.normalise import normalise

        return normalise(Path(source), Path(target), Path(spool), progress, limits)

    return tell(work)


def tell(work: "Callable[[Callable[[int], None]], Normalised]") -> int:
    """Do it within the limits and say what came of it. Exit code 0 if the last line says all, 1 if we failed.

    What needs numpy or av is loaded by `work`, when the limits hold.
    """
    limit()
    from loa.media import rules

    shown = -1

    def progress(share: int) -> None:
        nonlocal shown
        if share != shown:
            shown = share
            say(progress=share)

    try:
        say(done=asdict(work(progress)))
    except rules.Unfit as verdict:
        say(unfit=verdict.code, facts=verdict.facts)
    except MemoryError:
        say(unfit="too_heavy", facts={})
    except OSError as error:
        say(failed="no_space" if error.errno == errno.ENOSPC else repr(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
