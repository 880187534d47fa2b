"""Taking away from a process what no reading of a file needs: the network, other programs, other processes.

A filter of the Linux kernel (seccomp), set by the process itself without any privilege, never to be loosened again.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2
ALLOW, REFUSE, UNKNOWN = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
LOAD, EQUAL, AT_LEAST, ANY_OF, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCH, FIRST_ARGUMENT = 0, 4, 16
ENDS = (ALLOW, REFUSE, UNKNOWN)
X32 = 0x40000000  # calls of the other ABI of x86-64 carry this bit
CLONE_THREAD = 0x10000


@dataclass(frozen=True, slots=True)
class Machine:
    """Numbers of system calls. `refused`: always. The others: unless they make a thread, or mean this very process."""

    arch: int
    refused: tuple[int, ...]
    clone: int
    clone3: int
    tgkill: int
    prlimit: int


# socket, connect, accept, sendto, sendmsg, bind, listen, socketpair, accept4; fork, vfork, execve, execveat; kill,
# tkill, rt_sigqueueinfo, rt_tgsigqueueinfo, ptrace, process_vm_*, pidfd_*; mount, unshare, setns; keys; bpf, perf,
# userfaultfd, open_by_handle_at, kexec_load; io_uring, which could open sockets without any of these.
MACHINES = {
    "x86_64": Machine(0xC000003E, (
        41, 42, 43, 44, 46, 49, 50, 53, 288, 57, 58, 59, 322, 62, 200, 129, 297, 101, 310, 311, 424, 434, 438,
        165, 272, 308, 248, 249, 250, 321, 298, 323, 304, 246, 425,
    ), clone=56, clone3=435, tgkill=234, prlimit=302),
    "aarch64": Machine(0xC00000B7, (
        198, 203, 202, 206, 211, 200, 201, 199, 242, 221, 281, 129, 130, 138, 240, 117, 270, 271, 424, 434, 438,
        40, 97, 268, 217, 218, 219, 280, 241, 282, 265, 104, 425,
    ), clone=220, clone3=435, tgkill=131, prlimit=261),
}  # fmt: skip


def forbid_network_and_programs() -> bool:
    """Refuse (EPERM) sockets, other programs, further processes and reaching into others from here on.

    False where the kernel offers no filter or the machine is of another kind: then nothing changes. To be called while
    the process has one thread; threads that it starts later are bound as well.
    """
    machine = MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None or sys.maxsize < 2**32:
        return False
    program = _program(machine, os.getpid())
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        and libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.create_string_buffer(head, len(head)), 0, 0) == 0
    )


def _program(machine: Machine, pid: int) -> bytes:
    """The filter: another machine's or ABI's calls and the listed ones are refused, the rest is allowed."""
    steps = [*_steps(machine, pid), *((RETURN, 0, 0, end) for end in ENDS)]
    ends = {end: len(steps) - len(ENDS) + number for number, end in enumerate(ENDS)}
    return b"".join(
        struct.pack("HBBI", code, *(ends[way] - at - 1 if way in ends else way for way in (yes, no)), value)
        for at, (code, yes, no, value) in enumerate(steps)
    )


def _steps(machine: Machine, pid: int) -> Iterator[tuple[int, int, int, int]]:
    """What is compared, where it goes if so and if not (an end, or so many steps on), with which number."""
    yield LOAD, 0, 0, ARCH
    yield EQUAL, 0, REFUSE, machine.arch
    yield LOAD, 0, 0, NUMBER
    yield AT_LEAST, REFUSE, 0, X32
    for number in machine.refused:
        yield EQUAL, REFUSE, 0, number
    yield EQUAL, UNKNOWN, 0, machine.clone3  # its flags lie in memory, out of sight; libraries go on with clone
    for number, code, value in (
        (machine.clone, ANY_OF, CLONE_THREAD), (machine.tgkill, EQUAL, pid), (machine.prlimit, EQUAL, 0),
    ):  # fmt: skip
        yield EQUAL, 0, 2, number
        yield LOAD, 0, 0, FIRST_ARGUMENT
        yield code, ALLOW, REFUSE, value
    yield EQUAL, ALLOW, ALLOW, 0
