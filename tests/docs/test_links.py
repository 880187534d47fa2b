"""Pages that lead nowhere help nobody."""

import re

import pytest

from tests.architecture.tree import ROOT, named, ours, python

PAGES = [path for path in ours() if path.suffix == ".md"]
LINK = re.compile(r"\]\(([^)#\s]+)")
PLACE = re.compile(r"`((?:loa|packages|tests|docs|deploy|bench|\.ci)/[\w./-]+)`")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_and_named_places_exist(page) -> None:  # type: ignore[no-untyped-def]
    text = page.read_text()
    links = [target for target in LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]
    lost = [target for target in links if not (page.parent / target).exists()]
    lost += [place for place in PLACE.findall(text) if not (ROOT / place).exists()]
    assert lost == []


def test_decisions_are_numbered_once() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(numbers) == len(set(numbers))
    for page in pages:
        assert page.read_text().startswith(f"# {int(page.name[:4])}. "), page.name


def test_comments_do_not_point_at_pages_that_are_gone() -> None:
    lost = []
    for path in python():
        for target in re.findall(r"docs/[\w/-]+\.md", path.read_text()):
            lost += [] if (ROOT / target).exists() else [f"{named(path)}: {target}"]
    assert lost == []
