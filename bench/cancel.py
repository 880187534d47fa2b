"""The end of an alert: as soon as the alert itself?

    {"bench": "cancel", "ratio": .., "p99_s": .., "reference_p99_s": .., "devices": 10000, "rounds": 3, "load": ..}

An alert is sent to all connected loudspeakers, then its end, by two people as well; times count from the second
person's word on the end. `ratio` is `p99_s` to a reference in the same run: the same swarm verifies and acknowledges
the same bytes of the end from a bare publisher, no gateway beside it.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench import _alarm  # noqa: E402
from bench._stack import gateway  # noqa: E402

ROUNDS = 3


def main() -> None:
    """Print one JSON line."""
    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    try:
        print(json.dumps({"bench": "cancel", **measure(folder)}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path) -> dict[str, object]:
    """Everything in one run."""
    late: list[float] = []
    reference: list[float] = []
    with _alarm.stage(folder) as (environ, engine, people), gateway(environ) as running:
        running.wait_active()
        with _alarm.swarms(environ, engine.listen.mqtt) as villages:
            for _ in range(ROUNDS):
                message = _alarm.alert(environ, voice=False)
                people.propose(message)
                _alarm.late_after(villages, lambda: people.confirm(message))  # noqa: B023 - called at once
                end = _alarm.end_of(message)
                people.propose(end)
                late += _alarm.late_after(villages, lambda: people.confirm(end))  # noqa: B023 - called at once
            token = _alarm.signed(environ, end).encode()
            running.stop()
            with _alarm.bare_publisher(engine) as publish:
                for _ in range(ROUNDS):
                    reference += _alarm.late_after(villages, lambda: publish(token, b""))
    return {
        "ratio": round(_alarm.p99(late) / _alarm.p99(reference), 3),
        "p99_s": _alarm.p99(late),
        "reference_p99_s": _alarm.p99(reference),
        "devices": len(late) // ROUNDS,
        "rounds": ROUNDS,
        "load": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    main()
