"""Every setting that comes from outside: read once, checked, and refused loudly when it is wrong."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class BadSetting(Exception):
    """An environment variable has a value that Loa cannot work with; the message says which and what would do."""


@dataclass(frozen=True, slots=True)
class Env:
    """The whole configuration of one installation. Field names are the variables without `LOA_`."""

    var: Path
    mode: str
    database_url: str
    nats_url: str
    secret_key: str
    hosts: tuple[str, ...]
    site_url: str
    media_root: Path
    gateway_url: str
    signer_socket: Path
    sample_data: bool


def _var(environ: "os._Environ[str] | dict[str, str]") -> Path:
    return Path(environ.get("LOA_VAR", ROOT / "var")).expanduser().resolve()


def read(environ: "os._Environ[str] | dict[str, str]" = os.environ) -> Env:
    """Read the environment. Raises BadSetting."""
    var = _var(environ)
    mode = environ.get("LOA_MODE", "test")
    if mode not in {"demo", "up", "test"}:
        raise BadSetting(f"LOA_MODE={mode!r}: use demo, up or test")
    secret = environ.get("LOA_SECRET_KEY", "")
    if not secret:
        if mode == "up":
            raise BadSetting("LOA_SECRET_KEY is not set; `loa up` makes one, or set your own")
        secret = "not-secret-" + mode
    return Env(
        var=var,
        mode=mode,
        database_url=environ.get("DATABASE_URL", ""),
        nats_url=environ.get("NATS_URL", ""),
        secret_key=secret,
        hosts=tuple(host for host in environ.get("LOA_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",") if host),
        site_url=environ.get("LOA_SITE_URL", "http://127.0.0.1:8000"),
        media_root=Path(environ.get("LOA_MEDIA", var / "media")),
        gateway_url=environ.get("LOA_GATEWAY_URL", "http://127.0.0.1:8001"),
        signer_socket=Path(environ.get("LOA_SIGNER_SOCKET", var / "run" / "signer.sock")),
        sample_data=environ.get("LOA_SAMPLE_DATA", "1" if mode == "demo" else "0") == "1",
    )
