"""The title of a bulletin out of kind and subject of a document: "THÔNG BÁO / Về việc tiêm chủng" is "Thông báo về việc
tiêm chủng"; the subject of a letter stands by itself."""

import re
from collections.abc import Sequence

from loa.bulletins.documents.layout.casing import Names, first_down, first_up
from loa.bulletins.documents.layout.document import Part
from loa.bulletins.documents.layout.patterns import TYPE, folded, is_capitals
from loa.bulletins.documents.lines import Line
from loa.bulletins.rules import MAX_TITLE

_ABOUT = re.compile(r"^\(?\s*(v\s*/\s*v|về việc)\s*[:.]?\s*", re.IGNORECASE)
_CLOSING = " \t:.;,*_-–—"


def title_of(lines: Sequence[Line], parts: Sequence[Part], names: Names) -> str:
    """At most MAX_TITLE letters; "" if the document names none."""
    kind = " ".join(_text(lines, parts, Part.TYPE))
    about = " ".join(_text(lines, parts, Part.ABOUT))
    kind, rest = _cut(kind)
    about = f"{rest} {about}".strip() if rest else about
    return _short(_joined(_cased(kind, names), _cased(about, names)))


def _text(lines: Sequence[Line], parts: Sequence[Part], wanted: Part) -> list[str]:
    return [line.text.strip() for line, part in zip(lines, parts, strict=True) if part is wanted]


def _cut(kind: str) -> tuple[str, str]:
    """ "THÔNG BÁO Về việc ..." is the kind and the subject; "THÔNG BÁO LỊCH TIÊM" stays whole."""
    found = TYPE.match(folded(kind))
    if found is None or not found[2] or is_capitals(kind):
        return kind, ""
    words = kind.split()
    count = found[1].count(" ") + 1
    return " ".join(words[:count]), " ".join(words[count:])


def _cased(text: str, names: Names) -> str:
    return first_up(names.sentence(text.strip(_CLOSING)))


def _joined(kind: str, about: str) -> str:
    found = _ABOUT.match(about)
    bare = about[found.end() :].rstrip(")" if about.startswith("(") else "") if found else about
    if not kind:
        return first_up(bare)
    if not about:
        return kind
    if found:
        return f"{kind} về việc {first_down(bare)}"
    if about.startswith("("):  # "(Từ ngày 24/8 đến ngày 30/8)"
        return f"{kind} ({first_down(about[1:])}"
    lower = first_down(about)
    return f"{kind} {lower}" if lower != about else f"{kind}: {about}"


def _short(title: str) -> str:
    """Cut between words: the whole of it can be put back by hand."""
    if len(title) <= MAX_TITLE:
        return title
    return title[: MAX_TITLE - 1].rsplit(" ", 1)[0] + "…"
