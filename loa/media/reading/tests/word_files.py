"""The files of words as they are written, before a later line could hide an earlier one of the same form."""

from collections.abc import Iterator
from pathlib import Path

import yaml

_TEXT = "tag:yaml.org,2002:str"


def forms(path: Path) -> Iterator[str]:
    """Every written form of the file, as often as it stands there; what YAML takes for no text is an error."""
    with path.open(encoding="utf-8") as file:
        composed = yaml.compose(file)
        assert composed is not None, f"{path.name} is empty"
        for kind, words in _tables(composed):
            for key, _ in words.value:
                assert key.tag == _TEXT, f"{path.name}:{key.start_mark.line + 1}: {key.value} needs quotes"
                yield from key.value.split(" | ") if kind == "several" else [key.value]


def _tables(file: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    groups = {key.value: value for key, value in file.value}["groups"].value
    for group in groups:
        yield from ((key.value, value) for key, value in group.value if key.value in ("sure", "unsure", "several"))
