"""The limited process in which originals become a new sound: `python -I -m loa.media.editing.child JOB WORKSPACE`.

JOB is a file {"files": [paths], "edits": {...}, "length": ms, "limits": profile}; what is said is that of
`pipeline.child`.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from loa.media.pipeline.child import tell

if TYPE_CHECKING:
    from loa.media.pipeline.result import Normalised


def main(job: str, workspace: str) -> int:
    """Render one list of edits."""

    def work(progress: Callable[[int], None]) -> "Normalised":
        from loa.media.editing.edits import from_json
        from loa.media.editing.render import render

        told = json.loads(Path(job).read_text())
        files = [Path(file) for file in told["files"]]
        return render(files, from_json(told["edits"]), told["length"], Path(workspace), progress, told["limits"])

    return tell(work)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
