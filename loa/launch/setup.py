"""What one start is about: mode, folders, addresses, ports; and the environment that every child gets."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from loa.config.env import Env
from loa.demo import transmitter
from loa.launch import ports, postgres
from loa.launch.engine import Listen
from loa.launch.folders import Folders, read_json

PROXY_MQTT = 8883  # where the proxies in deploy/ take MQTT over TLS
WANTED_PORTS = {"web": 8000, "gateway": 8001, "mqtt": 1883, "nats": 4222, "engine_status": 8222}
STATION = "station"  # the sample radio station; real use has none
ELSEWHERE = {"web": "--listen", "gateway": "LOA_GATEWAY_LISTEN", "mqtt": "LOA_MQTT_PORT"}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    bare = host.strip("[]")
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def split_address(text: str, default_port: int) -> tuple[str, int]:
    """Host and port of "0.0.0.0:443", "[::]:443", "8080" or "127.0.0.1". ValueError if there is no such port."""
    if text.isdigit():
        return "127.0.0.1", int(text)
    parts = urlsplit("//" + text)
    return parts.hostname or "127.0.0.1", parts.port or default_port


@dataclass(frozen=True, slots=True)
class Setup:
    """`env` is what came from outside, the rest is decided for this start."""

    mode: str
    env: Env
    folders: Folders
    host: str
    ports: Mapping[str, int]
    tls_cert: str = ""
    tls_key: str = ""
    behind_proxy: bool = False
    site_url: str = ""
    gateway_url: str = ""

    @property
    def exposed(self) -> bool:
        """Whether anybody but this machine can reach it, directly or through a proxy."""
        return not is_loopback(self.host) or self.behind_proxy or not is_loopback(self.site_host)

    @property
    def site_host(self) -> str:
        """Host name in the address that people type."""
        return urlsplit(self.site_url).hostname or "localhost"

    @property
    def own_database(self) -> bool:
        """Whether the embedded PostgreSQL runs."""
        return not self.env.database_url

    @property
    def own_engine(self) -> bool:
        """Whether the embedded NATS server runs."""
        return not self.env.nats_url

    @property
    def database_url(self) -> str:
        """For the platform."""
        return self.env.database_url or postgres.url(self.folders.sockets, "loa")

    @property
    def signer_database_url(self) -> str:
        """For the signer: a role that can read one view."""
        return self.env.signer_database_url or postgres.url(self.folders.sockets, "loa", user="loa_signer")

    @property
    def engine_listen(self) -> Listen:
        """Devices come from outside when people do; behind a proxy they come through it; samples are here."""
        host = "127.0.0.1" if self.behind_proxy or self.mode == "demo" else self.host
        return Listen(
            nats=self.ports["nats"],
            mqtt=self.ports["mqtt"],
            http=self.ports["engine_status"],
            host=host,
            tls_cert=self.tls_cert,
            tls_key=self.tls_key,
        )

    @property
    def station_url(self) -> str:
        """Where the sample radio station is heard; "" where none is started."""
        return f"http://127.0.0.1:{self.ports[STATION]}{transmitter.PATH}" if STATION in self.ports else ""

    def environ(self, base: Mapping[str, str] = os.environ) -> dict[str, str]:
        """Environment of the children: nothing is left to be guessed by them."""
        scheme = "mqtts" if self.tls_cert or self.behind_proxy else "mqtt"
        named = "127.0.0.1" if self.mode == "demo" else self.site_host
        port = PROXY_MQTT if self.behind_proxy else self.ports["mqtt"]
        engine = self.env.engine_url if "LOA_ENGINE_URL" in base else f"{scheme}://{named}:{port}"
        hosts = self.env.hosts if "LOA_HOSTS" in base else (*self.env.hosts, self.site_host)
        sampled = {"LOA_DEMO_STATION": self.station_url, "LOA_RELAY_LOCAL": self._local()} if self.station_url else {}
        gateway_host = f"[{self.host}]" if ":" in self.host else self.host
        return {
            **base,
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "loa.config.settings",
            "LOA_MODE": self.mode,
            "LOA_VAR": str(self.folders.var),
            "DATABASE_URL": self.database_url,
            "LOA_SIGNER_DATABASE_URL": self.signer_database_url,
            "NATS_URL": self.env.nats_url or f"nats://127.0.0.1:{self.ports['nats']}",
            "LOA_HOSTS": ",".join(dict.fromkeys(hosts)),
            "LOA_SITE_URL": self.site_url,
            "LOA_GATEWAY_URL": self.gateway_url,
            "LOA_GATEWAY_LISTEN": f"{gateway_host}:{self.ports['gateway']}",
            "LOA_ENGINE_URL": engine,
            "LOA_TLS_CERT": self.tls_cert,
            "LOA_TLS_KEY": self.tls_key,
            "LOA_BEHIND_PROXY": "1" if self.behind_proxy else "0",
            **sampled,
        }

    def _local(self) -> str:
        """What may be relayed from one's own network: what somebody named, and the sample station alone."""
        return ",".join(dict.fromkeys((*self.env.relay_local, f"127.0.0.1:{self.ports[STATION]}")))

    def state(self) -> dict[str, object]:
        """What var/run/state.json tells other commands."""
        return {
            "mode": self.mode,
            "pid": os.getpid(),
            "site_url": self.site_url,
            "gateway_url": self.gateway_url,
            "host": self.host,
            "ports": dict(self.ports),
            "environ": {
                name: value
                for name, value in self.environ({}).items()
                if name.startswith(("LOA_", "DATABASE_", "NATS_"))
            },
        }


def for_demo(env: Env, folders: Folders, *, lan: str = "", given: Mapping[str, str] = os.environ) -> Setup:
    """Everything on free ports and on loopback; with `lan`, pages and gateway also at this address of the machine.

    Of LOA_SITE_URL it takes what stays on this machine: http at 127.0.0.1 or localhost, and the port if it is free.
    """
    name, port = local_site(given.get("LOA_SITE_URL", ""))
    chosen = _ports(folders, {**WANTED_PORTS, STATION: 8100}, {"web": port} if port else {})
    host, named = ("0.0.0.0", lan) if lan else ("127.0.0.1", "127.0.0.1")  # noqa: S104 - asked for
    site = f"http://{lan or name or named}:{chosen['web']}"
    gateway = f"http://{named}:{chosen['gateway']}"
    return Setup("demo", env, folders, host, chosen, site_url=site, gateway_url=gateway)


def local_site(address: str) -> tuple[str, int]:
    """Name and port (0: any) of an address at which a demonstration may be; ("", 0) for all others."""
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.hostname not in ("localhost", "127.0.0.1"):
        return "", 0
    return parts.hostname, parts.port or 0


def for_use(
    env: Env,
    folders: Folders,
    *,
    listen: str = "",
    site: str = "",
    tls_cert: str = "",
    tls_key: str = "",
    behind_proxy: bool = False,
    given: Mapping[str, str] = os.environ,
) -> Setup:
    """Real use. Ports are what the operator says: a taken one is an error at start, never silently another."""
    cert, key = tls_cert or env.tls_cert, tls_key or env.tls_key
    proxied = behind_proxy or env.behind_proxy
    host, port = split_address(listen, 8000)
    gateway_port = split_address(env.gateway_listen, 8001)[1]
    fixed = {"web": port, "gateway": gateway_port, "mqtt": env.mqtt_port or (8883 if cert else WANTED_PORTS["mqtt"])}
    chosen = {**fixed, **_ports(folders, {name: WANTED_PORTS[name] for name in ("nats", "engine_status")})}
    scheme = "https" if cert else "http"
    named = site or (env.site_url if "LOA_SITE_URL" in given else "")
    site_url = (named or f"{scheme}://{'127.0.0.1' if is_loopback(host) else host}:{port}").rstrip("/")
    setup = Setup("up", env, folders, host, chosen, cert, key, proxied, site_url)
    beside = f"{scheme}://{setup.site_host}:{chosen['gateway']}"
    gateway = env.gateway_url if "LOA_GATEWAY_URL" in given else (site_url if proxied else beside)
    return replace(setup, gateway_url=gateway)


def _ports(folders: Folders, wanted: Mapping[str, int], asked: Mapping[str, int] | None = None) -> dict[str, int]:
    """Those that somebody asked for come before yesterday's."""
    before = {**read_json(folders.var / "ports.json"), **(asked or {})}
    return ports.choose(wanted, {name: int(port) for name, port in before.items() if name in wanted})
