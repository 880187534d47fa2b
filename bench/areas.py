"""Looking up units: all of the country, past and present, by what people type, also without diacritics and with slips.

A fresh durable PostgreSQL, the import twice (the second must change nothing), then every query several times in mixed
order; all steps of a search count, those that find nothing too. `p50_ms`, `p95_ms` and `max_ms` are over the median of
each query, so that one query that is always slow shows and one pause of the machine does not; `worst_ms` is over every
single search. `slowest` names the query of `max_ms`. The `cpu_` figures are the processor time of the search in both
processes: what it takes on a machine that has nothing else to do.
"""

import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 9
SAMPLES = 150
TYPED = (
    "quy mong", "Quy Mông", "QUY MÔNG", "xa quy mong", "x. quy mông", "x.quy mong", "quy mong, lao cai",
    "quy mong lao cai", "xã Quy Mông, huyện Trấn Yên, tỉnh Yên Bái", "quy mong tran yen yen bai", "y can", "tran yen",
    "h. tran yen", "huyện trấn yên", "tân lập", "tan lap", "xa tan lap", "tan lap, lao cai", "tan lap lao cai",
    "tan lap thai nguyen", "tan thanh", "hoà bình", "hòa bình", "thuỷ nguyên", "thủy nguyên", "phuong 1", "p.1",
    "p1, q3", "q.1", "quan 10", "P.Bến Thành", "tp hcm", "tphcm", "tp. hồ chí minh", "hanoi", "ha noi", "t. lao cai",
    "tx son tay", "tt. co le", "tt tan tuc", "dak lak", "dac lac", "daklak", "cu m'gar", "cư m’gar", "cu mgar",
    "ia h'drai", "bac can", "quí châu", "qui mong", "quymong", "quy mogn", "qyu mong", "hai phogn", "nghia lo",
    "xuan loc", "con co", "04531",
    "a", "t", "an", "xa", "phuong", "tinh", "an an", "hai ba trung", "phuong hai ba trung ha noi", "thon 5",
    "%", "_", "\\", "' or 1=1; --", "   ", "😀", "zzzz", "zzzzzz zzzzzz", "x" * 10_000, "tan " * 2_500, "a " * 5_000,
    "Quy Mo\u0302ng", "\x00quy\u200bmong",
)  # fmt: skip


def main() -> None:
    """Import twice, search, print one JSON line."""
    from bench import _stack

    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    os.environ.update(LOA_VAR=str(folder / "var"), LOA_MODE="test", DJANGO_SETTINGS_MODULE="loa.config.settings")
    try:
        with _stack.postgres(folder) as url:
            os.environ["DATABASE_URL"] = url
            print(json.dumps({"bench": "areas", **measure()}, ensure_ascii=False))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure() -> dict[str, object]:
    """The figures."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    first, created = brought_in()
    second, again = brought_in()
    assert again == 0, "the second import changed something"
    figures = {"units": created, "import_seconds": first, "import_again_seconds": second, **searched(queries())}
    connection.close()
    return figures


def brought_in() -> tuple[float, int]:
    """Seconds of one import, reading the published files included, and how many units it created or changed."""
    from loa.areas import actions, sources
    from loa.kernel.clock import now

    began = time.perf_counter()
    result = actions.import_units(data=sources.published(), now=now())
    return round(time.perf_counter() - began, 2), result.created + result.changed


def queries() -> list[str]:
    """What is typed above, and real names of all times: whole, folded, half typed, with the place behind, slipped."""
    from loa.areas.models import Area
    from loa.areas.rules import fold

    chance = random.Random(20250701)
    rows = list(Area.objects.order_by("path").values_list("name", "full_name", "parent__full_name"))
    found = list(TYPED)
    for name, full_name, parent in chance.sample(rows, SAMPLES):
        ways = (name, fold(full_name), name[: len(name) // 2 + 1], f"{fold(name)}, {parent}", f"{fold(name)} {parent}")
        found.append(chance.choice((*ways, slip(fold(name), chance))))
    return list(dict.fromkeys(found))


def slip(name: str, chance: random.Random) -> str:
    """Two neighbouring letters change places."""
    at = chance.randrange(max(1, len(name) - 1))
    return name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :]


def searched(texts: list[str]) -> dict[str, object]:
    """Milliseconds of searches as a page makes them: 31 results, the person's own province first."""
    from loa.areas.queries import search

    took: dict[str, list[tuple[float, float]]] = {text: [] for text in texts}
    cpu = processor()
    for text in [*texts[:20], *mixed(texts)]:
        before, began = cpu(), time.perf_counter()
        search(text, limit=31, near="vn.15.04531")
        took[text].append(((time.perf_counter() - began) * 1000, cpu() - before))
    wall = sorted((statistics.median(one for one, _ in times), text) for text, times in took.items())
    busy = sorted(statistics.median(one for _, one in times) for times in took.values())
    return {
        "queries": len(texts),
        **spread("", [time for time, _ in wall]),
        "worst_ms": round(max(one for times in took.values() for one, _ in times), 2),
        "slowest": wall[-1][1][:40],
        **spread("cpu_", busy),
        "load": round(os.getloadavg()[0], 1),
    }


def spread(prefix: str, times: list[float]) -> dict[str, float]:
    """Half, nearly all and the longest of sorted times."""
    chosen = {"p50": statistics.median(times), "p95": times[int(len(times) * 0.95)], "max": times[-1]}
    return {f"{prefix}{name}_ms": round(value, 2) for name, value in chosen.items()}


def processor() -> Callable[[], float]:
    """A clock of the milliseconds that this process and its server process have worked."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        server = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    return lambda: time.process_time() * 1000 + int(server.read_text().split()[0]) / 1e6


def mixed(texts: list[str]) -> Iterator[str]:
    """All of them, again and again in another order."""
    chance = random.Random(1)
    for _ in range(ROUNDS):
        yield from chance.sample(texts, len(texts))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
