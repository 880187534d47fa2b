"""What the machine saw before a person judges: a question to the approver, or a reason why it cannot go.

Pure. The word lists (`words.yaml`) make it ask too often rather than too seldom; it never decides about content.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`field[start:end]` of the bulletin ("text", "title", "spoken", or "sound" without a span) raised `code`.

    `blocks`: it must be mended before submission; else `question` is put to the approver.
    """

    code: str
    question: str
    field: str = "text"
    start: int = 0
    end: int = 0
    blocks: bool = False

    def plain(self) -> Mapping[str, object]:
        """As JSON."""
        return asdict(self)
