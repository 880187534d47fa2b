"""From the signed alert to the loudspeakers and back: published, sent again to the silent, answers on the board."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

import structlog
from devicelink import topics
from devicelink.messages import Ack, Heard

from loa.gateway.alerts import meant
from loa.gateway.alerts.boards import Boards
from loa.gateway.alerts.cases import Case, Cases
from loa.gateway.alerts.parcels import Parcel, Parcels, Sheet, parcel_of
from loa.gateway.alerts.voices import Shelf
from loa.gateway.outbox import Sending as Posted
from loa.gateway.world import Member, World
from loa.kernel.clock import now as clock_now
from loa.kernel.clock import to_ms

log = structlog.get_logger("loa.gateway.alerts")
Publish = Callable[[str, bytes], Awaitable[None]]


class Sending:
    """`publish(topic, payload)`; `is_up()` says whether the engine takes messages now."""

    def __init__(
        self,
        *,
        world: World,
        cases: Cases,
        boards: Boards,
        parcels: Parcels,
        shelf: Shelf,
        publish: Publish,
        is_up: Callable[[], bool],
        later: Callable[[Awaitable[None]], object],
    ) -> None:
        self._world = world
        self._cases = cases
        self._boards = boards
        self._parcels = parcels
        self._shelf = shelf
        self._publish = publish
        self._is_up = is_up
        self._later = later

    async def send(self, case: Case) -> None:
        """To every commune at once; the voices follow when all have the alert."""
        parcel = self._open(case)
        self._parcels.add(parcel, sent_at=to_ms(clock_now()))
        await self._put(Sheet(topic, parcel.payload) for topic in parcel.topics)
        self._later(self._voices(case, parcel))

    def take_over(self, case: Case, *, sent_at: int = 0) -> None:
        """It was signed before this process started (then it is sent again), or at the other gateway at `sent_at`."""
        self._parcels.add(self._open(case), sent_at=sent_at)

    def _open(self, case: Case) -> Parcel:
        members = meant.expected(case.message, self._world)
        board = self._boards.open(case.id, members)
        taken = frozenset(row.device for row in board.values() if row.received)
        return parcel_of(case, members, taken)

    async def _voices(self, case: Case, parcel: Parcel) -> None:
        frames = await asyncio.to_thread(self._shelf.frames, case.message)
        if self._is_up():  # who comes back later fetches them
            await self._put(Sheet(topic, frame) for frame in frames for topic in parcel.topics)

    async def _put(self, sheets: Iterable[Sheet]) -> None:
        for sheet in sheets:
            try:
                await self._publish(sheet.topic, sheet.payload)
            except Exception as error:
                log.warning("an alert was not sent, will be sent again", reason=str(error)[:100])

    async def tick(self, now: datetime) -> None:
        """What was never sent by this process, and what stayed without answer. Only while active."""
        moment = to_ms(now)
        for parcel in self._parcels.first():
            self._parcels.drop(parcel.of)
            case = self._cases.get(parcel.of.partition(":")[2])
            if case is not None and case.lives(moment):
                await self.send(case)
        await self._put(self._parcels.due(moment))

    def end(self, case: Case) -> None:
        """A cancelled alert is sent to nobody any more."""
        self._parcels.drop(f"{case.message.typ}:{case.id}")

    # --- what devices say ---

    def acked(self, device: str, ack: Ack, now: datetime) -> bool:
        """Take an acknowledgement of an alert or a cancel; False if it is about something else."""
        member, identifier = self._known(device, ack.of)
        if member is None or identifier is None:
            return False
        self._parcels.answered(member, ack.of, ack.code)
        self._boards.acked(identifier, device, ack.code, to_ms(now))
        return True

    def heard(self, heard: Heard, now: datetime) -> bool:
        """Take what became of an alert or a cancel; False if it is about something else."""
        member, identifier = self._known(heard.device, heard.of)
        if member is None or identifier is None:
            return False
        self._parcels.answered(member, heard.of, "ok")
        self._boards.heard(identifier, heard, to_ms(now))
        return True

    def _known(self, device: str, of: str) -> tuple[Member | None, str | None]:
        """The device and the id, if the message was sent and means the device; who came to stand there joins."""
        typ, _, identifier = of.partition(":")
        case, member = self._cases.get(identifier), self._world.members.get(device)
        if case is None or member is None or case.state != "sent" or case.message.typ != typ:
            return None, None
        board = self._boards.get(identifier)
        if board is None or device not in board:
            if not meant.concerns(case.message, member):
                return None, None
            self._boards.open(identifier, [member])
            self._parcels.join(of, member)
        return member, identifier

    def came_back(self, device: str, welcomed: bool) -> list[Posted]:
        """What goes to a device that said hello, beside what its welcome holds (if it got one)."""
        member = self._world.members.get(device)
        if member is None:
            return []
        now = to_ms(clock_now())
        held = set(self._cases.welcome_for(member, now)) if welcomed else set()
        tokens = [case.entry.jws for case in self._cases.concerning(member, now)]
        topic = topics.down(device)
        return [Posted(topic=topic, jws=token) for token in tokens if token not in held]
