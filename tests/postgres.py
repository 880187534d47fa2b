"""One throw-away PostgreSQL for each test run; a plugin (`-p tests.postgres`), as it must run before Django starts."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

_server: subprocess.Popen[bytes] | None = None
_folder: Path | None = None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    if "LOA_TEST_PG" not in os.environ:
        _start()
    elif worker := os.environ.get("PYTEST_XDIST_WORKER"):  # uses the server of its parent, and a data folder of its own
        os.environ["LOA_VAR"] = f"{os.environ['LOA_VAR']}-{worker}"


def _start() -> None:
    global _server, _folder
    from loa.launch import postgres, processes

    _folder = Path(tempfile.mkdtemp(prefix="loa-test-"))
    _folder.chmod(0o755)
    data, sockets = _folder / "pg", _folder / "run"
    manner = postgres.how(data)
    postgres.hand_over(sockets, manner)
    postgres.initialise(data, durable=False, manner=manner)
    arguments = postgres.server_arguments(data, sockets, durable=False, manner=manner)
    with (_folder / "log").open("wb") as log:
        _server = subprocess.Popen(
            arguments,
            stdout=log,
            stderr=log,
            process_group=0,
            preexec_fn=processes.tied(signal.SIGINT),
            **postgres.unprivileged(manner),
        )
    if not processes.wait_until(lambda: _answers(postgres.url(sockets, "postgres")), 30):
        pytest.exit(f"the test database did not start:\n{(_folder / 'log').read_text()}", returncode=3)
    os.environ["LOA_TEST_PG"] = str(sockets)
    os.environ["DATABASE_URL"] = postgres.url(sockets, "loa")
    os.environ["LOA_VAR"] = str(_folder / "var")
    os.environ["LOA_MODE"] = "test"
    os.environ["LOA_GATEWAY_URL"] = "http://127.0.0.1:9"  # nobody's; a demonstration may run beside the tests


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def pytest_unconfigure() -> None:
    if _server is not None and _folder is not None:
        _server.send_signal(signal.SIGINT)
        _server.wait(30)
        shutil.rmtree(_folder, ignore_errors=True)
