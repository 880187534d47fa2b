"""`python -m signer`: serve, and the key ceremony of an installation (`loa keys ...` calls the same)."""

import argparse
import getpass
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from devicelink.keyfiles import KeyProblem
from devicelink.messages import Role

from signer import journal, keys, root
from signer.keys import Folders, Made
from signer.serve import CannotServe, now_ms, serve

DATABASE_VARIABLE = "LOA_SIGNER_DATABASE_URL"
PASSPHRASE_VARIABLE = "LOA_ROOT_PASSPHRASE"  # noqa: S105 - a name


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 1 with one line that says what is wrong."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        options.run(options)
    except (KeyProblem, CannotServe, journal.BrokenJournal) as error:
        print(f"signer: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="signer", description="Holds the keys of Loa and signs what it may.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _serve_options(commands.add_parser("serve", help="answer on a Unix socket until stopped"))
    init = _key_command(commands.add_parser("init", help="make the root and the first keys"), _init)
    init.add_argument("--scope", default="vn", help="area path for which the keys speak (default: vn)")
    init.add_argument("--demo", action="store_true", help="mark the keys: real use refuses them")
    init.add_argument("--lock", action="store_true", help="ask for a passphrase and encrypt the root with it")
    rotate = _key_command(commands.add_parser("rotate", help="announce a new key for a role"), _rotate)
    rotate.add_argument("role", choices=[str(role) for role in Role])
    revoke = _key_command(commands.add_parser("revoke", help="take a key back at once"), _revoke)
    revoke.add_argument("kid")
    _key_command(commands.add_parser("renew", help="the same keys, in a keyset that expires later"), _renew)
    check = commands.add_parser("journal", help="check the record of what was signed")
    check.add_argument("folder", type=Path)
    check.set_defaults(run=_journal)
    return parser


def _serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--keys", type=Path, required=True)
    database = os.environ.get(DATABASE_VARIABLE)
    parser.add_argument("--database", default=database, help=f"its address; a password is safer in {DATABASE_VARIABLE}")
    parser.add_argument("--journal", type=Path, help="folder of the record (default: KEYS/journal)")
    parser.add_argument(
        "--allow-uid", type=int, action="append", default=[], help="another user that may ask; must be of our group"
    )
    parser.add_argument(
        "--accept-clock", action="store_true", help="believe the clock although newer signatures are in the journal"
    )
    parser.set_defaults(run=_serve)


def _key_command(parser: argparse.ArgumentParser, run: object) -> argparse.ArgumentParser:
    for name in ("root", "signer", "gateway"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=f"key folder of the {name}")
    parser.set_defaults(run=run)
    return parser


def _serve(options: argparse.Namespace) -> None:
    if not options.database:
        raise CannotServe(f"no database: give --database or set {DATABASE_VARIABLE}")
    serve(
        path=options.socket,
        keys=options.keys,
        database=options.database,
        journal=options.journal,
        allowed=options.allow_uid,
        accept_clock=options.accept_clock,
        ready=lambda: print("ready", flush=True),
    )


def _init(options: argparse.Namespace) -> None:
    passphrase = _new_passphrase() if options.lock else ""
    made = keys.init(_folders(options), now=now_ms(), scope=options.scope, passphrase=passphrase, demo=options.demo)
    _show(made)


def _rotate(options: argparse.Namespace) -> None:
    folders = _folders(options)
    _show(keys.rotate(folders, Role(options.role), now=now_ms(), passphrase=_passphrase(folders)))


def _revoke(options: argparse.Namespace) -> None:
    folders = _folders(options)
    _show(keys.revoke(folders, options.kid, now=now_ms(), passphrase=_passphrase(folders)))


def _renew(options: argparse.Namespace) -> None:
    folders = _folders(options)
    _show(keys.renew(folders, now=now_ms(), passphrase=_passphrase(folders)))


def _journal(options: argparse.Namespace) -> None:
    print(f"{journal.verify(options.folder)} signatures, chain unbroken")


def _folders(options: argparse.Namespace) -> Folders:
    return Folders(options.root, options.signer, options.gateway)


def _passphrase(folders: Folders) -> str:
    if not root.is_locked(folders.root):
        return ""
    return os.environ.get(PASSPHRASE_VARIABLE) or getpass.getpass("Passphrase of the root: ")


def _new_passphrase() -> str:
    given = os.environ.get(PASSPHRASE_VARIABLE) or getpass.getpass("New passphrase for the root: ")
    if len(given) < 12:
        raise KeyProblem("a passphrase needs at least 12 characters")
    if PASSPHRASE_VARIABLE not in os.environ and getpass.getpass("Once more: ") != given:
        raise KeyProblem("the two passphrases differ")
    return given


def _show(made: Made) -> None:
    print(f"root fingerprint  {made.fingerprint}")
    print(f"keyset revision   {made.keyset.revision}")
    for key in made.keyset.keys:
        print(f"  {key.role:<10} {key.kid}  {key.scope}")
