"""What the benches of alerts share: gateway, signer and two people with passkeys, a province of loudspeakers."""

import asyncio
import hashlib
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DEVICES = int(os.environ.get("LOA_BENCH_DEVICES", "10000"))
SWARMS = 2
PATIENCE_S = 60
PROVINCE = "vn.15"
SITE, ORIGIN = "localhost", "http://localhost"
LIFE_MS, DAY_MS = 3_600_000, 86_400_000
VOICE = b"OggS" + bytes(range(256)) * 239  # 60 KB, the most that a voice may be


class People:
    """Lan and Thành with a passkey each; what their pages post. `address` is the gateway's."""

    def __init__(self, environ: dict[str, str]) -> None:
        from signer import authenticator, confirmers

        self._address = "http://" + environ["LOA_GATEWAY_LISTEN"]
        self._environ = environ
        self._keys = {user: authenticator.make() for user in ("1", "2")}
        folder, now = Path(environ["LOA_SIGNER_KEYS"]), time.time_ns() // 1_000_000
        confirmers.write_site(folder, confirmers.Site(rp_id=SITE, origins=(ORIGIN,)))
        for user, key in self._keys.items():
            confirmers.add(
                folder,
                confirmers.Confirmer(
                    user=user, name=user, scope=PROVINCE, credential=_text(key.credential), public=key.public,
                    valid_from=now - DAY_MS, valid_to=now + DAY_MS, rights=("alert",),
                ),
            )  # fmt: skip

    def propose(self, message: Any) -> None:
        """The author's part."""
        from loa.alerts.wishes import Wish

        word = self._word(message, "author", "1")
        told = {"alert": message} if message.typ == "alert" else {"cancel": message}
        assert self._post("/edge/alerts", "1", Wish(said=(), word=word, **told))["state"] == "waiting"

    def confirm(self, message: Any) -> None:
        """The second person's part: from here on it is measured."""
        from loa.alerts.wishes import Confirmation

        body = Confirmation(word=self._word(message, "confirmer", "2"))
        assert self._post(f"/edge/alerts/{message.id}/confirm", "2", body)["state"] == "sent"

    def board(self, message: Any) -> dict[str, Any]:
        """The sums."""
        counts: dict[str, Any] = self._post(f"/edge/alerts/{message.id}/board", "1", None)["counts"]
        return counts

    def _word(self, message: Any, part: Any, user: str) -> Any:
        at = time.time_ns() // 1_000_000
        return self._keys[user].vouch(message, part=part, user=user, at=at, rp_id=SITE, origin=ORIGIN)

    def _post(self, path: str, user: str, body: object) -> dict[str, Any]:
        import msgspec

        data = None if body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {self._ticket(user)}", "Content-Type": "application/json"}
        request = urllib.request.Request(self._address + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def _ticket(self, user: str) -> str:
        from loa.config import env as settings
        from loa.devices import tickets
        from loa.kernel.clock import now

        return tickets.mint(
            seed=tickets.ensure_seed(settings.read(self._environ).ticket_keys), user=int(user), name=user,
            area=PROVINCE, role="approver", may=("alert.author", "alert.confirm", "alert.view", "view"), now=now(),
        )  # fmt: skip


def _text(raw: bytes) -> str:
    from devicelink.jws import encode64

    return encode64(raw)


def alert(environ: dict[str, str], *, voice: bool = True) -> Any:
    """A storm over the whole province, with a voice as long as it may be."""
    from devicelink.messages import Alert, Audience, Target, Voice

    name = hashlib.sha256(VOICE).hexdigest()
    path = Path(environ["LOA_MEDIA"]) / name[:2] / name[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(VOICE)
    said = (Voice(sha256=name, size=len(VOICE), duration=30_000),) if voice else ()
    return Alert(
        audience=Audience(area=PROVINCE), id=secrets.token_hex(12), issued=0, expires=LIFE_MS, status="actual",
        event="bao", severity="extreme", level="province", headline="Bão số 4",
        targets=(Target(id="chung", voices=said),),
    )  # fmt: skip


def end_of(message: Any) -> Any:
    """What ends it."""
    from devicelink.messages import Cancel

    return Cancel(
        audience=message.audience, id=secrets.token_hex(12), issued=0, expires=DAY_MS, alert=message.id, kind="end",
        status="actual",
    )  # fmt: skip


@contextmanager
def stage(folder: Path) -> Iterator[tuple[dict[str, str], Any, People]]:
    """Database, engine, signer, and a province in the tables; the gateway is the caller's."""
    from bench._stack import postgres, process, surroundings
    from tests import engine as engines

    with ExitStack() as stack:
        url = stack.enter_context(postgres(folder))
        engine = stack.enter_context(engines.running(folder))
        environ = surroundings(folder, url, engine) | {"LOA_BENCH_DEVICES": str(DEVICES)}
        subprocess.run([sys.executable, str(ROOT / "bench/heartbeats.py"), "world"], check=True, cwd=ROOT, env=environ)
        people = People(environ)
        words = (
            "-m",
            "signer",
            "serve",
            "--socket",
            environ["LOA_SIGNER_SOCKET"],
            "--keys",
            environ["LOA_SIGNER_KEYS"],
        )
        stack.enter_context(process(environ, "signer", *words, "--database", url))
        yield environ, engine, people


@contextmanager
def swarms(environ: dict[str, str], port: int) -> Iterator[list[Any]]:
    """All loudspeakers, logged in."""
    from bench._stack import order

    share = DEVICES // SWARMS
    keyset = Path(environ["LOA_GATEWAY_KEYS"]) / "keyset.jws"
    running = [
        subprocess.Popen(
            [sys.executable, str(ROOT / "bench/_alerted.py"), str(port), str(number * share), str(share), str(keyset)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        for number in range(SWARMS)
    ]  # fmt: skip
    try:
        logins = order(running, "login")
        assert sum(answer["ok"] for answer in logins) == share * SWARMS, logins
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate()


def late_after(villages: list[Any], deed: Callable[[], object], what: str = "wait") -> list[float]:
    """Do it; seconds until it came to each. AssertionError if it did not come to all."""
    from bench._stack import order

    order(villages, "forget")
    began = time.time()
    deed()
    return since(began, order(villages, f"{what} {PATIENCE_S}"))


def since(began: float, answers: list[dict[str, Any]]) -> list[float]:
    """Seconds from then on."""
    assert not any(answer["refused"] for answer in answers), [answer["refused"] for answer in answers]
    late = [at - began for answer in answers for at in answer["at"]]
    assert min(late) > 0, f"{sum(one < 0 for one in late)} of {len(late)} were not reached"
    return late


def p99(late: list[float]) -> float:
    """Seconds within which 99 of 100 were reached."""
    return round(sorted(late)[int(len(late) * 0.99)], 3)


def signed(environ: dict[str, str], message: Any) -> str:
    """The bytes that were sent, from the gateway's book."""
    book = (Path(environ["LOA_GATEWAY_STATE"]) / "alerts" / "alerts.journal").read_text().splitlines()
    entries = [line["entry"] for line in map(json.loads, book) if "entry" in line]
    return next(str(entry["jws"]) for entry in entries if entry["id"] == message.id and entry.get("jws"))


@contextmanager
def bare_publisher(engine: Any) -> Iterator[Callable[[bytes, bytes], None]]:
    """Somebody who publishes these bytes on the topic of every commune, then the others, and does nothing else."""
    import nats

    subjects = [f"area.{number:05}.down" for number in range(-(-DEVICES // 150))]
    with asyncio.Runner() as runner:

        async def connect() -> Any:
            seed = (engine.keys / "platform.nk").read_text().strip()
            return await nats.connect(engine.nats_url, nkeys_seed_str=seed)

        client = runner.run(connect())

        async def publish(*payloads: bytes) -> None:
            for payload in payloads:
                for subject in subjects if payload else ():
                    await client.publish(subject, payload)
            await client.flush()

        yield lambda first, then=b"": runner.run(publish(first, then))
        runner.run(client.close())
