"""Words of a PDF page with their places, and the straight lines drawn on it. All in points, y upwards."""

import ctypes
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import pypdfium2.raw as pdfium

SAME_LINE = 0.35  # of the height of letters
SMALL = 0.75  # of the usual height
SPACE = 0.17  # of the height of letters: no kerning is as wide
BOLD_WEIGHT = 600
MOST_SHAPES = 20_000
FLAT = 1.0  # an edge that leans less than this is straight
SHORTEST = 5.0
HUGE = 1e5


@dataclass(frozen=True, slots=True)
class Word:
    """Letters between two spaces; `y` is the line they stand on, `size` their height."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    font: str
    bold: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A straight drawn line: upright at x = `at`, from y `low` to `high`; else lying at y = `at`, from x to x."""

    upright: bool
    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class _Letter:
    text: str
    box: tuple[float, float, float]  # left, right, height
    y: float
    font: str
    bold: bool


def words(page: Any, most: int) -> list[Word]:
    """The words of a text page of pdfium, line by line from the top; of more than `most` letters the first only.

    Put together by where letters stand, not by their order in the file: programs write the letters that a font lacks
    (often the marked ones of Vietnamese) after the line, and leave no more than room for them.
    """
    return [word for line in _lines(list(_letters(page, most))) for word in _split(line)]


def _letters(page: Any, most: int) -> Iterator[_Letter]:
    """Letters and the spaces that the file itself has, each once."""
    seen: dict[int, list[_Letter]] = {}
    for index in range(min(pdfium.FPDFText_CountChars(page), most)):
        text = _text(pdfium.FPDFText_GetUnicode(page, index))
        if not text or (text == " " and pdfium.FPDFText_IsGenerated(page, index)):
            continue
        letter = _letter(page, index, text)
        if letter is not None and not _is_drawn_twice(letter, seen.setdefault(round(letter.y), [])):
            yield letter


def _text(code: int) -> str:
    """A letter, a space, "" for what is neither."""
    if code in (2, 0xFFFE):  # pdfium's own mark for a hyphen at the end of a line
        return "-"
    if 0xF000 < code <= 0xF0FF:  # Symbol and Wingdings: bullets of Word
        return "•"
    if code in (0, 0xFFFF) or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return ""
    text = chr(code)
    return text if not text.isspace() else " " if text not in "\r\n" else ""


def _lines(letters: list[_Letter]) -> list[list[_Letter]]:
    """Letters that stand on one line, from left to right; small raised or lowered ones with those beside them."""
    usual = median(letter.box[2] for letter in letters) if letters else 0.0
    lines: list[list[_Letter]] = []
    for letter in sorted(letters, key=lambda letter: -letter.y):
        if letter.box[2] > SMALL * usual:
            if lines and lines[-1][0].y - letter.y < SAME_LINE * min(lines[-1][0].box[2], letter.box[2]):
                lines[-1].append(letter)
            else:
                lines.append([letter])
    for letter in letters:
        if letter.box[2] <= SMALL * usual:
            _beside(letter, lines).append(letter)
    return [sorted(line, key=_place) for line in sorted(lines, key=lambda line: -line[0].y)]


def _beside(letter: _Letter, lines: list[list[_Letter]]) -> list[_Letter]:
    """The line that a small letter belongs to: one it touches (m³), one of its own size, else a new one."""
    for line in lines:
        rise, size = letter.y - line[0].y, line[0].box[2]
        if abs(rise) < SAME_LINE * letter.box[2]:
            return line
        if -0.3 * size < rise < 0.6 * size and any(abs(letter.box[0] - one.box[1]) < 0.3 * size for one in line):
            return line
    lines.append([])
    return lines[-1]


def _place(letter: _Letter) -> float:
    """A mark that is a letter of its own comes behind the letter it stands on."""
    left, right, _ = letter.box
    return (left + right) / 2 + 0.1 if unicodedata.combining(letter.text) else left


def _split(line: list[_Letter]) -> Iterator[Word]:
    """Words by the spaces of the file, and where there is room for one."""
    part: list[_Letter] = []
    y = line[0].y
    for letter in line:
        gap = letter.box[0] - part[-1].box[1] if part else 0.0
        if part and (letter.text == " " or gap > SPACE * letter.box[2]):
            yield _word(part, y)
            part = []
        if letter.text != " ":
            part.append(letter)
    if part:
        yield _word(part, y)


def _letter(page: Any, index: int, text: str) -> _Letter | None:
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    if not pdfium.FPDFText_GetLooseCharBox(page, index, box) or not pdfium.FPDFText_GetCharOrigin(page, index, x, y):
        return None
    if not all(abs(value) < HUGE for value in (box.left, box.right, box.top, box.bottom, y.value)):
        return None
    name, weight = _font(page, index)
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(page, index, matrix)
    size = pdfium.FPDFText_GetFontSize(page, index) * math.hypot(matrix.b, matrix.d)
    bold = weight >= BOLD_WEIGHT or "bold" in name.lower()
    height = size if 1 < size < HUGE else abs(box.top - box.bottom)
    return _Letter(text, (box.left, box.right, height), y.value, name, bold)


def _is_drawn_twice(letter: _Letter, line: list[_Letter]) -> bool:
    """Some programs draw a letter again for bold type, or its mark apart: it is one letter."""
    for other in line:
        shared = min(letter.box[1], other.box[1]) - max(letter.box[0], other.box[0])
        narrow = min(letter.box[1] - letter.box[0], other.box[1] - other.box[0])
        if other.text == letter.text and shared > 0.5 * narrow:
            return True
    line.append(letter)
    return False


def _font(page: Any, index: int) -> tuple[str, int]:
    """Its name without the tag of a subset ("ABCDEF+"), its weight."""
    buffer, flags = ctypes.create_string_buffer(100), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(page, index, buffer, 100, flags)
    name = buffer.value.decode("utf-8", "replace")
    return name.partition("+")[2] or name, pdfium.FPDFText_GetFontWeight(page, index)


def _word(letters: list[_Letter], y: float) -> Word:
    return Word(
        "".join(letter.text for letter in letters),
        min(letter.box[0] for letter in letters),
        max(letter.box[1] for letter in letters),
        y,
        max(letter.box[2] for letter in letters) or 1.0,
        letters[0].font,
        sum(letter.bold for letter in letters) * 2 > len(letters),
    )


def drawn(objects: list[Any]) -> list[Edge]:
    """The straight lines of the shapes of a page; none at all of a page that is a drawing."""
    shapes = [one for one in objects if one.type == pdfium.FPDF_PAGEOBJ_PATH]
    if len(shapes) > MOST_SHAPES:
        return []
    return [edge for shape in shapes for edge in _edges(shape)]


def _edges(shape: Any) -> Iterator[Edge]:
    matrix = shape.get_matrix()
    first: tuple[float, float] | None = None
    last: tuple[float, float] | None = None
    for index in range(min(pdfium.FPDFPath_CountSegments(shape.raw), MOST_SHAPES)):
        segment = pdfium.FPDFPath_GetPathSegment(shape.raw, index)
        x, y = ctypes.c_float(), ctypes.c_float()
        if not pdfium.FPDFPathSegment_GetPoint(segment, x, y):
            continue
        point = matrix.on_point(x.value, y.value)
        if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO:
            first = point
        elif last is not None:
            yield from _edge(last, point)
        if pdfium.FPDFPathSegment_GetClose(segment) and first is not None:
            yield from _edge(point, first)
        last = point


def _edge(one: tuple[float, float], other: tuple[float, float]) -> Iterator[Edge]:
    across, up = abs(one[0] - other[0]), abs(one[1] - other[1])
    if across < FLAT and SHORTEST < up < HUGE:
        yield Edge(True, one[0], min(one[1], other[1]), max(one[1], other[1]))
    elif up < FLAT and SHORTEST < across < HUGE:
        yield Edge(False, one[1], min(one[0], other[0]), max(one[0], other[0]))
