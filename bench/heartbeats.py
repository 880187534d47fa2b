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
import signal
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
        settled = second.wait_written(url, int(steady["last"]))
    return {
        "per_second": round(most),
        "ratio": round(most / bare, 3),
        "bare_per_second": round(bare),
        "devices": DEVICES,
        "cpu_at_2000": round(steady["cpu"], 3),
        "written_after_s": round(settled, 2),
        "logins_per_second": round(DEVICES / max(answer["seconds"] for answer in logins)),
        "gateway_mb": second.megabytes,
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


def with_gateway(gateway: "Gateway", swarms: list[Any], rate: float, seconds: float = SECONDS) -> dict[str, float]:
    """Beats a second that the gateway took in, and its use of one core, while `rate` was offered."""
    count, cpu, began = gateway.beats(), gateway.cpu(), time.perf_counter()
    last = sum(answer["last"] for answer in order(swarms, f"beat {rate / SWARMS} {seconds}"))
    passed = time.perf_counter() - began
    taken, used = gateway.beats() - count, gateway.cpu() - cpu
    print(f"gateway: {taken} beats in {passed:.1f} s, {used / passed:.2f} of a core", file=sys.stderr)
    return {"per_second": taken / passed, "cpu": used / passed, "last": last}


class Gateway:
    """The running gateway process."""

    def __init__(self, process: "subprocess.Popen[bytes]", address: str) -> None:
        self._process = process
        self._address = address
        self.megabytes = 0

    def health(self) -> dict[str, Any]:
        """Its own figures; empty while it is not there."""
        try:
            with urllib.request.urlopen(self._address + "/healthz", timeout=20) as answer:
                return dict(json.load(answer))
        except OSError:
            return {}

    def beats(self) -> int:
        """Taken in since it started."""
        return int(self.health()["beats"])

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_active(self) -> None:
        """Until it serves devices."""
        end = time.monotonic() + 60
        while not self.health().get("active"):
            assert time.monotonic() < end, "the gateway does not become active"
            time.sleep(0.1)

    def wait_idle(self) -> None:
        """Until nothing is left of what was offered too much."""
        before = -1
        while before != (before := self.beats()):
            time.sleep(1)

    def wait_written(self, url: str, last: int) -> float:
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
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        self.megabytes = int(status.split("VmRSS:")[1].split()[0]) // 1024
        return time.perf_counter() - began


@contextmanager
def gateway(environ: dict[str, str]) -> Iterator[Gateway]:
    """One gateway process."""
    log = Path(environ["LOA_VAR"]).parent / "gateway.log"
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, "-m", "loa.gateway"], env=environ, cwd=ROOT, stdout=out, stderr=out)
    try:
        yield Gateway(process, "http://" + environ["LOA_GATEWAY_LISTEN"])
    except BaseException:
        print(log.read_text()[-3000:], file=sys.stderr)
        raise
    finally:
        process.terminate()
        process.wait(30)


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


def order(swarms: list[Any], text: str) -> list[dict[str, Any]]:
    """The same order to all at once; their answers."""
    for process in swarms:
        process.stdin.write(text + "\n")
        process.stdin.flush()
    return [json.loads(process.stdout.readline()) for process in swarms]


def surroundings(folder: Path, url: str, engine: Any) -> dict[str, str]:
    """Environment of the gateway."""
    from signer import keys

    from loa.launch import ports

    places = keys.Folders(root=folder / "root", signer=folder / "signer", gateway=folder / "gateway-keys")
    keys.init(places, now=time.time_ns() // 1_000_000, demo=True)
    return {
        **os.environ,
        "LOA_VAR": str(folder / "var"),
        "LOA_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "loa.config.settings",
        "DATABASE_URL": url,
        "NATS_URL": engine.nats_url,
        "LOA_GATEWAY_KEYS": str(places.gateway),
        "LOA_GATEWAY_STATE": str(folder / "state"),
        "LOA_ENGINE_KEYS": str(engine.keys),
        "LOA_GATEWAY_LISTEN": f"127.0.0.1:{ports.any_free(())}",
        "LOA_LOG_LEVEL": "WARNING",
    }


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A database of its own, with every write made durable."""
    from loa.launch import postgres as embedded

    sockets, data = folder / "run", folder / "pg"
    embedded.hand_over(sockets)
    embedded.initialise(data)
    with (folder / "pg.log").open("wb") as log:
        command = embedded.server_arguments(data, sockets)
        server = subprocess.Popen(command, stdout=log, stderr=log, **embedded.unprivileged())
    try:
        while not (sockets / ".s.PGSQL.5432").exists():
            time.sleep(0.02)
        yield embedded.url(sockets, "postgres")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


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
        for number in range(DEVICES // 150)
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
