"""Every verb that is recorded anywhere in the code has its words in Vietnamese, and no words stand there for nothing.

The verb is followed from `record(verb=...)` outwards: a literal, or a parameter of a function whose callers give it.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from loa.audit import words
from tests.architecture.tree import code, named, parsed

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(module: ast.Module) -> list[Function]:
    return [node for node in ast.walk(module) if isinstance(node, Function)]


def _calls(node: ast.AST, name: str) -> Iterator[ast.Call]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and name in (getattr(call.func, "id", ""), getattr(call.func, "attr", "")):
            yield call


def _literals(value: ast.expr) -> set[str]:
    """Strings that an expression may have: one, or those of a choice."""
    if isinstance(value, ast.IfExp):
        return _literals(value.body) | _literals(value.orelse)
    return {value.value} if isinstance(value, ast.Constant) and isinstance(value.value, str) else set()


def _argument(call: ast.Call, function: Function, name: str) -> ast.expr | None:
    """What the call gives for the parameter."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    positional = [argument.arg for argument in function.args.args]
    place = positional.index(name) if name in positional else len(call.args)
    return call.args[place] if place < len(call.args) else None


def _values(path: Path, inside: Function, value: ast.expr, unknown: list[str]) -> set[str]:
    """All strings that `value`, inside a function of the file, may have."""
    found = _literals(value)
    if not found and not isinstance(value, ast.Name):
        unknown.append(f"{named(path)}:{value.lineno}")
    if found or not isinstance(value, ast.Name):
        return found
    assigned = [
        _literals(node.value)
        for node in ast.walk(inside)
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == value.id for target in node.targets)
    ]
    return set().union(*assigned) or _from_callers(path, inside, value.id, unknown)


def _from_callers(path: Path, function: Function, parameter: str, unknown: list[str]) -> set[str]:
    """What the callers give: those of a private function stand in its file, others in its folder."""
    found: set[str] = set()
    for file in [path] if function.name.startswith("_") else [other for other in code() if other.parent == path.parent]:
        for caller in _functions(parsed(file)):
            for call in _calls(caller, function.name):
                argument = _argument(call, function, parameter)
                found |= set() if argument is None else _values(file, caller, argument, unknown)
    return found


@cache
def recorded() -> tuple[frozenset[str], tuple[str, ...]]:
    """Every verb, and the places where it could not be followed."""
    verbs: set[str] = set()
    unknown: list[str] = []
    for path in code():
        if named(path).startswith("loa/") and "record(" in path.read_text():
            for function in _functions(parsed(path)):
                for call in _calls(function, "record"):
                    verb = next((keyword.value for keyword in call.keywords if keyword.arg == "verb"), None)
                    verbs |= set() if verb is None else _values(path, function, verb, unknown)
    return frozenset(verbs), tuple(unknown)


def test_every_verb_can_be_followed() -> None:
    verbs, unknown = recorded()
    assert unknown == ()
    assert {"bulletin.approved", "schedule.withdrawn", "role.taken_back", "devices.held", "device.placed"} <= verbs


def test_every_verb_has_its_words() -> None:
    assert sorted(recorded()[0] - words.VERBS.keys()) == []


def test_no_words_are_left_of_verbs_that_nobody_records() -> None:
    assert sorted(words.VERBS.keys() - recorded()[0]) == []


def test_every_kind_of_thing_has_its_word_and_its_group() -> None:
    kinds = {
        call_kind
        for path in code()
        if named(path).startswith("loa/") and "record(" in path.read_text()
        for call in _calls(parsed(path), "record")
        for keyword in call.keywords
        if keyword.arg == "object" and isinstance(keyword.value, ast.Tuple)
        for call_kind in _literals(keyword.value.elts[0])
    }
    assert sorted(kinds - words.KINDS.keys()) == []
    grouped = [kind for _, group in words.GROUPS.values() for kind in group]
    assert sorted(grouped) == sorted(words.KINDS)
