"""The record: how much an entry costs the action that makes it, how fast it is sealed, how fast all of it is verified.

A fresh durable PostgreSQL. `record_us` is what one `record` adds to a transaction that is committed and durable anyway
(both kinds take turns). Verifying streams: `verify_peak_mb` is what the process grew by while it read all links.
"""

import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENTRIES = int(os.environ.get("LOA_BENCH_ENTRIES", "100000"))
TURNS = 1500


def main() -> None:
    """Measure in this process, print one JSON line."""
    from bench import _stack

    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    os.environ.update(LOA_VAR=str(folder / "var"), LOA_MODE="test", DJANGO_SETTINGS_MODULE="loa.config.settings")
    try:
        with _stack.postgres(folder) as url:
            os.environ["DATABASE_URL"] = url
            print(json.dumps({"bench": "audit", **measure()}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure() -> dict[str, object]:
    """The figures."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("create table bench_deed (id bigint generated always as identity, at timestamptz)")
    figures = {**recorded(), **sealed(), **verified()}
    connection.close()
    return figures


class Lan:
    """Somebody who acts."""

    pk = 7
    full_name = "Hoàng Thị Lan"


def recorded() -> dict[str, float]:
    """Microseconds of a small action without and with an entry, and the difference."""
    plain, noted = [], []
    for _ in range(TURNS):
        plain.append(deed(note=False))
        noted.append(deed(note=True))
    without, with_entry = statistics.median(plain) * 1e6, statistics.median(noted) * 1e6
    return {
        "record_us": round(with_entry - without),
        "action_us": round(without),
        "action_with_record_us": round(with_entry),
    }


def deed(*, note: bool) -> float:
    """Seconds of one durable transaction."""
    from django.db import connection, transaction

    from loa.audit.actions import record
    from loa.kernel.clock import now

    facts = {"number": 3, "content": "9f" * 32, "reason": "Sửa giờ cấp nước theo thông báo mới"}
    began = time.perf_counter()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("insert into bench_deed (at) values (now())")
        if note:
            thing = ("bulletin", "0198c2f2-6c0e-7e31-9a53-7c1f0d1b7a11")
            record(actor=Lan(), verb="bulletin.saved", object=thing, area="vn.15.04531", facts=facts, now=now())
    return time.perf_counter() - began


def sealed() -> dict[str, object]:
    """Entries a second through the sealer, a thousand at a time as in a running platform."""
    from loa.audit import actions

    filled(ENTRIES - TURNS)
    began, count = time.perf_counter(), 0
    while done := actions.seal(sweep=True):
        count += done
    seconds = time.perf_counter() - began
    assert count == ENTRIES, count
    return {"entries": count, "seal_per_second": round(count / seconds)}


def filled(count: int) -> None:
    """Entries straight into the table."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit_entry (at, actor_id, actor_name, verb, object_kind, object_id, area, facts) "
            "select now(), 7, 'Hoàng Thị Lan', 'bulletin.saved', 'bulletin', gen_random_uuid()::text, 'vn.15.04531', "
            "jsonb_build_object('number', n, 'content', md5(n::text), 'reason', 'Sửa giờ cấp nước') "
            "from generate_series(1, %s) n",
            [count],
        )
        cursor.execute("analyze audit_entry")


def verified() -> dict[str, object]:
    """Links a second through the verification, and the memory that it took."""
    from loa.audit import actions, queries
    from loa.kernel.clock import now

    actions.keep_sealed(sweep=True, now=now())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    verdict = queries.verify(now=now())
    seconds = time.perf_counter() - began
    assert verdict.sound, verdict.findings[:3]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "verify_per_second": round(verdict.sealed / seconds),
        "verify_seconds": round(seconds, 2),
        "verify_peak_mb": round(peak / 1024),
    }


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
