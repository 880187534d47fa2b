"""All relays of this process: who listens to which source, and the thread that keeps the mixers going."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from devicelink.messages import Relay
from devicelink.relayed import Spec

from speaker.pcm import PcmCache, Reel
from speaker.relay.addresses import is_public
from speaker.relay.mixer import Hall, Listened, Mixer, steady_ms
from speaker.relay.reader import Reader
from speaker.relay.receiver import command

PERIOD_S = 0.02
LINGER_S = 5.0  # a source is kept so long after the last one left: the next stretch often begins at once
FALLBACK_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Reach:
    """How this device gets at sources. `tuner`, `inputs`: folders of simulated stations and inputs (None = real ones).
    `fm`, `capture`: programs of real ones (`receiver.READY` or a command); "" = no tuner, the sound system's inputs.

    `gateway` and `token()` are for what the platform itself serves, `ca` the authority believed there.
    """

    gateway: str = ""
    token: Callable[[], str] = str
    ca: Path | None = None
    tuner: Path | None = None
    inputs: Path | None = None
    fm: str = ""
    capture: str = ""

    def spec(self, relay: Relay) -> Spec:
        """What a reading process is told."""
        if relay.kind == "fm":
            program = command(self.fm, khz=relay.frequency)
            return Spec(kind="fm", frequency=relay.frequency, folder=str(self.tuner or ""), program=program)
        if relay.kind == "line":
            program = command(self.capture, name=relay.input)
            return Spec(kind="line", input=relay.input, folder=str(self.inputs or ""), program=program)
        if relay.url.startswith("/"):
            url, ca = self.gateway.rstrip("/") + relay.url, str(self.ca or "")
            return Spec(kind="stream", url=url, token=self.token(), ca=ca, stamped=True)
        return Spec(kind="stream", url=relay.url, local=named_local(relay.url))


def named_local(url: str) -> tuple[str, ...]:
    """The host of an address that names a local one openly: then the signed plan says so. Names are not believed."""
    host = (urlsplit(url).hostname or "").lower()
    try:
        return () if is_public(ip_address(host)) else (host,)
    except ValueError:
        return (host,) if host == "localhost" else ()


@dataclass(slots=True)
class _Lease:
    reader: Listened
    count: int = 0
    until: float = 0.0


class Desk:
    """`threaded=False`: whoever owns it calls `round` (tests). `read` makes a reader; `now`: see `Hall`."""

    def __init__(
        self,
        *,
        threaded: bool = True,
        read: Callable[[Callable[[], Spec]], Listened] = Reader,
        now: Callable[[], int] = steady_ms,
    ) -> None:
        self._threaded, self._read, self._now = threaded, read, now
        self._lock = threading.RLock()
        self._leases: dict[tuple[object, ...], _Lease] = {}
        self._mixers: list[Mixer] = []
        self._cache = PcmCache(FALLBACK_BYTES)
        self._thread: threading.Thread | None = None

    def open(self, relays: Sequence[Relay], silent_after: int, fallback: Reel | None, reach: Reach) -> Mixer:
        """Begin to listen; the sources warm up. Until `close`."""

        def lease(relay: Relay) -> Listened:
            return self._lease(relay, reach)

        mixer = Mixer(Hall(lease, self._release, self._cache, self._now), relays, silent_after, fallback)
        with self._lock:
            self._mixers.append(mixer)
            if self._threaded and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="relays", daemon=True)
                self._thread.start()
        return mixer

    def close(self, mixer: Mixer) -> int:
        """It is over; bytes that were received for it."""
        with self._lock:
            self._mixers = [other for other in self._mixers if other is not mixer]
            return mixer.close()

    def round(self) -> None:
        """Every mixer once."""
        with self._lock:
            for mixer in self._mixers:
                mixer.round()
            self._tidy()

    def _lease(self, relay: Relay, reach: Reach) -> Listened:
        key = (relay, reach.gateway, reach.tuner, reach.inputs, reach.fm, reach.capture)
        with self._lock:
            lease = self._leases.get(key)
            if lease is None:
                lease = self._leases[key] = _Lease(self._read(lambda: reach.spec(relay)))
            lease.count += 1
            return lease.reader

    def _release(self, listened: Listened) -> None:
        with self._lock:
            for lease in self._leases.values():
                if lease.reader is listened:
                    lease.count -= 1
                    lease.until = time.monotonic() + LINGER_S

    def _tidy(self) -> None:
        now = time.monotonic()
        for key in [key for key, lease in self._leases.items() if lease.count <= 0 and now > lease.until]:
            reader = self._leases.pop(key).reader
            if isinstance(reader, Reader):
                reader.close()

    def _run(self) -> None:
        while True:
            self.round()
            with self._lock:
                if not self._mixers and not self._leases:
                    self._thread = None
                    return
            time.sleep(PERIOD_S)
