"""Words of a PDF page with their places, and the straight lines drawn on it. All in points, y upwards."""

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

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


def words(page: Any, most: int) -> Iterator[Word]:
    """The words of a text page of pdfium in the order of the file; of more than `most` letters the first only."""
    letters: list[_Letter] = []
    seen: dict[int, list[_Letter]] = {}
    for index in range(min(pdfium.FPDFText_CountChars(page), most)):
        text = _text(pdfium.FPDFText_GetUnicode(page, index))
        letter = _letter(page, index, text) if text else None
        if letter is not None and _is_drawn_twice(letter, seen.setdefault(round(letter.y), [])):
            continue
        if letters and (letter is None or not _goes_on(letters[-1], letter)):
            yield _word(letters)
            letters = []
        if letter is not None:
            letters.append(letter)
    if letters:
        yield _word(letters)


def _text(code: int) -> str:
    """A letter, "" for what separates words."""
    if code in (0, 0xFFFE, 0xFFFF, 2) or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return "-" if code in (2, 0xFFFE) else ""  # pdfium's own mark for a hyphen at the end of a line
    text = chr(code)
    return "" if text.isspace() else text


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


def _goes_on(before: _Letter, letter: _Letter) -> bool:
    """Whether two letters without a space between them stand side by side on one line."""
    height = max(before.box[2], letter.box[2])
    return abs(before.y - letter.y) < height * 0.6 and -height < letter.box[0] - before.box[1] < height * 0.6


def _word(letters: list[_Letter]) -> Word:
    return Word(
        "".join(letter.text for letter in letters),
        min(letter.box[0] for letter in letters),
        max(letter.box[1] for letter in letters),
        letters[0].y,
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
