"""What devices say over the engine: hello, heartbeat, acknowledgement, heard, goodbye. Nothing here waits."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import msgspec
import structlog
from devicelink import topics
from devicelink.keyfiles import KeyProblem
from devicelink.messages import Ack, Bye, Heard, Hello
from devicelink.refusals import Reason
from devicelink.refusals import Refused as NotTaken

from loa.gateway.beats import Beats
from loa.gateway.limits import Limit
from loa.gateway.outbox import Outbox, Sending
from loa.gateway.pages import Pages
from loa.gateway.presence import Presence
from loa.gateway.refused import Refused
from loa.gateway.welcome import Welcomer
from loa.gateway.world import World
from loa.kernel.clock import now as clock_now
from loa.kernel.clock import to_ms

log = structlog.get_logger("loa.gateway.inbound")
UP = "d.*.up.*"  # one subscription, so that each device is heard in the order in which it speaks
MAX_UP_BYTES = 16_384
MAX_REVISION = 2**62


class Alarms(Protocol):
    """What becomes of alerts; `acked` and `heard` say whether it was about one."""

    def acked(self, device: str, ack: Ack) -> bool: ...

    def heard(self, heard: Heard) -> bool: ...

    def came_back(self, device: str, welcomed: bool) -> list[Sending]: ...


class Inbound:
    """Only the active gateway listens to devices; `send` publishes soon.

    `on_flood(device)`: it sends more or longer messages than any honest one. The engine does not bound either for MQTT.
    """

    def __init__(
        self,
        *,
        world: World,
        presence: Presence,
        beats: Beats,
        outbox: Outbox,
        refused: Refused,
        welcomer: Welcomer,
        pages: Pages,
        is_active: Callable[[], bool],
        send: Callable[[list[Sending]], None],
        on_flood: Callable[[str], None],
        alerts: Alarms,
    ) -> None:
        self._world = world
        self._presence = presence
        self._beats = beats
        self._outbox = outbox
        self._refused = refused
        self._welcomer = welcomer
        self._pages = pages
        self._is_active = is_active
        self._send = send
        self._on_flood = on_flood
        self._alerts = alerts
        self.flooded = 0
        self.hearers: list[Callable[[str, Ack | Heard], None]] = []
        self._pace = Limit(burst=300, per_second=10)
        self._hello_limit = Limit(burst=4, per_second=0.5)
        self._plans: dict[str, int] = {}

    def receive(self, subject: str, payload: bytes) -> None:
        """d.<device>.up.<typ>: the engine let only this device publish there."""
        _, device, _, typ = subject.split(".")
        if device not in self._world.members:
            return
        if not self._is_active():
            self._overhear(device, typ, payload)
            return
        if len(payload) > MAX_UP_BYTES or not self._pace.allows(device, time.monotonic()):
            self.flooded += 1
            self._on_flood(device)
            return
        if typ == "beat":
            moment = time.time()
            if self._beats.receive(device, payload, moment) is not None:
                self._presence.beat(device, clock_now())
        elif typ == "hello":
            self._on_hello(device, payload)
        elif typ == "ack":
            self._on_ack(device, payload)
        elif typ == "heard":
            self._on_heard(device, payload)
        elif typ == "bye":
            self._on_bye(device, payload)

    def _overhear(self, device: str, typ: str, payload: bytes) -> None:
        """The gateway that stands by keeps the boards of alerts too: whoever asks it is told the same."""
        if len(payload) > MAX_UP_BYTES:
            return
        if typ == "heard":
            self._on_heard(device, payload)
        elif typ == "ack" and (ack := _ack(device, payload)) is not None:
            self._alerts.acked(device, ack)

    def _on_heard(self, device: str, payload: bytes) -> None:
        with suppress(ValueError, RecursionError):
            heard = msgspec.json.decode(payload, type=Heard)
            if heard.device == device:
                self._alerts.heard(heard)
                self._tell_hearers(device, heard)

    def _on_hello(self, device: str, payload: bytes) -> None:
        if not self._hello_limit.allows(device, time.monotonic()):
            return
        now = clock_now()
        try:
            hello = self._welcomer.read(device, payload)
        except NotTaken as error:
            log.info("hello refused", device=device, reason=str(error)[:200])
            return
        self._presence.beat(device, now)
        welcome = self._welcome(hello, now)
        self._send([*welcome, *self._outbox.came_back(device), *self._alerts.came_back(device, bool(welcome))])

    def _welcome(self, hello: Hello, now: datetime) -> list[Sending]:
        """None while no time can be told; what waits for the device, such as a stop, is sent all the same."""
        try:
            answer = self._welcomer.welcome(hello, now)
        except (NotTaken, KeyProblem) as error:
            log.info("no welcome", device=hello.device, reason=str(error)[:200])
            return []
        return [Sending(topic=topics.down(hello.device), jws=answer)]

    def _on_ack(self, device: str, payload: bytes) -> None:
        ack = _ack(device, payload)
        if ack is None:
            return
        self._tell_hearers(device, ack)
        now = clock_now()
        ours = self._alerts.acked(device, ack) or self._outbox.answered(device, ack, now)
        if not (ours and ack.code == Reason.UNKNOWN_TYPE):  # an older agent does not know every command of ours
            self._refused.note(ack, to_ms(now))
        typ, _, name = ack.of.partition(":")
        if typ == "plan" and ack.code == "ok" and ack.detail == "complete" and name.isdecimal():
            self._plans[device] = min(int(name), MAX_REVISION)
            self._pages.tell("plan", device, {"plan": int(name)})
        elif typ == "hold":
            self._pages.tell("acknowledged", device, {"of": ack.of[:80], "code": ack.code[:30]})

    def _tell_hearers(self, device: str, said: Ack | Heard) -> None:
        """What became of an alert or a live session; each takes what is its own."""
        for hear in self.hearers:
            hear(device, said)

    def _on_bye(self, device: str, payload: bytes) -> None:
        with suppress(ValueError, RecursionError):
            bye = msgspec.json.decode(payload, type=Bye)
            if bye.device == device:
                self._presence.said_bye(device, bye.cause, clock_now())

    def connected(self, device: str) -> None:
        if self._is_active() and device in self._world.members:
            self._presence.came(device, clock_now())

    def disconnected(self, device: str, reason: str) -> None:
        if self._is_active() and device in self._world.members:
            self._presence.went(device, reason, clock_now())

    def take_plans(self) -> dict[str, int]:
        """Devices that said that they hold this plan revision with all its files, to write."""
        taken, self._plans = self._plans, {}
        return taken

    def give_back_plans(self, plans: dict[str, int]) -> None:
        """They could not be written."""
        self._plans = plans | self._plans


def _ack(device: str, payload: bytes) -> Ack | None:
    """The acknowledgement, if it is one and in the device's own name."""
    try:
        ack = msgspec.json.decode(payload, type=Ack)
    except (ValueError, RecursionError):
        return None
    return ack if ack.device == device else None
