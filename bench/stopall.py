"""Stop-all: how soon 5,000 connected loudspeakers are silent, with PostgreSQL and without.

    {"bench": "stopall", "p99_s": .., "p99_no_database_s": .., "ratio": .., "reference_p99_s": .., "command_p99_s": ..,
     "resume_p99_s": .., "devices": 5000, "rounds": 5, "load": ..}

A loudspeaker counts as silent when it has verified the order itself: the sound ends with the next 10 ms. Times count
from the moment at which the order is posted to the gateway, over all loudspeakers and rounds together; for `command`
from the start of `loa stop-all`, the database dead. No page server is there. `ratio` is `p99_s` to a reference in
the same run: the same swarm verifies and acknowledges the same bytes, sent by a bare publisher, no gateway beside it.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench._stack import gateway, order, postgres, surroundings  # noqa: E402

DEVICES = int(os.environ.get("LOA_BENCH_DEVICES", "5000"))
ROUNDS = 5
SWARMS = 2
PATIENCE_S = 30
PROVINCE = "vn.15"
HOUR_MS = 3_600_000


def main() -> None:
    """Print one JSON line."""
    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            print(json.dumps({"bench": "stopall", **measure(folder, stack)}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, stack: ExitStack) -> dict[str, object]:
    """Everything in one run."""
    from tests import engine as engines

    database = stack.enter_context(ExitStack())
    url = database.enter_context(postgres(folder))
    engine = stack.enter_context(engines.running(folder))
    environ = surroundings(folder, url, engine) | {"LOA_BENCH_DEVICES": str(DEVICES)}
    subprocess.run([sys.executable, str(ROOT / "bench/heartbeats.py"), "world"], check=True, cwd=ROOT, env=environ)
    with gateway(environ) as running:
        running.wait_active()
        swarms = [stack.enter_context(swarm(environ, engine.listen.mqtt, number)) for number in range(SWARMS)]
        logins = order(swarms, "login")
        assert sum(answer["ok"] for answer in logins) == DEVICES, logins
        post = poster(environ)
        stops, resumes = rounds(swarms, post)
        database.close()  # PostgreSQL is stopped; nobody tells the gateway
        dark, _ = rounds(swarms, post)
        by_hand = [
            silent_after(swarms, lambda: command(environ)),
            silent_after(swarms, lambda: command(environ, "--resume")),
        ][0]
        payload = last_hold(environ)
    publisher = stack.enter_context(bare_publisher(engine, payload))
    reference = [late for _ in range(ROUNDS) for late in silent_after(swarms, publisher)]
    return {
        "p99_s": p99(stops),
        "p99_no_database_s": p99(dark),
        "ratio": round(p99(stops) / p99(reference), 3),
        "reference_p99_s": p99(reference),
        "command_p99_s": p99(by_hand),
        "resume_p99_s": p99(resumes),
        "devices": DEVICES,
        "rounds": ROUNDS,
        "load": round(os.getloadavg()[0], 1),
    }


def rounds(swarms: list[Any], post: Callable[[str], None]) -> tuple[list[float], list[float]]:
    """Seconds until each loudspeaker was silent, and until each might sound again."""
    stops: list[float] = []
    resumes: list[float] = []
    for _ in range(ROUNDS):
        stops += silent_after(swarms, lambda: post("stop"))
        resumes += silent_after(swarms, lambda: post("resume"))
    return stops, resumes


def silent_after(swarms: list[Any], deed: Callable[[], object]) -> list[float]:
    """Do it; seconds until it came to each loudspeaker. AssertionError if it did not come to all."""
    order(swarms, "forget")
    began = time.time()
    deed()
    answers = order(swarms, f"wait {PATIENCE_S}")
    assert not any(answer["refused"] for answer in answers), answers
    late = [at - began for answer in answers for at in answer["at"]]
    assert len(late) == DEVICES, len(late)
    assert min(late) > 0, f"{sum(one < 0 for one in late)} of {DEVICES} were not reached"
    return late


def p99(late: list[float]) -> float:
    """Seconds within which 99 of 100 were reached."""
    return round(sorted(late)[int(len(late) * 0.99)], 3)


def poster(environ: dict[str, str]) -> Callable[[str], None]:
    """What a page does: post to the gateway with the ticket that it was given."""
    from datetime import timedelta

    from loa.config import env as settings
    from loa.devices import tickets
    from loa.kernel.clock import now

    ticket = tickets.mint(
        seed=tickets.ensure_seed(settings.read(environ).ticket_keys), user=1, name="Hoàng Thị Lan", area=PROVINCE,
        role="technician", may=("hold.set", "view"), now=now(), life=timedelta(hours=1),
    )  # fmt: skip

    def post(deed: str) -> None:
        until = time.time_ns() // 1_000_000 + HOUR_MS
        wish = {"audience": {"area": PROVINCE}} | ({"until": until} if deed == "stop" else {})
        request = urllib.request.Request(
            f"http://{environ['LOA_GATEWAY_LISTEN']}/edge/{deed}", json.dumps(wish).encode(),
            {"Authorization": f"Bearer {ticket}", "Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            assert json.load(answer)["devices"] == DEVICES
        time.sleep(2.1)  # the gateway takes twenty stops at once from one hand, then one every two seconds

    return post


def command(environ: dict[str, str], *words: str) -> None:
    """`loa stop-all` on the machine itself."""
    subprocess.run(
        [sys.executable, "-m", "loa.launch", "stop-all", PROVINCE, *words], check=True, cwd=ROOT, env=environ,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def last_hold(environ: dict[str, str]) -> str:
    """The bytes of the last order, from the gateway's journal."""
    lines = (Path(environ["LOA_GATEWAY_STATE"]) / "holds.journal").read_text().splitlines()
    return next(str(line["entry"]["jws"]) for line in map(json.loads, reversed(lines)) if "entry" in line)


@contextmanager
def swarm(environ: dict[str, str], port: int, number: int) -> Iterator["subprocess.Popen[str]"]:
    """A part of the loudspeakers."""
    share = DEVICES // SWARMS
    keyset = Path(environ["LOA_GATEWAY_KEYS"]) / "keyset.jws"
    words = [str(port), str(number * share), str(share), str(keyset)]
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "bench/_silenced.py"), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def bare_publisher(engine: Any, payload: str) -> Iterator[Callable[[], None]]:
    """Somebody who publishes these bytes to everybody and does nothing else."""
    import nats

    with asyncio.Runner() as runner:

        async def connect() -> Any:
            seed = (engine.keys / "platform.nk").read_text().strip()
            return await nats.connect(engine.nats_url, nkeys_seed_str=seed)

        client = runner.run(connect())

        async def publish() -> None:
            await client.publish("all.down", payload.encode())
            await client.flush()

        yield lambda: runner.run(publish())
        runner.run(client.close())


if __name__ == "__main__":
    main()
