"""A signer with fresh keys, a database of its own in the throw-away server, and the people of Quy Mông in it."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from devicelink.golden import world
from devicelink.permits import Permit, PermitTimes, canonical, digest
from psycopg import sql
from signer import keys
from signer.extensions import Extension
from signer.keys import Folders
from signer.live import LivePermit
from signer.releases import Rollout

VIEWS = """
create table signer_permits (approval uuid primary key, permit jsonb, digest text, author_id int, approver_id int,
    approver_may bool, revoked bool);
create table signer_devices (device text primary key, plan_set text, area text, areas jsonb, groups jsonb);
create table signer_area_hours (path text primary key, hours jsonb, children_may_widen bool default false,
    confirmed jsonb);
create table signer_extensions (id text primary key, area text, starts bigint, ends bigint, reason text, author text,
    approver text, approved bool, approver_may bool, permissions jsonb);
create table signer_rollouts (id text primary key, area text, forward text, back text, proposer text, approver text,
    approver_may bool, state text);
create table signer_live_permits (id text primary key, person text, area text, weekdays jsonb, first int, last int,
    minutes int, day_minutes int, starts bigint, ends bigint, approver text, approver_may bool, person_may bool,
    revoked bool);
"""


@dataclass(frozen=True)
class Records:
    """The database as the platform would fill it."""

    url: str

    def run(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    def approve(self, permit: Permit, *, may: bool = True, revoked: bool = False) -> None:
        self.run(
            "insert into signer_permits values (%s, %s, %s, %s, %s, %s, %s)",
            permit.approval,
            canonical(permit).decode(),
            digest(permit),
            int(permit.author),
            int(permit.approver),
            may,
            revoked,
        )

    def place(self, device: str, *areas: str, plan_set: str = world.PLAN_SET) -> None:
        encoded = [msgspec.json.encode(value).decode() for value in (areas, world.GROUPS)]
        self.run("insert into signer_devices values (%s, %s, %s, %s, %s)", device, plan_set, areas[0], *encoded)

    def extend(self, row: Extension) -> None:
        self.run(
            "insert into signer_extensions values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            row.id, row.area, row.start, row.end, row.reason, row.author, row.approver or None, row.approved,
            row.approver_may, msgspec.json.encode(row.permissions).decode(),
        )  # fmt: skip

    def roll_out(self, row: Rollout) -> None:
        self.run(
            "insert into signer_rollouts values (%s, %s, %s, %s, %s, %s, %s, %s)",
            row.id, row.area, row.forward, row.back, row.proposer, row.approver, row.approver_may, row.state,
        )  # fmt: skip

    def let_speak(self, row: LivePermit) -> None:
        self.run(
            "insert into signer_live_permits values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            row.id, row.person, row.area, msgspec.json.encode(row.weekdays).decode(), row.first, row.last, row.minutes,
            row.day_minutes, row.starts, row.ends, row.approver or None, row.approver_may, row.person_may, row.revoked,
        )  # fmt: skip

    def rule(self, path: str, hours: object, confirmed: object = None) -> None:
        self.run(
            "insert into signer_area_hours (path, hours, confirmed) values (%s, %s, %s::jsonb)",
            path,
            msgspec.json.encode(hours).decode(),
            None if confirmed is None else msgspec.json.encode(confirmed).decode(),
        )


def permit(**changes: Any) -> Permit:
    """Every day at 17:00 for ten years; the people are rows of the database."""
    times = PermitTimes(
        weekdays=(1, 2, 3, 4, 5, 6, 7),
        minutes=(1020,),
        from_day="2026-01-01",
        to_day="2036-01-01",
        slack=15 * world.MINUTE,
    )
    return world.permit(**({"times": (times,), "author": "11", "approver": "12"} | changes))


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """A database in the throw-away server, with the views of the signer as plain tables; the address."""
    name = f"signer_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_address("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    yield _address(name)
    with psycopg.connect(_address("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def records(database: str) -> Records:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("drop schema public cascade; create schema public")
        connection.execute(VIEWS)
    return Records(database)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "root", tmp_path / "signer", tmp_path / "gateway")


@pytest.fixture
def made(folders: Folders) -> keys.Made:
    return keys.init(folders, now=world.NOW - world.DAY)


def _address(name: str) -> str:
    return f"postgresql://postgres@/{name}?host={os.environ['LOA_TEST_PG']}"
