"""What moves air times is first shown as a difference and kept with its token: pages and the API reach the functions
that do it through loa/broadcasts/changes only. What goes past that is written down here, with its reason.
"""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.architecture.tree import code, named, parsed

# Package -> its functions that move real air times.
DOORS = {
    "loa.broadcasts.actions": {
        "apply_grid", "change", "change_session", "close_programme", "copy_last_week", "end", "merge_communes",
        "move_airing", "put_in_item", "remove_airing", "save_programme", "save_rundown", "set_languages", "set_season",
        "undo_session_change",
    },
    "loa.devices.actions": {
        "carry_out", "delete_group", "move", "move_to_successors", "save_group", "save_rule_group", "set_cluster_rules",
        "take_over",
    },
    "loa.people.actions": {"add_day_off", "end_day_off", "set_or_propose", "set_rules"},
    "loa.areas.actions": {"add_day_off", "end_day_off", "set_operating_rules"},
}  # fmt: skip
# Module and door -> why it may go past the difference.
PAST = {
    ("loa/devices/web/bulk.py", "carry_out"): "shows what becomes of each loudspeaker and is kept by that token",
    ("loa/devices/web/bulk.py", "move_to_successors"): "shows what becomes of each loudspeaker and keeps only that",
    ("loa/devices/web/grouping.py", "delete_group"): "only a group in which nobody is and for which nothing is meant",
    ("loa/broadcasts/web/languages.py", "set_languages"): "the same items at the same times, in other languages",
}


def aliases(tree: ast.Module) -> dict[str, str]:
    """Name in this module -> what it stands for, dotted."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            found |= {one.asname or one.name: one.name for one in node.names}
    return found


def dotted(node: ast.expr, known: dict[str, str]) -> str:
    """What an expression like `actions.move` stands for; "" for anything else."""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute) and (left := dotted(node.value, known)):
        return f"{left}.{node.attr}"
    return ""


def doors_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of every door that is spoken of."""
    known = aliases(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            package, _, name = dotted(node, known).rpartition(".")
            if any(name in names and f"{package}.".startswith(f"{top}.") for top, names in DOORS.items()):
                yield node.lineno, name


def edges() -> Iterator[Path]:
    """Pages and the API."""
    return (path for path in code() if "web" in path.parts or path.name == "api.py" or "api" in path.parts)


def test_pages_and_the_api_move_air_times_by_a_change_that_was_shown() -> None:
    past = {
        f"{named(path)}:{line} {door}"
        for path in edges()
        for line, door in doors_of(parsed(path))
        if (named(path), door) not in PAST
    }
    assert not past, f"make a Change of it (loa/broadcasts/changes/change.py): {sorted(past)}"


def test_every_reason_is_still_needed() -> None:
    used = {(named(path), door) for path in edges() for _, door in doors_of(parsed(path))}
    assert set(PAST) <= used


@pytest.mark.parametrize("package", DOORS)
def test_every_door_exists(package: str) -> None:
    names = {name for name in DOORS[package] if not _found(package, name)}
    assert not names


def _found(package: str, name: str) -> bool:
    here = import_module(package)
    folder = Path(str(here.__file__)).parent
    modules = [here, *(import_module(f"{package}.{file.stem}") for file in folder.glob("[a-z]*.py"))]
    return any(hasattr(module, name) for module in modules)


@pytest.mark.parametrize(
    "page",
    [
        "from loa.devices import actions\nactions.move(actor=None)",
        "from loa.devices.actions.moving import move as shift\nshift()",
        "from loa.broadcasts import actions\ndo = {'x': lambda: actions.set_season(actor=None)}",
        "import loa.people.actions.air as air\nair.set_rules()",
    ],
)
def test_a_page_that_goes_past_is_found(page: str) -> None:
    assert list(doors_of(ast.parse(page)))


def test_a_page_that_makes_a_change_is_none_of_these() -> None:
    page = "from loa.broadcasts.changes.kinds.devices import MoveDevice\nask(request, MoveDevice(area='vn'), back='/')"
    assert not list(doors_of(ast.parse(page)))
