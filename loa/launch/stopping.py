"""`loa stop-all`: stop every loudspeaker of a place from the machine itself, with pages and database down.

Whoever may read the ticket key on this machine signs a ticket for one minute and posts it to the gateway, as a page
would (docs/adr/0016). The gateway writes it down, with the name of the account of this machine.
"""

import argparse
import getpass
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta

from devicelink.audience import is_area_path

from loa.config import env as settings
from loa.config.env import Env
from loa.devices import tickets
from loa.kernel import clock
from loa.launch import beside

LIFE = timedelta(minutes=1)
PATIENCE_S = 10
_AWAY = "Cổng điều khiển loa không trả lời ở {url}. Hãy chạy `loa doctor`, hoặc tắt tại tủ loa."


def run(asked: argparse.Namespace) -> int:
    """Stop, or let sound again; returns the exit code."""
    os.environ.update(beside.environ())
    env = settings.read()
    if not is_area_path(asked.area):
        print(f"{asked.area!r} không phải mã vùng. Ví dụ: vn.15 là cả tỉnh, vn.15.04531 là một xã.", file=sys.stderr)
        return 1
    now = clock.now()
    try:
        answer = _ask(env, asked, _ticket(env, asked.area, now), now)
    except (FileNotFoundError, PermissionError, ValueError) as error:
        print(f"Không đọc được khóa vé trong {env.ticket_keys}: {error}", file=sys.stderr)
        return 1
    except Refusing as error:
        print(error, file=sys.stderr)
        return 1
    print(_told(asked, answer))
    return 0


class Refusing(Exception):
    """The gateway did not do it; the message is Vietnamese."""


def _ticket(env: Env, area: str, now: datetime) -> str:
    return tickets.mint(
        seed=tickets.read_seed(env.ticket_keys / tickets.KEY_FILE),
        user=0,
        name=f"Dòng lệnh trên máy chủ ({getpass.getuser()})",
        area=area,
        role="administrator",
        may=("hold.set", "view"),
        now=now,
        life=LIFE,
    )


def _ask(env: Env, asked: argparse.Namespace, ticket: str, now: datetime) -> Mapping[str, object]:
    wish: dict[str, object] = {"audience": {"area": asked.area}}
    if not asked.resume:
        wish |= {"until": clock.to_ms(now + timedelta(minutes=asked.minutes)), "reason": asked.reason}
    url = _address(env)
    request = urllib.request.Request(  # noqa: S310 - the address is the installation's own
        f"{url}/edge/{'resume' if asked.resume else 'stop'}",
        data=json.dumps(wish).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {ticket}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        raise Refusing(_detail(error.read()) or f"Cổng điều khiển loa từ chối: {error.code}") from error
    except (OSError, ValueError) as error:
        raise Refusing(_AWAY.format(url=url)) from error


def _address(env: Env) -> str:
    """The gateway itself; with a certificate of its own it has to be asked by the name that stands there."""
    if env.tls_cert:
        return env.gateway_url
    host, _, port = env.gateway_listen.rpartition(":")
    return f"http://{'127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host}:{port}"  # noqa: S104 - not bound here


def _detail(body: bytes) -> str:
    try:
        return str(json.loads(body).get("detail", ""))
    except (ValueError, AttributeError):
        return ""


def _told(asked: argparse.Namespace, answer: Mapping[str, object]) -> str:
    devices = answer.get("devices")
    if asked.resume:
        return f"Đã cho {devices} cụm loa ở {asked.area} phát lại."
    until = clock.local(clock.from_ms(int(str(answer.get("until", 0)))))
    return (
        f"Đã dừng {devices} cụm loa ở {asked.area}. Loa tự phát lại lúc {until:%H:%M} ngày {until:%d/%m/%Y}; "
        f"muốn sớm hơn: loa stop-all {asked.area} --resume"
    )
