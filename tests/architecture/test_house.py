"""The rules of the house that a program can check."""

import ast
import re

import pytest

from tests.architecture.tree import ROOT, VENDORED, code, named, ours, parsed, python, tracked

MOST_LINES = 400
# Folders that took the place of a file of the same name: their __init__ says which names they offer.
FACADES = {"models", "rules", "queries", "access", "actions", "tasks", "messages"}
# Written in pieces, so that this file does not find itself. Three X are a Roman numeral here, not a reminder.
LEFT_OPEN = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "Not" + "ImplementedError")))
MACHINE = re.compile("/" + r"work/(main|steering|shared|brief|\.library)|" + "/" + r"root/\.|/" + "home/[a-z]+/")
REGISTRY = re.compile(r"https?://(?:[\w.-]*\.)?(" + "py" + r"pi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian)")
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".html", ".css", ".js", ".txt", ".sh", ".service", ".conf", ""}
UNWANTED = re.compile(r"(^|/)(uv\.lock|\.env|.*\.sqlite3|.*\.pem|.*\.key|.*\.nk)$")


def _only_names(module: ast.Module) -> bool:
    """Imports, __all__ and a docstring: a list of what the folder offers."""
    for node in module.body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_list = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
        if not (is_docstring or is_list or isinstance(node, ast.ImportFrom | ast.Import)):
            return False
    return True


def test_init_files_are_empty() -> None:
    full = []
    for path in python():
        if path.name == "__init__.py" and path.read_text().strip():
            allowed = path.parent.name in FACADES and _only_names(parsed(path))
            full += [] if allowed else [named(path)]
    assert full == []


def test_only_the_demonstration_listens_by_script() -> None:
    """Code that says of somebody that they have heard a sound which nobody played: the demonstration's alone."""
    calls = {named(path) for path in code() if re.search(r"scripted\s*=\s*True", path.read_text())}
    assert calls == {"loa/demo/week.py"}


def test_no_file_grows_too_long() -> None:
    lines = {named(path): len(path.read_text().splitlines()) for path in python()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_no_file_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert [named(path) for path in python() if drawers & {path.stem, path.parent.name}] == []


def test_nothing_is_left_open_in_the_code() -> None:
    suffixes = {".py", ".js", ".html", ".css"}
    found = [
        f"{named(path)}: {match.group()}"
        for path in ours()
        if path.suffix in suffixes and (match := LEFT_OPEN.search(path.read_text()))
    ]
    assert found == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    marks = re.compile(r"pytest\.mark\.(" + "skip|x" + r"fail)|pytest\.(" + "skip|x" + r"fail|importorskip)\(")
    assert [named(path) for path in python() if marks.search(path.read_text())] == []


@pytest.mark.parametrize(
    ("what", "pattern"), [("machine", MACHINE), ("registry", REGISTRY)], ids=["machine", "registry"]
)
def test_no_file_names_a_machine_or_a_registry(what: str, pattern: re.Pattern[str]) -> None:
    found = []
    for path in ours():
        if path.suffix in TEXT:
            match = pattern.search(path.read_text(errors="replace"))
            found += [f"{named(path)}: {match.group()}"] if match else []
    assert found == []


def test_no_secret_and_no_lock_file_is_tracked() -> None:
    assert [named(path) for path in tracked() if UNWANTED.search(named(path))] == []


def test_what_is_brought_in_has_its_licence_beside_it() -> None:
    folders = {path.parent for path in tracked() if any(part in f"/{named(path)}" for part in VENDORED)}
    without = [
        named(folder)
        for folder in folders
        if not any(re.search("licen[cs]e|OFL|README", file.name, re.IGNORECASE) for file in _up(folder))
    ]
    assert without == []


def _up(folder):  # type: ignore[no-untyped-def]
    """Files of the folder and of those above it, up to the one that is called vendor or fonts."""
    while folder != ROOT:
        yield from folder.iterdir()
        if folder.name in ("vendor", "fonts"):
            return
        folder = folder.parent


def _undocumented(module: ast.Module) -> list[str]:
    """Public functions and classes of a module without a docstring; methods are told by their class."""
    missing = []
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            missing += [] if ast.get_docstring(node) else [node.name]
    return missing


def _is_told_by_its_place(name: str) -> bool:
    """Apps, management commands and URL files have a form that Django prescribes."""
    return name.endswith(("/apps.py", "urls.py")) or "/management/" in name


def test_what_is_public_says_what_it_is() -> None:
    missing = {named(path): names for path in code() if (names := _undocumented(parsed(path)))}
    assert {name: names for name, names in missing.items() if not _is_told_by_its_place(name)} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [named(path) for path in code() if path.name != "__init__.py" and not ast.get_docstring(parsed(path))]
    assert [name for name in silent if not _is_told_by_its_place(name)] == []


def test_functions_are_small() -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in code()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[len(lengths) // 2] <= 9
