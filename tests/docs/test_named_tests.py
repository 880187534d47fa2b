"""A page that says "shown by ..." names tests that exist; the page about quiet nights names one for each sentence."""

import re

import pytest

from tests.architecture.tree import ROOT, named, ours

PAGES = [path for path in ours() if path.suffix == ".md"]
TEST = re.compile(r"`([\w./-]+\.py)::(\w+)`")
QUIET = ROOT / "docs" / "how-to" / "quiet.md"


@pytest.mark.parametrize("page", [page for page in PAGES if TEST.search(page.read_text())], ids=named)
def test_the_tests_that_are_named_exist(page) -> None:  # type: ignore[no-untyped-def]
    lost = []
    for place, test in TEST.findall(page.read_text()):
        file = ROOT / place
        defined = file.is_file() and re.search(rf"^\s*def {test}\(", file.read_text(), re.MULTILINE)
        lost += [] if defined else [f"{place}::{test}"]
    assert lost == []


def _claims() -> list[str]:
    """The sentences of the layers: each line of a list there, joined with those it runs on into."""
    layers = QUIET.read_text().split("\n## The layers\n")[1].split("\n## When ")[0]
    return [" ".join(claim.split()) for claim in re.split(r"^- ", layers, flags=re.MULTILINE)[1:]]


def test_every_sentence_of_the_layers_names_a_test() -> None:
    claims = _claims()
    assert len(claims) > 30
    assert [claim[:80] for claim in claims if not TEST.search(claim)] == []
