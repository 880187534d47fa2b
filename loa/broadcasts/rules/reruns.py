"""What an edit does to sessions that were laid: the difference, and the words for it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from loa.broadcasts.rules.rundowns import Fate, Laid, Moved, Placed, Why


@dataclass(frozen=True, slots=True)
class Shift:
    """What an edit does to one piece: from `was` to `becomes`; None = it did not, or does not, sound."""

    piece: str
    was: Placed | None
    becomes: Placed | None
    moved: Moved | None = None


def difference(before: Iterable[Laid], after: Iterable[Laid]) -> tuple[Shift, ...]:
    """What changes between two ways of laying the same sessions, in order of time; what stays is left out."""
    after = tuple(after)
    old = {placed.piece: placed for laid in before for placed in laid.placed}
    new = {placed.piece: placed for laid in after for placed in laid.placed}
    told = {row.piece: row for laid in after for row in laid.moved}
    rows = [
        Shift(piece, old.get(piece), new.get(piece), told.get(piece))
        for piece in old.keys() | new.keys() | told.keys()
        if _seen(old.get(piece)) != _seen(new.get(piece)) or (piece not in old and piece in told)
    ]
    return tuple(sorted(rows, key=_when))


def _seen(placed: Placed | None) -> tuple[datetime, timedelta] | None:
    return None if placed is None else (placed.start, placed.duration)


def _when(row: Shift) -> tuple[bool, float, str]:
    first = row.was or row.becomes
    return first is None, first.start.timestamp() if first else 0.0, row.piece


def in_words(row: Moved) -> str:
    """One sentence for what yields, as the officer reads it."""
    behind = f" vì “{row.by}” dài hơn dự tính" if row.by else ""
    if row.fate is Fate.CUT:
        return f"“{row.title}” bị cắt ngắn{behind}."
    if row.fate is Fate.LATER:
        return f"“{row.title}” lùi lại một chút vì tin ưu tiên của cấp trên phát trước."
    if row.fate is Fate.NEXT:
        return f"“{row.title}” dồn sang buổi sau vì buổi này hết giờ."
    reason = {
        Why.FULL: "buổi này hết giờ và chưa có buổi nào khác được duyệt cho mục này",
        Why.LIMIT: "quy chế không cho nói thêm trong buổi này",
        Why.TIMES: "giờ mới của buổi chưa được duyệt cho mục này",
        Why.NO_SESSION: "hôm ấy không có buổi này",
    }[row.why]
    return f"“{row.title}” không phát: {reason}."
