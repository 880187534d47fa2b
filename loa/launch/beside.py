"""Commands beside a running Loa use its addresses; without one they may start its database for a moment."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from loa.config import env
from loa.launch import parts, postgres, prepared
from loa.launch.child import Step
from loa.launch.folders import Folders, read_json
from loa.launch.setup import for_demo
from loa.launch.supervisor import AlreadyRunning, StartFailed, Supervisor, is_held, lock


class NoDatabase(Exception):
    """There is no data yet, or its database cannot be reached; the message is Vietnamese."""


def environ() -> dict[str, str]:
    """Variables of the Loa that runs on this data folder; those given by hand win. Empty when none runs."""
    folders = Folders(env.read_var())
    told = read_json(folders.state).get("environ", {}) if is_held(folders.run / "lock") else {}
    return {str(name): str(value) for name, value in told.items() if name not in os.environ}


@contextmanager
def database(say: Callable[[str], None]) -> Iterator[str]:
    """Address of the database: given, of the running Loa, or of the embedded server started for this command only."""
    os.environ.update(environ())
    settings = env.read()
    folders = Folders(settings.var)
    if settings.database_url:
        yield settings.database_url
        return
    if not (folders.database / "PG_VERSION").exists():
        raise NoDatabase(f"Chưa có dữ liệu trong {folders.var}. Hãy chạy `loa up` (hoặc `loa demo`) trước.")
    with _own_server(settings, folders, say) as url:
        yield url


@contextmanager
def _own_server(settings: env.Env, folders: Folders, say: Callable[[str], None]) -> Iterator[str]:
    folders.make()
    try:
        held = lock(folders.run / "lock")
    except AlreadyRunning as error:
        raise NoDatabase("Loa đang khởi động. Hãy đợi nó sẵn sàng rồi chạy lại lệnh này.") from error
    supervisor = Supervisor(folders, lambda line: None)
    try:
        supervisor.clear_leftovers()
        setup = for_demo(settings, folders)
        supervisor.start([Step(children=lambda: (parts.database(setup, setup.environ()),))])
        prepared.make_database(postgres.url(folders.sockets, "postgres"), "loa")
        os.environ["DATABASE_URL"] = setup.database_url
        yield setup.database_url
    except (StartFailed, postgres.Unusable) as error:
        raise NoDatabase(str(error)) from error
    finally:
        supervisor.stop()
        os.close(held)
