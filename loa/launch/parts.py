"""The parts of Loa as supervised children, in the order in which they need each other."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from devicelink.jws import decode64
from devicelink.keyfiles import KeyFolder
from devicelink.keyring import fingerprint

from loa.config.readers import AT_ONCE
from loa.demo import cast, transmitter
from loa.kernel import clock
from loa.launch import engine, gate, postgres, prepared, probes, work
from loa.launch.child import Child, Step
from loa.launch.setup import STATION, Setup

PULSE_LIMIT_S = 60.0


def steps(setup: Setup) -> list[Step]:
    """Everything that this start runs."""
    environ = setup.environ()
    ground = [*([database(setup, environ)] if setup.own_database else [])]
    ground += [message_engine(setup, environ)] if setup.own_engine else []
    gate.close(setup.folders.gate)
    loading = [part(setup, environ) for part in (web, gateway)]

    def above() -> list[Child]:
        gate.open_up(setup.folders.gate)
        return [signer(setup, environ), *loading]

    def behind() -> list[Child]:
        shown = [radio(setup, environ), fleet(setup, environ), *samples(setup, environ)] if setup.mode == "demo" else []
        return [worker(setup, environ), relay(setup, environ), *shown]

    return [
        Step(children=lambda: ground, ahead=lambda: loading),
        Step(first=partial(preparation, setup, environ), children=above),
        Step(children=behind),
    ]


def _python(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *words)


def database(setup: Setup, environ: Mapping[str, str]) -> Child:
    """PostgreSQL on a Unix socket. A fast stop is SIGINT; SIGTERM would wait for every client."""
    folders = setup.folders
    data, sockets = folders.database, folders.sockets
    manner = postgres.how(data)

    def before() -> None:
        postgres.hand_over(sockets, manner)
        postgres.initialise(data, durable=setup.mode == "up", manner=manner)
        postgres.clear_leftovers(data, sockets)

    return Child(
        name="postgres",
        label="Cơ sở dữ liệu",
        argv=tuple(postgres.server_arguments(data, sockets, manner=manner)),
        environ=environ,
        before=before,
        ready=lambda: not probes.database_error(postgres.url(sockets, "postgres")),
        stop=signal.SIGINT,
        patience=60,
        grace=30,
        options=postgres.unprivileged(manner),
    )


def message_engine(setup: Setup, environ: Mapping[str, str]) -> Child:
    """NATS; its configuration is written anew for each start."""
    listen, file = setup.engine_listen, setup.folders.run / "nats.conf"

    def before() -> None:
        engine.make_keys(setup.env.engine_keys)
        text = engine.configuration(listen, setup.folders.engine, engine.public_keys(setup.env.engine_keys))
        file.write_text(text)
        file.chmod(0o600)

    def healthy() -> bool:
        return probes.http_status("127.0.0.1", listen.http, "/healthz") == 200

    return Child(
        name="nats",
        label="Máy chủ tin nhắn",
        argv=(engine.program(setup.env.nats_server), "-c", str(file)),
        environ=environ,
        before=before,
        ready=healthy,
        well=healthy,
        port=listen.mqtt,
    )


def preparation(setup: Setup, environ: Mapping[str, str]) -> Sequence[Child]:
    """Tables, keys and first data, when something about them changed; otherwise nothing."""
    if setup.own_database:
        prepared.make_database(postgres.url(setup.folders.sockets, "postgres"), "loa")
    if not prepared.is_needed(setup.database_url, setup.mode, setup.env, clock.now()):
        return ()
    words = _python("loa.launch.prepare")
    label = "Chuẩn bị dữ liệu"
    return (Child(name="prepare", label=label, argv=words, environ=environ, patience=1800),)


def signer(setup: Setup, environ: Mapping[str, str]) -> Child:
    """Holds the keys; its socket is the only way to it."""
    path = setup.env.signer_socket
    words = _python(
        "signer", "serve", "--socket", str(path), "--keys", str(setup.env.signer_keys),
        "--database", setup.signer_database_url,
    )  # fmt: skip
    return Child(
        name="signer",
        label="Bộ phận ký",
        argv=words,
        environ=environ,
        ready=lambda: probes.socket_answers(path),
        well=lambda: probes.socket_answers(path),
    )


def web(setup: Setup, environ: Mapping[str, str]) -> Child:
    """The pages: granian with one process and threads. When its worker fails it ends, and we start it again."""
    port, tls = setup.ports["web"], bool(setup.tls_cert)
    secure = ["--ssl-certificate", setup.tls_cert, "--ssl-keyfile", setup.tls_key, "--ssl-protocol-min", "tls1.2"]
    words = (
        str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", setup.host, "--port", str(port),
        "--workers", "1", "--blocking-threads", str(AT_ONCE + 2 * (os.cpu_count() or 2)), "--no-ws",
        "--log-level", "warning", *(secure if tls else []), "loa.launch.pages:application",
    )  # fmt: skip
    host = local_host(setup.host)
    return Child(
        name="web",
        label="Trang web",
        argv=words,
        environ={**environ, gate.VARIABLE: str(setup.folders.gate)},
        port=port,
        ready=lambda: probes.http_status(host, port, "/healthz", tls=tls, name="localhost") == 200,
        well=lambda: probes.http_status(host, port, "/healthz", tls=tls, name="localhost") > 0,
    )


def worker(setup: Setup, environ: Mapping[str, str]) -> Child:
    """Background jobs, three lanes in one process. People can look at pages while it loads, so nobody waits for it."""
    pulse = work.pulse_file(setup.folders.var)
    return Child(
        name="worker",
        label="Việc chạy nền",
        argv=_python("loa.launch.work"),
        environ=environ,
        before=lambda: pulse.unlink(missing_ok=True),
        well=lambda: probes.age(pulse) < PULSE_LIMIT_S,
    )


def gateway(setup: Setup, environ: Mapping[str, str]) -> Child:
    """Between devices, browsers and the database."""
    host, port, tls = local_host(setup.host), setup.ports["gateway"], bool(setup.tls_cert)
    return Child(
        name="gateway",
        label="Cổng thiết bị",
        argv=_python("loa.launch.gate"),
        environ={**environ, gate.VARIABLE: str(setup.folders.gate)},
        port=port,
        ready=lambda: probes.http_status(host, port, "/healthz", tls=tls) == 200,
        well=lambda: probes.http_status(host, port, "/healthz", tls=tls) > 0,
    )


def relay(setup: Setup, environ: Mapping[str, str]) -> Child:
    """Fetches relayed streams once for all loudspeakers; without it they sound what stands in for a relay."""
    path = setup.env.relay_socket
    return Child(
        name="relay",
        label="Tiếp âm",
        argv=_python("loa.launch.relay"),
        environ=environ,
        ready=lambda: probes.socket_answers(path),
        well=lambda: probes.socket_answers(path),
    )


def radio(setup: Setup, environ: Mapping[str, str]) -> Child:
    """The sample radio station of the demonstration, for its relays."""
    port, off = setup.ports[STATION], setup.folders.run / transmitter.FILE
    return Child(
        name="station",
        label="Đài mẫu",
        argv=_python("loa.demo.station", "--port", str(port), "--off", str(off)),
        environ=environ,
        before=lambda: off.unlink(missing_ok=True),
        port=port,
        needed=False,
    )


def fleet(setup: Setup, environ: Mapping[str, str]) -> Child:
    """The simulated loudspeakers of the demonstration; the product goes on without them."""
    keyset = KeyFolder(setup.env.gateway_keys).keyset
    words = _python(
        "speaker", "fleet", "--folder", str(setup.folders.fleet), "--count", str(len(cast.HOME_CLUSTERS) * 2),
        "--claims", str(setup.folders.fleet / "claims"), "--root", fingerprint(decode64(keyset.root)),
        "--gateway", setup.gateway_url, "--engine", environ["LOA_ENGINE_URL"], "--quick",
    )  # fmt: skip
    return Child(name="fleet", label="Loa mô phỏng", argv=words, environ=environ, needed=False)


def samples(setup: Setup, environ: Mapping[str, str]) -> list[Child]:
    """What can be made only while everything runs: loudspeakers installed, the week filled; once a day, behind."""
    done = setup.folders.fleet / prepared.SETTLED
    if done.exists() and done.read_text() == setup.station_url:  # another address has to be approved anew
        return []
    province, fleet = setup.env.demo_province, str(setup.folders.fleet)
    return [
        Child(
            name="samples",
            label="Dữ liệu mẫu",
            argv=_python("django", "demo", "settle", "--province", province, "--fleet", fleet),
            environ=environ,
            needed=False,
            once=True,
            after=lambda: _note(done, setup.station_url),
        )
    ]


def _note(file: Path, text: str) -> None:
    file.write_text(text)


def local_host(host: str) -> str:
    """Where this machine itself reaches a listener."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened on
