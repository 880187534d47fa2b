"""The process in which a document from outside is opened: limited in memory, time and files, and thrown away.

`python -I -m loa.bulletins.documents.child` reads the file from standard input and writes one JSON object to standard
output: {"document": {...}} or {"unreadable": code, "facts": {...}}. Exit code 1 and nothing: a fault of ours.
"""

import json
import sys
from dataclasses import asdict

from loa.kernel.bounds import bind_process
from loa.kernel.seccomp import forbid_network_and_programs

MAX_ADDRESS_SPACE = 1024**3
MAX_CPU_SECONDS = 10
MAX_ANSWER_BYTES = 4_000_000
MAX_OPEN_FILES = 32


def limit() -> None:
    """Bind this process before anything of the file is looked at."""
    bind_process(
        address_space=MAX_ADDRESS_SPACE,
        cpu_seconds=MAX_CPU_SECONDS,
        file_bytes=MAX_ANSWER_BYTES,
        open_files=MAX_OPEN_FILES,
    )
    forbid_network_and_programs()


def main() -> int:
    """Open one document."""
    limit()
    from loa.bulletins.documents.lines import Unreadable
    from loa.bulletins.documents.reading import open_document
    from loa.bulletins.documents.refusals import MAX_BYTES

    answer: dict[str, object]
    try:
        answer = {"document": asdict(open_document(sys.stdin.buffer.read(MAX_BYTES + 1)))}
    except Unreadable as verdict:
        answer = {"unreadable": verdict.code, "facts": verdict.facts}
    except (MemoryError, RecursionError):
        answer = {"unreadable": "too_heavy", "facts": {}}
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
