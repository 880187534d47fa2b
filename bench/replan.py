"""One schedule of one commune is edited: how long until its plans, and no others, are signed anew.

A province of 100 communes has its plans. In each of some communes one airing is taken out by the ordinary change
(shown, confirmed), then the plans that it touched are compiled, checked and signed by the real signer. `untouched`
counts the plans of the province that are, byte by byte, what they were.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COMMUNES, GROUPS, DEVICES = 100, 3, 15_000
EDITED = 20


def main() -> None:
    """Build the world, edit, print one JSON line."""
    from bench import _stack
    from bench.plan import run_part, signer

    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    os.environ.update(LOA_VAR=str(folder / "var"), LOA_MODE="test", DJANGO_SETTINGS_MODULE="loa.config.settings")
    os.environ["LOA_SIGNER_SOCKET"] = str(folder / "signer.sock")
    try:
        with _stack.postgres(folder) as url:
            os.environ["DATABASE_URL"] = url
            run_part(str(ROOT / "bench" / "diff.py"), "world")
            with signer(folder, url):
                found = run_part(__file__, "measure")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"bench": "replan", **found}))


def measure() -> dict[str, object]:
    """Milliseconds from the confirmed edit to the signed plans of its commune, and how long this process worked on them
    (without the signer and the database); what became of all the others."""
    import django

    django.setup()
    from devicelink.signing import SignerClient
    from django.conf import settings

    from loa.broadcasts import compile as compiler
    from loa.kernel.clock import now

    with SignerClient(settings.ENV.signer_socket) as client:
        compiler.compile_plans(signer=client, now=now())
        before = plans()
        taken, busy, touched = [], [], set[str]()
        for number in range(EDITED):
            edit(f"vn.15.{number:05}")
            began, cpu = time.perf_counter(), time.process_time()
            outcome = compiler.compile_plans(signer=client, now=now(), plan_sets=compiler.touched())
            taken.append((time.perf_counter() - began) * 1000)
            busy.append((time.process_time() - cpu) * 1000)
            touched |= outcome.published.keys()
    after = plans()
    same = sum(after[name] == jws for name, jws in before.items() if name not in touched)
    return {
        "ms_per_commune": round(sum(taken) / len(taken), 1),
        "slowest_ms": round(max(taken), 1),
        "cpu_ms_per_commune": round(sum(busy) / len(busy), 1),
        "signed": len(touched),
        "untouched": same,
        "untouched_but_changed": len(before) - len(touched) - same,
    }


def plans() -> dict[str, str]:
    """The newest signed plan of every plan set."""
    from loa.devices.models import SignedDocument

    rows = SignedDocument.objects.filter(typ="plan").order_by("subject", "revision")
    return {row.subject.removeprefix("plan_set/"): row.jws for row in rows}


def edit(path: str) -> None:
    """One airing of tomorrow is taken out, shown and confirmed."""
    from datetime import timedelta

    from loa.broadcasts.changes.keeping import keep, preview
    from loa.broadcasts.changes.kinds.schedules import DropAiring
    from loa.broadcasts.models import Schedule
    from loa.broadcasts.queries.sources import rule_of
    from loa.kernel.clock import now, to_ms

    user, moment = officer(), now()
    row = Schedule.objects.filter(area__path=path, target={}).order_by("position").first()
    assert row is not None
    start = rule_of(row).starts(moment + timedelta(days=1), moment + timedelta(days=2))[0]
    change = DropAiring(area=path, schedule=row.pk, start=to_ms(start))
    shown = preview(actor=user, change=change, now=moment)
    keep(actor=user, change=change, token=shown.token, now=moment)


def officer() -> Any:
    """Somebody of the province who plans."""
    from datetime import timedelta

    from loa.areas.models import Area
    from loa.kernel.clock import now
    from loa.people.models import Role, RoleGrant, User

    lan = User.objects.get(username="lan")
    if not lan.grants.exists():
        province = Area.objects.get(path="vn.15")
        RoleGrant.objects.create(user=lan, role=Role.PROVINCE_EDITOR, area=province, starts=now() - timedelta(days=1))
    return lan


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    match sys.argv[1:]:
        case ["measure"]:
            print(json.dumps(measure()))
        case _:
            main()
