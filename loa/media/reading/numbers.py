"""Vietnamese words for numbers, digits, letters and Roman numerals, as they are read aloud on the radio."""

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
SCALES = ("", "nghìn", "triệu", "tỷ")
WEEKDAYS = {"2": "hai", "3": "ba", "4": "tư", "5": "năm", "6": "sáu", "7": "bảy"}
LETTERS = {
    "A": "a",
    "B": "bê",
    "C": "xê",
    "D": "đê",
    "Đ": "đê",
    "E": "e",
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
    "P": "pê",
    "Q": "quy",
    "R": "e rờ",
    "S": "ét",
    "T": "tê",
    "U": "u",
    "V": "vê",
    "W": "vê kép",
    "X": "ích",
    "Y": "i dài",
    "Z": "dét",
}
ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
LARGEST = 10**12 - 1


def number(value: int) -> str:
    """Words for 0 <= value < 10^12: 2026 -> "hai nghìn không trăm hai mươi sáu"."""
    if not 0 <= value <= LARGEST:
        raise ValueError(value)
    if value == 0:
        return DIGITS[0]
    groups = []
    while value:
        value, rest = divmod(value, 1000)
        groups.append(rest)
    words = []
    for place in range(len(groups) - 1, -1, -1):
        if groups[place]:
            words.append(_below_thousand(groups[place], full=place < len(groups) - 1))
            words.append(SCALES[place])
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
    if ones == 5:
        return f"{head} lăm"
    return f"{head} {'mốt' if ones == 1 and tens > 1 else DIGITS[ones]}"


def digits(text: str) -> str:
    """Every digit by itself, other characters left out: "0912" -> "không chín một hai"."""
    return " ".join(DIGITS[int(character)] for character in text if character in "0123456789")


def letters(text: str) -> str:
    """Every letter by its name: "DN" -> "đê en"."""
    return " ".join(LETTERS[character] for character in text.upper() if character in LETTERS)


def roman(text: str) -> int | None:
    """The value of a Roman numeral below 40 in its proper form, or None."""
    value = 0
    for here, following in zip(text, text[1:] + " ", strict=True):
        step = ROMAN[here]
        value += -step if following in ROMAN and ROMAN[following] > step else step
    return value if 0 < value < 40 and _as_roman(value) == text else None


def _as_roman(value: int) -> str:
    ones = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    return "X" * (value // 10) + ones[value % 10]
