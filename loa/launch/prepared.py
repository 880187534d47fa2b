"""What the preparation of an installation keeps: a hash of everything that could change its work.

`migrate` alone costs two seconds when there is nothing to do. The hash lies in the database, so that a restored or
exchanged database is noticed.
"""

import hashlib
import importlib.metadata
import sys
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from loa.config.env import ROOT, Env
from loa.demo import guests
from loa.kernel.clock import local

# Packages that bring tables or static files of their own.
PACKAGES = ("django", "django-allauth", "django-axes", "procrastinate", "django-htmx", "vietnamadminunits")
TABLE = "loa_prepared"
FIRST_LINK = "first-administrator"
RESTORED = "restored"
SETTLED = "settled"


def fingerprint(mode: str, root: Path = ROOT, *, more: str = "") -> str:
    """Changes when migrations, data of the areas, tables of packages or (for real use) static files change."""
    digest = hashlib.sha256(f"{mode} {sys.version_info[:2]} {more}".encode())
    for package in PACKAGES:
        digest.update(f"{package} {importlib.metadata.version(package)}\n".encode())
    for file in sorted(root.glob("loa/*/migrations/*.py")):
        digest.update(f"{file.relative_to(root)}\n".encode() + file.read_bytes())
    stamped = [*root.glob("loa/areas/data/**/*"), *(root.glob("loa/*/static/**/*") if mode == "up" else ())]
    for file in sorted(stamped):
        if file.is_file():
            digest.update(f"{file.relative_to(root)} {file.stat().st_size} {file.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()


def wanted(env: Env, mode: str, now: datetime) -> str:
    """The hash that the database should remember. The demonstration follows the day, so it is built each day anew."""
    sample = f"{local(now).date()} {env.demo_province} {guests.password(env.var)}" if mode == "demo" else ""
    return fingerprint(mode, more=sample)


def make_database(server_url: str, name: str) -> None:
    """Make the database of the embedded server if it is not there."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def remembered(database_url: str) -> str:
    """The hash of the last preparation of this database; empty when there was none."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("select to_regclass(%s)", [f"public.{TABLE}"]).fetchone()
        if row is None or row[0] is None:
            return ""
        found = connection.execute(sql.SQL("select hash from {}").format(sql.Identifier(TABLE))).fetchone()
        return str(found[0]) if found else ""


def remember(database_url: str, value: str, *, sample: bool = False) -> None:
    """Keep the hash; an empty one makes the next start prepare again. A database that held samples stays marked."""
    table = sql.Identifier(TABLE)
    make = sql.SQL(
        "create table if not exists {} (one boolean primary key default true check (one), hash text not null,"
        " sample boolean not null)"
    )
    keep = sql.SQL(
        "insert into {} as old (hash, sample) values (%s, %s)"
        " on conflict (one) do update set hash = excluded.hash, sample = old.sample or excluded.sample"
    )
    with psycopg.connect(database_url) as connection:
        connection.execute(make.format(table))
        connection.execute(keep.format(table), [value, sample])


def holds_samples(database_url: str) -> bool:
    """Whether this database was ever that of a demonstration: its accounts have published passwords."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("select to_regclass(%s)", [f"public.{TABLE}"]).fetchone()
        if row is None or row[0] is None:
            return False
        found = connection.execute(sql.SQL("select sample from {}").format(sql.Identifier(TABLE))).fetchone()
        return bool(found and found[0])


def is_needed(database_url: str, mode: str, env: Env, now: datetime) -> bool:
    """Whether prepare.py has something to do."""
    places = (env.signer_keys, env.gateway_keys, env.ticket_keys, env.engine_keys)
    missing = [folder for folder in places if not folder.exists()]
    return bool(missing) or remembered(database_url) != wanted(env, mode, now)
