"""`python -m loa.media.quality.tests.confusion` judges the whole corpus and writes the table of docs/quality.md."""

import os
import tempfile
from collections import Counter
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")

from loa.media.quality.tests import corpus

PAGE = Path(__file__).parents[4] / "docs" / "quality.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
Cell = tuple[str, str]


def counted() -> tuple[Counter[Cell], Counter[Cell], Counter[Cell], Counter[Cell]]:
    """By fault and strength: cases, found (warned or failed), told (noted at least), with something else found."""
    cases: Counter[Cell] = Counter()
    found, told, others = Counter(cases), Counter(cases), Counter(cases)
    with tempfile.TemporaryDirectory() as folder:
        for case in corpus.clean() + corpus.faulty():
            findings = corpus.judged(case, Path(folder)).findings
            cell = (case.code, case.strength)
            loud = {finding.code for finding in findings if finding.level != "note"}
            cases[cell] += 1
            found[cell] += case.code in loud
            told[cell] += any(finding.code == case.code for finding in findings)
            others[cell] += bool(loud - {case.code})
    return cases, found, told, others


def table() -> str:
    """Markdown."""
    cases, found, told, others = counted()
    lines = ["| fault | mild: told | medium: found | strong: found | something else found |", "|---|---|---|---|---|"]
    for code in sorted({code for code, _ in cases if code}):
        cells = [(code, strength) for strength in corpus.STRENGTHS]
        shown = [f"{count[cell]} of {cases[cell]}" for count, cell in zip((told, found, found), cells, strict=True)]
        lines.append(f"| `{code}` | {' | '.join(shown)} | {sum(others[cell] for cell in cells)} |")
    clean = ("", "clean")
    lines.append(f"| none ({cases[clean]} clean sounds) | | | | {others[clean]} |")
    return "\n".join(lines)


def main() -> None:
    """Write it."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
