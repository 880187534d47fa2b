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
        "apply_grid", "cancel_merger", "change", "change_session", "close_programme", "copy_last_week", "end",
        "merge_communes", "move_airing", "plan_merger", "put_in_item", "remove_airing", "save_programme",
        "save_rundown", "set_languages", "set_season", "undo_session_change",
    },
    "loa.devices.actions": {
        "carry_out", "correct", "delete_group", "describe", "move", "mute", "save_group", "save_rule_group",
        "set_cluster_rules", "take_over", "unmute",
    },
    "loa.people.actions": {"add_day_off", "end_day_off", "set_or_propose", "set_rules"},
    "loa.people.actions.extensions": {"approve", "end", "propose"},
    "loa.areas.actions": {"add_day_off", "end_day_off", "set_languages", "set_operating_rules"},
    "loa.relays.actions": {"change_source", "choose_reception"},
}  # fmt: skip
# Module and door -> why it may go past the difference.
PAST: dict[tuple[str, str], str] = {}
# Package -> function that moves air times too, and why no difference stands before it.
URGENT = {
    "loa.devices.actions": {
        "set_hold": "the stop button: silence now is the wish, and it ends by itself",
        "release_hold": "takes the stop back: everything is again as it was planned",
        "stop_item": "ends what sounds at this moment and nothing else",
        "revoke": "the hardware may be in wrong hands: its key is dead at once",
        "retire": "the loudspeaker is gone from its pole: what is planned for it sounds nowhere already",
    },
    "loa.broadcasts.actions": {
        "withdraw": "an approval is taken back because the words are wrong: no look at the calendar may delay that",
        "approve": "an approver answers what was asked of him, held to the digest of what he has seen (queries.asked)",
        "choose": "an item from above that came approved: the page names its session and what gives way",
        "put_in_order": "the order of items inside one session, chosen while looking at it",
    },
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


@pytest.mark.parametrize(("package", "names"), [*DOORS.items(), *((name, {*own}) for name, own in URGENT.items())])
def test_every_door_exists(package: str, names: set[str]) -> None:
    assert not {name for name in names if not _found(package, name)}


def test_what_is_urgent_is_no_door() -> None:
    assert not [package for package, names in URGENT.items() if names.keys() & DOORS[package]]


def _found(package: str, name: str) -> bool:
    here = import_module(package)
    if not hasattr(here, "__path__"):
        return hasattr(here, name)
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
