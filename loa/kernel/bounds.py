"""What a process may use at most: bound before it opens what strangers have made, and never loosened."""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def bind_process(
    *, address_space: int, cpu_seconds: int, file_bytes: int, open_files: int, with_parent: bool = True
) -> None:
    """Bind this process (bytes, seconds, bytes a file, files): what it cannot do, a hostile file cannot make it do.

    It leaves no core behind, gives way to others on a busy machine, and dies with its parent: with the thread that
    started it, to be exact, so a process that outlives its thread says `with_parent=False` and watches its pipe.
    """
    for what, most in (
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))
    os.nice(5)
    if with_parent and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
