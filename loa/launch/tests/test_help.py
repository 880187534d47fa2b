"""Whatever `loa` explains of itself, it explains in Vietnamese."""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import BaseCommand, find_commands, load_command_class
from signer import cli as signer_cli
from speaker import cli as speaker_cli

from loa.launch import arguments, cli, management

ENGLISH = re.compile(
    r"\b(usage|options?|positional|arguments?|show|message|exit|error|invalid|required|the|and|of|with|this|from|for"
    r"|make|folder|default|level|output|command|program|path)\b",
    re.IGNORECASE,
)
NAMES = re.compile(
    r"`[^`]*`|https?://\S+|\{[^}]*\}|--?[\w-]+|\b(list|add|remove|init|rotate|revoke|hours|confirmers)\b|journal"
)
VIETNAMESE = re.compile(r"[à-ỹđ]", re.IGNORECASE)


def own_commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Management commands of our domains; those of Django are Django's."""
    for app in apps.get_app_configs():
        if app.name.startswith("loa."):
            for name in find_commands(str(Path(app.path) / "management")):
                yield name, load_command_class(app.name, name).create_parser("loa", name)


def everything() -> dict[str, argparse.ArgumentParser]:
    """Every parser that a word after `loa` leads to, with those below it."""
    tops = {name: make() for name, make in arguments.PARSERS.items()}
    tops |= {"fleet": speaker_cli._parser(), "signer": signer_cli._parser(), **dict(own_commands())}
    return {path: parser for name, top in tops.items() for path, parser in below(name, top)}


def below(name: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, child in action.choices.items():
                yield from below(f"{name} {word}", child)


@pytest.fixture(autouse=True)
def as_the_program_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BaseCommand, "suppressed_base_arguments", set())
    management._hide_words_of_django()


def test_every_known_word_is_explained() -> None:
    assert set(cli.KNOWN) <= set(everything())
    assert {"audit verify", "people let-in", "signer serve", "fleet run", "areas"} <= set(everything())


def test_no_help_says_an_english_word() -> None:
    said = {name: ENGLISH.findall(NAMES.sub("", parser.format_help())) for name, parser in everything().items()}
    assert {name: words for name, words in said.items() if words} == {}


def test_every_choice_of_every_help_is_told_in_vietnamese() -> None:
    silent = []
    for name, parser in everything().items():
        told = {"description": parser.description} if parser.description or " " not in name else {}
        texts = told | {
            action.dest: action.help
            for action in parser._actions
            if action.help != argparse.SUPPRESS and not isinstance(action, argparse._SubParsersAction)
        }
        silent += [f"{name}: {what}" for what, text in texts.items() if not VIETNAMESE.search(text or "")]
    assert silent == []


@pytest.mark.parametrize("words", [["gateway"], ["worker"], ["fleet"], ["signer"], ["signer", "serve"]])
def test_help_starts_nothing_and_is_what_is_shown(words: list[str]) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "loa.launch", *words, "--help"], capture_output=True, text=True, timeout=300, check=True
    )
    assert shown.stdout.startswith("Cách dùng: loa")
    assert "hiện phần này rồi thôi" in shown.stdout
    assert shown.stderr == ""
