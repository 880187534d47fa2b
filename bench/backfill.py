"""After an outage 5,000 loudspeakers hand in 200 proofs each at once: how many a second are verified and stored?

Real gateway, real PostgreSQL with every write durable. The proofs are made and signed before the clock starts; senders
in processes of their own post them as the agent does. Every tenth device sends its upload twice, as after a lost
receipt. `per_second` counts proofs from the first request to the last receipt; `lost` and `duplicated` are counted in
the database afterwards, by what every device swore to. `verify_per_second` is what one core verifies of the same bytes
without a database, `ratio` the part of it that was reached.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench._stack import gateway, postgres, surroundings  # noqa: E402

DEVICES = int(os.environ.get("LOA_BENCH_DEVICES", "5000"))
PROOFS = 200
SENDERS = 2
AT_ONCE = 64  # requests on their way, of one sender
TWICE = 10  # each n-th device sends again
BOOT = "b4c1a6d2e8f0"
MINUTE_MS = 60_000


def main() -> None:
    """Print one JSON line."""
    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            print(json.dumps({"bench": "backfill", **measure(folder, stack)}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, stack: ExitStack) -> dict[str, object]:
    """Everything in one run."""
    from tests import engine as engines

    url = stack.enter_context(postgres(folder))
    engine = stack.enter_context(engines.running(folder))
    environ = {**surroundings(folder, url, engine), "LOA_BENCH_DEVICES": str(DEVICES)}
    subprocess.run([sys.executable, str(ROOT / "bench" / "heartbeats.py"), "world"], check=True, cwd=ROOT, env=environ)
    with gateway(environ) as running:
        running.wait_active()
        senders = [stack.enter_context(_sender(environ, number)) for number in range(SENDERS)]
        verified = [float(one.stdout.readline()) for one in senders if one.stdout]
        cpu, began = running.cpu(), time.perf_counter()
        for one in senders:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        answers = [json.loads(one.stdout.readline()) for one in senders if one.stdout]
        passed = time.perf_counter() - began
        used = running.cpu() - cpu
        megabytes = running.memory_mb
    assert all(answer["refused"] == 0 for answer in answers), answers
    stored, distinct = counted(url)
    alone = sum(verified) / len(verified)
    return {
        "per_second": round(DEVICES * PROOFS / passed),
        "lost": DEVICES * PROOFS - distinct,
        "duplicated": stored - distinct,
        "ratio": round(DEVICES * PROOFS / passed / alone, 3),
        "verify_per_second": round(alone),
        "gateway_cores": round(used / passed, 2),
        "gateway_mb": megabytes,
        "devices": DEVICES,
        "sent_again": sum(answer["again"] for answer in answers),
    }


def counted(url: str) -> tuple[int, int]:
    """Rows in the database, and how many different ones of those that were sworn to."""
    import psycopg

    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select count(*), count(distinct (device_id, boot, count)) filter (where boot = %s and count <= %s)"
            " from broadcasts_playproof",
            (BOOT, PROOFS),
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _sender(environ: dict[str, str], number: int) -> "subprocess.Popen[str]":
    command = [sys.executable, __file__, "send", str(number)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environ)


def made(number: int) -> bytes:
    """The upload of one device, as it goes over the wire."""
    import msgspec
    from devicelink.messages import Proof, ProofUpload
    from devicelink.proofs import chained, sign_head

    from bench._swarm import name_of, seed_of

    now, last, rows = time.time_ns() // 1_000_000, None, []
    for at in range(PROOFS):
        planned = now - (PROOFS - at) * MINUTE_MS
        row = Proof(
            boot=BOOT, count=0, airing=f"a-{at:024x}", planned=planned, started=planned + 3, rendered=58_000,
            outcome="played", plan=now, clock_bound=40, previous="", hash="",
        )  # fmt: skip
        last = chained(row, last)
        rows.append(last)
    assert last is not None
    head = sign_head(name_of(number), last, seed_of(number))
    return msgspec.json.encode(ProofUpload(head=head, rows=tuple(rows)))


def verifying(bodies: list[bytes], first: int) -> float:
    """Proofs a second that one core verifies, without keeping them."""
    import msgspec
    import nacl.bindings
    from devicelink.messages import ProofUpload
    from devicelink.proofs import verify_upload

    from bench._swarm import name_of, seed_of

    sample = bodies[:100]
    began = time.process_time()
    for number, body in enumerate(sample, first):
        public = nacl.bindings.crypto_sign_seed_keypair(seed_of(number))[0]
        verify_upload(msgspec.json.decode(body, type=ProofUpload), device=name_of(number), public=public)
    return len(sample) * PROOFS / (time.process_time() - began)


async def send(number: int) -> None:
    """Make the uploads of a share of the devices, wait for the word, post them."""
    share = DEVICES // SENDERS
    first = number * share
    bodies = [made(one) for one in range(first, first + share)]
    print(verifying(bodies, first), flush=True)
    sys.stdin.readline()
    address = os.environ["LOA_GATEWAY_LISTEN"].rsplit(":", 1)
    waiting = asyncio.Queue[int]()
    for one in range(share):
        waiting.put_nowait(one)
        if one % TWICE == 0:
            waiting.put_nowait(one)
    told = await asyncio.gather(*(_post(address, waiting, bodies, first) for _ in range(AT_ONCE)))
    print(json.dumps({"refused": sum(told), "again": -(-share // TWICE)}), flush=True)


async def _post(address: list[str], waiting: "asyncio.Queue[int]", bodies: list[bytes], first: int) -> int:
    """Post until nothing waits; how many were refused."""
    from devicelink import tokens

    from bench._swarm import name_of, seed_of

    refused = 0
    reader, writer = await asyncio.open_connection(address[0], int(address[1]))
    while not waiting.empty():
        one = waiting.get_nowait()
        name = name_of(first + one)
        token = tokens.make(name, tokens.GATEWAY, seed=seed_of(first + one), now=time.time_ns() // 1_000_000)
        head = (
            f"POST /device/proofs HTTP/1.1\r\nHost: {address[0]}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(bodies[one])}\r\n\r\n"
        )
        writer.write(head.encode() + bodies[one])
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(answer.split("content-length: ")[1].split("\r\n")[0])
        body = await reader.readexactly(length)
        if " 200 " not in answer.split("\r\n")[0]:
            refused += 1
            print(answer, body, file=sys.stderr)
    writer.close()
    return refused


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["send", number]:
            import uvloop

            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(send(int(number)))
        case _:
            main()
