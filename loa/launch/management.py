"""`loa areas import` and all other words: management commands of the domains, with a database under them."""

import os
import sys
from collections.abc import Sequence

from loa.launch import beside

# They look at the program only, or make what a database needs.
WITHOUT_DATA = {"help", "makemigrations", "check", "compilemessages", "makemessages", "collectstatic", "diffsettings"}


def run(words: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    if not words:
        words = ["help"]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    if words[0] in WITHOUT_DATA or "--help" in words or "-h" in words:
        os.environ.update(beside.environ())
        return _execute(words)
    os.umask(0o077)  # what they write lies in the data folder
    try:
        with beside.database(lambda line: print(line, file=sys.stderr)):
            return _execute(words)
    except beside.NoDatabase as error:
        print(error, file=sys.stderr)
        return 1


def _hide_words_of_django() -> None:
    """What Django offers with every command is for its developers, and in English; it is understood all the same."""
    from django.core.management import BaseCommand

    BaseCommand.suppressed_base_arguments = {
        "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color",
        "--skip-checks",
    }  # fmt: skip


def _execute(words: Sequence[str]) -> int:
    import django
    from django.core.management import ManagementUtility, get_commands

    from loa.kernel.errors import LoaError

    django.setup()
    _hide_words_of_django()
    if words[0] != "help" and words[0] not in get_commands():
        print(f"Loa không có lệnh {words[0]!r}. Gõ `loa` để xem các lệnh.", file=sys.stderr)
        return 2
    try:
        ManagementUtility(["loa", *words]).execute()
    except LoaError as error:
        print(error.message, file=sys.stderr)
        return 1
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0
