"""The map is true: every folder and file that the README names is there, every package and domain is named."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _expanded(name: str) -> list[str]:
    """`a/{b,c}.py` is a/b.py and a/c.py."""
    found = re.fullmatch(r"(.*)\{(.*)\}(.*)", name)
    return [found[1] + one + found[3] for one in found[2].split(",")] if found else [name]


def test_every_path_of_the_readme_exists() -> None:
    named = re.findall(r"`((?:loa|packages|tests|bench|docs|deploy)/[^`\s]*)`", README)
    linked = re.findall(r"\]\(((?!http)[^)]+)\)", README)
    paths = [path for name in (*named, *linked) for path in _expanded(name)]
    assert len(paths) > 40
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert not missing


def test_every_domain_and_package_stands_on_the_map() -> None:
    domains = [f"loa/{folder.name}" for folder in (ROOT / "loa").iterdir() if (folder / "__init__.py").exists()]
    packages = [f"packages/{folder.name}" for folder in (ROOT / "packages").iterdir() if folder.is_dir()]
    unnamed = [name for name in (*domains, *packages) if f"`{name}`" not in README]
    assert not unnamed


def test_every_decision_carries_its_number_and_stands_alone() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert len(set(numbers)) == len(numbers)
    for page, number in zip(pages, numbers, strict=True):
        title = page.read_text(encoding="utf-8").splitlines()[0]
        assert re.match(rf"# (ADR )?0*{number}\b", title), f"{page.name}: {title}"
