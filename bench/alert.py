"""An alert: how soon after the second person's word 99 % of 10,000 connected loudspeakers have verified it.

    {"bench": "alert", "ratio": .., "p99_s": .., "raw_p99_s": .., "voice_p99_s": .., "reference_p99_s": ..,
     "signed_s": .., "devices": 10000, "rounds": 3, "load": ..}

Times count from the moment at which the confirmation is posted, over all loudspeakers and rounds together: passkeys are
judged, the alert is signed by the signer's own process, written down, published, verified by each loudspeaker with its
own ledger, and acknowledged. `voice_p99_s`: until the voice (60 KB) that follows was there whole, its hash right.
`ratio` is `p99_s` to a reference in the same run: the same swarm verifies and acknowledges the same bytes, voice and
all, from a bare publisher, no gateway beside it. `raw_p99_s`: bytes of that size that nobody verifies.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench import _alarm  # noqa: E402
from bench._alerted import RAW  # noqa: E402
from bench._stack import gateway, order  # noqa: E402

ROUNDS = 3


def main() -> None:
    """Print one JSON line."""
    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    try:
        print(json.dumps({"bench": "alert", **measure(folder)}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path) -> dict[str, object]:
    """Everything in one run."""
    late: list[float] = []
    spoken: list[float] = []
    answered: list[float] = []
    with _alarm.stage(folder) as (environ, engine, people), gateway(environ) as running:
        running.wait_active()
        with _alarm.swarms(environ, engine.listen.mqtt) as villages:
            for _ in range(ROUNDS):
                message = _alarm.alert(environ)
                people.propose(message)
                order(villages, "forget")
                began = time.time()
                people.confirm(message)
                answered.append(time.time() - began)
                late += _alarm.since(began, order(villages, f"wait {_alarm.PATIENCE_S}"))
                spoken += _alarm.since(began, order(villages, f"voices {_alarm.PATIENCE_S}"))
                assert_board(people, message)
            token = _alarm.signed(environ, message).encode()
            running.stop()
            reference, raw = bare(engine, villages, token)
    return {
        "ratio": round(_alarm.p99(late) / _alarm.p99(reference), 3),
        "p99_s": _alarm.p99(late),
        "raw_p99_s": _alarm.p99(raw),
        "voice_p99_s": _alarm.p99(spoken),
        "reference_p99_s": _alarm.p99(reference),
        "signed_s": round(max(answered), 3),
        "devices": len(late) // ROUNDS,
        "rounds": ROUNDS,
        "load": round(os.getloadavg()[0], 1),
    }


def bare(engine: object, villages: list[object], token: bytes) -> tuple[list[float], list[float]]:
    """The same bytes from somebody who does nothing else; then bytes that nobody verifies."""
    from devicelink import voices

    frame = voices.pack(_alarm.VOICE)
    reference: list[float] = []
    raw: list[float] = []
    with _alarm.bare_publisher(engine) as publish:
        for _ in range(ROUNDS):
            reference += _alarm.late_after(villages, lambda: publish(token, frame))
            order(villages, f"voices {_alarm.PATIENCE_S}")
            raw += _alarm.late_after(villages, lambda: publish(RAW + token, b""), "raw")
    return reference, raw


def assert_board(people: _alarm.People, message: object) -> None:
    """The gateway has taken every acknowledgement in."""
    end = time.monotonic() + _alarm.PATIENCE_S
    while (counts := people.board(message))["received"] != counts["expected"]:
        assert time.monotonic() < end, counts
        time.sleep(0.2)


if __name__ == "__main__":
    main()
