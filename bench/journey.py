"""From the approver's finger to the poles: how long until all 100 loudspeakers of a commune hold plan and sounds.

Each round a new notice with a new sound is written, proposed and submitted by the real actions; the clock starts when
its approval is called and stops when the last loudspeaker has verified the new plan and every sound of it. In between:
commit, job, compiler, signer, gateway, hint over MQTT, HTTP. `p95_s` is over the rounds.
"""

import hashlib
import json
import os
import queue
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench._stack import gateway, postgres, process, surroundings  # noqa: E402

SPEAKERS = 100
ROUNDS = int(os.environ.get("LOA_BENCH_ROUNDS", "20"))
SOUND_BYTES = 128_000  # 32 seconds at 32 kbit/s
PATIENCE_S = 60


def main() -> None:
    """Print one JSON line."""
    folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            times = measure(folder, stack)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    p95 = sorted(times)[max(0, -(-95 * len(times) // 100) - 1)]
    facts = {"p95_s": round(p95, 2), "median_s": round(statistics.median(times), 2), "worst_s": round(max(times), 2)}
    print(json.dumps({"bench": "journey", **facts, "speakers": SPEAKERS, "rounds": len(times)}))


def measure(folder: Path, stack: ExitStack) -> list[float]:
    """Seconds of each round."""
    from tests import engine as engines

    url = stack.enter_context(postgres(folder))
    engine = stack.enter_context(engines.running(folder))
    environ = surroundings(folder, url, engine)
    os.environ.update(environ)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    signer = ("-m", "signer", "serve", "--socket", environ["LOA_SIGNER_SOCKET"])
    stack.enter_context(process(environ, "signer", *signer, "--keys", environ["LOA_SIGNER_KEYS"], "--database", url))
    wait_for(Path(environ["LOA_SIGNER_SOCKET"]))
    station = Station()
    running = stack.enter_context(gateway(environ))
    running.wait_active()
    (folder / "var" / "run").mkdir(parents=True, exist_ok=True)
    stack.enter_context(process(environ, "worker", "-m", "loa.launch.work"))
    heard = stack.enter_context(Heard(engine.listen.mqtt, environ["LOA_GATEWAY_URL"], folder))
    station.round(0, heard)  # the worker wakes up, connections are made
    return [station.round(number, heard) for number in range(1, ROUNDS + 1)]


def wait_for(path: Path) -> None:
    """Until a socket is there."""
    end = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert time.monotonic() < end, path
        time.sleep(0.02)


class Heard:
    """What the loudspeakers report."""

    def __init__(self, port: int, url: str, folder: Path) -> None:
        from devicelink.jws import encode64
        from signer import root

        public = encode64(root.load(folder / "root").public)
        command = [sys.executable, str(ROOT / "bench" / "_listeners.py"), str(port), url, public, str(SPEAKERS)]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environ)
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> "Heard":
        assert self._lines.get(timeout=PATIENCE_S) == {"ready": SPEAKERS}
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(10)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(json.loads(line))

    def all_hold(self, sha256: str) -> float:
        """When (Unix seconds) the last of them held this sound and its plan."""
        missing: dict[str, float] = {}
        while len(missing) < SPEAKERS:
            told = self._lines.get(timeout=PATIENCE_S)
            if sha256 in told["sounds"]:
                missing.setdefault(told["device"], told["at"])
        return max(missing.values())


class Station:
    """Xã Quy Mông with 100 loudspeakers, its officer and its approver."""

    def __init__(self) -> None:
        from django.db import transaction

        from loa.bulletins import actions as bulletins
        from loa.kernel.clock import now
        from tests.cast import build

        with transaction.atomic():
            self.cast = build()
        bulletins.load_categories()
        self._hang(now())

    def _hang(self, moment: Any) -> None:
        import nacl.bindings
        from devicelink.jws import encode64

        from bench._swarm import name_of, seed_of
        from loa.devices import actions
        from loa.devices.models import Device

        def device(number: int) -> Device:
            public = encode64(nacl.bindings.crypto_sign_seed_keypair(seed_of(number))[0])
            return Device(
                id=name_of(number), area=self.cast.quy_mong, number=number + 1, name=f"Cụm {number + 1}",
                public_key=public, state=Device.State.PLACED, made_at=moment,
            )  # fmt: skip

        actions.place(Device.objects.bulk_create([device(number) for number in range(SPEAKERS)]), now=moment)

    def round(self, number: int, heard: Heard) -> float:
        """Seconds from the approval to the last loudspeaker."""
        from loa.broadcasts import actions
        from loa.broadcasts.queries import asked
        from loa.kernel.clock import now

        sha256 = self._submit(number)
        (request,) = asked.waiting(self.cast.quy_mong, now())
        began = time.time()
        actions.approve(actor=self.cast.thanh, seen={request.schedule.pk: request.digest}, now=now())
        seconds = heard.all_hold(sha256) - began
        print(f"round {number}: {seconds:.2f} s", file=sys.stderr)
        return seconds

    def _submit(self, number: int) -> str:
        from loa.broadcasts import actions
        from loa.broadcasts.rules.targets import Target
        from loa.broadcasts.rules.times import When
        from loa.bulletins import actions as bulletins
        from loa.bulletins.rules import Draft
        from loa.kernel.clock import local, now

        sound = self._sound()
        title = f"Thông báo số {number}"
        draft = Draft(title=title, text=title, spoken=title, sound=sound.pk, category="livelihood")
        bulletin = bulletins.create_draft(
            actor=self.cast.lan, bulletin_id=uuid.uuid4(), area=self.cast.quy_mong, draft=draft, now=now()
        )
        tomorrow = local(now()).date() + timedelta(days=1)
        clock = f"{6 + number // 6:02}:{number % 6 * 10:02}"
        actions.propose(
            actor=self.cast.lan,
            schedule_id=uuid.uuid4(),
            bulletin_id=bulletin.pk,
            when=When("once", tomorrow, (clock,)),
            target=Target(),
            now=now(),
        )
        actions.submit(actor=self.cast.lan, bulletin_id=bulletin.pk, now=now())
        return str(sound.sha256)

    def _sound(self) -> Any:
        from loa.kernel.clock import now
        from loa.media import store
        from loa.media.models import Origin, Sound, SoundState

        content = secrets.token_bytes(SOUND_BYTES)
        sha256 = hashlib.sha256(content).hexdigest()
        path = store.path_of(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return Sound.objects.create(
            area=self.cast.quy_mong, made_by=self.cast.lan, made_at=now(), origin=Origin.RECORDED,
            state=SoundState.READY, sha256=sha256, size=len(content), duration_ms=32_000,
        )  # fmt: skip


if __name__ == "__main__":
    main()
