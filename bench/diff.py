"""What other hours of a province do to the real air times of fourteen days: 100 communes, 300 distinct plans.

The whole way of the page: the rule is set by its action in a savepoint; schedules, rules, groups and loudspeakers are
read from a durable PostgreSQL, planned and resolved by the code that makes plans, compared, folded into
lines, taken back. Each round asks for other hours, so that nothing is remembered from the last one.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMUNES, GROUPS, DEVICES = 100, 3, 15_000
ROUNDS = 20


def main() -> None:
    """Build the world, ask twenty times, print one JSON line."""
    from bench import _stack
    from bench.plan import run_part, signer

    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    os.environ.update(LOA_VAR=str(folder / "var"), LOA_MODE="test", DJANGO_SETTINGS_MODULE="loa.config.settings")
    os.environ["LOA_SIGNER_SOCKET"] = str(folder / "signer.sock")
    try:
        with _stack.postgres(folder) as url:
            os.environ["DATABASE_URL"] = url
            run_part(__file__, "world")
            with signer(folder, url):
                found = run_part(__file__, "measure")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"bench": "diff", **found}))


def world() -> None:
    """A province on a busy week."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from bench import _province

    _province.build(COMMUNES, GROUPS, DEVICES // COMMUNES)
    with connection.cursor() as cursor:
        cursor.execute("analyze")


def measure() -> dict[str, object]:
    """Seconds of each preview, the slowest twentieth (and that of its own processor time), what the last one showed."""
    import django

    django.setup()
    from loa.broadcasts.changes.keeping import preview
    from loa.broadcasts.changes.kinds.rules import Hours, SetHours
    from loa.kernel.clock import local, now
    from loa.people.models import User

    thanh = User.objects.get(username="thanh")
    taken, busy, shown = [], [], None
    for number in range(ROUNDS):
        starts = local(now()).date() + timedelta(days=1)
        hours = Hours((1, 2, 3, 4, 5, 6, 7), f"05:{10 + number:02}", "21:00")
        change = SetHours(area="vn.15", windows=(hours,), document="QĐ 1/QĐ-UBND", starts=starts)
        began, cpu = time.perf_counter(), time.process_time()
        shown = preview(actor=thanh, change=change, now=now())
        taken.append(time.perf_counter() - began)
        busy.append(time.process_time() - cpu)
    assert shown is not None
    assert shown.token, shown.refusal
    return {
        "p95_s": round(_share(taken, 0.95), 3),
        "p50_s": round(_share(taken, 0.5), 3),
        "p95_cpu_s": round(_share(busy, 0.95), 3),
        "communes": COMMUNES,
        "devices": DEVICES,
        "airings": shown.difference.airings,
        "lines": len(shown.difference.lines),
    }


def _share(figures: list[float], share: float) -> float:
    """The figure that this share of them does not exceed."""
    return sorted(figures)[int(len(figures) * share)]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    match sys.argv[1:]:
        case ["world"]:
            world()
        case ["measure"]:
            print(json.dumps(measure()))
        case _:
            main()
