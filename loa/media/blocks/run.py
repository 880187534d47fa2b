"""Having a recipe rendered in the limited process."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from loa.media.pipeline.result import Normalised
from loa.media.pipeline.run import KeepGoing, in_child


def render_in_child(
    files: Mapping[UUID, Path], durations: Mapping[UUID, int], recipe: dict[str, Any], limits: str, workspace: Path,
    keep_going: KeepGoing,
) -> Normalised:  # fmt: skip
    """Make `workspace / "rendition.ogg"` as `render.render` does; errors are those of `run.normalise_in_child`."""
    job = workspace / "job.json"
    told = {
        "files": {str(name): str(file) for name, file in files.items()},
        "durations": {str(name): duration for name, duration in durations.items()},
        "recipe": recipe,
        "limits": limits,
    }
    job.write_text(json.dumps(told))
    return in_child("loa.media.blocks.child", [str(job), str(workspace)], workspace, keep_going)
