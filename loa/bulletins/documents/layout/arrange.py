"""Lines of any file into a document: what is read aloud, what is left out, and where that stood."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from loa.bulletins.documents.layout import head, patterns, tables, tail
from loa.bulletins.documents.layout.casing import Names
from loa.bulletins.documents.layout.columns import unfolded
from loa.bulletins.documents.layout.document import Document, Dropped, Part, Words
from loa.bulletins.documents.layout.patterns import folded, is_capitals
from loa.bulletins.documents.layout.titles import title_of
from loa.bulletins.documents.lines import MAX_CHARACTERS, Apart, Line, Read, Unreadable, Warn
from loa.bulletins.rules import tidy

APART = {Apart.RUNNING: Part.RUNNING, Apart.NOTE: Part.NOTE, Apart.HIDDEN: Part.HIDDEN}
KEPT = {Part.BODY, Part.TYPE, Part.ABOUT}
WRAPPED = 40  # letters: a line at least as long may have been broken by hand
_SPACES = re.compile(r"[ \t]+")
_BULLET = re.compile(r"^[•●▪▫◦‣∙·✓❖➢➤►]\s*(?=\w)")


def arrange(read: Read, legacy: str = "") -> Document:
    """The document. Raises Unreadable `no_text`, `too_long`."""
    lines = [_tidied(line) for line in read.lines]
    names = Names(line.text for line in lines)
    flow, tabled = tables.told(unfolded(line for line in lines if line.apart is Apart.NO), names)
    flow = [_bare(line) for line in flow]
    parts = _parts(flow)
    if not any(part is Part.BODY for part in parts):
        parts = [Part.BODY if part in (Part.TYPE, Part.ABOUT) else part for part in parts]
    paragraphs = _paragraphs(flow, parts, names)
    title, body = title_of(flow, parts, names), "\n".join(text for _, text, _ in paragraphs)
    if not body.strip():
        raise Unreadable("no_text")
    if len(body) > MAX_CHARACTERS:
        raise Unreadable("too_long")
    warnings = set(read.warnings) | _warnings(flow, parts, title) | ({Warn.TABLE} if tabled else set())
    if Warn.UNCLEAR in warnings and not tabled:
        warnings.discard(Warn.UNCLEAR)
    return Document(
        title,
        body,
        (*_dropped(flow, parts, paragraphs), *_beside(lines)),
        tuple(sorted(warnings)),
        legacy,
        _original(flow, parts, paragraphs) if legacy else None,
    )


def _tidied(line: Line) -> Line:
    """Composed letters and plain spaces; what is not seen is not read."""
    text = tidy(line.text)
    return line if text == line.text else replace(line.saying(text), original=line.original)


def _bare(line: Line) -> Line:
    text = _BULLET.sub("- ", _SPACES.sub(" ", line.text.replace("\n", " ")).strip())
    return line if text == line.text else replace(line.saying(text), original=line.original)


def _parts(lines: Sequence[Line]) -> list[Part]:
    found = head.parts(lines)
    found += [Part.BODY] * (len(lines) - len(found))
    start = next((at for at, part in enumerate(found) if part is Part.BODY), len(found))
    for at, part in tail.parts(lines, start).items():
        found[at] = part
    for at, line in enumerate(lines):
        plain = folded(line.text)
        if found[at] is Part.BODY and (patterns.RULE.match(plain) or not any(sign.isalnum() for sign in plain)):
            found[at] = Part.RULE
        elif found[at] is Part.BODY and patterns.PAGE.match(plain) and line.cell is None:
            found[at] = Part.RUNNING
    return found


def _paragraphs(lines: Sequence[Line], parts: Sequence[Part], names: Names) -> list[tuple[int, str, str]]:
    """Number of its first line, text and original of each paragraph of the body."""
    found: list[tuple[int, str, str]] = []
    last: Line | None = None
    for at, (line, part) in enumerate(zip(lines, parts, strict=True)):
        if part is not Part.BODY:
            continue
        text = _cased(line, names)
        if last is not None and found and _continues(last, line):
            start, before, written = found[-1]
            found[-1] = (start, f"{before} {text}", f"{written} {line.written.strip()}")
        else:
            found.append((at, text, line.written.strip()))
        last = line
    return found


def _cased(line: Line, names: Names) -> str:
    """A heading in capitals is read as a sentence; a short word in capitals may be meant so."""
    words = line.text.split()
    return names.sentence(line.text) if is_capitals(line.text) and len(words) > 1 else line.text


def _continues(above: Line, line: Line) -> bool:
    """A sentence that was broken in the middle, by hand or by a program."""
    text = line.text.lstrip()
    if above.cell != line.cell or not text[:1].islower() or patterns.CLOSED.search(above.text.rstrip()):
        return False
    plain = folded(text)
    if patterns.HEADING.match(plain) or patterns.BULLET.match(plain):
        return False
    return (line.soft or len(above.text) >= WRAPPED) and not is_capitals(above.text)


def _warnings(lines: Sequence[Line], parts: Sequence[Part], title: str) -> set[Warn]:
    found = set() if title else {Warn.NO_TITLE}
    for line, part in zip(lines, parts, strict=True):
        if part is Part.STAMP:
            plain = folded(line.text)
            found |= {Warn.SECRET} if patterns.SECRET.match(plain) else set()
            found |= {Warn.DRAFT} if plain == "du thao" else set()
    return found


def _dropped(
    lines: Sequence[Line], parts: Sequence[Part], paragraphs: Sequence[tuple[int, str, str]]
) -> Iterable[Dropped]:
    """Lines of one kind that stand together are one piece."""
    at = 0
    while at < len(lines):
        part, first = parts[at], at
        while at < len(lines) and parts[at] in (part, Part.RULE):
            at += 1
        texts = [line.text for line, kind in zip(lines[first:at], parts[first:at], strict=True) if kind is part]
        if part not in KEPT and part is not Part.RULE:
            before = next((text for start, text, _ in paragraphs if start >= at), "")
            yield Dropped(part, "\n".join(texts), before)
        at = max(at, first + 1)


def _beside(lines: Sequence[Line]) -> Iterable[Dropped]:
    """Headers, notes and hidden text, each once."""
    for apart, part in APART.items():
        texts = dict.fromkeys(_bare(line).text for line in lines if line.apart is apart)
        shown = [text for text in texts if any(sign.isalnum() for sign in text)]
        if shown:
            yield Dropped(part, "\n".join(shown))


def _original(lines: Sequence[Line], parts: Sequence[Part], paragraphs: Sequence[tuple[int, str, str]]) -> Words:
    """The same words as they stand in the file."""
    named = [line.written.strip() for line, part in zip(lines, parts, strict=True) if part in (Part.TYPE, Part.ABOUT)]
    return Words(" ".join(named), "\n".join(written for _, _, written in paragraphs))
