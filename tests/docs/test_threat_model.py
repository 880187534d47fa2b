"""The page of threats: every row of its table says what stops it and which test shows that."""

import re

from tests.architecture.tree import ROOT

PAGE = ROOT / "docs" / "threat-model.md"
TEST = re.compile(r"`[\w./-]+\.py::\w+`")
ASKED_FOR = (
    "engine taken over", "web server taken over", "gateway taken over", "signer host", "stolen device",
    "insider author", "insider approver", "recorded and replayed", "jammed link", "time attack", "feed key stolen",
    "database restored", "browser of a confirmer", "sms channel abused",
)  # fmt: skip


def _rows() -> list[list[str]]:
    """The cells of each threat."""
    table = PAGE.read_text().split("\n## The table\n")[1].split("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_threat_names_what_stops_it_and_the_test_that_shows_it() -> None:
    rows = _rows()
    assert len(rows) > 25
    assert [row[0] for row in rows if len(row) != 4 or not row[2] or not TEST.search(row[3])] == []
    assert [row[0] for row in rows if set(row[1].split()) - set("STRIDE")] == []


def test_no_threat_that_was_asked_for_is_missing() -> None:
    told = " ".join(row[0] for row in _rows()).lower().replace("*", "")
    assert [threat for threat in ASKED_FOR if threat not in told] == []


def test_what_remains_open_is_said() -> None:
    open_points = PAGE.read_text().split("\n## What remains open\n")[1]
    assert open_points.count("\n- ") + 1 > 8
