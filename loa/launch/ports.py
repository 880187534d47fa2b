"""Free ports: yesterday's first, so that bookmarks and devices find the platform again.

Seconds pass between choosing a port and listening on it. A second Loa that starts meanwhile must not choose the same
one: granian shares its port with whoever asks, and two platforms would answer in turns. So a chosen port is claimed.
"""

import socket
from collections.abc import Iterable, Mapping


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


_claims: dict[int, int] = {}  # port -> descriptor, open for as long as this process lives


def claim(port: int) -> bool:
    """Keep a port for this process as long as it lives; False when another Loa has it.

    An abstract Unix socket is the claim: like the port it belongs to the network namespace, and the kernel takes it
    back whatever happens to us.
    """
    if port in _claims:
        return True
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        mark.bind(f"\0loa-port-{port}")
    except OSError:
        mark.close()
        return False
    _claims[port] = mark.detach()
    return True


def any_free(taken: Iterable[int]) -> int:
    """A port that the system gives out and that is not in `taken`."""
    unwanted = set(taken)
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in unwanted and claim(port):
            return port


def choose(wanted: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    """A free port for each name: the one it had before, else the wanted one or one of the nine above it, else any."""
    chosen: dict[str, int] = {}
    for name, first in wanted.items():
        candidates = [before[name]] if name in before else []
        candidates += range(first, first + 10)
        free = (port for port in candidates if port not in chosen.values() and is_free(port) and claim(port))
        chosen[name] = next(free, 0) or any_free(chosen.values())
    return chosen
