"""Numbers that a word processor shows in front of paragraphs but does not keep in their text."""

from collections.abc import Callable, Mapping

BULLET = "-"
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"))
_ROMAN_SMALL = ((9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
LARGEST = 5_000


def decimal(number: int) -> str:
    """3."""
    return str(number)


def letter(number: int) -> str:
    """1 is a, 27 is aa, as Word counts."""
    return chr(ord("a") + (number - 1) % 26) * min(1 + (number - 1) // 26, 20)


def roman(number: int) -> str:
    """4 is IV."""
    text = ""
    for value, sign in _ROMAN + _ROMAN_SMALL:
        text += sign * (number // value)
        number %= value
    return text


FORMS: Mapping[str, Callable[[int], str]] = {
    "decimal": decimal,
    "1": decimal,
    "lowerLetter": letter,
    "a": letter,
    "upperLetter": lambda number: letter(number).upper(),
    "A": lambda number: letter(number).upper(),
    "lowerRoman": lambda number: roman(number).lower(),
    "i": lambda number: roman(number).lower(),
    "upperRoman": roman,
    "I": roman,
    "decimalZero": lambda number: f"{number:02}",
}


def shown(form: str, number: int) -> str:
    """The number in one of the forms of Word ("lowerLetter") or OpenDocument ("a"); "" for forms without a number."""
    spell = FORMS.get(form)
    return spell(number) if spell is not None and 0 < number <= LARGEST else ""


class Counters:
    """How far each list has come. A number of one level starts the deeper ones anew."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, int], int] = {}

    def next(self, of: str, level: int, start: int) -> int:
        """The number of the next paragraph of this level."""
        self.forget(of, level + 1)
        self._at[of, level] = self._at.get((of, level), start - 1) + 1
        return self._at[of, level]

    def now(self, of: str, level: int, start: int) -> int:
        """The number that a level stands at."""
        return self._at.get((of, level), start)

    def forget(self, of: str, level: int = 0) -> None:
        """This level and the deeper ones start anew."""
        for key in [key for key in self._at if key[0] == of and key[1] >= level]:
            del self._at[key]
