"""The running stack as tests see it: its pages, its database, its people, what its loudspeakers really rendered."""

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import av
import numpy as np
import numpy.typing as npt
import psycopg
from speaker.sinks import recording

from loa.config.env import ROOT
from loa.launch import processes
from loa.launch.setup import WANTED_PORTS
from tests import engine as engines
from tests.cast import PASSWORD
from tests.journeys.world import LAUNCHED, SPEAKERS

T = TypeVar("T")
Samples = npt.NDArray[np.int16]
HOME_PATH = "vn.15.04531"
NOTICE = "Mời bà con thôn 5 đúng 7 giờ 30 tối nay đến nhà văn hóa thôn họp bàn việc làm đường."
PATIENCE_S = 60.0
RATE = 48_000
EXACT_MS = 20
LIKE = 0.9  # a drifting card stretches the sound a little


def now_ms() -> int:
    """This machine's clock, which is the platform's."""
    return time.time_ns() // 1_000_000


def in_seconds(lead_ms: int) -> int:
    """A whole second (ms) at least so far ahead: air times are told to the second."""
    return (now_ms() + lead_ms) // 1000 * 1000 + 1000


def until(what: str, look: Callable[[], T], seconds: float = PATIENCE_S) -> T:
    """The first true answer of `look`; fails with `what` after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)


def wait_for_clock(instant_ms: int) -> None:
    """Until that instant has passed."""
    while (left := instant_ms - now_ms()) > 0:
        time.sleep(min(left / 1000, 0.5))


class Desk:
    """The process of `tests.journeys.desk`."""

    def __init__(self, environ: dict[str, str]) -> None:
        words = [sys.executable, "-m", "tests.journeys.desk"]
        self._process = subprocess.Popen(
            words, env=environ, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, deed: str, **facts: Any) -> dict[str, Any]:
        """What came of it: {"ok": ..} or {"code": .., "error": ..}."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": deed, **facts}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def do(self, deed: str, **facts: Any) -> Any:
        """What it returned."""
        answer = self.ask(deed, **facts)
        assert "ok" in answer, answer
        return answer["ok"]

    def close(self) -> None:
        """No more work."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait(PATIENCE_S)


class Browser:
    """A person with a cookie jar."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))

    def get(self, path: str) -> str:
        """The page."""
        with self._opener.open(self._site + path, timeout=60) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **fields: str | list[str]) -> str:
        """The page to which the answer leads; urllib.error.HTTPError for a refusal."""
        token = next(cookie.value for cookie in self._jar if cookie.name == "loa_csrf")
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}, doseq=True).encode()
        with self._opener.open(self._site + path, body, timeout=60) as answer:
            return str(answer.read().decode())

    def order(self, path: str, **fields: object) -> dict[str, Any]:
        """An operation of the JSON API, with the session of the browser."""
        token = next(str(cookie.value) for cookie in self._jar if cookie.name == "loa_csrf")
        headers = {"Content-Type": "application/json", "X-CSRFToken": token, "Referer": self._site}
        request = urllib.request.Request(self._site + path, json.dumps(fields).encode(), headers)
        with self._opener.open(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def sign_in(self, username: str) -> "Browser":
        """By the form, with the password."""
        page = self.get("/hom-nay/")
        address = re.search(r'<form method="post" action="([^"]*)"', page)
        assert address is not None, page[:500]
        page = self.post(address[1], login=username, password=PASSWORD)
        assert "Sai" not in page[:200]
        return self


@dataclass
class Stack:
    """`devices`: id by name of `world.SPEAKERS` and `world.LAUNCHED`."""

    var: Path
    state: dict[str, Any]
    desk: Desk
    devices: dict[str, str]
    sounds: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """Of every part."""
        return {**clean_environ(), **self.state["environ"]}

    def browser(self, username: str) -> Browser:
        """A signed-in person."""
        return Browser(str(self.state["site_url"])).sign_in(username)

    # --- database ----------------------------------------------------------------------------------------------------

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database says; nothing while it is away."""
        try:
            with psycopg.connect(self.environ["DATABASE_URL"], autocommit=True, connect_timeout=5) as connection:
                return connection.execute(query.encode(), values).fetchall()
        except psycopg.OperationalError:
            return []

    def proofs(self, bulletin: str) -> dict[str, tuple[str, str, int, int]]:
        """By name of the loudspeaker: outcome, reason, started (ms), rendered (ms)."""
        found = self.rows(
            "select p.device_id, p.outcome, p.reason, round(extract(epoch from p.started) * 1000)::bigint,"
            " p.rendered_ms from broadcasts_playproof p join broadcasts_airing a on a.id = p.airing"
            " join broadcasts_schedule s on s.id = a.schedule_id where s.bulletin_id = %s", bulletin,
        )  # fmt: skip
        names = {identifier: name for name, identifier in self.devices.items()}
        return {names[row[0]]: row[1:] for row in found}

    def plan_of(self, name: str) -> tuple[str, int, str]:
        """Plan set, newest revision and the signed plan of this loudspeaker, once it has one."""
        query = (
            "select d.plan_set_id, s.revision, s.jws from devices_device d join devices_signeddocument s"
            " on s.typ = 'plan' and s.subject = 'plan_set/' || d.plan_set_id where d.id = %s order by s.revision desc"
        )
        found = until(f"{name} has a plan", lambda: self.rows(query, self.devices[name]))
        return found[0]  # type: ignore[return-value]

    def plan_set_of(self, name: str) -> str:
        """Of this loudspeaker."""
        return str(self.rows("select plan_set_id from devices_device where id = %s", self.devices[name])[0][0])

    # --- notices -----------------------------------------------------------------------------------------------------

    def speak(self, title: str, text: str) -> None:
        """Ask the worker for a sound, once for each title."""
        if title not in self.sounds:
            self.sounds[title] = self.desk.do("speak", title=title, text=text)

    def spoken(self, title: str, text: str) -> str:
        """The sound of this title, once the worker has made it."""
        self.speak(title, text)
        query = "select 1 from media_sound where id = %s and state = 'ready'"
        until(f"the worker speaks {title!r}", lambda: self.rows(query, self.sounds[title]))
        return self.sounds[title]

    def approve(self, approver: Browser, bulletin: str) -> str:
        """Thành opens the page, hears all of it, approves what the page showed."""
        page = approver.get(f"/duyet/{bulletin}/")
        version, length = self.rows(
            "select v.id, s.duration_ms from bulletins_version v join media_sound s on s.id = v.sound_id"
            " where v.bulletin_id = %s order by v.number desc", bulletin,
        )[0]  # fmt: skip
        approver.post(f"/duyet/da-nghe/{version}/", heard_ms=str(length))
        return approver.post("/duyet/chap-thuan/", seen=re.findall(r'name="seen" value="([^"]*)"', page))

    def file_of(self, sound: str) -> tuple[str, Path]:
        """Hash and file of a sound that is ready."""
        sha256 = str(self.rows("select sha256 from media_sound where id = %s", sound)[0][0])
        return sha256, self.var / "media" / sha256[:2] / sha256[2:]

    # --- loudspeakers ------------------------------------------------------------------------------------------------

    def out(self, name: str) -> Path:
        """Where its sound card writes."""
        return self.var / "fleet" / name / "01" / "out"

    def status(self, name: str) -> dict[str, Any]:
        """What the loudspeaker itself shows; empty before it has shown anything."""
        file = self.var / "fleet" / name / "01" / "status.json"
        found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        return found

    def heard(self, name: str, start_ms: int, end_ms: int) -> Samples:
        """What was audible at this pole between two instants; waits until its card has rendered them."""

        def look() -> Samples | None:
            for one in recording.read_all(self.out(name)):
                whole = one.index(start_ms * 1_000_000) >= 0 and one.index(end_ms * 1_000_000) <= len(one.samples)
                if whole:
                    return one.between(start_ms * 1_000_000, end_ms * 1_000_000).copy()
            return None

        found: list[Samples] = []
        until(f"{name} renders", lambda: (piece := look()) is not None and (found.append(piece) or True))
        return found[0]

    def late_ms(self, name: str, sound: Samples, start_ms: int) -> tuple[float, float]:
        """Where the sound begins in what was heard: (ms after `start_ms`, likeness 0..1), by cross-correlation."""
        self.heard(name, start_ms - 500, start_ms + len(sound) * 1000 // RATE)
        tries = [recording.find(one, sound, start_ms * 1_000_000) for one in recording.read_all(self.out(name))]
        return max(tries, key=lambda found: found[1])

    def check_heard(self, name: str, sound: Samples, start_ms: int) -> None:
        """It sounded here, at that instant."""
        late, likeness = self.late_ms(name, sound, start_ms)
        print(f"{name}: {late:.2f} ms late, likeness {likeness:.4f}")
        assert likeness > LIKE, (name, late, likeness)
        assert abs(late) <= EXACT_MS, (name, late, likeness)

    def silent(self, name: str, start_ms: int, end_ms: int) -> bool:
        """Nothing but zeros."""
        return not self.heard(name, start_ms, end_ms).any()

    # --- processes ---------------------------------------------------------------------------------------------------

    def pid_of(self, part: str) -> int:
        """Of a supervised part."""
        children = json.loads((self.var / "run" / "children.json").read_text())["children"]
        return next(int(child["pid"]) for child in children if child["name"] == part)

    def healthy(self) -> bool:
        """Whether pages and gateway answer, and the gateway has its database."""
        return all(_ok(str(self.state[place]) + "/healthz") for place in ("site_url", "gateway_url"))

    def on_the_machine(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """A command of `loa`, as somebody at the machine itself gives it."""
        environ = {**clean_environ(), "LOA_VAR": str(self.var)}
        command = [sys.executable, "-m", "loa.launch", *words]
        return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)

    def until_audit_is_clean(self) -> None:
        """`loa audit verify`, the command itself; what was written a moment ago may not be sealed yet."""
        end = time.monotonic() + PATIENCE_S
        while True:
            done = self.on_the_machine("audit", "verify")
            if done.returncode == 0:
                return
            assert time.monotonic() < end, done.stdout + done.stderr


def _ok(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def clean_environ() -> dict[str, str]:
    """Ours, without what leads to the database of the other tests."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("LOA_", "DATABASE_", "NATS_"))}
    return {**ours, "PYTHONPATH": str(ROOT)}


def decoded(path: Path) -> Samples:
    """The sound of a rendition: mono, 48 kHz."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
        return np.concatenate([piece.to_ndarray().reshape(-1) for piece in frames]).astype(np.int16)


def start(var: Path) -> "subprocess.Popen[bytes]":
    """Start the stack in this folder, on ports of its own."""
    var.mkdir()
    chosen = {name: engines.free_port() for name in WANTED_PORTS}
    (var / "ports.json").write_text(json.dumps(chosen))
    with (var.parent / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.stack"],
            env={**clean_environ(), "LOA_MODE": "demo", "LOA_VAR": str(var)},
            cwd=ROOT, stdout=log, stderr=log, process_group=0, preexec_fn=processes.tied(signal.SIGINT),
        )  # fmt: skip


def ready(process: "subprocess.Popen[bytes]", var: Path) -> dict[str, Any]:
    """What the stack tells when every part answers."""
    file = var / "run" / "state.json"
    up = processes.wait_until(lambda: file.exists() or process.poll() is not None, 300)
    assert up, "the stack takes too long"
    assert file.exists(), (var.parent / "log").read_text()
    state: dict[str, Any] = json.loads(file.read_text())
    return state


def place_all(stack: Stack) -> None:
    """The technician goes from pole to pole until every loudspeaker of the stack has its place and a plan."""
    waiting = {name: stack.devices[name] for name in SPEAKERS}

    def placed() -> bool:
        for name in stack.desk.do("place", fleet=str(stack.var / "fleet"), waiting=waiting):
            del waiting[name]
        return not waiting

    try:
        until("all loudspeakers enrol", placed, 90)
    except AssertionError as error:
        for name in waiting:
            error.add_note((stack.var / "log" / f"speaker-{name}.log").read_text()[-1500:])
        raise


def devices_of(var: Path) -> dict[str, str]:
    """Id by name, as the world wrote them down."""
    return {name: (var / "fleet" / name / "device").read_text() for name in (*SPEAKERS, *LAUNCHED)}
