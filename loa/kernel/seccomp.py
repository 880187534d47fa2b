"""Taking away from a process what no reading of a file needs: the network, other programs, other processes.

A filter of the Linux kernel (seccomp), set by the process itself without any privilege, never to be loosened again.
"""

import ctypes
import errno
import platform
import struct
import sys
from collections.abc import Iterable

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
OFFSET_NUMBER, OFFSET_ARCH = 0, 4
X32 = 0x40000000  # calls of the other ABI of x86-64 carry this bit

# socket, connect, accept, sendto, sendmsg, bind, listen, socketpair, accept4; fork, vfork, execve, execveat; kill,
# ptrace, process_vm_*, pidfd_*; mount, unshare, setns; keys; bpf, perf, userfaultfd, open_by_handle_at, kexec_load;
# io_uring, which could open sockets without any of these.
REFUSED = {
    "x86_64": (0xC000003E, (
        41, 42, 43, 44, 46, 49, 50, 53, 288, 57, 58, 59, 322, 62, 101, 310, 311, 424, 434, 438, 165, 272, 308,
        248, 249, 250, 321, 298, 323, 304, 246, 425,
    )),
    "aarch64": (0xC00000B7, (
        198, 203, 202, 206, 211, 200, 201, 199, 242, 221, 281, 129, 117, 270, 271, 424, 434, 438, 40, 97, 268,
        217, 218, 219, 280, 241, 282, 265, 104, 425,
    )),
}  # fmt: skip


def forbid_network_and_programs() -> bool:
    """Refuse (EPERM) sockets, other programs and reaching into other processes from here on.

    False where the kernel offers no filter or the machine is of another kind: then nothing changes. To be called while
    the process has one thread; threads that it starts later are bound as well.
    """
    known = REFUSED.get(platform.machine())
    if sys.platform != "linux" or known is None or sys.maxsize < 2**32:
        return False
    program = _program(*known)
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        and libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.create_string_buffer(head, len(head)), 0, 0) == 0
    )


def _program(machine: int, refused: Iterable[int]) -> bytes:
    """The filter: another machine's or ABI's calls and the listed ones are refused, the rest is allowed."""
    numbers = sorted(refused)
    steps = [
        (LOAD, 0, 0, OFFSET_ARCH),
        (EQUAL, 0, len(numbers) + 3, machine),
        (LOAD, 0, 0, OFFSET_NUMBER),
        (AT_LEAST, len(numbers) + 1, 0, X32),
    ]
    steps += [(EQUAL, len(numbers) - at, 0, number) for at, number in enumerate(numbers)]
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
