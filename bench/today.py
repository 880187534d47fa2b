"""The page of the day of a commune with 90 loudspeakers, at 18:00, when it has most to tell: questions and time.

    {"bench": "today", "queries": .., "p95_ms": .., "p50_ms": .., "p95_cpu_ms": .., "devices": 90, "airings": ..}

The whole way of a request inside the server is taken: session, rights, all middleware, the page itself. The plans are
compiled and signed by the real signer, every loudspeaker has proved what it has sounded so far, one in ten is silent.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
COMMUNES, GROUPS, DEVICES = 3, 6, 90
CALLS, WARM_UP = 60, 3


def main() -> None:
    """Build the world, ask for the page, print one JSON line."""
    from bench import _stack
    from bench.plan import run_part, signer

    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    os.environ.update(LOA_VAR=str(folder / "var"), LOA_MODE="test", DJANGO_SETTINGS_MODULE="loa.config.settings")
    os.environ["LOA_SIGNER_SOCKET"] = str(folder / "signer.sock")
    try:
        with _stack.postgres(folder) as url:
            os.environ["DATABASE_URL"] = url
            with signer(folder, url):
                found = run_part(__file__, "measure", *sys.argv[1:])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"bench": "today", **found}))


def measure() -> dict[str, float]:
    """Of some requests after a few first ones, by a signed-in officer."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    call_command("migrate", verbosity=0)
    airings = world()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    import loa.config.wsgi  # noqa: F401 - everything is loaded as the web process loads it
    from loa.kernel import clock
    from loa.people.models import User

    client = Client(SERVER_NAME="localhost", headers={"x-forwarded-proto": "https"})
    client.force_login(User.objects.get(username="lan"))
    taken, busy = [], []
    with patch.object(clock, "now", lambda: evening(clock)):
        for number in range(WARM_UP + CALLS):
            began, cpu = time.perf_counter(), time.process_time()
            shown = client.get("/hom-nay/")
            if number >= WARM_UP:
                taken.append(time.perf_counter() - began)
                busy.append(time.process_time() - cpu)
        with CaptureQueriesContext(connection) as asked:
            client.get("/hom-nay/")
    if "--explain" in sys.argv:
        print(*(query["sql"][:300] for query in asked.captured_queries), sep="\n", file=sys.stderr)
    page = shown.content.decode()
    assert shown.status_code == 200, shown.status_code
    assert "Thông báo số 11" in page, page[:2000]
    return {
        "queries": len(asked), "p95_ms": _ms(taken, 0.95), "p50_ms": _ms(taken, 0.5), "p95_cpu_ms": _ms(busy, 0.95),
        "devices": DEVICES, "airings": airings, "page_kb": round(len(page) / 1024),
    }  # fmt: skip


def _ms(figures: list[float], share: float) -> float:
    return round(sorted(figures)[int(len(figures) * share)] * 1000, 1)


def evening(clock: Any) -> datetime:
    """18:00 of this day."""
    return clock.local(datetime.now(clock.LOCAL)).replace(hour=18, minute=0, second=0, microsecond=0)


def world() -> int:
    """Three communes, the officer of the first, plans, states, proofs of this day; how many airings it has had."""
    from devicelink.signing import SignerClient
    from django.conf import settings

    from bench import _province
    from loa.areas.models import Area
    from loa.broadcasts import compile as compiler
    from loa.kernel import clock
    from loa.people.models import Role, RoleGrant, User

    _province.build(COMMUNES, GROUPS, DEVICES)
    now = clock.now()
    commune = Area.objects.get(path="vn.15.00000")
    lan = User.objects.get(username="lan")
    RoleGrant.objects.create(user=lan, role=Role.OFFICER, area=commune, starts=now - timedelta(days=1))
    with SignerClient(settings.ENV.signer_socket) as client:
        outcome = compiler.compile_plans(signer=client, now=now)
    assert not outcome.refused, outcome.refused
    return lived(commune, evening(clock))


def lived(commune: Any, at: datetime) -> int:
    """What its loudspeakers have told until then."""
    from random import Random

    from loa.broadcasts.models import Airing, PlanDay, PlayProof
    from loa.demo import states
    from loa.devices.models import Device, DeviceStatus

    chance = Random(9)
    devices = list(Device.objects.filter(area=commune).order_by("number"))
    told = [states.TROUBLES[0][1] if number % 10 == 9 else states.ONLINE for number in range(len(devices))]
    DeviceStatus.objects.bulk_create(
        states.status(device, story, at, chance, at) for device, story in zip(devices, told, strict=True)
    )
    days = {row.plan_set_id: row.airings for row in PlanDay.objects.filter(day=at.date(), plan_set__area=commune)}
    known = Airing.objects.in_bulk({one["id"] for rows in days.values() for one in rows})
    proofs = [
        PlayProof(
            device=device, boot="b", count=number, airing=one["id"], planned=row.start, started=row.start,
            rendered_ms=row.duration_ms, outcome="played", plan=1, clock_bound=5, hash=f"{number:064}",
            stored_at=row.end,
        )
        for device, story in zip(devices, told, strict=True)
        if story is states.ONLINE
        for number, one in enumerate(days[device.plan_set_id])
        if (row := known[one["id"]]).start < at and device.pk in (one.get("only") or [device.pk])
    ]  # fmt: skip
    PlayProof.objects.bulk_create(proofs)
    assert proofs
    return len(known)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    match sys.argv[1:]:
        case ["measure", *_]:
            print(json.dumps(measure()))
        case _:
            main()
