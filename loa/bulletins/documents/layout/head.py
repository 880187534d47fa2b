"""The top of a document: who writes, number, place and day, what kind it is and what about."""

import re
from collections.abc import Sequence

from loa.bulletins.documents.layout import patterns
from loa.bulletins.documents.layout.document import Part
from loa.bulletins.documents.layout.patterns import folded, is_capitals
from loa.bulletins.documents.lines import Line

REACH = 40  # lines
BELOW_TYPE = 4  # lines: some write number and day below the kind
LONG = 200  # letters: text that is this long is no part of a head
MOST_ABOUT = 4  # lines of a title
SENTENCE = 90
FEWEST_WORDS = 5  # of a sentence


def strong(line: Line) -> Part | None:
    """What a line certainly is, wherever it stands at the top."""
    plain = folded(line.text)
    if patterns.RULE.match(plain):
        return Part.RULE
    if patterns.MOTTO.match(plain):
        return Part.MOTTO
    if patterns.is_number(line.text):
        return Part.NUMBER
    if patterns.DATE.match(plain):
        return Part.DATE
    return Part.STAMP if patterns.STAMP.match(plain) and is_capitals(line.text) else None


def is_type(line: Line) -> bool:
    """THÔNG BÁO, KẾ HOẠCH Tổ chức ..., LỊCH TIÊM CHỦNG."""
    found = patterns.TYPE.match(folded(line.text))
    if found is None or len(line.text) > LONG:
        return False
    first = line.text.split("\t")[0].strip()
    opening = " ".join(first.split()[: found[1].count(" ") + 1])
    if not is_capitals(opening):
        return not found[2] and (line.bold or line.centred or line.heading)
    return is_capitals(line.text) or not found[2] or bool(patterns.ABOUT.match(found[2])) or line.bold or line.centred


def parts(lines: Sequence[Line]) -> list[Part]:
    """What each line of the top is; the list ends where the body begins."""
    known = [strong(line) for line in lines[:REACH]]
    last = _last(lines, known)
    found: list[Part] = []
    at = 0
    while at < len(lines) and at < REACH:
        sure = known[at] if at <= last or known[at] is not Part.DATE else None
        part = sure or _part(lines, at, found, at <= last)
        if part is None:
            break
        found.append(part)
        at += 1
    return found


def _last(lines: Sequence[Line], known: Sequence[Part | None]) -> int:
    """The last line that is certainly part of the head."""
    last, end = -1, len(known)
    for at, part in enumerate(known):
        if at >= end or (part is None and _is_text(lines[at])):
            break
        certain = last >= 0 or at == 0  # a day alone may be one that is announced, or stand above a signature
        if part in (Part.MOTTO, Part.NUMBER, Part.STAMP) or (part is Part.DATE and certain):
            last = at
        elif part is None and is_type(lines[at]):
            end = min(end, at + BELOW_TYPE)
    return last


def _is_text(line: Line) -> bool:
    text = line.text.strip()
    if patterns.ABOUT.match(folded(text)) and len(text) <= LONG:
        return False
    if line.centred or is_capitals(text):
        return False
    return len(text) > SENTENCE or (text.endswith((".", ";")) and len(text.split()) >= FEWEST_WORDS)


def _part(lines: Sequence[Line], at: int, found: list[Part], inside: bool) -> Part | None:
    """What a line is by what stands around it."""
    line = lines[at]
    plain = folded(line.text)
    named = Part.TYPE in found or Part.ABOUT in found
    if plain in ("nam", "viet nam") and found[-1:] == [Part.MOTTO]:  # a motto that found no room on one line
        return Part.MOTTO
    if not named and is_type(line):
        return Part.TYPE
    if patterns.ADDRESS.match(plain) or (found and found[-1] is Part.ADDRESS and _is_addressee(line)):
        return None if patterns.TO_THE_PEOPLE.search(plain) and found[-1:] != [Part.ADDRESS] else Part.ADDRESS
    if _is_about(line, lines, at, found):
        return Part.ABOUT
    if inside and len(line.text) <= LONG:
        return Part.ISSUER
    if _is_authority(line, found):
        return Part.ISSUER
    return Part.ABOUT if not named and Part.ISSUER not in found[-1:] and _is_title(line, lines, at, found) else None


def _is_addressee(line: Line) -> bool:
    plain = folded(line.text)
    return len(plain) <= 150 and bool(patterns.BULLET.match(plain))


def _is_about(line: Line, lines: Sequence[Line], at: int, found: list[Part]) -> bool:
    plain = folded(line.text)
    if len(plain) > LONG * 2 or found.count(Part.ABOUT) >= MOST_ABOUT:
        return False
    before = [part for part in found if part is not Part.RULE][-1:]
    if patterns.ABOUT.match(plain) and Part.ABOUT not in found:
        return bool(re.match(r"\(?\s*v\s*/\s*v", plain)) or before == [Part.TYPE] or line.centred
    if found[-1:] == [Part.ABOUT]:
        return _same_column(lines[at - 1], line) and _goes_on(lines[at - 1], line)
    if found[-1:] == [Part.TYPE]:
        return _is_subtitle(line)
    return False


def _goes_on(above: Line, line: Line) -> bool:
    """The second line of a title that is broken by hand."""
    text = line.text.strip()
    if patterns.CLOSED.search(above.text) or len(text) > LONG or patterns.HEADING.match(folded(text)):
        return False
    same_look = above.centred == line.centred and above.bold == line.bold
    return line.soft or text[:1].islower() or (same_look and (line.centred or (line.bold and is_capitals(text))))


def _same_column(above: Line, line: Line) -> bool:
    return above.cell == line.cell or (above.cell is not None and line.cell is not None and line.soft)


def _is_subtitle(line: Line) -> bool:
    plain = folded(line.text)
    if patterns.ADDRESS.match(plain) or patterns.HEADING.match(plain) or patterns.BULLET.match(plain):
        return False
    if patterns.CLOSED.search(line.text.rstrip()) or _is_person_in_charge(line):
        return False
    return (line.centred or line.bold or is_capitals(line.text)) and len(plain) <= LONG


def _is_person_in_charge(line: Line) -> bool:
    """CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ stands above the reasons of a decision."""
    plain = folded(line.text)
    return is_capitals(line.text) and bool(
        re.match(r"^(chu tich |hoi dong nhan dan|uy ban nhan dan|ubnd |ban chap hanh|giam doc)", plain)
    )


def _is_authority(line: Line, found: list[Part]) -> bool:
    return Part.TYPE in found and _is_person_in_charge(line) and len(line.text) <= 120


def _is_title(line: Line, lines: Sequence[Line], at: int, found: list[Part]) -> bool:
    """A title without any of the usual words: set off, no sentence, and something follows."""
    text, plain = line.text.strip(), folded(line.text)
    if len(text) > LONG or patterns.CLOSED.search(text) or at + 1 >= len(lines) or line.cell is not None:
        return False
    if patterns.HEADING.match(plain) or patterns.BULLET.match(plain) or found.count(Part.ABOUT):
        return False
    set_off = line.heading or line.centred or line.bold or (is_capitals(text) and len(text.split()) > 1)
    return set_off and len(plain.split()) <= 40
