"""`loa`: one word chooses what to do. Parts are loaded only when used, so that every command starts at once."""

import os
import sys
from collections.abc import Callable, Sequence

from loa.launch import arguments, trouble

Command = Callable[[list[str]], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the `loa` program; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help", "help"):
        print(arguments.overview())
        return 0
    known = KNOWN.get(words[0])
    if known:
        os.umask(0o077)  # what an installation writes is for its own user alone
    try:
        return known(words[1:]) if known else _management(words)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        said = trouble.words(error)
        if not said:
            raise
        print(said, file=sys.stderr)
        return 1
    except _bad_setting() as error:
        print(f"Cài đặt chưa đúng: {error}", file=sys.stderr)
        return 2


def _bad_setting() -> type[Exception]:
    from loa.config.env import BadSetting

    return BadSetting


def _demo(words: list[str]) -> int:
    from loa.launch import demo

    return demo.run(arguments.parse("demo", words))


def _up(words: list[str]) -> int:
    from loa.launch import up

    return up.run(arguments.parse("up", words))


def _doctor(words: list[str]) -> int:
    from loa.launch.doctor import report

    return report.run(arguments.parse("doctor", words))


def _backup(words: list[str]) -> int:
    from loa.launch.care import commands

    return commands.backup(arguments.parse("backup", words))


def _restore(words: list[str]) -> int:
    from loa.launch.care import commands

    return commands.restore(arguments.parse("restore", words))


def _keys(words: list[str]) -> int:
    from loa.launch import key_commands

    return key_commands.run(arguments.parse("keys", words))


def _read(words: list[str]) -> int:
    from loa.launch import reading

    return reading.run(arguments.parse("read", words))


def _say(words: list[str]) -> int:
    from loa.launch import speaking

    return speaking.run(arguments.parse("say", words))


def _stop_all(words: list[str]) -> int:
    from loa.launch import stopping

    return stopping.run(arguments.parse("stop-all", words))


def _module(name: str, *first: str) -> Command:
    """A part with a command line of its own takes this process over, with the addresses of a running Loa."""

    def take_over(words: list[str]) -> int:
        from loa.launch import beside

        os.environ.update(beside.environ())
        os.execv(sys.executable, [sys.executable, "-m", name, *first, *words])  # noqa: S606 - fixed words

    return take_over


def _wordless(command: str, start: Command) -> Command:
    """Ask for help and get it, instead of a second gateway beside the first."""

    def explained(words: list[str]) -> int:
        arguments.parse(command, words)
        return start([])

    return explained


def _management(words: list[str]) -> int:
    from loa.launch import management

    return management.run(words[1:] if words[0] == "manage" else words)


KNOWN: dict[str, Command] = {
    "demo": _demo,
    "up": _up,
    "doctor": _doctor,
    "backup": _backup,
    "restore": _restore,
    "keys": _keys,
    "read": _read,
    "say": _say,
    "stop-all": _stop_all,
    "signer": _module("signer"),
    "gateway": _wordless("gateway", _module("loa.gateway")),
    "worker": _wordless("worker", _module("loa.launch.work")),
    "fleet": _module("speaker", "fleet"),
}
