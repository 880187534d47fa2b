"""The gateway process: message engine, database and browsers in one event loop."""

import asyncio
import ipaddress
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import urlsplit

import structlog
import uvicorn
import uvloop
from devicelink.keyfiles import KeyFolder
from devicelink.signing import Job, SignerClient
from django.conf import settings
from starlette.applications import Starlette

from loa.devices import tickets
from loa.gateway import doors
from loa.gateway.alerts.edge import AlertEdge
from loa.gateway.device_http import DeviceHttp, Doors
from loa.gateway.edge import Edge
from loa.gateway.gate import Gate
from loa.gateway.hub import Hub, Parts
from loa.gateway.keys import EngineKeys
from loa.gateway.listen import Tap
from loa.gateway.live.socket import LiveDoor
from loa.gateway.live.ways import Ways
from loa.gateway.patience import Patient

log = structlog.get_logger("loa.gateway")
SIGNER_S = 4.0  # somebody waits with a microphone in the hand
MOST_FRAME = 16_384  # of what a page says over a WebSocket


class Env(Protocol):
    """The part of the installation's settings (settings.ENV) that the gateway reads."""

    mode: str
    var: Path
    database: str
    nats_url: str
    site_url: str
    gateway_url: str
    gateway_listen: str
    engine_url: str
    gateway_keys: Path
    ticket_keys: Path
    gateway_state: Path
    relay_socket: Path
    signer_socket: Path
    engine_keys: Path
    live_silence_s: float
    tls_cert: str
    tls_key: str
    behind_proxy: bool
    trusted_proxies: tuple[str, ...]


def origins(env: Env) -> frozenset[str]:
    """Where our pages come from. On sample data this machine reads them beside the address for the local network."""
    own = {f"http://127.0.0.1:{urlsplit(env.site_url).port}"} if env.mode == "demo" else set()
    return frozenset({env.site_url, *own})


def parts_of(env: Env) -> Parts:
    """Everything the hub needs, from the environment. KeyProblem, FileNotFoundError."""
    return Parts(
        database_url=env.database,
        engine_url=env.nats_url or "nats://127.0.0.1:4222",
        state_folder=env.gateway_state,
        keys=KeyFolder(env.gateway_keys),
        engine_keys=EngineKeys.load(env.engine_keys),
        record_hold=doors.record_hold,
        note_refusals=doors.note_refusals,
        alerts=doors.alerts(env.signer_socket),
        live=live_ways(env.signer_socket),
    )


def live_ways(signer: Path) -> Ways:
    """How live speech reaches the signer and the platform."""

    def sign(wanted: Job) -> str:
        with SignerClient(signer, timeout=SIGNER_S) as client:
            (signed,) = client.sign_all([wanted])
        return signed.token()

    return Ways(sign=sign, leave=doors.leave_to_speak, named=doors.names_of, record=doors.record_live)


def web(hub: Hub, env: Env, platform: Doors) -> Starlette:
    """The HTTP side; starts and stops the hub with itself."""
    device_http = DeviceHttp(
        hub.world,
        hub.welcomer,
        platform,
        engine_url=env.engine_url,
        media_url=env.gateway_url,
        on_proofs=hub.pages.proofs,
        relays=env.relay_socket,
        alert_sound=hub.alerts.sound_for,
    )
    tickets.move_in(env.ticket_keys, former=env.gateway_keys)
    gate = Gate(lambda: hub.endings, seed=tickets.ensure_seed(env.ticket_keys), origins=origins(env))
    edge = Edge(
        hub,
        hub.feed,
        gate=gate,
        listener=Tap(env.var / "fleet").stream if env.mode == "demo" else None,
    )

    live = LiveDoor(hub.live, gate, silence_s=lambda: env.live_silence_s)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        await hub.start()
        yield
        await hub.stop()

    return Starlette(
        routes=[*device_http.routes(), *edge.routes(), *AlertEdge(hub.alerts, gate).routes(), *live.routes()],
        lifespan=life,
    )


def server(app: Starlette, env: Env) -> uvicorn.Server:
    """uvicorn without access log: addresses may carry tickets."""
    logging.getLogger("uvicorn.access").disabled = True
    host, _, port = env.gateway_listen.rpartition(":")
    config = uvicorn.Config(
        app,
        host=host.strip("[]"),
        port=int(port),
        loop="uvloop",
        http=Patient,
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        ws="wsproto",
        ws_max_size=MOST_FRAME,
        ws_per_message_deflate=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
        limit_concurrency=20_000,
        backlog=4096,
        h11_max_incomplete_event_size=16 * 1024,
        proxy_headers=env.behind_proxy,
        forwarded_allow_ips=list(env.trusted_proxies),
        ssl_certfile=env.tls_cert or None,
        ssl_keyfile=env.tls_key or None,
    )
    return uvicorn.Server(config)


def is_bare(env: Env) -> bool:
    """Whether real use listens beyond this machine without TLS of its own.

    `loa up` refuses that; a gateway started alone may have its proxy on another host, so it only says so.
    """
    host = env.gateway_listen.rpartition(":")[0].strip("[]")
    return env.mode == "up" and not env.tls_cert and not _is_loopback(host)


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    env = cast(Env, settings.ENV)
    hub = Hub(parts_of(env))
    running = server(web(hub, env, doors.doors()), env)
    log.info("gateway starts", listen=env.gateway_listen)
    if is_bare(env):
        log.warning("no TLS on an address that others reach: only a proxy with TLS may reach it, see deploy/proxy")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.get_loop().add_signal_handler(signal.SIGUSR1, hub.believe_clock)
        runner.run(running.serve())
