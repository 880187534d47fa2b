"""What the gateway knows without asking anybody: devices, their keys and places, signed documents, holds.

Filled from PostgreSQL, or from the snapshot on disk while it is down. Only the event loop touches it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec
import structlog
from devicelink import audience as audiences
from devicelink import jws
from devicelink.jws import decode64
from devicelink.messages import Audience, Keyset, Revisions, SoundFile, Wheel
from devicelink.refusals import Refused

from loa.areas.rules import is_inside, lineage
from loa.devices.rules.papers import commune_code
from loa.gateway.endings import Endings, SignOut

log = structlog.get_logger("loa.gateway.world")
LIVE_STATES = frozenset({"claimed", "placed"})


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One device. `path` is the unit it stands in (hamlet or commune), `sim_expires` an ISO date or empty.

    `latitude` and `longitude` as in its placement: who lies in a circle or a polygon.
    """

    id: str
    public: str
    state: str
    path: str
    plan_set: str = ""
    groups: tuple[str, ...] = ()
    kind: str = "speaker"
    name: str = ""
    sim_expires: str = ""
    latitude: float | None = None
    longitude: float | None = None

    @property
    def placed(self) -> bool:
        """It has a place that a technician confirmed."""
        return self.state == "placed"

    @property
    def login(self) -> tuple[str, str, str | None]:
        """What a login depends on: key, state, commune."""
        return self.public, self.state, self.commune

    @property
    def commune(self) -> str | None:
        """Code of its commune."""
        return commune_code(self.path)


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A signed document; `withdrawn` = there is none for the moment."""

    typ: str
    subject: str
    revision: int
    jws: str
    withdrawn: bool = False


class HoldState(msgspec.Struct, frozen=True, kw_only=True):
    """The newest stop or release (`until` 0) of one subject. `forget` (ms): nobody can be held by it after that."""

    subject: str
    area: str
    revision: int
    until: int
    forget: int
    jws: str
    name: str = ""
    reason: str = ""
    at: int = 0


class _PlanFiles(msgspec.Struct):
    files: tuple[SoundFile, ...]


class _Wheels(msgspec.Struct):
    wheels: tuple[Wheel, ...]


class World:
    """Members, papers and holds with the indexes that answers need."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.papers: dict[tuple[str, str], Paper] = {}
        self.holds: dict[str, HoldState] = {}
        self.group_areas: dict[str, str] = {}
        self.plan_set_areas: dict[str, str] = {}
        self.endings = Endings()
        self.dirty = False
        self._kids: frozenset[str] | None = None
        self._publics: dict[str, bytes] = {}
        self._plan_sets: defaultdict[str, set[str]] = defaultdict(set)
        self._groups: defaultdict[str, set[str]] = defaultdict(set)
        self._communes: defaultdict[str, set[str]] = defaultdict(set)
        self._files: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    # --- devices ---

    def put(self, member: Member) -> None:
        """Learn of a device, or of its change."""
        self.remove(member.id)
        self.members[member.id] = member
        if member.state in LIVE_STATES and member.public:
            self._learn_key(member)
        if member.placed:
            self._index(member)
        self.dirty = True

    def _learn_key(self, member: Member) -> None:
        """A key that cannot be read keeps this device out, and no other."""
        try:
            self._publics[member.id] = decode64(member.public)
        except Refused:
            log.error("the key of a device cannot be read", device=member.id)

    def remove(self, identifier: str) -> None:
        """Forget a device."""
        old = self.members.pop(identifier, None)
        self._publics.pop(identifier, None)
        if old is None:
            return
        self._plan_sets[old.plan_set].discard(identifier)
        self._communes[old.commune or ""].discard(identifier)
        for group in old.groups:
            self._groups[group].discard(identifier)
        self.dirty = True

    def _index(self, member: Member) -> None:
        self._communes[member.commune or ""].add(member.id)
        if member.plan_set:
            self._plan_sets[member.plan_set].add(member.id)
        for group in member.groups:
            self._groups[group].add(member.id)

    def public_of(self, identifier: str) -> bytes | None:
        """The key with which this device may log in now."""
        return self._publics.get(identifier)

    def meant(self, audience: Audience) -> list[str]:
        """Ids of the placed devices that a message for this audience concerns."""
        kind, value = audiences.named(audience)
        if kind == "device":
            member = self.members.get(value)
            return [value] if member is not None and member.id in self._publics else []
        if kind == "plan_set":
            return sorted(self._plan_sets.get(value, ()))
        if kind == "group":
            return sorted(self._groups.get(value, ()))
        return sorted(self._inside(value))

    def _inside(self, path: str) -> Iterator[str]:
        commune = commune_code(path)
        if commune is None:
            return (member.id for member in self.members.values() if member.placed and is_inside(member.path, path))
        near = (self.members[identifier] for identifier in self._communes.get(commune, ()))
        return (member.id for member in near if is_inside(member.path, path))

    def place_of(self, audience: Audience) -> str | None:
        """Path of the area that holds everybody meant; None if there is no such device, group or plan set."""
        kind, value = audiences.named(audience)
        if kind == "area":
            return value
        if kind == "device":
            member = self.members.get(value)
            return member.path if member else None
        return (self.group_areas if kind == "group" else self.plan_set_areas).get(value)

    # --- documents ---

    def file(self, paper: Paper) -> bool:
        """Keep a document; False if it is not newer than the one held."""
        key = (paper.typ, paper.subject)
        held = self.papers.get(key)
        if held is not None and (paper.revision, paper.withdrawn) <= (held.revision, held.withdrawn):
            return False
        self.papers[key] = paper
        if paper.typ == "plan":
            self._note_files(paper)
        elif paper.typ == "keyset":
            self._kids = self._kids_of_keyset()
        self.dirty = True
        return True

    def _kids_of_keyset(self) -> frozenset[str] | None:
        try:
            keyset = self.keyset()
        except Refused:  # damaged on disk; the whole one comes from the key folder
            return None
        return frozenset(key.kid for key in keyset.keys) if keyset else None

    def believes(self, token: str) -> bool:
        """Did a key that is in the keyset sign this? What another signed every loudspeaker refuses."""
        return self._kids is None or kid_of(token[: token.find(".")]) in self._kids

    def _note_files(self, paper: Paper) -> None:
        before = self._files.get(paper.subject, (frozenset(), frozenset()))[0]
        self._files[paper.subject] = (frozenset() if paper.withdrawn else files_of(paper.jws), before)

    def paper(self, typ: str, subject: str) -> Paper | None:
        """The valid document, or None."""
        found = self.papers.get((typ, subject))
        return None if found is None or found.withdrawn else found

    def paper_for(self, member: Member, typ: str) -> Paper | None:
        """The document of this type that this device obeys."""
        if typ == "keyset":
            return self.paper(typ, "all")
        if member.state not in LIVE_STATES or (typ != "placement" and not member.placed):
            return None
        return self.paper(typ, f"plan_set/{member.plan_set}" if typ == "plan" else f"device/{member.id}")

    def revisions_for(self, member: Member) -> Revisions:
        """What the device should hold now."""

        def revision(typ: str) -> int:
            paper = self.paper_for(member, typ)
            return paper.revision if paper else 0

        return Revisions(
            keyset=revision("keyset"),
            placement=revision("placement"),
            plan=revision("plan"),
            volume=revision("volume"),
            release=revision("release"),
        )

    def may_fetch(self, member: Member, sha256: str) -> bool:
        """True for a sound of the plan that the device obeys, or of the one before (it may be in the middle of it)."""
        if not member.placed:
            return False
        return any(sha256 in files for files in self._files.get(f"plan_set/{member.plan_set}", ()))

    def may_fetch_wheel(self, member: Member, sha256: str) -> bool:
        """True for a wheel of the release that this device was ordered to run."""
        paper = self.paper_for(member, "release")
        return paper is not None and sha256 in wheels_of(paper.jws)

    def keyset(self) -> Keyset | None:
        """The content of the keyset that devices are given."""
        paper = self.paper("keyset", "all")
        return jws.decode(jws.parse(paper.jws).payload, Keyset) if paper else None

    # --- holds ---

    def hold(self, state: HoldState) -> bool:
        """Keep a stop or a release; False if it is not newer."""
        held = self.holds.get(state.subject)
        if held is not None and state.revision <= held.revision:
            return False
        self.holds[state.subject] = state
        self.dirty = True
        return True

    def holds_for(self, member: Member, now: int) -> tuple[str, ...]:
        """Every stop and release (JWS) that this device may not have heard and that still matters at `now` (ms)."""
        if not member.placed:
            return ()
        mine = {f"device/{member.id}", f"plan_set/{member.plan_set}", *(f"group/{group}" for group in member.groups)}
        mine |= {f"area/{path}" for path in lineage(member.path)}
        known = (state for subject, state in self.holds.items() if subject in mine and state.forget > now)
        return tuple(state.jws for state in known if self.believes(state.jws))

    def standing_holds(self, now: int) -> Iterable[HoldState]:
        """Stops that are in force at `now` (ms)."""
        return (state for state in self.holds.values() if state.until > now)

    def sign_out(self, row: SignOut) -> None:
        """What somebody was given to carry is void."""
        self.dirty = self.endings.add(row) or self.dirty

    def forget_over(self, now: int) -> None:
        """Drop holds and sign-outs that cannot matter any more."""
        self.endings.forget(now)
        over = [subject for subject, state in self.holds.items() if state.forget <= now]
        for subject in over:
            del self.holds[subject]
        self.dirty = self.dirty or bool(over)


@lru_cache(maxsize=256)
def kid_of(head: str) -> str:
    """The key that the first part of a JWS names; "" if it names none."""
    try:
        return jws.decode(jws.decode64(head), jws.Header).kid
    except Refused:
        return ""


def files_of(token: str) -> frozenset[str]:
    """SHA-256 of every sound that a signed plan needs; empty if it is no plan."""
    try:
        envelope = jws.parse(token)
        return frozenset(file.sha256 for file in jws.decode(envelope.payload, _PlanFiles).files)
    except Refused:
        return frozenset()


def wheels_of(token: str) -> frozenset[str]:
    """SHA-256 of every wheel of a signed release; empty if it is none."""
    try:
        return frozenset(wheel.sha256 for wheel in jws.decode(jws.parse(token).payload, _Wheels).wheels)
    except Refused:
        return frozenset()
