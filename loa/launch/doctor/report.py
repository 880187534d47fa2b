"""`loa doctor`: every check in turn, in plain words; exit code 1 when something is bad."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from loa.config import env as settings
from loa.kernel import clock
from loa.launch import beside
from loa.launch.doctor import belief, data, machine, parts
from loa.launch.doctor.finding import Finding, bad
from loa.launch.folders import Folders, read_json
from loa.launch.supervisor import is_held

_SIGNS = {"ok": "  được  ", "warn": "  NÊN XEM", "bad": "  HỎNG  "}


def run(arguments: argparse.Namespace) -> int:
    """Print the report, or do what was asked for; returns the exit code."""
    if arguments.believe_clock:
        return _believe(arguments.believe_clock)
    findings = list(examine(clock.now()))
    worst = any(finding.level == "bad" for finding in findings)
    if arguments.json:
        print(json.dumps({"ok": not worst, "findings": [asdict(one) for one in findings]}, ensure_ascii=False))
        return int(worst)
    for finding in findings:
        print(f"{_SIGNS[finding.level]}  {finding.name}: {finding.text}")
        if finding.way_out:
            print(f"            → {finding.way_out}")
    print("Có chỗ hỏng, hãy sửa theo chỉ dẫn ở trên." if worst else "Không có chỗ nào hỏng.")
    return int(worst)


def _believe(said: str) -> int:
    os.environ.update(beside.environ())
    try:
        print(belief.believe(said, env=settings.read(), now=clock.now()))
    except belief.CannotBelieve as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def examine(now: datetime) -> Iterator[Finding]:
    """All findings. Parts of a running Loa are asked only while it runs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    os.environ.update(beside.environ())
    folders = Folders(settings.read_var())
    running = is_held(folders.run / "lock") and bool(read_json(folders.state))
    yield from _machine(folders, now, running)
    try:
        env = settings.read()
    except settings.BadSetting as error:
        yield bad("Cài đặt", str(error), "Sửa biến môi trường đó; xem docs/how-to/settings.md.")
        return
    yield from _installation(env, folders, now)
    if running or env.database_url:
        yield from _data(env, folders, now)
    if running or env.nats_url:
        yield parts.message_engine(env.nats_url or "nats://127.0.0.1:4222")
    if running:
        yield parts.signer(env.signer_socket)
        yield parts.pages("Trang web", env.site_url)
        yield parts.pages("Cổng thiết bị", parts.own_gateway(env))
        yield from parts.gateway_clock(parts.own_gateway(env))


def _data(env: settings.Env, folders: Folders, now: datetime) -> Iterator[Finding]:
    found = parts.database(env.database, env, now)
    yield from found
    if not any(finding.level == "bad" for finding in found):
        yield data.version(env.database)
        yield from data.account_keys_used(env.database, folders.accounts)
        yield data.letters(env.database, env.email_url, demo=env.mode == "demo")


def _machine(folders: Folders, now: datetime, running: bool) -> Iterator[Finding]:
    yield machine.python()
    yield machine.disk(folders.var)
    yield machine.memory()
    yield machine.clock(now)
    yield machine.sockets(folders)
    yield machine.database_user(folders)
    yield machine.writable("Thư mục dữ liệu", folders.var)
    yield machine.free_ports(running)
    yield machine.fonts()


def _installation(env: settings.Env, folders: Folders, now: datetime) -> Iterator[Finding]:
    real = env.mode == "up"
    yield machine.writable("Kho âm thanh", env.media_root)
    yield parts.key_modes(folders.keys, env.signer_keys, env.gateway_keys, env.ticket_keys, env.engine_keys)
    yield parts.ticket_key(env)
    yield parts.secret_key(folders, env)
    yield parts.audit_key(folders, env)
    yield data.account_keys(folders.accounts, env.gateway_keys.exists())
    yield from parts.hours(env.signer_keys, now)
    yield parts.keyset("bộ phận ký", env.signer_keys, now, real=real)
    yield parts.keyset("cổng thiết bị", env.gateway_keys, now, real=real)
