"""Having a list of edits rendered in the limited process."""

import json
from pathlib import Path
from typing import Any

from loa.media.pipeline.result import Normalised
from loa.media.pipeline.run import KeepGoing, in_child


def render_in_child(
    files: list[Path], edits: dict[str, Any], length: int, limits: str, workspace: Path, keep_going: KeepGoing
) -> Normalised:
    """Make `workspace / "rendition.ogg"` as `render.render` does; errors are those of `run.normalise_in_child`."""
    job = workspace / "job.json"
    told = {"files": [str(file) for file in files], "edits": edits, "length": length, "limits": limits}
    job.write_text(json.dumps(told))
    return in_child("loa.media.editing.child", [str(job), str(workspace)], workspace, keep_going)
