"""Refuses English on a page: `python -m loa.ui.check_translations` (with --write: add new messages, compile).

It fails when a message that people can meet has no Vietnamese, when a translation names a value that its message does
not have, when the compiled catalogue is older than its source, and when one of our templates shows English words.
"""

import argparse
import gettext
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import polib

from loa.ui import messages
from loa.ui.language import english_words

LOA = Path(__file__).resolve().parents[1]
SOURCE = LOA / "ui" / "locale" / "vi" / "LC_MESSAGES" / "django.po"
COMPILED = SOURCE.with_suffix(".mo")
# The catalogues that Django itself loads below ours; of the other packages none has Vietnamese.
OTHERS = ("conf", "contrib/auth", "contrib/contenttypes", "contrib/humanize", "contrib/postgres", "contrib/sessions")
VALUE = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")
# Django fills these in although the message with the number one does not name them.
ALWAYS_THERE = {"%(count)s"}

HIDDEN = re.compile(
    r"{%\s*comment\b.*?%}.*?{%\s*endcomment\s*%}|{#.*?#}|<script\b.*?</script>|<style\b.*?</style>", re.DOTALL
)
TEMPLATE_CODE = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
SPOKEN = re.compile(
    r'(?<![\w:-])(?:aria-label|title|placeholder|alt|label|hint|caption|question|button|text|words)="([^"]*)"'
)
MARKUP = re.compile(r"<[^>]*>", re.DOTALL)


def main(arguments: list[str] | None = None) -> int:
    """The number of things that are wrong, printed one a line."""
    parser = argparse.ArgumentParser(prog="python -m loa.ui.check_translations", description=__doc__)
    parser.add_argument("--write", action="store_true", help="add new messages to the catalogue and compile it")
    if parser.parse_args(arguments).write:
        write()
    problems = [*untranslated(), *wrong_values(), *stale(), *english_templates(LOA)]
    for problem in problems:
        print(problem)
    return len(problems)


def known() -> set[tuple[str, str]]:
    """Context and msgid of everything that the loaded catalogues translate."""
    django = messages.folder_of("django")
    below = (django / part / "locale" / "vi" / "LC_MESSAGES" / "django.mo" for part in OTHERS)
    return {key for file in (COMPILED, *below) if file.exists() for key in _keys(file)}


def _keys(compiled: Path) -> Iterator[tuple[str, str]]:
    with compiled.open("rb") as file:
        catalogue: dict[str | tuple[str, int], str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    for key, translation in catalogue.items():
        name = key if isinstance(key, str) else key[0]
        context, separator, msgid = name.rpartition("\x04")
        if translation:
            yield (context if separator else ""), msgid


def untranslated() -> Iterator[str]:
    """Messages that would stand on a page in English."""
    translated = known()
    for key, message in messages.reachable().items():
        if key not in translated:
            yield f"no Vietnamese for {message.msgid!r} ({message.where})"


def wrong_values() -> Iterator[str]:
    """Translations that would fail, or show a bare placeholder, when the value is put in."""
    for entry in polib.pofile(str(SOURCE)):
        there = set(VALUE.findall(entry.msgid)) | set(VALUE.findall(entry.msgid_plural)) | ALWAYS_THERE
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if extra := set(VALUE.findall(text)) - there:
                yield f"the translation of {entry.msgid!r} names {', '.join(sorted(extra))}"


def stale() -> Iterator[str]:
    """The compiled catalogue must be the one that the source makes."""
    if not COMPILED.exists() or COMPILED.read_bytes() != polib.pofile(str(SOURCE)).to_binary():
        yield f"{COMPILED.name} is older than {SOURCE.name}: run python -m loa.ui.check_translations --write"


def write() -> None:
    """Add messages that a new version of a package brought (to be translated by hand) and compile the catalogue."""
    catalogue = polib.pofile(str(SOURCE))
    there = {(entry.msgctxt or "", entry.msgid) for entry in catalogue} | known()
    for key, message in messages.reachable().items():
        if key not in there:
            catalogue.append(_entry(message))
    catalogue.save()
    COMPILED.write_bytes(catalogue.to_binary())


def _entry(message: messages.Message) -> polib.POEntry:
    plural = {"msgid_plural": message.plural, "msgstr_plural": {0: ""}} if message.plural else {}
    context = message.context or None
    return polib.POEntry(msgid=message.msgid, msgctxt=context, occurrences=[(message.where, "")], **plural)


def english_templates(root: Path) -> Iterator[str]:
    """Our templates whose words for people are English."""
    for file in sorted(root.rglob("templates/**/*.html")) + sorted(root.rglob("templates/**/*.txt")):
        found = english_words("\n".join(visible(file.read_text())))
        if found:
            yield f"English in {file.relative_to(root.parent)}: {', '.join(found)}"


def visible(template: str) -> Iterable[str]:
    """The pieces of a template that reach a person's eye or ear."""
    shown = TEMPLATE_CODE.sub(" ", HIDDEN.sub(" ", template))
    yield from SPOKEN.findall(shown)
    yield MARKUP.sub(" ", shown)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
