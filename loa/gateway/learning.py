"""What the database says becomes what the gateway knows: at the start, after an absence, and notice by notice."""

from collections.abc import Callable
from contextlib import suppress

import msgspec
import structlog

from loa.devices.rules.condition import Cause, Condition, State
from loa.gateway.beats import Beats
from loa.gateway.database import Database
from loa.gateway.endings import SignOut
from loa.gateway.expelled import Expelled
from loa.gateway.hints import Hints
from loa.gateway.pages import Pages
from loa.gateway.presence import Presence
from loa.gateway.refused import Refused
from loa.gateway.world import Member, Paper, World

log = structlog.get_logger("loa.gateway.learning")


class Learning:
    """`is_active`: only then devices are told of news."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        presence: Presence,
        beats: Beats,
        refused: Refused,
        pages: Pages,
        hints: Hints,
        expelled: Expelled,
        is_active: Callable[[], bool],
    ) -> None:
        self._database = database
        self._world = world
        self._presence = presence
        self._beats = beats
        self._refused = refused
        self._pages = pages
        self._hints = hints
        self._expelled = expelled
        self._is_active = is_active

    async def read_all(self) -> None:
        """Everything; documents only as far as they are newer than those held. Away."""
        members = await self._database.members()
        gone = set(self._world.members) - {member.id for member in members}
        for member in members:
            self.learn(member)
        for identifier in gone:
            self.forget(identifier)
        self._world.group_areas, self._world.plan_set_areas = await self._database.places()
        for paper in await self._database.papers(lambda typ, subject: self._world.papers.get((typ, subject))):
            self._hints.take(paper)
        for state in await self._database.holds():
            self._world.hold(state)
        for row in await self._database.sign_outs():
            self._world.sign_out(row)
        self.tell_news()

    async def read_states(self) -> None:
        """What was last written about each device that ever had a key and of which nothing is known yet. Away."""
        for device, state, cause, since, seen_at in await self._database.states():
            member = self._world.members.get(device)
            if member is None or member.state == "waiting":
                continue
            with suppress(ValueError):  # a word of another version: the device will tell anew
                self._presence.restore(device, Condition(State(state), Cause(cause)), since, seen_at)

    def learn(self, member: Member) -> None:
        """Take over a device as the database has it; a login with another key or for another place is void."""
        before = self._world.members.get(member.id)
        if before == member:
            return
        self._world.put(member)
        self._presence.reconsider(member.id)
        if before is not None and before.login != member.login:
            self._expelled.add(member.id)

    def forget(self, device: str) -> None:
        """It stands nowhere any more."""
        if device in self._world.members:
            self._expelled.add(device)
        self._world.remove(device)
        self._presence.forget(device)
        self._beats.forget(device)
        self._refused.forget(device)

    async def on_notice(self, payload: str) -> None:
        """One notification of loa_changed (see loa.devices.announce)."""
        notice = msgspec.json.decode(payload)
        if notice["what"] == "document":
            await self._on_document(notice["typ"], notice["subject"])
        elif notice["what"] == "device":
            await self._on_device(notice["id"])
        elif notice["what"] == "event":
            self._pages.event(notice["kind"], notice["area"], notice["facts"])

    async def on_sign_out(self, payload: str) -> None:
        """One notification of loa_signed_out (see loa.people.announce)."""
        self._world.sign_out(msgspec.json.decode(payload, type=SignOut))

    async def _on_document(self, typ: str, subject: str) -> None:
        paper = await self._database.paper(typ, subject)
        if paper is not None:
            self.take(paper)

    def take(self, paper: Paper) -> None:
        """Keep a document and tell of it."""
        self._hints.take(paper)
        self.tell_news()

    def tell_news(self) -> None:
        """Hints of what came lately."""
        if self._is_active():
            self._hints.tell_news()

    async def _on_device(self, identifier: str) -> None:
        members = await self._database.members(identifier)
        self._world.group_areas, self._world.plan_set_areas = await self._database.places()
        for member in members:
            self.learn(member)
        if not members:
            self.forget(identifier)
        self._pages.tell("changed", identifier, {})
