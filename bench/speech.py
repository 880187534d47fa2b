"""How exactly written notices are read: our reader, sea-g2p alone and vietnormalizer, on the same sentences in one run.

The sentences are the gold set of `loa/media/reading/tests`: what an announcer would say, written down beforehand.
`exact` is the strict share of ours: every letter, capital, blank and punctuation mark as expected (the first reading of
a sentence or one of its `also`).

The other three figures are lenient, and alike for all three readers (`exact_ours_folded`, `exact_sea_g2p`,
`exact_other`): case, punctuation, blanks and ways of saying the same do not count ("ki-lô-mét" is "ki lô mét", "lẻ" is
"linh", "ngày mùng năm tháng chín" is "năm tháng chín", "trên giờ" is "mỗi giờ"; `ALIKE` has them all). It stays our own
set: where several readings are right, it was written by people who know ours. Marks that sea-g2p puts around foreign
words are taken off; its own reading of letters and abbreviations is used. vietnormalizer is asked with and without its
rewriting of foreign words, and the better of the two figures counts. (Of the others that were looked at soe-vinorm
fetches its model when it is first used, and vinorm's licence is not clear: MIT in its file, "non-commercial" on its
page.) `unchanged`: how many of the `sentences` are plain text that has to stay as it is.

`chars_per_s`: written characters of the whole set that ours reads in a second of processor time, the median of seven
rounds after one that warms up; `chars_per_s_long` of one text of 20,000 characters.
"""

import json
import os
import re
import statistics
import sys
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 7
LONG = 20_000
_FIGURES = "một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|mươi|lăm|mốt|tư|linh"
# Ways of saying or writing the same. What our set says in one of them, others may say in another.
ALIKE = (
    (r"\blẻ\b", "linh"), (r"\bngàn\b", "nghìn"), (r"\btỉ\b", "tỷ"), (r"\bmươi tư\b", "mươi bốn"),
    (r"\bxen[ -]?ti", "xăng ti"), (r"\bqui\b", "quy"), (r"uỷ", "ủy"), (r"oá\b", "óa"), (r"oà\b", "òa"),
    (r"\b(?:mùng|mồng) ", ""),  # the fifth of September, with and without
    (rf"\bngày (?=(?:(?:{_FIGURES}) )+(?:tháng|đến|và)\b)", ""),
    (rf"(?<=giờ )((?:(?:{_FIGURES}) ?)+) phút\b", r"\1"),
    (r"\bmỗi\b", "trên"),  # kilometres an hour
)  # fmt: skip

Reader = Callable[[str], str]


def main() -> None:
    """Read everything with every reader, print one JSON line."""
    from loa.media.reading.read import read
    from loa.media.reading.tests.gold_set import sentences

    plain = sum(sentence.written in sentence.readings for sentence in sentences())
    figures = {
        "sentences": len(sentences()),
        "unchanged": plain,
        "exact": share(lambda text: read(text).spoken, strictly=True),
        "exact_ours_folded": share(lambda text: read(text).spoken),
        "exact_sea_g2p": share(sea_g2p()),
        "exact_other": max(share(reader) for reader in vietnormalizer()),
        "other": "vietnormalizer 0.2.3",
        **speed(lambda text: read(text).spoken),
    }
    print(json.dumps({"bench": "speech", **figures}, ensure_ascii=False))


def share(reader: Reader, *, strictly: bool = False) -> float:
    """Of the gold set, how much `reader` says exactly."""
    from loa.media.reading.tests.gold_set import sentences

    same = str if strictly else folded
    right = [
        same(reader(sentence.written)) in {same(reading) for reading in sentence.readings} for sentence in sentences()
    ]
    return round(sum(right) / len(right), 4)


def folded(text: str) -> str:
    """Letters and digits only, lower case, one way of writing the same sounds."""
    text = unicodedata.normalize("NFC", text).lower()
    for pattern, instead in ALIKE:
        text = re.sub(pattern, instead, text)
    return "".join(mark for mark in text if mark.isalnum())


def sea_g2p() -> Reader:
    """The library that ours asks for what its rules leave, by itself."""
    from sea_g2p import Normalizer

    normalizer = Normalizer(lang="vi")
    return lambda text: re.sub(r"</?en>", "", str(normalizer.normalize(text)))


def vietnormalizer() -> list[Reader]:
    """With and without Vietnamese spelling for foreign words."""
    from vietnormalizer import VietnameseNormalizer

    known = VietnameseNormalizer()
    return [
        lambda text: str(known.normalize(text)),
        lambda text: str(known.normalize(text, enable_transliteration=False)),
    ]


def speed(reader: Reader) -> dict[str, float]:
    """Characters a second."""
    from loa.media.reading.tests.gold_set import sentences

    texts = [sentence.written for sentence in sentences()]
    whole = "\n".join(texts)
    long = (whole * (LONG // len(whole) + 1))[:LONG]
    return {
        "chars_per_s": median(reader, texts),
        "chars_per_s_long": median(reader, [long]),
        "load": round(os.getloadavg()[0], 1),
    }


def median(reader: Reader, texts: list[str]) -> int:
    """Of several rounds, in processor time."""
    took = []
    for _ in range(ROUNDS + 1):
        began = time.process_time()
        for text in texts:
            reader(text)
        took.append(time.process_time() - began)
    return round(sum(map(len, texts)) / statistics.median(took[1:]))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
