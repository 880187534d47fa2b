"""Finds every message of the installed packages that a person can meet on our pages.

The packages' own catalogues are used where they are complete and natural; ours (locale/vi) holds the rest. What counts
as reachable is named here, folder by folder, so that a new version of a package cannot bring English onto a page.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from django.utils.translation.template import templatize

# Package, path inside it (a file, or a folder with everything below).
REACHABLE = (
    ("django", "core/validators.py"),
    ("django", "core/paginator.py"),
    ("django", "contrib/auth/forms.py"),
    ("django", "contrib/auth/models.py"),
    ("django", "contrib/auth/password_validation.py"),
    ("django", "contrib/auth/validators.py"),
    ("django", "contrib/humanize/templatetags"),
    ("django", "contrib/postgres/forms"),
    ("django", "contrib/postgres/validators.py"),
    ("django", "db/models/base.py"),
    ("django", "db/models/constraints.py"),
    ("django", "db/models/fields/__init__.py"),
    ("django", "forms/fields.py"),
    ("django", "forms/formsets.py"),
    ("django", "forms/models.py"),
    ("django", "forms/widgets.py"),
    ("django", "template/defaultfilters.py"),
    ("django", "utils/dateformat.py"),
    ("django", "utils/dates.py"),
    ("django", "utils/text.py"),
    ("django", "utils/timesince.py"),
    ("allauth", "account"),
    ("allauth", "core"),
    ("allauth", "decorators.py"),
    ("allauth", "mfa"),
    ("allauth", "templates/account"),
    ("allauth", "templates/allauth"),
    ("allauth", "templates/mfa"),
    ("allauth", "templates/usersessions"),
    ("allauth", "usersessions"),
    ("axes", "conf.py"),
    ("axes", "helpers.py"),
)
# Never on a page: other people's administration site, tests, migrations, command line, signals of operators.
LEFT_OUT = re.compile(r"/(admin|tests|migrations|management|checks|apps|locale)(\.py|/)")
CALLS = {
    "_": (0,),
    "gettext": (0,),
    "gettext_lazy": (0,),
    "gettext_noop": (0,),
    "ngettext": (0, 1),
    "ngettext_lazy": (0, 1),
    "_n": (0, 1),
    "pgettext": (0, 1),
    "pgettext_lazy": (0, 1),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
CALL = re.compile(r"(?<![\w.])(_|u?n?p?gettext(?:_lazy|_noop)?|_n)\(")


@dataclass(frozen=True, slots=True)
class Message:
    """One translatable message; `where` is a file that uses it."""

    msgid: str
    plural: str = ""
    context: str = ""
    where: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What a catalogue is asked for."""
        return self.context, self.msgid


def reachable() -> dict[tuple[str, str], Message]:
    """All of them, by context and msgid."""
    found: dict[tuple[str, str], Message] = {}
    for package, inside in REACHABLE:
        root = folder_of(package)
        for file in _files(root / inside):
            where = f"{package}/{file.relative_to(root).as_posix()}"
            for message in messages_of(file, where):
                found.setdefault(message.key, message)
    return found


def folder_of(package: str) -> Path:
    """Where an installed package lies. ModuleNotFoundError."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed")
    return Path(spec.origin).parent


def _files(path: Path) -> Iterator[Path]:
    candidates = [path] if path.is_file() else sorted(path.rglob("*"))
    for file in candidates:
        if file.suffix in {".py", ".html", ".txt"} and not LEFT_OUT.search(file.as_posix()):
            yield file


def messages_of(file: Path, where: str) -> Iterator[Message]:
    """The messages of one Python file or template."""
    text = file.read_text()
    if file.suffix == ".py":
        yield from _in_python(text, where)
    elif "{%" in text:
        yield from _in_template(text, where)


def _in_python(text: str, where: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield from _in_call(node, where)


def _in_call(node: ast.Call, where: str) -> Iterator[Message]:
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    if name not in CALLS:
        return
    words = [_words(argument) for argument in node.args[: len(CALLS[name])]]
    if len(words) < len(CALLS[name]) or None in words:
        return
    yield _message(name, [word or "" for word in words], where)


def _words(node: ast.expr) -> str | None:
    """The text of a literal, also of one that is joined from several."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _message(name: str, words: list[str], where: str) -> Message:
    context = words.pop(0) if "pgettext" in name else ""
    return Message(words[0], words[1] if len(words) > 1 else "", context, where)


def _in_template(text: str, where: str) -> Iterator[Message]:
    """Django turns a template into calls of gettext between other characters; each call is read for itself."""
    marked = templatize(text)
    for match in CALL.finditer(marked):
        call = _call_at(marked, match.start())
        if call is not None:
            yield from _in_call(call, where)


def _call_at(text: str, start: int) -> ast.Call | None:
    for end in (i + 1 for i in range(start, len(text)) if text[i] == ")"):
        try:
            node = ast.parse(text[start:end].replace("\n", "\\n"), mode="eval").body
        except SyntaxError:
            continue
        return node if isinstance(node, ast.Call) else None
    return None
