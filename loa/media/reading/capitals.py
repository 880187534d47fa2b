"""Patterns in which À-Ỹ means the Vietnamese capitals: in Unicode that range holds the small letters too."""

import re

CAPITALS = "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯ" + "".join(map(chr, range(0x1EA0, 0x1EFA, 2)))


def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """re.compile with À-Ỹ put right."""
    return re.compile(pattern.replace("À-Ỹ", CAPITALS), flags)
