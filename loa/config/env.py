"""Every setting that comes from outside: read once, checked, and refused loudly when it is wrong.

The page docs/how-to/settings.md explains each of them; a test compares the two.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
MODES = ("demo", "up", "test")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class BadSetting(Exception):
    """An environment variable has a value that Loa cannot work with; the message says which and what would do."""


@dataclass(frozen=True, slots=True)
class Env:
    """The whole configuration of one installation; `settings.ENV` inside Django.

    Addresses that end in `_url` are what browsers and devices are told, those that end in `_listen` are host:port to
    bind. Folders ending in `_keys` hold secret files (mode 0600) and are never inside the media folder.
    """

    mode: str
    var: Path
    database_url: str
    signer_database_url: str
    nats_url: str
    nats_server: str
    secret_key: str = field(repr=False)
    hosts: tuple[str, ...]
    site_url: str
    gateway_url: str
    gateway_listen: str
    engine_url: str
    mqtt_port: int
    media_root: Path
    keep_originals_days: int
    live_silence_s: int
    signer_socket: Path
    relay_socket: Path
    relay_local: tuple[str, ...]
    channels_local: tuple[str, ...]
    cap_key: Path | None
    signer_keys: Path
    gateway_keys: Path
    ticket_keys: Path
    gateway_state: Path
    engine_keys: Path
    tls_cert: str
    tls_key: str
    behind_proxy: bool
    trusted_proxies: tuple[str, ...]
    email_url: str = field(repr=False)
    email_from: str
    sample_data: bool
    demo_province: str
    demo_station: str
    map_tiles: str
    map_credit: str
    log_format: str
    log_level: str

    @property
    def https(self) -> bool:
        """People reach the pages over TLS, ours or a proxy's."""
        return self.site_url.startswith("https://")

    @property
    def database(self) -> str:
        """Address of the database: the given one, or the embedded server's."""
        return self.database_url or f"postgresql://postgres@/loa?host={quote(str(self.var))}/run/pg"


class Reader:
    """Reads variables and remembers which, so that the documentation can be compared with the code."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.names: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """The value without surrounding spaces."""
        self.names.append(name)
        return self.environ.get(name, "").strip() or default

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of the allowed words."""
        value = self.text(name, default)
        if value not in allowed:
            raise BadSetting(f"{name}={value!r}: use {', '.join(allowed)}")
        return value

    def yes(self, name: str, default: bool = False) -> bool:
        """1 or 0."""
        return self.choice(name, "1" if default else "0", ("0", "1")) == "1"

    def number(self, name: str, default: int) -> int:
        """A port number; 0 means that the default applies."""
        value = self.text(name, str(default))
        if not value.isdecimal() or int(value) > 65_535:
            raise BadSetting(f"{name}={value!r}: use a number up to 65535")
        return int(value)

    def path(self, name: str, default: Path) -> Path:
        """An absolute path."""
        return Path(self.text(name, str(default))).expanduser().absolute()

    def words(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Comma-separated words."""
        return tuple(word.strip() for word in self.text(name, ",".join(default)).split(",") if word.strip())

    def address(self, name: str, schemes: tuple[str, ...], default: str = "") -> str:
        """An address with one of the given schemes, without a slash at its end."""
        value = self.text(name, default)
        if value and not value.startswith(tuple(scheme + "://" for scheme in schemes)):
            raise BadSetting(f"{name} must start with {' or '.join(scheme + '://' for scheme in schemes)}")
        return value.rstrip("/")

    def tiles(self, name: str) -> str:
        """The address of a server of map tiles with the places {z}, {x} and {y}, on one host."""
        value = self.address(name, ("https", "http"))
        if value and (not all(part in value for part in ("{z}", "{x}", "{y}")) or re.search(r"[{}]", _host(value))):
            raise BadSetting(f"{name}={value!r}: use https://one-host/.../{{z}}/{{x}}/{{y}}.png")
        return value


def _host(address: str) -> str:
    return urlsplit(address).netloc


def _marked_mode(var: Path) -> str:
    """What this data folder was made for, so that a command beside a running Loa reads the same settings."""
    try:
        mark = (var / "mode").read_text().strip()
    except OSError:
        return "test"
    return mark if mark in MODES else "test"


def _secret(reader: Reader, var: Path, mode: str) -> str:
    given = reader.text("LOA_SECRET_KEY")
    file = reader.path("LOA_SECRET_KEY_FILE", var / "keys" / "secret-key")
    if given:
        return given
    if file.is_file():
        return file.read_text().strip()
    if mode == "up":
        raise BadSetting(f"LOA_SECRET_KEY is not set and there is no {file}; `loa up` makes one, or set your own")
    return secrets.token_urlsafe(40)  # tests: fresh for each process, so that nobody can ever rely on it


def read_var(environ: Mapping[str, str] = os.environ) -> Path:
    """The data folder alone, for what must work while other settings are wrong."""
    return Reader(environ).path("LOA_VAR", ROOT / "var")


def read(environ: Mapping[str, str] = os.environ) -> Env:
    """Read the environment. Raises BadSetting."""
    return read_with(Reader(environ))


def read_with(reader: Reader) -> Env:
    """Like `read`, and the reader knows afterwards which variables there are."""
    made = _read(reader)
    if made.ticket_keys in (made.signer_keys, made.gateway_keys, made.engine_keys):
        raise BadSetting(f"LOA_TICKET_KEYS={made.ticket_keys}: the pages read it, so it needs a folder of its own")
    return made


def _read(reader: Reader) -> Env:
    var = reader.path("LOA_VAR", ROOT / "var")
    mode = reader.choice("LOA_MODE", _marked_mode(var), MODES)
    database = reader.address("DATABASE_URL", ("postgresql", "postgres"))
    return Env(
        mode=mode,
        var=var,
        database_url=database,
        signer_database_url=reader.address("LOA_SIGNER_DATABASE_URL", ("postgresql", "postgres"), database),
        nats_url=reader.address("NATS_URL", ("nats", "tls"), ""),
        nats_server=reader.text("LOA_NATS_SERVER"),
        secret_key=_secret(reader, var, mode),
        hosts=reader.words("LOA_HOSTS", (*LOOPBACK, "testserver") if mode == "test" else LOOPBACK),
        site_url=reader.address("LOA_SITE_URL", ("http", "https"), "http://127.0.0.1:8000"),
        gateway_url=reader.address("LOA_GATEWAY_URL", ("http", "https"), "http://127.0.0.1:8001"),
        gateway_listen=reader.text("LOA_GATEWAY_LISTEN", "127.0.0.1:8001"),
        engine_url=reader.address("LOA_ENGINE_URL", ("mqtt", "mqtts"), "mqtt://127.0.0.1:1883"),
        mqtt_port=reader.number("LOA_MQTT_PORT", 0),
        media_root=reader.path("LOA_MEDIA", var / "media"),
        keep_originals_days=reader.number("LOA_KEEP_ORIGINALS_DAYS", 90),
        live_silence_s=reader.number("LOA_LIVE_SILENCE_S", 300),
        signer_socket=reader.path("LOA_SIGNER_SOCKET", var / "run" / "signer.sock"),
        relay_socket=reader.path("LOA_RELAY_SOCKET", var / "run" / "relay.sock"),
        relay_local=reader.words("LOA_RELAY_LOCAL", ()),
        channels_local=reader.words("LOA_CHANNELS_LOCAL", ()),
        cap_key=Path(key) if (key := reader.text("LOA_CAP_KEY", "")) else None,
        signer_keys=reader.path("LOA_SIGNER_KEYS", var / "keys" / "signer"),
        gateway_keys=reader.path("LOA_GATEWAY_KEYS", var / "keys" / "gateway"),
        ticket_keys=reader.path("LOA_TICKET_KEYS", var / "keys" / "tickets"),
        gateway_state=reader.path("LOA_GATEWAY_STATE", var / "gateway"),
        engine_keys=reader.path("LOA_ENGINE_KEYS", var / "keys" / "engine"),
        tls_cert=reader.text("LOA_TLS_CERT"),
        tls_key=reader.text("LOA_TLS_KEY"),
        behind_proxy=reader.yes("LOA_BEHIND_PROXY"),
        trusted_proxies=reader.words("LOA_TRUSTED_PROXIES", ("127.0.0.1", "::1")),
        email_url=reader.address("LOA_EMAIL_URL", ("smtp", "smtps", "smtp+tls", "file")),
        email_from=reader.text("LOA_EMAIL_FROM", "Loa <loa@localhost>"),
        sample_data=reader.yes("LOA_SAMPLE_DATA", mode == "demo"),
        demo_province=reader.text("LOA_DEMO_PROVINCE"),
        demo_station=reader.address("LOA_DEMO_STATION", ("http",), ""),
        map_tiles=reader.tiles("LOA_MAP_TILES"),
        map_credit=reader.text("LOA_MAP_CREDIT"),
        log_format=reader.choice("LOA_LOG_FORMAT", "plain", ("plain", "json")),
        log_level=reader.choice("LOA_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    )
