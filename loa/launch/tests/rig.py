"""A small stack for the tests of the supervisor: PostgreSQL, NATS and a program whose worker outlives its leader.

`python -m loa.launch.tests.rig` prints READY when all is up and goes on until it is asked to stop.
"""

import socket
import sys

from loa.config import env
from loa.launch import parts, start
from loa.launch.child import Child, Step
from loa.launch.folders import Folders
from loa.launch.setup import Setup, for_demo

# Like granian: a worker in the leader's group that does not notice when the leader is killed.
LEADER = """
import signal, subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
signal.signal(signal.SIGTERM, lambda *_: (worker.terminate(), sys.exit(0)))
print("worker", worker.pid, flush=True)
time.sleep(600)
"""


def steps(setup: Setup) -> list[Step]:
    """What `parts.steps` would be for the whole product."""
    environ = setup.environ()
    leader = Child(name="leader", label="Chương trình thử", argv=(sys.executable, "-c", LEADER), environ=environ)
    broken = Child(
        name="broken",
        label="Phần hỏng",
        argv=(sys.executable, "-c", "exit('no luck')"),
        environ=environ,
        ready=lambda: False,
    )
    last = (broken,) if "--broken" in sys.argv else (leader,)
    ground = (parts.database(setup, environ), parts.message_engine(setup, environ))
    ahead = () if last[0] is broken else last
    return [Step(children=lambda: ground, ahead=lambda: ahead), Step(children=lambda: last)]


_thief = socket.socket()


def robbed(settings: env.Env, folders: Folders) -> Setup:
    """As if somebody else took the port of the engine right after we had looked; once."""
    setup = for_demo(settings, folders)
    if _thief.getsockname()[1] == 0:
        _thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers of the platform do
        _thief.bind(("127.0.0.1", setup.ports["nats"]))
        _thief.listen()
    return setup


def main() -> int:
    """Run until asked to stop."""
    make = robbed if "--thief" in sys.argv else for_demo
    return start.run(env.read(), start.Plan(make, lambda setup, say: say("READY"), steps))


if __name__ == "__main__":
    sys.exit(main())
