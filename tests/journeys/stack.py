"""Every part of the product as a real process under the real supervisor, and one agent process for each loudspeaker.

`python -m tests.journeys.stack` runs until it is asked to stop (SIGINT).
"""

import sys
from collections.abc import Sequence

from devicelink.jws import decode64
from devicelink.keyfiles import KeyFolder
from devicelink.keyring import fingerprint

from loa.config import env
from loa.launch import gate, parts, postgres, prepared, start
from loa.launch.child import Child, Step
from loa.launch.setup import Setup, for_demo
from tests.journeys.world import SPEAKERS


def steps(setup: Setup) -> list[Step]:
    """The parts of the platform as `loa demo` starts them, on another world."""
    environ = setup.environ()
    ground = (parts.database(setup, environ), parts.message_engine(setup, environ))
    gate.close(setup.folders.gate)
    loading = [parts.web(setup, environ), parts.gateway(setup, environ)]

    def world() -> Sequence[Child]:
        prepared.make_database(postgres.url(setup.folders.sockets, "postgres"), "loa")
        words = (sys.executable, "-m", "tests.journeys.world")
        return (Child(name="world", label="Dữ liệu", argv=words, environ=environ, patience=300),)

    def above() -> Sequence[Child]:
        gate.open_up(setup.folders.gate)
        return [parts.signer(setup, environ), parts.worker(setup, environ), *loading]

    return [
        Step(children=lambda: ground, ahead=lambda: loading),
        Step(first=world, children=above),
        Step(children=lambda: [speaker(setup, name) for name in SPEAKERS]),
    ]


def speaker(setup: Setup, name: str) -> Child:
    """One loudspeaker with a sound card that drifts."""
    environ, folder = setup.environ(), setup.folders.fleet / name
    words = (
        sys.executable, "-m", "speaker", "--verbose", "fleet", "--folder", str(folder), "--count", "1",
        "--claims", str(folder / "claim"), "--quick",
        "--root", fingerprint(decode64(KeyFolder(setup.env.gateway_keys).keyset.root)),
        "--gateway", setup.gateway_url, "--engine", environ["LOA_ENGINE_URL"],
    )  # fmt: skip
    return Child(name=f"speaker-{name}", label=f"Loa {name}", argv=words, environ=environ)


if __name__ == "__main__":
    sys.exit(start.run(env.read(), start.Plan(for_demo, lambda setup, say: say("READY"), steps)))
