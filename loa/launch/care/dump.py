"""The database in and out, with PostgreSQL's own programs; passwords go through the environment, not the arguments."""

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from loa.config.env import ROOT
from loa.launch import postgres

_VARIABLES = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "passfile": "PGPASSFILE", "options": "PGOPTIONS",
}  # fmt: skip


class DumpFailed(Exception):
    """PostgreSQL's program refused; the message ends with its own words."""


def program(name: str, url: str) -> str:
    """The embedded program for a Unix socket; for other servers the one on PATH first, which speaks TLS."""
    own = str(postgres.programs() / name)
    local = str(conninfo_to_dict(url).get("host") or "/").startswith("/")
    return own if local else shutil.which(name) or own


def environ(url: str) -> dict[str, str]:
    """Variables that lead libpq to this database."""
    known = {_VARIABLES[key]: str(value) for key, value in conninfo_to_dict(url).items() if key in _VARIABLES}
    return {**os.environ, **known}


def _run(name: str, url: str, *words: str) -> None:
    command = [program(name, url), *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ(url))
    if done.returncode:
        raise DumpFailed(f"{name} không làm được: {done.stderr.strip()[-600:]}")


def dump(url: str, file: Path) -> None:
    """The whole database in PostgreSQL's custom form. Raises DumpFailed."""
    _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", "--file", str(file))


def load(url: str, file: Path) -> None:
    """Fill an empty database. Raises DumpFailed; then nothing of it is there."""
    name = str(conninfo_to_dict(url)["dbname"])
    _run(
        "pg_restore", url, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
        "--dbname", name, str(file),
    )  # fmt: skip


def migrations(url: str) -> list[tuple[str, str]]:
    """App and name of every migration that this database has been through."""
    with psycopg.connect(url) as connection:
        row = connection.execute("select to_regclass('public.django_migrations')").fetchone()
        if row is None or row[0] is None:
            return []
        return [(str(app), str(name)) for app, name in connection.execute("select app, name from django_migrations")]


def unknown_migrations(url: str) -> list[tuple[str, str]]:
    """Those among them that are Loa's and that this version does not have."""
    return [(app, name) for app, name in migrations(url) if not _is_here(app, name)]


def _is_here(app: str, name: str) -> bool:
    folder = ROOT / "loa" / app / "migrations"
    return not folder.is_dir() or (folder / f"{name}.py").exists()


def is_empty(url: str) -> bool:
    """Whether the database has no table of anybody."""
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from pg_stat_user_tables").fetchone()
        return row is None or row[0] == 0
