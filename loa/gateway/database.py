"""All SQL of the gateway. PostgreSQL may be away at any time: then `Away` is raised and nothing was changed.

Table names are those of loa.devices; the tests run these statements against the real migrations.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec
import psycopg
import psycopg_pool
from psycopg.rows import class_row, dict_row, tuple_row

from loa.gateway.endings import SignOut
from loa.gateway.rows import Answer, BeatRow, Change, HourSum, OpenMessage
from loa.gateway.world import HoldState, Member, Paper

logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # it complains twice a second while the server is away
LEADER_LOCK = 4_914_001
OPTIONS = (
    "-c statement_timeout=10000 -c lock_timeout=3000 -c synchronous_commit=off"
    # The server lets go of a host that fell, and of its lock, within some seconds instead of two hours.
    " -c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=2 -c tcp_user_timeout=4000"
)
KEEPALIVE = {"connect_timeout": 3, "keepalives_idle": 3, "keepalives_interval": 1, "tcp_user_timeout": 5000}
OUST_TRIES, OUST_PAUSE_S = 50, 0.01
HOLD_MEMORY_MS = 25 * 3_600_000


class Away(Exception):
    """PostgreSQL does not answer; try again later."""


_MEMBERS = """
select d.id, d.public_key as public, d.state, coalesce(h.path, a.path) as path,
    coalesce(d.plan_set_id, '') as plan_set, d.kind, d.name, coalesce(d.sim_expires::text, '') as sim_expires,
    coalesce(g.groups, '{}') as groups, d.latitude, d.longitude
from devices_device d
    join areas_area a on a.id = d.area_id
    left join areas_area h on h.id = d.hamlet_id
    left join (select device_id, array_agg(devicegroup_id::text order by devicegroup_id) as groups
               from devices_devicegroup_members group by 1) g on g.device_id = d.id
where d.state <> 'retired' and (%(id)s::text is null or d.id = %(id)s::text)
"""
_REVISIONS = """
select distinct on (typ, subject) id, typ, subject, revision, withdrawn
from devices_signeddocument order by typ, subject, revision desc
"""
_HOLDS = """
select distinct on (h.subject) h.subject, coalesce(a.path, 'vn') as area, h.revision,
    coalesce((extract(epoch from h.until) * 1000)::bigint, 0) as until,
    (extract(epoch from h.at) * 1000)::bigint + %(memory)s as forget,
    h.jws, h.by_name as name, h.reason, (extract(epoch from h.at) * 1000)::bigint as at
from devices_hold h left join areas_area a on a.id = h.area_id
where h.at > now() - interval '25 hours' order by h.subject, h.revision desc
"""
_OPEN = """
select m.id::text, m.of, m.topic, m.audience, m.jws, m.expires_at as expires,
    coalesce((select jsonb_object_agg(k.device_id, k.code) from devices_ack k where k.message_id = m.id), '{}')
        as answers
from devices_outboxmessage m where m.closed_at is null order by m.issued_at
"""
_BEATS = """
insert into devices_devicestatus as s (device_id, state, cause, since, seen_at, boot, uptime, agent, volume, playing,
    held, power, link, signal, storage_free, clock_offset, clock_bound, plan, files_missing, proofs_waiting,
    trouble, used_mb, release_revision, release_step)
select b.id, 'online', 'connected', b.seen, b.seen, b.boot, b.uptime, b.agent, b.volume, b.playing,
    b.held, b.power, b.link, b.signal, b.free, b.clock_offset, b.bound, b.plan, b.missing, b.proofs,
    b.trouble, b.used, b.release, b.step
from json_to_recordset(%s::json) as b(id text, seen timestamptz, boot text, uptime bigint, agent text, volume int2,
    playing text, held bool, power text, link text, signal int2, free bigint, clock_offset bigint, bound bigint,
    plan bigint, missing int4, proofs int4, trouble text, used int4, release bigint, step text)
where exists (select from devices_device d where d.id = b.id)
on conflict (device_id) do update set seen_at = excluded.seen_at, boot = excluded.boot, uptime = excluded.uptime,
    agent = excluded.agent, volume = excluded.volume, playing = excluded.playing, held = excluded.held,
    power = excluded.power, link = excluded.link, signal = excluded.signal, storage_free = excluded.storage_free,
    clock_offset = excluded.clock_offset, clock_bound = excluded.clock_bound, plan = excluded.plan,
    files_missing = excluded.files_missing, proofs_waiting = excluded.proofs_waiting,
    trouble = excluded.trouble, used_mb = excluded.used_mb,
    release_revision = excluded.release_revision, release_step = excluded.release_step
where s.seen_at is null or s.seen_at <= excluded.seen_at
"""
_CHANGES = """
with c as (
    select r.* from json_to_recordset(%s::json) as r(id text, at timestamptz, state text, cause text, ending text)
    where exists (select from devices_device d where d.id = r.id)
), last as (
    select distinct on (id) * from c order by id, at desc
), kept as (
    insert into devices_devicestatus as s (device_id, state, cause, since, boot, uptime, agent, volume, playing, held,
        power, link, signal, storage_free, clock_offset, clock_bound, plan, files_missing, proofs_waiting, trouble,
        ending)
    select id, state, cause, at, '', 0, '', 0, '', false, 'unknown', '', 0, 0, 0, -1, 0, 0, 0, '', ending from last
    on conflict (device_id) do update set state = excluded.state, cause = excluded.cause, since = excluded.since,
        ending = excluded.ending
)
insert into devices_transition (device_id, at, state, cause) select id, at, state, cause from c
"""
_ROLLUPS = """
insert into devices_hourlyrollup as h (device_id, hour, beats, beats_on_backup, worst_clock_bound, least_storage,
    weakest_signal)
select r.id, r.hour, r.beats, r.backup, r.bound, r.free, r.signal
from json_to_recordset(%s::json) as r(id text, hour timestamptz, beats int4, backup int4, bound bigint, free bigint,
    signal int2)
where exists (select from devices_device d where d.id = r.id)
on conflict (device_id, hour) do update set beats = h.beats + excluded.beats,
    beats_on_backup = h.beats_on_backup + excluded.beats_on_backup,
    worst_clock_bound = greatest(h.worst_clock_bound, excluded.worst_clock_bound),
    least_storage = least(h.least_storage, excluded.least_storage),
    weakest_signal = least(h.weakest_signal, excluded.weakest_signal)
"""
_ANSWERS = """
insert into devices_ack (message_id, device_id, code, detail, at)
select a.message::uuid, a.device, a.code, a.detail, a.at
from json_to_recordset(%s::json) as a(message text, device text, code text, detail text, at timestamptz)
where exists (select from devices_device d where d.id = a.device)
    and exists (select from devices_outboxmessage m where m.id = a.message::uuid and m.closed_at is null)
on conflict (message_id, device_id) do update set code = excluded.code, detail = excluded.detail, at = excluded.at
"""
_PLANS = """
update devices_devicestatus s set plan = p.plan, files_missing = 0
from json_to_recordset(%s::json) as p(id text, plan bigint) where s.device_id = p.id and s.plan <= p.plan
"""
_SIGN_OUTS = """
select user_id as "user", session, (extract(epoch from at) * 1000)::bigint as at
from people_signout where at > now() - interval '25 hours'
"""
_OUST = """
select pg_terminate_backend(pid) from pg_locks
where locktype = 'advisory' and granted and classid = 0 and objid = %(lock)s and objsubid = 1
    and database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()
"""
_STATES = "select device_id, state, cause, since, seen_at from devices_devicestatus"


class Database:
    """A small pool. The statements of one call are one transaction."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = psycopg_pool.AsyncConnectionPool(
            url,
            min_size=0,
            max_size=4,
            open=False,
            timeout=3,
            reconnect_timeout=5,
            kwargs={"options": OPTIONS, **KEEPALIVE},
            check=psycopg_pool.AsyncConnectionPool.check_connection,
        )

    async def open(self) -> None:
        """Start the pool; does not wait for the server."""
        await self._pool.open(wait=False)

    async def look(self) -> None:
        """Is the server there? Answers at once, while the pool would wait for it. Away."""
        await (await self.session()).close()

    async def close(self) -> None:
        """End all connections."""
        await self._pool.close(timeout=2)

    @asynccontextmanager
    async def _cursor(self, factory: Any = tuple_row) -> AsyncIterator[psycopg.AsyncCursor[Any]]:
        try:
            async with self._pool.connection() as connection, connection.cursor(row_factory=factory) as cursor:
                yield cursor
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed, OSError) as error:
            raise Away(str(error)[:200]) from error

    async def clock(self) -> datetime:
        """What time it is there."""
        async with self._cursor() as cursor:
            await cursor.execute("select clock_timestamp()")
            row = await cursor.fetchone()
            assert row is not None
            told: datetime = row[0]
            return told

    async def members(self, identifier: str | None = None) -> list[Member]:
        """All devices that still stand, or this one."""
        async with self._cursor(dict_row) as cursor:
            await cursor.execute(_MEMBERS, {"id": identifier})
            return [Member(**row | {"groups": tuple(row["groups"])}) for row in await cursor.fetchall()]

    async def places(self) -> tuple[dict[str, str], dict[str, str]]:
        """Area path of every group and of every plan set."""
        async with self._cursor() as cursor:
            await cursor.execute("select g.id, a.path from devices_devicegroup g join areas_area a on a.id = g.area_id")
            groups = dict(await cursor.fetchall())
            await cursor.execute("select p.id, a.path from devices_planset p join areas_area a on a.id = p.area_id")
            return groups, dict(await cursor.fetchall())

    async def papers(self, held: Callable[[str, str], Paper | None]) -> list[Paper]:
        """Documents that are newer than the `held` ones."""
        async with self._cursor() as cursor:
            await cursor.execute(_REVISIONS)
            rows = await cursor.fetchall()
        return await self._read_papers([row[0] for row in rows if _is_newer(row, held(row[1], row[2]))])

    async def _read_papers(self, identifiers: Sequence[int]) -> list[Paper]:
        if not identifiers:
            return []
        statement = "select typ, subject, revision, jws, withdrawn from devices_signeddocument where id = any(%s)"
        async with self._cursor(class_row(Paper)) as cursor:
            await cursor.execute(statement, [list(identifiers)])
            return list(await cursor.fetchall())

    async def paper(self, typ: str, subject: str) -> Paper | None:
        """The newest document of this subject."""
        statement = """select typ, subject, revision, jws, withdrawn from devices_signeddocument
            where typ = %s and subject = %s order by revision desc limit 1"""
        async with self._cursor(class_row(Paper)) as cursor:
            await cursor.execute(statement, [typ, subject])
            found: Paper | None = await cursor.fetchone()
            return found

    async def holds(self) -> list[HoldState]:
        """The newest stop or release of each subject within 25 hours."""
        async with self._cursor(class_row(HoldState)) as cursor:
            await cursor.execute(_HOLDS, {"memory": HOLD_MEMORY_MS})
            return list(await cursor.fetchall())

    async def states(self) -> list[tuple[str, str, str, datetime, datetime | None]]:
        """(device, state, cause, since, seen_at) as last written."""
        async with self._cursor() as cursor:
            await cursor.execute(_STATES)
            return list(await cursor.fetchall())

    async def sign_outs(self) -> list[SignOut]:
        """Of the last day."""
        async with self._cursor(class_row(SignOut)) as cursor:
            await cursor.execute(_SIGN_OUTS)
            return list(await cursor.fetchall())

    async def open_messages(self, known: Iterable[str] = ()) -> list[OpenMessage]:
        """Messages that are not closed, without those `known`."""
        async with self._cursor(class_row(OpenMessage)) as cursor:
            await cursor.execute(_OPEN)
            skip = frozenset(known)
            return [message for message in await cursor.fetchall() if message.id not in skip]

    async def close_message(self, identifier: str, summary: dict[str, object], now: datetime) -> None:
        """Write the sums, drop the single answers."""
        async with self._cursor() as cursor:
            await cursor.execute(
                "update devices_outboxmessage set closed_at = %s, summary = %s::jsonb"
                " where id = %s and closed_at is null",
                [now, _json(summary), identifier],
            )
            await cursor.execute("delete from devices_ack where message_id = %s", [identifier])

    async def save_beats(self, rows: Sequence[BeatRow]) -> None:
        """Newest heartbeats, at most one a device."""
        await self._write(_BEATS, rows)

    async def save_changes(self, rows: Sequence[Change]) -> None:
        """Transitions, and the state of each device."""
        await self._write(_CHANGES, rows)

    async def save_hours(self, rows: Sequence[HourSum]) -> None:
        """Add to the hourly sums, at most one row a device and hour."""
        await self._write(_ROLLUPS, rows)

    async def save_answers(self, rows: Sequence[Answer]) -> None:
        """Acknowledgements, at most one a message and device."""
        await self._write(_ANSWERS, rows)

    async def save_plans(self, plans: dict[str, int]) -> None:
        """These devices hold this plan revision with all its files."""
        await self._write(_PLANS, [{"id": device, "plan": plan} for device, plan in plans.items()])

    async def _write(self, statement: str, rows: Sequence[object]) -> None:
        """One statement for all rows: the server unpacks the JSON, which costs the gateway least."""
        if rows:
            async with self._cursor() as cursor:
                await cursor.execute(statement, [_json(rows)])

    async def session(self) -> "Session":
        """The connection that listens and holds the leader's lock. Away."""
        try:
            address = psycopg.conninfo.make_conninfo(self._url, options=OPTIONS, **KEEPALIVE)
            connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
        except (psycopg.Error, OSError) as error:
            raise Away(str(error)[:200]) from error
        return Session(connection)


class Session:
    """LISTEN and the advisory lock live and die with this connection."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self.leads = False

    async def listen(self, *channels: str) -> None:
        """Notifications of these channels arrive from now on."""
        for channel in channels:
            await self._connection.execute(f"listen {channel}".encode())

    async def try_lead(self) -> bool:
        """True if this gateway is the active one as long as the session lives."""
        try:
            cursor = await self._connection.execute("select pg_try_advisory_lock(%s)", [LEADER_LOCK])
            row = await cursor.fetchone()
        except (psycopg.OperationalError, OSError) as error:
            raise Away(str(error)[:200]) from error
        self.leads = bool(row and row[0])
        return self.leads

    async def oust_and_lead(self) -> bool:
        """Like `try_lead`, after the session that holds the lock was ended (it belongs to the same role)."""
        try:
            await self._connection.execute(_OUST, {"lock": LEADER_LOCK})
        except (psycopg.Error, OSError) as error:
            raise Away(str(error)[:200]) from error
        for _ in range(OUST_TRIES):  # until the other session has really gone
            if await self.try_lead():
                break
            await asyncio.sleep(OUST_PAUSE_S)
        return self.leads

    async def heard(self, seconds: float) -> list[tuple[str, str]]:
        """(channel, payload) that arrive within `seconds`, or as soon as there are some. Away."""
        try:
            notifies = self._connection.notifies(timeout=seconds, stop_after=1)
            return [(notify.channel, notify.payload) async for notify in notifies]
        except (psycopg.OperationalError, OSError) as error:
            raise Away(str(error)[:200]) from error

    async def close(self) -> None:
        """End it; the lock is free."""
        await self._connection.close()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _is_newer(row: tuple[int, str, str, int, bool], held: Paper | None) -> bool:
    return held is None or (row[3], row[4]) > (held.revision, held.withdrawn)
