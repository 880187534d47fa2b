"""A live voice: how much later than promised a loudspeaker has it, and what 200 listeners cost the platform.

    {"bench": "live", "extra_ms": .., "platform_cpu_per_200": .., "late_ms": [p50, p99, max], "starved": .., ...}

A microphone gives 20 ms packets; each 200 ms a sender signs a batch and publishes it once per commune over the real
engine. 200 loudspeakers are logged in over MQTT: all verify each batch, 20 decode it and have a card that asks 50 ms
ahead. `extra_ms` is what goes from mouth to loudspeaker beyond the buffer: how much later than its capture time plus
the buffer a sample sounded (its gaps counted as a whole buffer), 0 where all were there in time, and the wait of a
packet for its batch is inside the buffer. `late_ms`: from the last sample of a batch to its verified sound. Platform:
sender, gateway and engine together, in cores while somebody speaks, for 200 listeners.
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
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "packages/speaker/tests/support")]

from bench._stack import gateway, order, postgres, surroundings  # noqa: E402

LISTENERS, DECODE = 200, 20
SECONDS = 12.0
BUFFER_MS = 1_000


def main() -> None:
    """Print one JSON line."""
    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            figures = measure(folder, stack)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"bench": "live", **figures}))
    sys.exit(0 if figures["extra_ms"] <= 150 and figures["platform_cpu_per_200"] < 0.5 else 1)


def measure(folder: Path, stack: ExitStack) -> dict[str, Any]:
    """Everything in one run."""
    from speaker_voice import Voice, packets

    from tests import engine as engines

    packets("bench", SECONDS)
    url = stack.enter_context(postgres(folder))
    engine = stack.enter_context(engines.running(folder))
    environ = surroundings(folder, url, engine) | {"LOA_BENCH_DEVICES": str(LISTENERS)}
    subprocess.run([sys.executable, str(ROOT / "bench/heartbeats.py"), "world"], check=True, cwd=ROOT, env=environ)
    running = stack.enter_context(gateway(environ))
    running.wait_active()
    crowd = [_crowd(stack, engine.listen.mqtt)]
    (login,) = order(crowd, "login")
    assert login["ok"] == LISTENERS, login
    voice = Voice(time.time_ns() // 1_000_000 + 1_500, seconds=SECONDS, name="bench", fields={"buffer": BUFFER_MS})
    order(crowd, "session " + _json(voice.session))
    end = voice.start + int(SECONDS * 1000) + BUFFER_MS
    crowd[0].stdin.write(f"wait {end - 150}\n")
    crowd[0].stdin.flush()
    before = running.cpu() + _cpu(engine.process.pid) + time.process_time()
    asyncio.run(speak(engine, voice))
    used = running.cpu() + _cpu(engine.process.pid) + time.process_time() - before
    heard = json.loads(crowd[0].stdout.readline())
    assert heard["came"] == LISTENERS * voice.count, heard
    extra = max(0.0, heard["late_ms"][2] + 200 + 50 - BUFFER_MS) + heard["starved"] * 1000 / 48_000 / DECODE
    return {
        "extra_ms": round(extra, 1),
        "platform_cpu_per_200": round(used / SECONDS, 3),
        "late_ms": heard["late_ms"],
        "starved": heard["starved"],
        "refused": heard["refused"],
        "listeners_cpu": round(heard["cpu_s"] / SECONDS, 3),
        "listeners": LISTENERS,
        "decode": DECODE,
        "load": round(os.getloadavg()[0], 1),
    }


async def speak(engine: Any, voice: Any) -> None:
    """The platform's part: sign each batch when its last packet is there, publish it once per commune."""
    import nats

    seed = (engine.keys / "platform.nk").read_text().strip()
    client = await nats.connect(engine.nats_url, nkeys_seed_str=seed)
    subjects = [f"area.{commune:05}.down" for commune in range((LISTENERS - 1) // 150 + 1)]
    for number, at in voice.due():
        await asyncio.sleep(max(0.0, at / 1000 - time.time()))
        payload = voice.packed(number)
        for subject in subjects:
            await client.publish(subject, payload)
        await client.flush()
    await client.close()


def _crowd(stack: ExitStack, port: int) -> "subprocess.Popen[str]":
    words = [sys.executable, str(ROOT / "bench/_hearing.py"), str(port), "0", str(LISTENERS), str(DECODE)]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    stack.callback(process.communicate)
    stack.callback(process.kill)
    return process


def _json(message: Any) -> str:
    import msgspec

    return msgspec.json.encode(message).decode()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
