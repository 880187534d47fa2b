"""Brings in what should be held: documents first, then the sounds the plan needs, the soonest first."""

import asyncio
import contextlib
import logging
import math
import random
import time
from collections.abc import Callable

from devicelink.messages import Keyset, Manifest, Message, Placement, Plan, SoundFile, Volume
from devicelink.refusals import Reason, Refused
from devicelink.topics import AREA_LABEL

from speaker.budget import affordable, month_of
from speaker.core import Core
from speaker.http import Unreachable
from speaker.link import Link
from speaker.outbox import Outbox

log = logging.getLogger("speaker.supply")

ALL_DOCUMENTS: tuple[str, ...] = ("keyset", "placement", "plan", "volume", "release")
_KIND: dict[str, type[Message]] = {
    "keyset": Keyset,
    "placement": Placement,
    "plan": Plan,
    "volume": Volume,
    "release": Manifest,
}
_COMMUNE_LABEL = 2
LOOK_S = 60.0
LONGEST_ASIDE_S = 900.0


class Aside:
    """Sounds that were refused: asked for ever more rarely, for each try may cost the month's data, and told of once.

    Another plan and a welcome begin anew. A full store is looked at as often as before: that is no question to anybody.
    """

    def __init__(self) -> None:
        self._plan = 0
        self._due: dict[str, tuple[float, float]] = {}
        self._told: set[tuple[str, Reason]] = set()

    def __bool__(self) -> bool:
        return bool(self._told)

    def clear(self) -> None:
        """Begin anew."""
        self._due.clear()
        self._told.clear()

    def is_due(self, plan: Plan, sha256: str) -> bool:
        """May it be asked for now?"""
        if plan.revision != self._plan:
            self.clear()
            self._plan = plan.revision
        return time.monotonic() >= self._due.get(sha256, (0.0, 0.0))[0]

    def put(self, sha256: str, reason: Reason, shortest: float) -> bool:
        """It was refused. True if that has not been told yet."""
        if reason is not Reason.NO_ROOM:
            pause = min(LONGEST_ASIDE_S, max(shortest, self._due.get(sha256, (0.0, 0.0))[1] * 2))
            self._due[sha256] = (time.monotonic() + pause, pause)
        new = (sha256, reason) not in self._told
        self._told.add((sha256, reason))
        return new


class Supply:
    """Two tasks: documents and sounds. A failure is tried again, with a pause that doubles up to a minute."""

    def __init__(self, core: Core, link: Link, outbox: Outbox) -> None:
        self._core, self._link, self._outbox = core, link, outbox
        self._wanted: dict[str, int] = {}
        self._documents_due = asyncio.Event()
        self._media_due = asyncio.Event()
        self._told_complete = 0
        self._pause = 0.0
        self._keys_asked = -math.inf
        self._aside = Aside()
        self._commune: str | None = None
        self.trouble = ""
        self.on_release: Callable[[], None] | None = None
        self.placed()

    def want(self, kind: str, revision: int) -> None:
        """There is said to be a newer document; `revision` 0 = ask anyway."""
        if revision == 0 or revision > getattr(self._core.papers.revisions(), kind):
            self._wanted[kind] = revision
            self._documents_due.set()

    def want_all(self) -> None:
        """Ask for everything anew."""
        for kind in ALL_DOCUMENTS:
            self.want(kind, 0)

    def doubt_keys(self) -> None:
        """Somebody signs with a key that is not known here: a forger, or this keyset is old. It is asked for, at most
        once a minute, since a hint or a welcome by such a key cannot say so.
        """
        now = time.monotonic()
        if now >= self._keys_asked + self._core.config.pace.longest:
            self._keys_asked = now
            self.want("keyset", 0)

    def welcomed(self) -> None:
        """The platform may have now what it lacked."""
        if self._aside:
            self._aside.clear()
            self._media_due.set()

    def placed(self) -> None:
        """The placement may have changed: listen to its commune."""
        placement = self._core.papers.placement
        self._commune = commune_of(placement.area) if placement else None
        self._media_due.set()

    def missing(self) -> int:
        """Files of the programme that are not here or not yet checked."""
        return len([sha256 for sha256 in self._core.player.programme.files if not self._core.media.ready(sha256)])

    # --- documents ---------------------------------------------------------------------------------------------------

    async def run_documents(self) -> None:
        """Until cancelled."""
        core = self._core
        if core.papers.verifier.keyring is None:
            self.want("keyset", 0)
        while True:
            await self._documents_due.wait()
            self._documents_due.clear()
            await asyncio.sleep(_random(core.config.pace.fetch_jitter) if core.papers.plan else 0)
            try:
                await self._fetch_documents()
                self._pause, self.trouble = 0.0, ""
            except (Unreachable, Refused) as error:
                self.trouble = str(error)
                await self._rest(self._documents_due)

    async def _fetch_documents(self) -> None:
        for kind in ALL_DOCUMENTS:
            if kind in self._wanted and (kind == "keyset" or self._core.clock.valid()):
                await self._fetch_document(kind)
                if self._core.papers.verifier.keyring is None:
                    raise Unreachable("no keyset yet")
                self._wanted.pop(kind, None)
        if self._wanted:
            raise Unreachable("no valid time yet")

    async def _fetch_document(self, kind: str) -> None:
        core = self._core
        token = await core.fetch.document(kind, getattr(core.papers.revisions(), kind))
        if token is None:
            return
        name = f"{kind}:{self._wanted.get(kind, 0)}"
        try:
            message = core.papers.take(token, _KIND[kind]).message
        except Refused as refusal:
            log.info("%s refused %s: %s", core.device, name, refusal)
            self._outbox.acknowledge(name, refusal.reason)
            if refusal.reason in (Reason.NO_ROOM, Reason.NO_VALID_TIME, Reason.NO_PLACEMENT):
                raise
            return
        self._outbox.acknowledge(f"{kind}:{getattr(message, 'revision', 0)}")
        core.apply()
        if kind == "release" and self.on_release is not None:
            self.on_release()
        if kind == "placement":
            self._moved()
        self.placed()
        self._link.listen_to(self._commune)

    def _moved(self) -> None:
        """Another place, perhaps another plan."""
        if self._core.papers.plan is None:
            self._wanted["plan"] = 0

    # --- sounds ------------------------------------------------------------------------------------------------------

    async def run_media(self) -> None:
        """Until cancelled."""
        self._link.listen_to(self._commune)
        await self._check_kept()
        while True:
            await self._until_due_or_lost()
            self._media_due.clear()
            try:
                complete = await self._fetch_missing()
            except (Unreachable, Refused) as error:
                self.trouble, complete = str(error), False
            if complete:
                self._tell_complete()
            else:
                await self._rest(self._media_due)

    async def _until_due_or_lost(self) -> None:
        """Somebody may have emptied the folder: look every minute."""
        while self._core.media.look():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._media_due.wait()
                    return

    async def _check_kept(self) -> None:
        """Hash what was here before the start, what is needed first first."""
        core = self._core
        kept = core.media.unchecked()
        order = {sha256: place for place, sha256 in enumerate(core.player.programme.files)}
        for sha256 in sorted(kept, key=lambda name: order.get(name, len(order))):
            await core.blocking(core.media.check, sha256)
            core.poke()

    async def _fetch_missing(self) -> bool:
        """True if every file of the programme is here."""
        core, plan = self._core, self._core.papers.plan
        if plan is None:
            return True
        if not core.clock.valid():
            raise Unreachable("no valid time yet")  # without it there is no token, and no refusal to report
        files = {file.sha256: file for file in plan.files}
        needed = [name for name in core.player.programme.files if name in files]
        keep = frozenset((*needed, *core.alerts.needed()))
        missing = [files[name] for name in core.media.missing(needed)]
        core.store.need([(name, files[name].size) for name in needed], core.clock.now())
        core.media.clean(keep)
        if missing:
            await asyncio.sleep(_random(core.config.pace.prefetch_jitter if self._later(plan, missing) else 0.2))
        return await self._fetch_each(plan, missing, keep)

    async def _fetch_each(self, plan: Plan, missing: list[SoundFile], keep: frozenset[str]) -> bool:
        """One file that cannot be had does not keep the others away; two in a row: nobody is there."""
        complete, lost = True, 0
        for file in missing:
            if not self._aside.is_due(plan, file.sha256):
                complete = False
                continue
            try:
                complete &= await self._fetch_one(plan, file, keep)
                lost = 0
            except Unreachable as error:
                self.trouble, complete, lost = str(error), False, lost + 1
                if lost == 2:
                    break
        return complete

    def _later(self, plan: Plan, missing: list[SoundFile]) -> bool:
        """Nothing that is missing is needed within two minutes."""
        names = {file.sha256 for file in missing}
        soon = self._core.clock.now() + 120_000
        return not any(airing.start < soon and _uses(airing.parts, names) for airing in plan.airings)

    async def _fetch_one(self, plan: Plan, file: SoundFile, keep: frozenset[str]) -> bool:
        core = self._core
        if not self._affordable(plan, file):
            self.trouble = "the month's data is used up"
            return False
        before = core.fetch.received
        try:
            await core.fetch.media(file, core.media, keep)
        except Refused as refusal:
            self.trouble = str(refusal)
            log.info("%s: file %s: %s", core.device, file.sha256[:12], refusal)
            if self._aside.put(file.sha256, refusal.reason, core.config.pace.retry):
                self._outbox.acknowledge(f"plan:{plan.revision}", refusal.reason, file.sha256)
            return False
        finally:
            self._count(core.fetch.received - before)
        core.poke()
        return True

    def _affordable(self, plan: Plan, file: SoundFile) -> bool:
        core = self._core
        placement, now = core.papers.placement, core.clock.now()
        monthly = placement.monthly_mb if placement else 0
        used = core.store.used(month_of(now))
        return affordable(plan.airings, file.sha256, file.size, used=used, monthly_mb=monthly, now=now)

    def _count(self, received: int) -> None:
        if received and self._core.clock.valid():
            self._core.store.used(month_of(self._core.clock.now()), received)

    def _tell_complete(self) -> None:
        plan = self._core.papers.plan
        self._pause = 0.0
        if plan is not None and plan.revision != self._told_complete and not self.missing():
            self._told_complete = plan.revision
            self._outbox.acknowledge(f"plan:{plan.revision}", "ok", "complete")

    async def _rest(self, due: asyncio.Event) -> None:
        """The pause before the next try. Something new that is wanted ends it: one bad file must not delay others."""
        pace = self._core.config.pace
        self._pause = min(60.0, max(pace.retry, self._pause * 2))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._pause * (0.5 + _random(1) / 2)):
                await due.wait()
        due.set()


def commune_of(area: str) -> str | None:
    """The commune's code in an area path such as "vn.15.04378.h5"; None above communes."""
    labels = area.split(".")
    found = len(labels) > _COMMUNE_LABEL and AREA_LABEL.fullmatch(labels[_COMMUNE_LABEL])
    return labels[_COMMUNE_LABEL] if found else None


def _uses(parts: tuple[object, ...], names: set[str]) -> bool:
    return any(getattr(part, "sha256", "") in names for part in parts)


def _random(longest: float) -> float:
    return random.uniform(0, longest)  # noqa: S311 - spreads load, guards nothing
