"""The page Thiết bị of a province with 15,000 loudspeakers: every question it asks the database, and a search.

    {"bench": "devices", "devices": 15000, "page_ms": .., "sums_ms": .., "picture_ms": .., "search_ms": .., ...}

Each is the median of nine calls, rows read and made into lines. `--explain` prints the plans of the slowest.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

from bench.plan import postgres

COMMUNES, DEVICES, CALLS = 100, 150, 9


def main() -> None:
    """Build, measure, print one JSON line."""
    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    os.environ.update(LOA_VAR=str(folder / "var"), LOA_MODE="test", DJANGO_SETTINGS_MODULE="loa.config.settings")
    try:
        with postgres(folder) as url:
            os.environ["DATABASE_URL"] = url
            print(json.dumps({"bench": "devices", **measure()}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure() -> dict[str, float]:
    """Milliseconds of each question."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from django.db import connection

    from loa.devices import queries
    from loa.devices.queries import Wish

    province, now = build()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    path = province.path
    asked: dict[str, Callable[[], object]] = {
        "page_ms": lambda: queries.listed(path, Wish(), now),
        "last_page_ms": lambda: queries.listed(path, Wish(), now, page=9_999),
        "reason_ms": lambda: queries.listed(path, Wish(reason="sim_expired"), now),
        "search_ms": lambda: queries.listed(path, Wish(text="thon 7 don vi 00042"), now),
        "sums_ms": lambda: queries.sums(path, now),
        "picture_ms": lambda: queries.picture(province, now),
    }
    took = {name: median(question) for name, question in asked.items()}
    if "--explain" in sys.argv:
        explain(connection, asked)
    return {"devices": COMMUNES * DEVICES, **took}


def explain(connection, asked) -> None:  # type: ignore[no-untyped-def]
    """What PostgreSQL does for each question."""
    from django.test.utils import CaptureQueriesContext

    for name, question in asked.items():
        with CaptureQueriesContext(connection) as seen:
            question()
        for query in seen.captured_queries:
            with connection.cursor() as cursor:
                cursor.execute("explain (analyze, buffers) " + query["sql"])
                print(f"--- {name}", *(row[0] for row in cursor.fetchall()), sep="\n", file=sys.stderr)


def median(question: Callable[[], object]) -> float:
    """Of some calls after a first."""
    question()
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        question()
        took.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(took), 1)


def build():  # type: ignore[no-untyped-def]
    """A province of 100 communes, straight into the tables."""
    from loa.areas import rules as area_rules
    from loa.areas.models import Area
    from loa.areas.rules import Kind, Level
    from loa.demo import states
    from loa.devices.models import Device, DeviceStatus
    from loa.kernel.clock import local
    from loa.kernel.clock import now as clock

    now, chance = clock(), Random(15)

    def area(path: str, kind: Kind, level: Level, parent: Area | None) -> Area:
        name = f"Đơn vị {path.rsplit('.', 1)[-1]}"
        return Area.objects.create(
            path=path, code=path.rsplit(".", 1)[-1], name=name, full_name=name, kind=kind, level=level, parent=parent,
            sort_key=area_rules.sort_key(name), latitude=21.7, longitude=104.5,
        )  # fmt: skip

    province = area("vn.15", Kind.PROVINCE, Level.PROVINCE, area("vn", Kind.COUNTRY, Level.CENTRE, None))
    for number in range(COMMUNES):
        commune = area(f"vn.15.{number:05}", Kind.COMMUNE, Level.COMMUNE, province)
        devices = [
            Device(area=commune, number=place, name=f"Nhà văn hóa thôn {place}", made_at=now, sample=True,
                   sim_expires=local(now).date() + timedelta(days=chance.randint(1, 300)))
            for place in range(1, DEVICES + 1)
        ]  # fmt: skip
        Device.objects.bulk_create(devices)
        told = [*states.stories(chance, 10), *[states.ONLINE] * (DEVICES - 10)]
        DeviceStatus.objects.bulk_create(
            states.status(device, story, now, chance, now) for device, story in zip(devices, told, strict=True)
        )
    return province, now


if __name__ == "__main__":
    main()
