"""What one press mends of the faults that quality control found. Pure: findings in, a list of edits out."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from loa.media import rules
from loa.media.editing.edits import MOST_OPS, Cut, Edits, Op
from loa.media.editing.timeline import lay

TRIM, CLARIFY = "trim", "clarify"  # as `quality.rules.REPAIRS` names them
ROOM_BEFORE_MS, ROOM_AFTER_MS = 300, 600
PAUSE_MS = 1_200  # what is left of a long one: the breath between two paragraphs


def edits_for(quality: Mapping[str, Any], length: int, names: Collection[str]) -> Edits:
    """The edits that mend what `quality` (`Sound.quality`) found and `names` asks for, on a sound of `length` ms.

    `trim` shortens silence at both ends and long pauses within, `clarify` switches clarity on. What would leave nothing
    is left out: a silent sound is no case for scissors.
    """
    findings = quality.get("findings", ())
    spans = sorted(_silences(findings, length), reverse=True) if TRIM in names else []
    ops: tuple[Op, ...] = tuple(Cut(start, end) for start, end in spans)[:MOST_OPS]  # from the end: places stay right
    edits = Edits(ops, CLARIFY in names)
    try:
        lay(edits, length)
    except rules.Unfit as verdict:
        return Edits(clarity=edits.clarity) if verdict.code == "edit_nothing_left" else edits
    return edits


def _silences(findings: Sequence[Mapping[str, Any]], length: int) -> list[tuple[int, int]]:
    """What to take out of each silence; pauses of no more than a little over what stays are left alone."""
    kept = {"lead": (0, ROOM_BEFORE_MS), "trail": (ROOM_AFTER_MS, 0), "pause": (PAUSE_MS // 2, PAUSE_MS // 2)}
    cuts = []
    for finding in findings:
        before, after = kept.get(finding["code"], (length, length))
        for start, end in finding["places"]:
            low, high = max(start + before, 0), min(end - after, length)
            if high - low >= 100:
                cuts.append((low, high))
    return cuts
