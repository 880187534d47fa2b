"""What a Vietnamese syllable looks like: what is written otherwise can only be an abbreviation or foreign."""

import re

_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnpqrstvx])?[aăâeêioôơuưy]{1,3}(?:ch|ng|nh|[cmnpt])?"
)


def is_syllable(bare: str) -> bool:
    """Whether small letters without tone marks have an onset, vowels and a coda as a syllable has."""
    return bool(_SYLLABLE.fullmatch(bare))
