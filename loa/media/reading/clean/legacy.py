"""Recognises text in the old 8-bit Vietnamese fonts (TCVN3 ".VnTime", VNI), which Unicode shows as rubbish."""

import re

# Letters and signs that these fonts put into words and that Vietnamese in Unicode never has there.
_ODD = re.compile(r"[ÆÇËÏÑÖØÜÞßäåæçëïîñöøûüþÎÛÅÄ]|(?<=[^\W\d_])[¸µ¶·¹¨¾»¼½©ª«¬§¦®]|[¸µ¶·¹¨¾»¼½©ª«¬§¦®](?=[^\W\d_])")
_LETTER = re.compile(r"[^\W\d_]")
MINIMUM, SHARE = 4, 0.05


def is_legacy(text: str) -> bool:
    """Whether so many letters are odd that the text cannot be Unicode Vietnamese with a foreign name in it."""
    sample = text[:20_000]
    odd = len(_ODD.findall(sample))
    return odd >= MINIMUM and odd > SHARE * len(_LETTER.findall(sample))
