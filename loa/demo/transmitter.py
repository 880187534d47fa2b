"""Whether the sample radio station is on the air: a file says until when it is not."""

from datetime import datetime
from pathlib import Path

PATH = "/truc-tiep"
FILE = "station-off"


def turn_off(file: Path, until: datetime) -> None:
    """Take the station off the air until then."""
    part = file.with_suffix(".part")
    part.write_text(str(until.timestamp()))
    part.replace(file)


def is_off(file: Path, now: float) -> bool:
    """Whether it is off the air at this Unix time."""
    try:
        return now < float(file.read_text())
    except (OSError, ValueError):
        return False
