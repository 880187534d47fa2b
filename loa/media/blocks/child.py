"""The limited process in which a programme is put together: `python -I -m loa.media.blocks.child JOB WORKSPACE`.

JOB is a file {"files": {id: path}, "durations": {id: ms}, "recipe": {...}, "limits": profile}; what is said is that of
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
    """Render one recipe."""

    def work(progress: Callable[[int], None]) -> "Normalised":
        from uuid import UUID

        from loa.media.blocks.recipe import from_json
        from loa.media.blocks.render import render

        told = json.loads(Path(job).read_text())
        files = {UUID(name): Path(file) for name, file in told["files"].items()}
        durations = {UUID(name): duration for name, duration in told["durations"].items()}
        return render(files, durations, from_json(told["recipe"]), Path(workspace), progress, told["limits"])

    return tell(work)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
