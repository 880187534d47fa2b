"""Vietnamese words for numbers, digits, letters and Roman numerals, as they are read aloud on the radio."""

import unicodedata

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
BEHIND_TEN = {5: "lăm"}
BEHIND_TENS = BEHIND_TEN | {1: "mốt", 4: "tư"}
SCALES = ("", "nghìn", "triệu")
BILLION = 10**9
TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
WEEKDAYS = {"2": "hai", "3": "ba", "4": "tư", "5": "năm", "6": "sáu", "7": "bảy"}
LETTERS = {
    "A": "a",
    "Ă": "á",
    "Â": "ớ",
    "B": "bê",
    "C": "xê",
    "D": "đê",
    "Đ": "đê",
    "E": "e",
    "Ê": "ê",
    "F": "ép",
    "G": "giê",
    "H": "hát",
    "I": "i",
    "J": "gi",
    "K": "ca",
    "L": "en lờ",
    "M": "em",
    "N": "en",
    "O": "o",
    "Ô": "ô",
    "Ơ": "ơ",
    "P": "pê",
    "Q": "quy",
    "R": "e rờ",
    "S": "ét",
    "T": "tê",
    "U": "u",
    "Ư": "ư",
    "V": "vê",
    "W": "vê kép",
    "X": "ích",
    "Y": "i dài",
    "Z": "dét",
}
ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
LARGEST = 10**18 - 1


def number(value: int) -> str:
    """Words for 0 <= value < 10^18: 2026 -> "hai nghìn không trăm hai mươi sáu"."""
    if not 0 <= value <= LARGEST:
        raise ValueError(value)
    billions, rest = divmod(value, BILLION)
    if not billions:
        return _below_billion(rest, full=False) or DIGITS[0]
    return f"{number(billions)} tỷ {_below_billion(rest, full=True)}".rstrip()


def count(figures: str) -> str:
    """A row of digits as one number, also with noughts before it; too long a row digit by digit."""
    worth = figures.lstrip("0") or "0"
    return number(int(worth)) if len(worth) <= 18 else digits(figures)


def decimals(figures: str) -> str:
    """The digits after the comma: "5" -> "năm", "05" -> "không năm", "25" -> "hai mươi lăm", "125" digit by digit."""
    return count(figures) if len(figures) <= 2 and not figures.startswith("0") else digits(figures)


def _below_billion(value: int, *, full: bool) -> str:
    words = []
    for place in (2, 1, 0):
        group = value // 1000**place % 1000
        if group:
            words += [_below_thousand(group, full=full or value >= 1000 ** (place + 1)), SCALES[place]]
    return " ".join(word for word in words if word)


def _below_thousand(value: int, *, full: bool) -> str:
    """`full`: something stands before it, so the hundreds are spoken even when there are none."""
    hundreds, rest = divmod(value, 100)
    words = [f"{DIGITS[hundreds]} trăm"] if hundreds or full else []
    if rest >= 10 or (rest and not words):
        words.append(_below_hundred(rest))
    elif rest:
        words.append(f"linh {DIGITS[rest]}")
    return " ".join(words)


def _below_hundred(value: int) -> str:
    tens, ones = divmod(value, 10)
    if tens == 0:
        return DIGITS[ones]
    head = "mười" if tens == 1 else f"{DIGITS[tens]} mươi"
    if ones == 0:
        return head
    return f"{head} {(BEHIND_TENS if tens > 1 else BEHIND_TEN).get(ones, DIGITS[ones])}"


def digits(text: str) -> str:
    """Every digit by itself, other characters left out: "0912" -> "không chín một hai"."""
    return " ".join(DIGITS[int(character)] for character in text if character in "0123456789")


def letters(text: str) -> str:
    """Every letter by its name: "DN" -> "đê en". Tone marks are left out, other characters too."""
    return " ".join(LETTERS[character] for character in toneless(text.upper()) if character in LETTERS)


def toneless(text: str) -> str:
    """Without tone marks, the vowels' own marks kept: "KHẨN" -> "KHÂN"."""
    kept = (mark for mark in unicodedata.normalize("NFD", text) if mark not in TONES)
    return unicodedata.normalize("NFC", "".join(kept))


def roman(text: str) -> int | None:
    """The value of a Roman numeral below 90 in its proper form, or None."""
    value = 0
    for here, following in zip(text, text[1:] + " ", strict=True):
        step = ROMAN.get(here, 0)
        value += -step if ROMAN.get(following, 0) > step else step
    return value if 0 < value < 90 and _as_roman(value) == text else None


def _as_roman(value: int) -> str:
    tens = ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX")
    ones = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    return tens[value // 10] + ones[value % 10]
