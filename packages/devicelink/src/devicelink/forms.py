"""The forms of names, hashes and texts that several messages share."""

import re

SHA256 = re.compile(r"[0-9a-f]{64}")
IDENTIFIER = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
CODE = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+){0,9}")
MAX_CODE = 40
MAX_TEXT = 300


def is_code(text: str) -> bool:
    """True for a word of a list of the platform, such as "lu-quet"."""
    return len(text) <= MAX_CODE and CODE.fullmatch(text) is not None


def is_line(text: str, most: int = MAX_TEXT) -> bool:
    """True for at most so many characters on one line, none of them a control character."""
    return len(text) <= most and not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in text)


def are_unique(names: list[str]) -> bool:
    """True if none comes twice."""
    return len(set(names)) == len(names)
