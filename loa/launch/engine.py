"""The embedded message engine: NATS with MQTT, authorisation by callout; keys, configuration, health.

Why each line is as it is: docs/adr/0006-nats-as-the-engine.md. A node with devices on it is never reloaded (SIGHUP).
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import nkeys

from loa.launch.folders import write_secret

NAMES = ("platform", "auth", "sys", "issuer")


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the engine listens. `host` is for devices; the port for services and the status page stay on loopback."""

    nats: int
    mqtt: int
    http: int
    host: str = "127.0.0.1"
    websocket: int = 0
    tls_cert: str = ""
    tls_key: str = ""


def program(own: str = "") -> str:
    """Path of nats-server: the operator's own (LOA_NATS_SERVER) or the one of the environment, never that on PATH."""
    return own or str(Path(sys.executable).parent / "nats-server")


def make_keys(folder: Path) -> None:
    """Make the seeds that are missing: one file `<name>.nk` each, readable by the owner only."""
    for name in NAMES:
        file = folder / f"{name}.nk"
        if not file.exists():
            kind = nkeys.PREFIX_BYTE_ACCOUNT if name == "issuer" else nkeys.PREFIX_BYTE_USER
            write_secret(file, nkeys.encode_seed(os.urandom(32), kind).decode() + "\n")


def public_keys(folder: Path) -> dict[str, str]:
    """Public nkey of each seed, by name."""
    found = {}
    for name in NAMES:
        seed = bytearray((folder / f"{name}.nk").read_text().strip().encode())
        found[name] = nkeys.from_seed(seed).public_key.decode()
    return found


def configuration(listen: Listen, store: Path, keys: dict[str, str]) -> str:
    """Text of the server's configuration file."""
    services = f"[ {keys['auth']}, {keys['platform']}, {keys['sys']} ]"
    lines = [
        "server_name: loa1",
        "host: 127.0.0.1",
        f"port: {listen.nats}",
        f"http: 127.0.0.1:{listen.http}",
        "max_connections: 100000",
        f"jetstream {{ store_dir: {_quoted(str(store))}, max_mem: 256M, max_file: 1G }}",
        "accounts {",
        f"  DEVICES {{ jetstream: enabled, users: [ {{ nkey: {keys['platform']} }} ] }}",
        f"  AUTH {{ users: [ {{ nkey: {keys['auth']} }} ] }}",
        f"  SYS {{ users: [ {{ nkey: {keys['sys']} }} ] }}",
        "}",
        "system_account: SYS",
        "authorization {",
        "  timeout: 15",
        "  auth_callout {",
        f"    issuer: {keys['issuer']}",
        "    account: AUTH",
        f"    auth_users: {services}",
        "  }",
        "}",
        *_listener("mqtt", listen.host, listen.mqtt, listen),
    ]
    if listen.websocket:
        lines += _listener("websocket", listen.host, listen.websocket, listen)
    return "\n".join(lines) + "\n"


def _listener(kind: str, host: str, port: int, listen: Listen) -> list[str]:
    lines = [f"{kind} {{", f"  host: {_quoted(host)}", f"  port: {port}"]
    if listen.tls_cert:
        cert, key = _quoted(listen.tls_cert), _quoted(listen.tls_key)
        lines.append(f"  tls {{ cert_file: {cert}, key_file: {key}, timeout: 15 }}")
    elif kind == "websocket":
        lines.append("  no_tls: true")
    return [*lines, "}"]


def _quoted(text: str) -> str:
    """As NATS reads it: it does not know the escapes that JSON has for letters such as ư."""
    return json.dumps(text, ensure_ascii=False)
