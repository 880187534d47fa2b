"""One loudspeaker's way to another release: fetch, install beside, wait for silence, hand over, show that it works."""

import asyncio
import contextlib
import logging
import sqlite3
from pathlib import Path

from devicelink.messages import Manifest, Wheel
from devicelink.refusals import Refused
from devicelink.updates import Step, order_of

from speaker.budget import MEGABYTE, TIGHT, month_of
from speaker.core import Core
from speaker.fetch import Broken
from speaker.http import Unreachable
from speaker.link import Link
from speaker.update import install, slots
from speaker.update.slots import BASE, Outcome, Slots, Trial

log = logging.getLogger("speaker.update")

QUIET_MS = 120_000  # nothing is fetched or started when something is due so soon
LONGEST_S = 900.0


class Updater:
    """One task. `revision` (of the order) and `step` are what the heartbeat says."""

    def __init__(self, core: Core, link: Link) -> None:
        self._core, self._link = core, link
        self._folder = core.config.folder
        self._software = core.software
        self._due = asyncio.Event()
        self._welcomed = self._beaten = False
        self._called_off = 0
        self._leaving = False
        self.revision, self.step = 0, ""
        self._recall()

    @property
    def kept(self) -> Path:
        """Where wheels lie, by their hash."""
        return self._folder / slots.FOLDER / "wheels"

    def look(self) -> None:
        """There may be a newer order."""
        self._due.set()

    def welcomed(self) -> None:
        """The platform has answered."""
        self._welcomed = True
        self._due.set()

    def beaten(self) -> None:
        """A heartbeat is on its way."""
        if not self._beaten:
            self._beaten = True
            self._due.set()

    async def run(self) -> None:
        """Until cancelled."""
        pause = self._core.config.pace.retry
        while True:
            self._due.clear()
            waiting = await self._go_on()
            pause = min(LONGEST_S, pause * 2) if waiting else self._core.config.pace.retry
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(pause, self._core.config.pace.update)):
                    await self._due.wait()

    async def _go_on(self) -> bool:
        """True if it has to be tried again for want of a platform, room or data."""
        held = slots.load(self._folder)
        if held.trial is not None and held.trial.slot == self._software.slot:
            self._prove(held)
            return False
        manifest = self._wanted(held)
        if manifest is None or self._leaving:
            return False
        try:
            await self._take(manifest, held)
        except install.NotInstalled as fault:
            log.warning("%s: release %s: %s", self._core.device, manifest.release, fault)
            self._note(manifest, fault.step)
        except Broken as error:
            self._note(manifest, Step.WRONG_HASH)
            log.warning("%s: release %s: %s", self._core.device, manifest.release, error)
        except (Unreachable, Refused, OSError, sqlite3.OperationalError) as error:
            log.info("%s: release %s waits: %s", self._core.device, manifest.release, error)
            return True
        return False

    def _wanted(self, held: Slots) -> Manifest | None:
        """The order that is not carried out yet."""
        manifest = self._core.papers.manifest
        if manifest is None or manifest.revision == self._called_off:
            return None
        if held.outcome is not None and held.outcome.revision >= manifest.revision:
            return None
        return manifest if self._core.clock.valid() and self._core.clock.now() < manifest.expires else None

    async def _take(self, manifest: Manifest, held: Slots) -> None:
        self.revision = manifest.revision
        slot, version = self._software.slot, self._software.version
        if manifest.release == (BASE if slot == BASE and not manifest.release else version):
            self._note(manifest, Step.DONE)
            return
        if order_of(manifest.release) < order_of(version) and not manifest.rollback:
            raise install.NotInstalled(Step.OLDER, f"{version} runs")
        if slot is None:
            raise install.NotInstalled(Step.NO_LAUNCHER, "nobody would bring the old one back")
        await self._hand_over(manifest, await self._ready(manifest, held))

    async def _ready(self, manifest: Manifest, held: Slots) -> str:
        """The slot that holds this release, from before or from now on."""
        if not manifest.wheels:
            return BASE
        if slots.mark_of(self._folder, held.spare) != slots.mark_for(manifest):
            await self._build(manifest, held.spare)
        return held.spare

    async def _build(self, manifest: Manifest, slot: str) -> None:
        core = self._core
        if not install.fits(manifest):
            raise install.NotInstalled(Step.WRONG_PYTHON, f"for {manifest.python} {manifest.machine}")
        if not install.room_for(manifest, core.room()):
            raise install.NotInstalled(Step.NO_ROOM, "not enough room")
        self.step = Step.FETCHING
        self.kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        for wheel in manifest.wheels:
            await self._fetch(wheel)
        await self._silence()
        await core.blocking(self._software.install, self._folder, slot, manifest, self.kept)
        install.forget_wheels(self.kept, (wheel.sha256 for wheel in manifest.wheels))

    async def _fetch(self, wheel: Wheel) -> None:
        if (self.kept / wheel.sha256).exists():
            return
        await self._silence()
        if not self._affordable(wheel):
            self.step = Step.NO_DATA
            raise Unreachable("the month's data is used up")
        core, before = self._core, self._core.fetch.received
        try:
            await core.fetch.wheel(wheel, self.kept / wheel.sha256, quiet=self.quiet)
        finally:
            if core.fetch.received > before:
                core.store.used(month_of(core.clock.now()), core.fetch.received - before)

    def _affordable(self, wheel: Wheel) -> bool:
        core = self._core
        monthly = core.papers.placement.monthly_mb if core.papers.placement else 0
        used = core.store.used(month_of(core.clock.now()))
        return monthly <= 0 or used + wheel.size <= TIGHT * monthly * MEGABYTE

    async def _hand_over(self, manifest: Manifest, slot: str) -> None:
        """In silence, and only if the order still stands; from here on the launcher has it."""
        core = self._core
        self.step = Step.WAITING
        await self._silence(manifest.not_before)
        token = await core.fetch.document("release", 0)
        if token is None:
            self._called_off = manifest.revision
            self.revision, self.step = 0, ""
            return
        if core.papers.take(token, Manifest).message != manifest or not self.quiet():
            self.look()
            return
        plan = core.papers.plan
        trial = Trial(
            slot=slot,
            order=manifest.order,
            revision=manifest.revision,
            release=manifest.release,
            plan=plan.revision if plan else 0,
        )
        held = slots.load(self._folder)
        slots.save(self._folder, Slots(active=held.active, previous=held.previous, trial=trial, outcome=held.outcome))
        self._leaving = True
        self._software.leave()

    def quiet(self) -> bool:
        """Nothing sounds, and nothing will for two minutes. Called from any thread."""
        core = self._core
        if core.player.playing or core.alerts.active or not core.clock.valid():
            return False
        now, programme = core.clock.now(), core.player.programme
        coming = programme.after(now)
        return programme.at(now) is None and not (coming and coming[0].start - now < QUIET_MS)

    async def _silence(self, not_before: int = 0) -> None:
        while not self.quiet() or self._core.clock.now() < not_before:
            await asyncio.sleep(min(1.0, self._core.config.pace.update))

    def _prove(self, held: Slots) -> None:
        """Welcome, heartbeat, plan: then it stays."""
        assert held.trial is not None
        self.revision, self.step = held.trial.revision, Step.TRIAL
        plan = self._core.papers.plan
        if self._welcomed and self._beaten and self._link.connected and (plan is not None or not held.trial.plan):
            slots.save(self._folder, held.kept())
            self.step = Step.DONE
            log.warning("%s: release %s works and stays", self._core.device, held.trial.release)

    def _note(self, manifest: Manifest, step: Step) -> None:
        self.revision, self.step = manifest.revision, step
        held = slots.load(self._folder)
        outcome = Outcome(order=manifest.order, revision=manifest.revision, step=step)
        slots.save(self._folder, Slots(active=held.active, previous=held.previous, trial=held.trial, outcome=outcome))

    def _recall(self) -> None:
        """After a start: what became of the last order."""
        held = slots.load(self._folder)
        if held.trial is not None and held.trial.slot == self._software.slot:
            self.revision, self.step = held.trial.revision, Step.TRIAL
        elif held.outcome is not None:
            self.revision, self.step = held.outcome.revision, held.outcome.step
