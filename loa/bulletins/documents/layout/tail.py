"""The bottom of a document: who gets it, who signed it. It may stand before an annex."""

from collections.abc import Sequence

from loa.bulletins.documents.layout import patterns
from loa.bulletins.documents.layout.document import Part
from loa.bulletins.documents.layout.patterns import folded, is_capitals, is_name
from loa.bulletins.documents.lines import Cell, Line

LONG = 110
NEAR_END = 8  # lines


def parts(lines: Sequence[Line], start: int) -> dict[int, Part]:
    """Number of the line -> what it is, for the lines from `start` on that are signatures and recipients."""
    found: dict[int, Part] = {}
    at = start
    while at < len(lines):
        part = _begins(lines, at)
        if part is None:
            at += 1
            continue
        block = _block(lines, at, part)
        if block:
            found |= block
        at += max(1, len(block))
    return found


def _begins(lines: Sequence[Line], at: int) -> Part | None:
    line = lines[at]
    plain = folded(line.text)
    if _is_list_of_recipients(lines, at):
        return Part.RECIPIENTS
    if patterns.AUTHORITY.match(plain) and is_capitals(line.text) and len(plain) <= LONG:
        return Part.SIGNATURE
    closing = len(lines) - at <= NEAR_END or _ends_here(lines, at)
    if not closing or len(plain) > LONG:
        return None
    sure = is_capitals(line.text) and not patterns.COMMON_RANK.match(plain)
    if patterns.RANK.match(plain) and (sure or _is_signed(lines, at)):
        return Part.SIGNATURE
    if patterns.SIGNED.match(plain):
        return Part.SIGNATURE
    if patterns.DATE.match(plain) and at + 1 < len(lines) and _is_signing(lines[at + 1]):
        return Part.DATE
    return None


def _is_list_of_recipients(lines: Sequence[Line], at: int) -> bool:
    """Nơi nhận as the decree has it; "Nơi nhận: Nhà văn hóa thôn 2" says where people get something."""
    found = patterns.RECIPIENTS.match(folded(lines[at].text))
    if found is None or len(lines[at].text) > 2 * LONG:
        return False
    below = folded(lines[at + 1].text) if at + 1 < len(lines) else ""
    mark, rest = found.groups()
    return bool((mark and not rest) or patterns.RECIPIENT.match(rest) or patterns.RECIPIENT.match(below))


def _ends_here(lines: Sequence[Line], at: int) -> bool:
    """An annex or a table follows within few lines."""
    ahead = lines[at + 1 : at + NEAR_END]
    return any(patterns.APPENDIX.match(folded(line.text)) and is_capitals(line.text) for line in ahead)


def _is_signed(lines: Sequence[Line], at: int) -> bool:
    ahead = lines[at + 1 : at + 3]
    return any(is_name(line.text.strip()) or patterns.SIGNED.match(folded(line.text)) for line in ahead)


def _block(lines: Sequence[Line], at: int, part: Part) -> dict[int, Part]:
    """All lines that belong to it; none if text goes on below, which only lists of recipients may have."""
    found = {at: part}
    listing = part is Part.RECIPIENTS
    place = lines[at].cell
    for index in range(at + 1, len(lines)):
        line = lines[index]
        if line.cell is not None and place is not None and _beside(line, place):
            listing = line.cell == place if part is Part.RECIPIENTS else False
            found[index] = _in_table(line, listing)
        elif _is_signing(line) or patterns.DATE.match(folded(line.text)):
            listing = False
            found[index] = Part.SIGNATURE
        elif listing and _is_recipient(line):
            found[index] = Part.RECIPIENTS
        elif patterns.RECIPIENTS.match(folded(line.text)):
            listing = True
            found[index] = Part.RECIPIENTS
        else:
            break
    return found


def _beside(line: Line, place: Cell) -> bool:
    """In the same table as the beginning of the foot, and no text that goes on in a column."""
    return line.cell is not None and line.cell.table == place.table >= 0 and len(line.text) <= LONG


def _in_table(line: Line, listing: bool) -> Part:
    if listing or patterns.RECIPIENTS.match(folded(line.text)) or patterns.RECIPIENT.match(folded(line.text)):
        return Part.RECIPIENTS
    return Part.SIGNATURE


def _is_recipient(line: Line) -> bool:
    plain = folded(line.text)
    return len(plain) <= LONG and (bool(patterns.RECIPIENT.match(plain)) or plain.endswith((";", "./.")))


def _is_signing(line: Line) -> bool:
    text, plain = line.text.strip(), folded(line.text)
    if len(plain) > LONG or patterns.APPENDIX.match(plain):
        return False
    if patterns.AUTHORITY.match(plain) and is_capitals(text):
        return True
    if patterns.RANK.match(plain) or patterns.SIGNED.match(plain) or patterns.RULE.match(plain) or is_name(text):
        return True
    return is_capitals(text) and bool(patterns.ORGANISATION.match(plain))
