"""An alert that comes half an hour or more after it was issued says when that was.

Where the technician put numbers spoken by a person into `spoken/` beside the state, the time of issue is said:
`issued.opus` ("Cảnh báo này được phát lúc"), `0.opus` to `59.opus`, `hour.opus` ("giờ"), `minute.opus` ("phút"). Where
one of them is missing a gong of its own goes before the siren; it is the same everywhere and means the same.
"""

from pathlib import Path

from speaker.pcm import Piece
from speaker.sink import RATE

LATE_MS = 30 * 60_000
FOLDER = "spoken"
_PAUSE = RATE // 8


def is_late(issued: int, now: int) -> bool:
    """True from half an hour on."""
    return now - issued >= LATE_MS


def time_of_issue(folder: Path, issued: int, utc_offset: int) -> tuple[Piece, ...]:
    """The sentence, () if a word of it is not here."""
    minute = (issued // 60_000 + utc_offset) % 1440
    words = ("issued", str(minute // 60), "hour", str(minute % 60), "minute")
    paths = [folder / FOLDER / f"{word}.opus" for word in words]
    if not all(path.is_file() for path in paths):
        return ()
    return tuple(Piece(f"spoken:{path.stem}", path, _PAUSE if path.stem == "issued" else 0) for path in paths)
