"""The message engine is killed and started again with 10,000 loudspeakers, and an alert is sent while they come back.

    {"bench": "alert-storm", "reconnected_99_s": .., "silent": 0, "twice": 0, "heard_99_s": .., "devices": 10000,
     "load": ..}

Each tries first at a moment within 15 s, then after twice as long each time, up to a minute. `reconnected_99_s`: from
the death of the engine until 99 % are welcomed again by the gateway. `silent`: welcomed again, but without the alert;
`twice`: took one id twice. `heard_99_s`: from the second person's word until 99 % had verified the alert.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench import _alarm  # noqa: E402
from bench._stack import gateway, order  # noqa: E402

DOWN_S = 2
INTO_THE_STORM_S = 5
PATIENCE_S = 150


def main() -> None:
    """Print one JSON line."""
    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    try:
        print(json.dumps({"bench": "alert-storm", **measure(folder)}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path) -> dict[str, object]:
    """Everything in one run."""
    with _alarm.stage(folder) as (environ, engine, people), gateway(environ) as running:
        running.wait_active()
        with _alarm.swarms(environ, engine.listen.mqtt) as villages:
            message = _alarm.alert(environ)
            people.propose(message)
            order(villages, "storm")
            died = time.time()
            kill(engine)
            time.sleep(DOWN_S)
            start(engine, folder)
            time.sleep(INTO_THE_STORM_S)
            confirmed = time.time()
            people.confirm(message)
            answers = order(villages, f"back {PATIENCE_S}")
    back = [at - died for answer in answers for at in answer["back"]]
    heard = [at - confirmed for answer in answers for at in answer["at"]]
    came = [one > 0 for one in back]
    assert sum(came) >= 0.99 * len(back), f"{len(back) - sum(came)} of {len(back)} did not come back"
    return {
        "reconnected_99_s": _alarm.p99([one if one > 0 else float(PATIENCE_S) for one in back]),
        "silent": sum(there and one < 0 for there, one in zip(came, heard, strict=True)),
        "twice": sum(answer["twice"] for answer in answers),
        "heard_99_s": _alarm.p99([one if one > 0 else float(PATIENCE_S) for one in heard]),
        "devices": len(back),
        "load": round(os.getloadavg()[0], 1),
    }


def kill(engine: Any) -> None:
    """Without a word."""
    engine.process.kill()
    engine.process.wait(60)


def start(engine: Any, folder: Path) -> None:
    """The same one again."""
    from loa.launch import engine as product

    with (folder / "nats.log").open("ab") as log:
        engine.process = subprocess.Popen([product.program(), "-c", str(folder / "nats.conf")], stdout=log, stderr=log)


if __name__ == "__main__":
    main()
