"""The signed documents a loudspeaker holds: keyset, placement, plan, volume, holds. What is accepted here is obeyed."""

import contextlib
import sqlite3
from collections.abc import Iterable
from typing import TypeVar

from devicelink import freshness, jws
from devicelink.audience import matches
from devicelink.freshness import Answer, Clock, Event
from devicelink.keyring import Keyring, Verified, Verifier, check_scope, open_keyset, open_signed
from devicelink.messages import (
    DOWNWARD,
    Alert,
    Audience,
    Cancel,
    Changed,
    Command,
    Hold,
    Keyset,
    Manifest,
    Message,
    Placement,
    Plan,
    Revisions,
    Session,
    SessionEnd,
    Volume,
    Welcome,
)
from devicelink.refusals import Reason, Refused

from speaker import decide
from speaker.alerts.ledger import Notebook
from speaker.clock import DeviceClock
from speaker.decide import Loudness, Situation
from speaker.store import Document, HoldSpan, Store

PUSHED: tuple[type[Message], ...] = (
    Hold,
    Command,
    Changed,
    Welcome,
    Volume,
    Placement,
    Plan,
    Session,
    SessionEnd,
    Alert,
    Cancel,
)
M = TypeVar("M", bound=Message)
_ANY_TIME = Clock(now=0, bound=-1, floor=0)


class Papers:
    """`root`: public key (32 bytes) or fingerprint. Everything held is checked again when it is read from the disk."""

    def __init__(self, store: Store, clock: DeviceClock, *, device: str, root: bytes | str) -> None:
        self._store, self._clock = store, clock
        self.device = device
        self.notebook = Notebook(store)
        self.verifier = Verifier(root=root, device=device, ledger=self.notebook)
        self._plans: dict[str, tuple[Plan, int]] = {}
        self._volumes: dict[str, Volume] = {}
        self._holds: dict[str, Hold] = {}
        self.manifest: Manifest | None = None
        self._spans = store.holds()
        self._used: set[str] = set()
        self._keyset_revision = 0
        self.welcomed = int(store.identity("welcomed") or b"0")
        self._load()

    # --- taking in ---------------------------------------------------------------------------------------------------

    def take(self, token: str | bytes, *expected: type[M], nonce: str | None = None) -> Verified[M]:
        """Verify, and keep what has to be kept: durable on return. Raises Refused; then nothing has changed."""
        self.notebook.expect(token)
        try:
            verified = self.verifier.verify(token, *expected, clock=self._clock.reading(), nonce=nonce)
            if not isinstance(verified.message, Event | Answer) and not self._in_use(verified):
                self._keep(verified, token)
        except sqlite3.OperationalError as error:
            raise Refused(Reason.NO_ROOM, str(error)) from error
        if self._clock.valid():
            self._clock.saw(freshness.issued_of(verified.message))
        return verified

    def welcome(self, now: int) -> None:
        """The platform answered at `now`; the hours of absence count from here."""
        self.welcomed = now
        with contextlib.suppress(sqlite3.OperationalError):  # after a restart the hours count from an older one
            self._store.identify(welcomed=str(now).encode())

    def _in_use(self, verified: Verified[Message]) -> bool:
        """Held already, and not damaged on the disk since."""
        message = verified.message
        return verified.repeat and isinstance(message, freshness.State) and freshness.slot_of(message) in self._used

    def _keep(self, verified: Verified[Message], token: str | bytes) -> None:
        message = verified.message
        assert isinstance(message, freshness.State)
        now = self._clock.now()
        slot = freshness.slot_of(message)
        document = Document(
            slot=slot,
            typ=message.typ,
            revision=message.revision,
            digest=verified.digest,
            kid=verified.kid,
            token=token if isinstance(token, str) else token.decode("ascii"),
            accepted=now,
        )
        if isinstance(message, Hold):
            self._keep_hold(message, document)
        else:
            self._store.accept(document)
        self._use(message, slot, now)

    def _keep_hold(self, hold: Hold, document: Document) -> None:
        now, slot = document.accepted, document.slot
        spans = decide.extended(self._spans, slot, now, hold.until)
        try:
            self._store.accept(document, holds=spans)
        except sqlite3.OperationalError:
            if hold.until > now:  # no disk is too full for silence; it is refused all the same, and so sent again
                self._obey(hold, slot, spans)
            raise
        self._obey(hold, slot, spans)

    def _obey(self, hold: Hold, slot: str, spans: list[HoldSpan]) -> None:
        self._holds[slot] = hold
        self._spans = [span for span in self._spans if span.slot != slot] + spans

    def _use(self, message: Message, slot: str, accepted: int) -> None:
        self._used.add(slot)
        if isinstance(message, Keyset):
            self._keyset_revision = message.revision
            self.verifier.keyring = Keyring.of(message)
            self._drop_unsupported()
        elif isinstance(message, Placement):
            self.verifier.placement = message
        elif isinstance(message, Plan):
            self._plans[slot] = (message, accepted)
        elif isinstance(message, Volume):
            self._volumes[slot] = message
        elif isinstance(message, Hold):
            self._holds[slot] = message
        elif isinstance(message, Manifest):
            self.manifest = message

    # --- from the disk -----------------------------------------------------------------------------------------------

    def _load(self) -> None:
        documents = self._store.documents()
        for document in documents:
            if document.typ == Keyset.typ:
                self._load_keyset(document)
        self._load_supported(documents)

    def _load_keyset(self, document: Document) -> None:
        """Damaged, it is asked for again; without keys nothing else is believed meanwhile."""
        with contextlib.suppress(Refused):
            keyset = open_keyset(document.token, self.verifier.root).message
            self._keyset_revision = keyset.revision
            self.verifier.keyring = Keyring.of(keyset)
            self._used.add(document.slot)

    def _load_supported(self, documents: Iterable[Document]) -> None:
        for document in self._supported(documents):
            kind = DOWNWARD[document.typ]
            if kind is not Keyset and document.slot not in self._used:
                message = jws.decode(jws.parse(document.token).payload, kind)
                self._use(message, document.slot, document.accepted)

    def _drop_unsupported(self) -> None:
        """A key left the keyset or speaks for less: what it signed is forgotten, marks too, so that a good key can say
        it anew.
        """
        documents = self._store.documents()
        supported = {document.slot for document in self._supported(documents)}
        lost = [document.slot for document in documents if document.slot not in supported]
        self._store.drop(lost)
        for slot in lost:
            self._used.discard(slot)
            self._plans.pop(slot, None)
            self._volumes.pop(slot, None)
            self._holds.pop(slot, None)
            self._spans = [span for span in self._spans if span.slot != slot]
            if slot.startswith("placement/"):
                self.verifier.placement = None
            elif slot.startswith("release/"):
                self.manifest = None
        self._load_supported(documents)

    def _supported(self, documents: Iterable[Document]) -> list[Document]:
        return [document for document in documents if document.typ == Keyset.typ or self._signed(document)]

    def _signed(self, document: Document) -> bool:
        """Is it still signed by a key that may? Dates do not matter here: an expired key alarms, it never silences."""
        keyring, kind = self.verifier.keyring, DOWNWARD.get(document.typ)
        if kind is None:
            return False  # kept by a newer agent that was taken back
        try:
            found = open_signed(document.token, kind, keyring=keyring, clock=_ANY_TIME)
            assert keyring is not None  # or it would have been refused
            check_scope(found, keyring, self.verifier.placement)
        except Refused:
            return False
        return True

    def trusted(self, token: str) -> Alert | Cancel | None:
        """What was accepted before, if its key may still say it here."""
        keyring = self.verifier.keyring
        kinds: tuple[type[Alert | Cancel], ...] = (Alert, Cancel)
        try:
            found = open_signed(token, *kinds, keyring=keyring, clock=_ANY_TIME)
            assert keyring is not None  # or it would have been refused
            check_scope(found, keyring, self.verifier.placement)
        except Refused:
            return None
        return found.message

    # --- what follows from them --------------------------------------------------------------------------------------

    @property
    def placement(self) -> Placement | None:
        """Where this loudspeaker belongs."""
        return self.verifier.placement

    @property
    def plan(self) -> Plan | None:
        """The plan that is obeyed."""
        found = self._plan()
        return found[0] if found else None

    @property
    def keyset_expired(self) -> bool:
        """An alarm, not a reason for silence."""
        keyring = self.verifier.keyring
        return keyring is not None and self._clock.valid() and keyring.expired(self._clock.now())

    def revisions(self) -> Revisions:
        """What is held now."""
        plan = self.plan
        placement = self.placement
        volume = self._volumes.get(f"volume/device/{self.device}")
        return Revisions(
            keyset=self._keyset_revision,
            placement=placement.revision if placement else 0,
            plan=plan.revision if plan else 0,
            volume=volume.revision if volume else 0,
            release=self.manifest.revision if self.manifest else 0,
        )

    def hold_revisions(self) -> tuple[int, ...]:
        """Of every hold or release held, sorted."""
        return tuple(sorted(hold.revision for hold in self._holds.values()))

    def held_until(self, now: int) -> int:
        """When the last hold in force ends, 0 if there is none."""
        return max((span.ends for span in self.mine() if span.begins <= now < span.ends), default=0)

    def closed_until(self, now: int) -> int:
        """When the day off or the mute of its placement that is in force ends, 0 if there is none."""
        closures = self.placement.hours.closures if self.placement else ()
        return max((span.end for span in closures if span.start <= now < span.end), default=0)

    def loudness(self) -> Loudness:
        """How loud it is at which hour, never above the placement's maximum."""
        return decide.loudness(self.placement, self._volumes.values())

    def volume(self) -> int:
        """0-100, now."""
        return self.loudness().at(self._clock.now())

    def situation(self) -> Situation | None:
        """All that decides what sounds; None = nothing may."""
        found, placement = self._plan(), self.placement
        if found is None or placement is None:
            return None
        return Situation(
            device=self.device,
            plan=found[0],
            placement=placement,
            holds=tuple(self.mine()),
            welcomed=self.welcomed,
            since=found[1],
        )

    def _plan(self) -> tuple[Plan, int] | None:
        placement = self.placement
        if placement is None:
            return None
        return self._plans.get(freshness.slot(Plan.typ, Audience(plan_set=placement.plan_set)))

    def mine(self) -> list[HoldSpan]:
        """Spans ordered for the place where the device is now."""
        placement = self.placement
        if placement is None:
            return []
        known = {slot for slot, hold in self._holds.items() if matches(hold.audience, placement)}
        return [span for span in self._spans if span.slot in known]
