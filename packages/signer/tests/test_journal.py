"""The signer's record survives power losses and shows every change."""

from pathlib import Path

import pytest
from devicelink.golden import world
from signer.journal import BrokenJournal, Journal, Line, verify


def line(number: int) -> Line:
    return Line(at=world.NOW, typ="plan", peer="uid=0 pid=1", of=f"plan/plan_set/{number}", revision=number, digest="d")


def written(folder: Path) -> Path:
    journal = Journal(folder)
    journal.add([line(1), line(2)], world.NOW)
    journal.add([], world.NOW)
    journal.add([line(3)], world.NOW)
    return next(folder.glob("*.jsonl"))


def test_lines_are_chained_across_restarts_and_months(tmp_path: Path) -> None:
    written(tmp_path)
    Journal(tmp_path).add([line(4)], world.NOW + 40 * world.DAY)
    assert len(list(tmp_path.glob("*.jsonl"))) == 2
    assert verify(tmp_path) == 4


def test_a_changed_or_missing_line_shows(tmp_path: Path) -> None:
    file = written(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b'"revision":2', b'"revision":9'))
    with pytest.raises(BrokenJournal, match="line 3"):
        verify(tmp_path)
    first, _, third, _ = whole.split(b"\n")
    file.write_bytes(b"\n".join([first, third, b""]))
    with pytest.raises(BrokenJournal, match="line 2"):
        verify(tmp_path)


def test_a_line_torn_by_a_power_loss_is_passed_over(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_bytes(file.read_bytes()[:-20])
    Journal(tmp_path).add([line(5)], world.NOW)
    assert verify(tmp_path) == 3


def test_bytes_that_are_no_text_break_the_chain_and_not_the_signer(tmp_path: Path) -> None:
    file = written(tmp_path)
    first, second, rest = file.read_bytes().split(b"\n", 2)
    file.write_bytes(b"\n".join([first, second.replace(b"uid=0", b"uid=\xff"), rest]))
    Journal(tmp_path).add([line(6)], world.NOW)
    with pytest.raises(BrokenJournal, match="line 3"):
        verify(tmp_path)
