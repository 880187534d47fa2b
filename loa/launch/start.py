"""`loa demo` and `loa up`: from a command line to a running platform, and back to nothing."""

import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from loa.config.env import Env
from loa.launch import edges, parts, ports, postgres, prepared
from loa.launch.child import Child, Step, nothing
from loa.launch.folders import Folders, make_secret_key, read_json, write_json
from loa.launch.setup import ELSEWHERE, Setup
from loa.launch.supervisor import AlreadyRunning, StartFailed, Stopped, Supervisor, TurnedDown, lock

Say = Callable[[str], None]


class WrongFolder(Exception):
    """The data folder belongs to another kind of use."""


def say(line: str) -> None:
    """One line for the person at the terminal, who may have left."""
    with suppress(OSError):
        print(line, flush=True)


def complain(line: str) -> None:
    """One line about what went wrong."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def mark(folders: Folders, mode: str) -> None:
    """Say for what this folder is; samples never come into the data of real use. Raises WrongFolder."""
    file = folders.var / "mode"
    before = file.read_text().strip() if file.exists() else ""
    if before == "up" and mode == "demo":
        raise WrongFolder(
            f"Thư mục {folders.var} chứa dữ liệu thật nên không dùng để trình diễn. "
            "Hãy đặt LOA_VAR là một thư mục khác cho bản trình diễn."
        )
    if not before:
        file.write_text(mode + "\n")


@dataclass(frozen=True, slots=True)
class Plan:
    """One way of starting: `setup` decides the addresses, `steps` the parts, `started` greets the person.

    `before` runs when the folder is ours and nothing is started yet.
    """

    setup: Callable[[Env, Folders], Setup]
    started: Callable[[Setup, Say], None]
    steps: Callable[[Setup], list[Step]] = parts.steps
    before: Callable[[], None] = nothing


def run(env: Env, plan: Plan) -> int:
    """Start everything, keep it alive until somebody asks to stop. Returns the exit code."""
    folders = Folders(env.var)
    folders.make()
    try:
        mark(folders, env.mode)
        held = lock(folders.run / "lock")
    except AlreadyRunning:
        return _already(folders, env.mode)
    except WrongFolder as error:
        complain(str(error))
        return 2
    try:
        return _supervise(env, folders, plan)
    finally:
        os.close(held)


def _already(folders: Folders, mode: str) -> int:
    state = read_json(folders.state)
    complain(f"Loa đang chạy rồi (tiến trình {state.get('pid', '?')}): {state.get('site_url', 'đang khởi động')}")
    return 0 if mode == "demo" else 1


def _supervise(env: Env, folders: Folders, plan: Plan) -> int:
    supervisor = Supervisor(folders, say)
    supervisor.listen()
    folders.state.unlink(missing_ok=True)
    began = time.monotonic()
    try:
        supervisor.clear_leftovers()  # first, so that yesterday's ports are free again
        make_secret_key(folders)
        plan.before()
        setup = _bring_up(supervisor, env, plan)
        write_json(folders.state, setup.state())
        say(f"Đã sẵn sàng sau {time.monotonic() - began:.1f} giây.".replace(".", ",", 1))
        plan.started(setup, say)
        tell_service_manager("READY=1")
        supervisor.watch()
        return 0
    except Stopped:
        return 0
    except TurnedDown as error:
        complain(str(error))
        return 2
    except (StartFailed, edges.Refused, postgres.Unusable) as error:
        complain(str(error))
        return 1
    finally:
        tell_service_manager("STOPPING=1")
        say("Đang dừng…")
        supervisor.stop()
        folders.state.unlink(missing_ok=True)
        say("Đã dừng hết.")


def _bring_up(supervisor: Supervisor, env: Env, plan: Plan) -> Setup:
    """Start the parts. A port that somebody else took in the same moment costs the demonstration another try."""
    for tries_left in (2, 1, 0):
        setup = plan.setup(env, supervisor.folders)
        write_json(supervisor.folders.var / "ports.json", dict(setup.ports))
        try:
            supervisor.start(_checked_steps(setup, plan.steps(setup)))
        except TurnedDown:
            raise
        except StartFailed:
            supervisor.end_children()
            if not tries_left or setup.mode != "demo" or all(map(ports.is_free, setup.ports.values())):
                raise
        else:
            break
    return setup


def _checked_steps(setup: Setup, steps: list[Step]) -> list[Step]:
    """Real use is checked before anything listens, and again when the database can be asked."""
    if setup.mode != "up":
        return steps
    edges.check(setup, sample_accounts=False)
    for name, where in (("web", setup.host), ("gateway", setup.host), ("mqtt", setup.engine_listen.host)):
        if not ports.is_free(setup.ports[name], where):
            raise StartFailed(
                f"Cổng {setup.ports[name]} đang bị một chương trình khác dùng. "
                f"Hãy dừng chương trình đó hoặc chọn cổng khác: {ELSEWHERE[name]}."
            )
    last = steps[1]
    return [steps[0], Step(first=partial(_checked, setup, last.first), children=last.children), *steps[2:]]


def _checked(setup: Setup, first: Callable[[], Sequence[Child]]) -> Sequence[Child]:
    work = first()
    edges.check(setup, sample_accounts=prepared.holds_samples(setup.database_url))
    return work


def tell_service_manager(message: str) -> None:
    """systemd's notification protocol; nothing happens when nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.connect("\0" + address[1:] if address.startswith("@") else address)
            out.sendall(message.encode())
