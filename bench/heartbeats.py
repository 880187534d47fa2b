"""15,000 loudspeakers that beat: how many heartbeats a second become the newest state in the database.

Real engine, real logins through the gateway, real PostgreSQL. More and more beats a second are offered, first to a bare
subscriber of the engine (counts and does nothing else), then to the gateway, until less than nine tenths are taken in;
`per_second` is the most that the gateway took, `ratio` that to the most of the bare subscriber. Then 2,000 a second:
`cpu_at_2000` is the part of one core that the gateway needs for them, and the table must end up with the very last beat
of every device, `written_after_s` after it was sent.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench._stack import Gateway, gateway, order, postgres, surroundings  # noqa: E402

DEVICES = int(os.environ.get("LOA_BENCH_DEVICES", "15000"))
SWARMS = 2
STEPS = (4_000, 8_000, 12_000, 16_000, 24_000)
ENOUGH = 0.9
SECONDS = 8
STEADY = 2_000


def main() -> None:
    """Print one JSON line."""
    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            print(json.dumps({"bench": "heartbeats", **measure(folder, stack)}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, stack: ExitStack) -> dict[str, object]:
    """Everything in one run."""
    from tests import engine as engines

    url = stack.enter_context(postgres(folder))
    engine = stack.enter_context(engines.running(folder))
    environ = surroundings(folder, url, engine)
    subprocess.run([sys.executable, __file__, "world"], check=True, cwd=ROOT, env=environ)
    with gateway(environ) as first:
        first.wait_active()
        swarms = [stack.enter_context(swarm(engine.listen.mqtt, number)) for number in range(SWARMS)]
        logins = order(swarms, "login")
        assert sum(answer["ok"] for answer in logins) == DEVICES, logins
    bare = climb(lambda rate: with_bare_subscriber(engine, swarms, rate))
    with gateway(environ) as second:
        second.wait_active()
        most = climb(lambda rate: with_gateway(second, swarms, rate)["per_second"])
        second.wait_idle()
        steady = with_gateway(second, swarms, STEADY, seconds=2 + DEVICES / STEADY)
        settled, megabytes = wait_written(url, int(steady["last"])), second.memory_mb
    return {
        "per_second": round(most),
        "ratio": round(most / bare, 3),
        "bare_per_second": round(bare),
        "devices": DEVICES,
        "cpu_at_2000": round(steady["cpu"], 3),
        "written_after_s": round(settled, 2),
        "logins_per_second": round(DEVICES / max(answer["seconds"] for answer in logins)),
        "gateway_mb": megabytes,
    }


def climb(taken: Callable[[float], float]) -> float:
    """The most that was taken in, by offering more and more."""
    most = 0.0
    for rate in STEPS:
        found = taken(rate)
        print(f"offered {rate}, taken {found:.0f}", file=sys.stderr)
        most = max(most, found)
        if found < ENOUGH * rate:
            break
    return most


def with_bare_subscriber(engine: Any, swarms: list[Any], rate: float) -> float:
    """Beats a second that a subscriber takes in that does nothing with them."""
    arguments = [engine.nats_url, str(engine.keys / "platform.nk"), str(SECONDS)]
    with subprocess.Popen(
        [sys.executable, __file__, "bare", *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        order(swarms, f"beat {rate / SWARMS} {SECONDS}")
        return float(process.stdout.readline())


def with_gateway(gateway: Gateway, swarms: list[Any], rate: float, seconds: float = SECONDS) -> dict[str, float]:
    """Beats a second that the gateway took in, and its use of one core, while `rate` was offered."""
    count, cpu, began = gateway.beats(), gateway.cpu(), time.perf_counter()
    last = sum(answer["last"] for answer in order(swarms, f"beat {rate / SWARMS} {seconds}"))
    passed = time.perf_counter() - began
    taken, used = gateway.beats() - count, gateway.cpu() - cpu
    print(f"gateway: {taken} beats in {passed:.1f} s, {used / passed:.2f} of a core", file=sys.stderr)
    return {"per_second": taken / passed, "cpu": used / passed, "last": last}


def wait_written(url: str, last: int) -> float:
    """Seconds until the table holds the last beat of every device; `last` is the sum of their numbers."""
    import psycopg

    began = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        while time.perf_counter() - began < 60:
            row = connection.execute(
                "select count(*), sum(uptime) from devices_devicestatus where state = 'online'"
            ).fetchone()
            assert row is not None
            if row == (DEVICES, last):
                break
            time.sleep(0.2)
        else:
            raise AssertionError(f"not all devices are up to date: {row}, not {last}")
    return time.perf_counter() - began


@contextmanager
def swarm(port: int, number: int) -> Iterator["subprocess.Popen[str]"]:
    """A part of the devices."""
    share = DEVICES // SWARMS
    command = [sys.executable, str(ROOT / "bench" / "_swarm.py"), str(port), str(number * share), str(share)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def world() -> None:
    """A province: 100 communes, all devices placed."""
    import django

    django.setup()
    import nacl.bindings
    from devicelink.jws import encode64
    from django.core.management import call_command

    from bench._swarm import name_of, seed_of
    from loa.areas.models import Area
    from loa.devices.models import Device, PlanSet
    from loa.kernel.clock import now

    call_command("migrate", verbosity=0)
    moment = now()
    communes = [
        Area.objects.create(
            path=f"vn.15.{number:05}", code=f"{number:05}", name=f"{number}", full_name=f"Xã {number}", kind="xa",
            level=3, sort_key=f"{number:05}",
        )
        for number in range(-(-DEVICES // 150))
    ]  # fmt: skip
    sets = [
        PlanSet.objects.create(id=f"ps-{area.code}", area=area, signature=area.code, made_at=moment)
        for area in communes
    ]

    def device(number: int) -> Device:
        public = encode64(nacl.bindings.crypto_sign_seed_keypair(seed_of(number))[0])
        return Device(
            id=name_of(number), area=communes[number // 150], number=number % 150 + 1, name=f"Cụm {number}",
            public_key=public, state="placed", plan_set=sets[number // 150], made_at=moment,
        )  # fmt: skip

    Device.objects.bulk_create((device(number) for number in range(DEVICES)), batch_size=2_000)


async def bare(url: str, seed: str, seconds: float) -> None:
    """Subscribe, count, do nothing."""
    import nats

    count = 0

    async def on_beat(message: Any) -> None:
        nonlocal count
        count += 1

    client = await nats.connect(url, nkeys_seed_str=Path(seed).read_text().strip())
    await client.subscribe("d.*.up.beat", cb=on_beat, pending_msgs_limit=-1, pending_bytes_limit=-1)
    await client.flush()
    print("ready", flush=True)
    while count == 0:
        await asyncio.sleep(0.005)
    began, before = time.perf_counter(), count
    await asyncio.sleep(seconds - 0.5)
    print((count - before) / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["world"]:
            world()
        case ["bare", url, seed, seconds]:
            import uvloop

            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(bare(url, seed, float(seconds)))
        case _:
            main()
