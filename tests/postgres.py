"""One throw-away PostgreSQL for each test run: a pytest plugin (`-p tests.postgres`), since it must run before Django reads its settings."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

_server: subprocess.Popen[bytes] | None = None
_folder: Path | None = None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    if "LOA_TEST_PG" not in os.environ:  # a worker of pytest-xdist uses the server of its parent
        _start()


def _start() -> None:
    global _server, _folder
    from loa.launch import postgres

    _folder = Path(tempfile.mkdtemp(prefix="loa-test-"))
    _folder.chmod(0o755)
    sockets = _folder / "run"
    postgres.hand_over(sockets)
    postgres.initialise(_folder / "pg", durable=False)
    arguments = postgres.server_arguments(_folder / "pg", sockets, durable=False)
    with (_folder / "log").open("wb") as log:
        _server = subprocess.Popen(arguments, stdout=log, stderr=log, **postgres.unprivileged())  # type: ignore[call-overload]
    for _ in range(500):
        if (sockets / ".s.PGSQL.5432").exists():
            break
        time.sleep(0.01)
    os.environ["LOA_TEST_PG"] = str(sockets)
    os.environ["DATABASE_URL"] = postgres.url(sockets, "loa")
    os.environ["LOA_VAR"] = str(_folder / "var")
    os.environ["LOA_MODE"] = "test"


def pytest_unconfigure() -> None:
    if _server is not None and _folder is not None:
        _server.send_signal(signal.SIGINT)
        _server.wait(10)
        shutil.rmtree(_folder, ignore_errors=True)
