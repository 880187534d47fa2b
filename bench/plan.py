"""Plans for a province: 15,000 loudspeakers, 100 communes, 300 distinct plans, 7 days ahead: compiled, signed, stored.

Nothing is left out. The schedules are read from a durable PostgreSQL, every airing is checked against its approval, the
real signer (a process of its own with its own read-only connection) checks everything again and signs, documents and
airings are written. The same is done for half of the loudspeakers before, to show how the time grows.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMUNES, GROUPS, DEVICES = 100, 3, 15_000
WAIT_S = 20


def main() -> None:
    """Build the world, measure half and all of it in fresh processes, print one JSON line."""
    from bench import _stack

    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    os.environ.update(LOA_VAR=str(folder / "var"), LOA_MODE="test", DJANGO_SETTINGS_MODULE="loa.config.settings")
    os.environ["LOA_SIGNER_SOCKET"] = str(folder / "signer.sock")
    try:
        with _stack.postgres(folder) as url:
            os.environ["DATABASE_URL"] = url
            run("world")
            with signer(folder, url):
                half, whole = run("measure", str(COMMUNES // 2)), run("measure", str(COMMUNES))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(
        json.dumps(
            {"bench": "plan", **whole, **{f"half_{name}": half[name] for name in ("seconds", "cpu_seconds", "devices")}}
        )
    )


def run(*arguments: str) -> dict[str, float]:
    """A part of this bench in a process of its own, so that its peak of memory is its own."""
    return run_part(__file__, *arguments)


def run_part(bench: str, *arguments: str) -> dict[str, float]:
    """A part of a bench in a process of its own; what its last line of JSON says."""
    done = subprocess.run([sys.executable, bench, *arguments], check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}


@contextmanager
def signer(folder: Path, url: str) -> Iterator[None]:
    """The real signer with demonstration keys."""
    from signer import keys

    keys.init(
        keys.Folders(root=folder / "root", signer=folder / "keys", gateway=folder / "gateway"),
        now=time.time_ns() // 1_000_000,
        demo=True,
    )
    command = [sys.executable, "-m", "signer", "serve", "--socket", str(folder / "signer.sock")]
    with (folder / "signer.log").open("wb") as log:
        process = subprocess.Popen([*command, "--keys", str(folder / "keys"), "--database", url], stderr=log)
    try:
        wait_for(folder / "signer.sock")
        yield
    finally:
        process.terminate()
        process.wait(10)


def wait_for(path: Path) -> None:
    """Until a socket is there."""
    end = time.monotonic() + WAIT_S
    while not path.exists():
        if time.monotonic() > end:
            raise TimeoutError(path)
        time.sleep(0.02)


def measure(communes: int) -> dict[str, float]:
    """Forget all plans, then make those of the first `communes` communes."""
    import django

    django.setup()
    from devicelink.signing import SignerClient
    from django.conf import settings
    from django.db import connection

    from loa.broadcasts.compile import compile_plans
    from loa.broadcasts.models import Airing, PlanState
    from loa.devices.models import Device, PlanSet
    from loa.kernel.clock import now

    with connection.cursor() as cursor:
        cursor.execute("truncate broadcasts_planday, broadcasts_airing, broadcasts_planstate cascade")
        cursor.execute("delete from devices_signeddocument where typ = 'plan'")
        cursor.execute("analyze")
    codes = [f"vn.15.{number:05}" for number in range(communes)]
    chosen = list(PlanSet.objects.filter(area__path__in=codes).values_list("pk", flat=True))
    began, cpu = time.perf_counter(), time.process_time()
    with SignerClient(settings.ENV.signer_socket) as client:
        outcome = compile_plans(signer=client, now=now(), plan_sets=chosen)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert len(outcome.published) == len(chosen), outcome.refused
    sizes, counts = zip(*PlanState.objects.filter(pk__in=chosen).values_list("size", "airings"), strict=True)
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "devices": Device.objects.filter(plan_set__in=chosen).count(),
        "plans": len(chosen),
        "airings": Airing.objects.count(),
        "airings_a_plan": round(sum(counts) / len(counts)),
        "largest_plan_kb": round(max(sizes) / 1024),
    }


def world() -> None:
    """A province on a busy week."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from bench import _province

    _province.build(COMMUNES, GROUPS, DEVICES // COMMUNES)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    match sys.argv[1:]:
        case ["world"]:
            world()
        case ["measure", count]:
            print(json.dumps(measure(int(count))))
        case _:
            main()
