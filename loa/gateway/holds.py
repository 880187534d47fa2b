"""Stop-all: authority by ticket, signed with the stop key, on disk before anybody hears of it, database afterwards."""

import asyncio
import uuid
from datetime import UTC, datetime

import structlog
from devicelink import messages
from devicelink.audience import is_area_path, named
from devicelink.keyfiles import KeyFolder
from devicelink.refusals import Refused

from loa.devices.actions.holding import HoldEntry
from loa.devices.rules import papers
from loa.devices.tickets import Ticket
from loa.gateway.database import HOLD_MEMORY_MS
from loa.gateway.journal import Journal
from loa.gateway.world import HoldState, World
from loa.kernel.clock import from_ms, to_ms
from loa.kernel.errors import Denied, Invalid, NotFound, Unavailable

log = structlog.get_logger("loa.gateway.holds")
MAX_REASON = 200


class Holds:
    """The only place where the stop key is used."""

    def __init__(self, world: World, keys: KeyFolder, journal: Journal) -> None:
        self._world = world
        self._keys = keys
        self._journal = journal
        self._disk = asyncio.Lock()

    def recover(self, now: datetime) -> list[HoldState]:
        """After a start: what the journal holds and still matters; all of it is to be sent again."""
        moment = to_ms(now)
        states = [state_of(entry) for entry in self._journal.entries]
        living = [state for state in states if state.forget > moment]
        for state in living:
            self._world.hold(state)
        return [state for state in living if self._world.holds[state.subject].revision == state.revision]

    async def stop(
        self, ticket: Ticket, audience: messages.Audience, until: int, reason: str, now: datetime
    ) -> tuple[HoldState, HoldEntry]:
        """Stop whom `audience` means until `until` (ms). Denied, NotFound, Invalid, Unavailable (disk)."""
        try:
            papers.check_hold_until(from_ms(until), now)
        except (OverflowError, ValueError, OSError) as error:
            raise Invalid("Giờ hết dừng không hợp lệ. Hãy chọn lại giờ.", code="hold_until") from error
        return await self._write(ticket, audience, until, reason, now)

    async def resume(self, ticket: Ticket, audience: messages.Audience, now: datetime) -> tuple[HoldState, HoldEntry]:
        """Let them sound again. Denied, NotFound, Unavailable."""
        return await self._write(ticket, audience, 0, "", now)

    async def sign_anew(self, now: datetime) -> list[HoldState]:
        """Stops whose key was taken back, signed by the next: loudspeakers forget a stop together with its key.

        Unavailable (disk).
        """
        lost = [state for state in self._world.standing_holds(to_ms(now)) if not self._world.believes(state.jws)]
        return [await self._again(state, now) for state in lost]

    async def _again(self, state: HoldState, now: datetime) -> HoldState:
        audience = papers.audience_of(state.subject)
        former = next((entry for entry in self._journal.entries if entry.jws == state.jws), None)
        async with self._disk:
            revision = papers.next_revision(state.revision, now)
            entry = HoldEntry(
                entry=str(uuid.uuid4()),
                subject=state.subject,
                area=state.area,
                revision=revision,
                until=state.until,
                jws=self._sign(audience, revision, state.until, state.name, now),
                user=former.user if former else 0,
                name=state.name,
                reason=f"{state.reason} (hệ thống ký lại vì đã thay khóa)".strip()[:MAX_REASON],
                at=to_ms(now),
            )
            await self._to_disk(entry)
            again = state_of(entry)
            self._world.hold(again)
        log.info("hold signed anew", subject=state.subject, until=state.until)
        return again

    async def _write(
        self, ticket: Ticket, audience: messages.Audience, until: int, reason: str, now: datetime
    ) -> tuple[HoldState, HoldEntry]:
        area = self._check_authority(ticket, audience)
        subject = papers.subject_of(audience)
        async with self._disk:
            held = self._world.holds.get(subject)
            revision = papers.next_revision(held.revision if held else 0, now)
            entry = HoldEntry(
                entry=str(uuid.uuid4()),
                subject=subject,
                area=area,
                revision=revision,
                until=until,
                jws=self._sign(audience, revision, until, ticket.name, now),
                user=ticket.user,
                name=ticket.name,
                reason=reason.replace("\x00", "")[:MAX_REASON],  # the database takes no zero
                at=to_ms(now),
            )
            await self._to_disk(entry)
            state = state_of(entry)
            self._world.hold(state)
        log.info("hold written", subject=subject, until=until, user=ticket.user)
        return state, entry

    def _check_authority(self, ticket: Ticket, audience: messages.Audience) -> str:
        """Path of the area concerned, if the ticket reaches that far."""
        try:
            kind, value = named(audience)
        except Refused as error:
            raise Invalid("Chưa rõ dừng loa nào. Hãy chọn lại.", code="audience") from error
        if kind == "area" and not is_area_path(value):
            raise NotFound
        area = self._world.place_of(audience)
        if area is None:
            raise NotFound
        if not papers.may_hold(("hold.set",), ticket.area, [area]):
            raise NotFound
        if not papers.may_hold(ticket.may, ticket.area, [area]):
            raise Denied("Anh/chị không được giao quyền dừng loa ở đây. Hãy gọi cán bộ truyền thanh xã.")
        return area

    def _sign(self, audience: messages.Audience, revision: int, until: int, by: str, now: datetime) -> str:
        moment = to_ms(now)
        message = messages.Hold(audience=audience, revision=revision, issued=moment, until=until, by=by[:120])
        return self._keys.sign(message, moment)

    async def _to_disk(self, entry: HoldEntry) -> None:
        try:
            await asyncio.to_thread(self._journal.append, entry)
        except OSError as error:
            log.error("the journal cannot be written", error=str(error))
            raise Unavailable(
                "Máy chủ không ghi được lệnh dừng (đĩa đầy hoặc hỏng) nên chưa dừng. Hãy tắt tại tủ loa và gọi "
                "người quản trị.",
                code="journal",
            ) from error

    async def copied(self, entry: HoldEntry) -> None:
        """The database has it."""
        async with self._disk:
            await asyncio.to_thread(self._journal.mark_copied, entry.entry)

    async def tidy(self, now: datetime) -> None:
        """Forget what is over, in memory and on disk."""
        self._world.forget_over(to_ms(now))
        async with self._disk:
            await asyncio.to_thread(self._journal.tidy, to_ms(now))

    def waiting(self) -> list[HoldEntry]:
        """What the database does not have yet."""
        return self._journal.waiting()


def state_of(entry: HoldEntry) -> HoldState:
    """What the gateway keeps in memory of a journal entry."""
    return HoldState(
        subject=entry.subject,
        area=entry.area,
        revision=entry.revision,
        until=entry.until,
        forget=entry.at + HOLD_MEMORY_MS,
        jws=entry.jws,
        name=entry.name,
        reason=entry.reason,
        at=entry.at,
    )


def ends(state: HoldState) -> datetime:
    """Until when it makes sense to send this stop or release again."""
    return from_ms(state.until) if state.until else from_ms(state.forget).astimezone(UTC)
