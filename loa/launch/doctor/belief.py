"""`loa doctor --believe-clock`: a person who has read another clock says that this machine's new time is right.

On one machine no other clock can witness a step (docs/adr/0025), so a person has to. What they read is compared with
what the machine says: a wrong source of time cannot be confirmed by mistake, and the deed stands in the record.
"""

import getpass
import os
import platform
import signal
from datetime import datetime, timedelta

from loa.config.env import Env
from loa.gateway.timepiece import Doubt
from loa.kernel import clock
from loa.launch import processes
from loa.launch.doctor import parts
from loa.launch.folders import Folders, read_json
from loa.launch.nursery import Nursery
from loa.launch.supervisor import is_held

BEHIND, AHEAD = timedelta(minutes=2), timedelta(minutes=1)  # a watch shows no seconds, and typing takes a while
PATIENCE_S = 5.0
RESTART = "hoặc khởi động lại cổng thiết bị"


class CannotBelieve(Exception):
    """Nothing was changed; the message is Vietnamese."""


def believe(said: str, *, env: Env, now: datetime) -> str:
    """Make the running gateway believe its clock; returns what was done. CannotBelieve.

    `said` is local time as a person writes it: "14:05 23/11/2026".
    """
    _compare(said, now)
    url, pid = parts.own_gateway(env), _gateway(Folders(env.var))
    told = parts.clock_told(url)
    if told == Doubt.DATABASE:
        raise CannotBelieve("Giờ của máy và của cơ sở dữ liệu lệch nhau. Hãy bật đồng bộ giờ trên cả hai máy.")
    if told != Doubt.STEPPED:
        raise CannotBelieve("Cổng thiết bị đang không nghi ngờ giờ của máy, không có gì phải xác nhận.")
    _record(said, now)
    processes.send(pid, signal.SIGUSR1)
    if not processes.wait_until(lambda: parts.clock_told(url) == parts.CLOCK_OK, PATIENCE_S, step=0.2):
        raise CannotBelieve(f"Cổng thiết bị chưa nhận lời xác nhận. Xem var/log/gateway.log, {RESTART}.")
    return f"Cổng thiết bị đã tin giờ của máy ({clock.local(now):%H:%M %d/%m/%Y}) và báo giờ cho loa trở lại."


def _compare(said: str, now: datetime) -> None:
    try:
        read = datetime.strptime(said.strip(), "%H:%M %d/%m/%Y").replace(tzinfo=clock.LOCAL)
    except ValueError as error:
        raise CannotBelieve('Hãy ghi giờ đọc được ở một đồng hồ khác theo mẫu "14:05 23/11/2026".') from error
    if not -AHEAD <= now - read <= BEHIND:
        raise CannotBelieve(
            f"Máy này đang là {clock.local(now):%H:%M %d/%m/%Y}, khác với giờ anh/chị đọc được. "
            "Đừng xác nhận: hãy chỉnh lại giờ của máy, cổng thiết bị sẽ tự báo giờ trở lại."
        )


def _gateway(folders: Folders) -> int:
    """Process number of the gateway that runs under the supervisor of this data folder."""
    children = read_json(Nursery(folders).record).get("children", []) if is_held(folders.run / "lock") else []
    for child in children:
        if child["name"] == "gateway" and processes.alive(child["pid"], child["start"]):
            return int(child["pid"])
    raise CannotBelieve(f"Loa không chạy ở {folders.var}. Nếu cổng thiết bị chạy riêng, hãy khởi động lại nó.")


def _record(said: str, now: datetime) -> None:
    """First: what cannot be written down is not done."""
    import django
    from django.db import DatabaseError, transaction

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    django.setup()
    from loa.audit import actions

    note = f"tài khoản {getpass.getuser()} trên máy {platform.node()}, giờ đọc ở đồng hồ khác: {said}"
    try:
        with transaction.atomic():
            actions.record(
                actor=None, verb="clock.believed", object=("clock", "gateway"), facts={"note": note}, now=now
            )
    except DatabaseError as error:
        raise CannotBelieve(f"Chưa ghi được vào nhật ký nên chưa xác nhận. Hãy thử lại, {RESTART}.") from error
