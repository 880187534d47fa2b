"""Writes docs/lexicon.md from words/*.yaml: `python -m loa.media.reading.document`."""

from collections.abc import Sequence
from pathlib import Path

from loa.media.reading.lexicon import Entry, national

PAGE = Path(__file__).resolve().parents[3] / "docs" / "lexicon.md"
USAGE = "usage"
HEAD = """# The national word list

{count} abbreviations and foreign words of public notices, {open} of them with several meanings. Made of
`loa/media/reading/words/*.yaml` by `make docs`: change those files, not this page. How numbers, dates and the rest are
said stands in [reading.md](reading.md). A province and a commune lay their own words over this list.

"certain" is read without a question. "asked" is read so, and marked for listening. Where a form has several meanings,
its neighbours decide; where they do not, the first is taken and marked. Why foreign words and brands are said as they
are stands in [reading.md](reading.md) too.

What a source means: the law or decree of the subject, which uses the full words. Its number and name were checked, not
every word in it. Only the appendices of Decree 30/2020/NĐ-CP lay down short forms too (kinds of documents, signatures);
all others are made by those who write notices.
"usage": no law is named, only the notices of communes.
"""


def page() -> str:
    """The whole page."""
    entries = list(national().entries.values())
    parts = [HEAD.format(count=len(entries), open=sum(bool(entry.senses) for entry in entries))]
    plain = [entry for entry in entries if not entry.senses]
    for source in sorted(dict.fromkeys(entry.source for entry in plain), key=lambda source: source == USAGE):
        rows = [_row(entry) for entry in plain if entry.source == source]
        parts.append(_table(source, ("written", "read as", ""), rows))
    several = [(entry.written, _senses(entry), entry.source) for entry in entries if entry.senses]
    parts.append(_table("Several meanings", ("written", "read as", "source of the first"), several))
    documents = sorted(national().documents.items())
    parts.append(_table("Parts of the numbers of documents", ("written", "read as"), documents))
    parts.append(_table("Roads", ("written", "read as"), list(national().roads.items())))
    return "\n".join(parts)


def _row(entry: Entry) -> tuple[str, ...]:
    return entry.written, entry.spoken, "certain" if entry.sure else "asked"


def _senses(entry: Entry) -> str:
    return "; ".join(dict.fromkeys((entry.spoken, *(sense.spoken for sense in entry.senses))))


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"## {title}", "", _line(heads), "|---" * len(heads) + "|", *map(_line, rows)]
    return "\n".join(lines) + "\n"


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def write(path: Path = PAGE) -> Path:
    """(Re)write the page."""
    path.write_text(page(), encoding="utf-8")
    return path


if __name__ == "__main__":
    write()
