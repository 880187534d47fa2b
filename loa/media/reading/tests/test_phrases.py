"""Short forms between neighbours that tell their readings apart."""

import re
from pathlib import Path

import yaml

from loa.media.reading.read import read

PHRASES: dict[str, str] = yaml.safe_load(Path(__file__).with_name("phrases.yaml").read_text(encoding="utf-8"))
GOAL = 0.98


def test_nearly_every_phrase_is_read_as_its_neighbours_ask() -> None:
    wrong = {written: read(written).spoken for written, said in PHRASES.items() if _folded(written) != _bare(said)}
    exact = 1 - len(wrong) / len(PHRASES)
    assert exact >= GOAL, f"{exact:.1%} right; not so: {wrong}"


def test_few_of_them_are_asked_about() -> None:
    asked = [written for written in PHRASES if read(written).unsure]
    assert len(asked) < len(PHRASES) * 0.1, asked


def _folded(written: str) -> str:
    return _bare(read(written).spoken)


def _bare(said: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", said.lower()).split())
