"""The parts of the platform for a measurement: real processes in a folder that is thrown away."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


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


def surroundings(folder: Path, url: str, engine: Any) -> dict[str, str]:
    """Environment of the gateway."""
    from signer import keys

    from loa.launch import ports

    places = keys.Folders(root=folder / "root", signer=folder / "signer", gateway=folder / "gateway-keys")
    keys.init(places, now=time.time_ns() // 1_000_000, demo=True)
    listen = f"127.0.0.1:{ports.any_free(())}"
    return {
        **os.environ,
        "LOA_VAR": str(folder / "var"),
        "LOA_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "loa.config.settings",
        "DATABASE_URL": url,
        "NATS_URL": engine.nats_url,
        "LOA_MEDIA": str(folder / "media"),
        "LOA_SIGNER_SOCKET": str(folder / "signer.sock"),
        "LOA_SIGNER_KEYS": str(places.signer),
        "LOA_GATEWAY_KEYS": str(places.gateway),
        "LOA_GATEWAY_STATE": str(folder / "state"),
        "LOA_ENGINE_KEYS": str(engine.keys),
        "LOA_GATEWAY_LISTEN": listen,
        "LOA_GATEWAY_URL": f"http://{listen}",
        "LOA_LOG_LEVEL": "WARNING",
    }


class Gateway:
    """The running gateway process."""

    def __init__(self, process: "subprocess.Popen[bytes]", address: str) -> None:
        self._process = process
        self._address = address

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

    def stop(self) -> None:
        """End it before its time."""
        self._process.terminate()
        self._process.wait(30)

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

    @property
    def memory_mb(self) -> int:
        """Resident now."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) // 1024


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
def process(environ: dict[str, str], name: str, *arguments: str) -> Iterator[None]:
    """Another part, such as ("signer", "-m", "signer", "serve", ...)."""
    log = Path(environ["LOA_VAR"]).parent / f"{name}.log"
    with log.open("ab") as out:
        running = subprocess.Popen([sys.executable, *arguments], env=environ, cwd=ROOT, stdout=out, stderr=out)
    try:
        yield
    except BaseException:
        print(log.read_text()[-3000:], file=sys.stderr)
        raise
    finally:
        running.terminate()
        running.wait(30)


def order(swarms: list[Any], text: str) -> list[dict[str, Any]]:
    """The same order to all at once; their answers."""
    for process in swarms:
        process.stdin.write(text + "\n")
        process.stdin.flush()
    return [json.loads(process.stdout.readline()) for process in swarms]
