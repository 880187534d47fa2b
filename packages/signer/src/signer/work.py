"""One batch: read it, look up the facts, judge, write the journal, and only then hand out signatures."""

import hashlib
import logging
import threading
from collections import ChainMap
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial

import msgspec
from devicelink import emergencies, jws, keyfiles, widening
from devicelink.freshness import State, event_of, slot_of
from devicelink.keyfiles import KeyFolder, KeyProblem
from devicelink.keyring import check_size
from devicelink.limits import MAX_MESSAGE_BYTES
from devicelink.messages import DOWNWARD, Alert, Cancel, Command, Key, Placement, Session, SessionEnd, Volume
from devicelink.refusals import Reason, Refused
from devicelink.signing import (
    BATCH_JOBS,
    Answer,
    Ask,
    Confirm,
    Failure,
    Job,
    Judged,
    Outcomes,
    Request,
    Sign,
    Signed,
    Status,
)
from devicelink.widening import Confirmed, Widening

from signer import alerts
from signer.alerts import Past, Vouched
from signer.assertions import Judge
from signer.checks import SIGNED, Facts, RecordedMessage, SignedMessage, check, concerned, role_of
from signer.confirmers import Confirmer, Watched
from signer.facts import Database, DatabaseAway
from signer.journal import Journal, Line
from signer.live import SPEAKING, Leave, Sounding, line_of, wanted_permits
from signer.memory import BREAK_GLASS, CONFIRMED, EXTENDED, ClockBehind, Memory, remembered

log = logging.getLogger("signer")


@dataclass(slots=True)
class Desk:
    """Keys, database, journal, clock (Unix ms). One batch at a time: the connection and the journal are not shared.

    What needs the database waits for its answer before its turn, so that an alert never waits for a database.
    `accept_clock`: a clock that lies behind the newest signature is believed.
    """

    keys: KeyFolder
    database: Database
    journal: Journal
    clock: Callable[[], int]
    accept_clock: bool = False
    signed: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _asking: threading.Lock = field(default_factory=threading.Lock)
    _host: Watched = field(init=False)
    _memory: Memory = field(init=False)
    _judge: Judge = field(init=False)
    _noted: list[Line] = field(default_factory=list)
    _peer: str = ""

    def __post_init__(self) -> None:
        self._host = Watched(self.keys.folder)
        self._memory = remembered(self.journal.folder)
        if self.accept_clock:
            self._memory.floor = 0
        self._judge = self._new_judge()

    def answer(self, request: Request, peer: str) -> Answer:
        """What goes back to the caller; `peer` names it in the journal."""
        try:
            return self._answer(request, peer)
        except (DatabaseAway, ClockBehind, KeyProblem, OSError) as error:
            log.error("cannot sign: %s", error)
            return Failure(code=type(error).__name__, detail=str(error)[:500])

    def _answer(self, request: Request, peer: str) -> Answer:
        if isinstance(request, Ask):
            with self._asking:
                answers = self.database.answers()
            with self._turn:
                self._refresh()
                return self._status(answers)
        if isinstance(request, Confirm):
            with self._turn:
                self._begin(peer)
                return self._confirm(request)
        if len(request.jobs) > BATCH_JOBS:
            return Failure(code="too_large", detail=f"{len(request.jobs)} jobs")
        return self._sign(request, peer)

    def _begin(self, peer: str) -> None:
        self._refresh()
        self._peer, self._noted = peer, []
        self._memory.check_clock(self.clock())

    def _status(self, database: bool) -> Status:
        now, known = self.clock(), self._host.now
        may = [one for one in known.confirmers if one.may(now)]
        return Status(
            kids=self.keys.kids(now),
            in_use=self.keys.in_use(now),
            database=database,
            signed=self.signed,
            ceiling=known.site.ceiling,
            confirmers=tuple(sorted({(one.user, one.scope) for one in may if "hours" in one.rights})),
            vouchers=tuple(sorted({(one.user, one.scope) for one in may if "alert" in one.rights})),
            break_glass=known.site.break_glass,
            extension=known.site.extension,
        )

    def _refresh(self) -> None:
        changed = self.keys.refresh()
        if changed:
            log.info("keyset %s", self.keys.keyset.revision)
        if self._host.refresh() or changed:
            self._judge = self._new_judge()

    def _new_judge(self) -> Judge:
        demo = keyfiles.is_demo(self.keys.keyset)
        return Judge(known=self._host.now, accepted=self._memory.accepted, demo=demo, note=self._note)

    def _note(self, rule: Widening, by: Confirmer) -> None:
        """A confirmation that was good today stays good until its end: it goes into the journal."""
        line = Line(
            at=self.clock(),
            typ=CONFIRMED,
            peer=self._peer,
            of=rule.area,
            digest=widening.challenge(rule).hex(),
            second=by.user,
        )
        if all(noted.digest != line.digest for noted in self._noted):
            self._noted.append(line)

    def _keep(self, lines: list[Line], now: int) -> None:
        """On disk first; what could not be written is not remembered either."""
        self.journal.add(lines, now)
        self._memory.note(lines)

    def _confirm(self, request: Confirm) -> Judged:
        now = self.clock()
        try:
            by = self._judge.accept(request.confirmed, now)
        except Refused as refused:
            log.warning("confirmation refused: %s", refused)
            return Judged(code=refused.reason, detail=refused.detail)
        self._keep(self._noted, now)
        return Judged(name=by.name)

    def _sign(self, request: Sign, peer: str) -> Outcomes:
        read = [_read(job) for job in request.jobs]
        recorded = [message for message in read if isinstance(message, RecordedMessage)]
        slow = any(map(_asks_database, recorded))
        leaves = _leaves(read, request.jobs)
        with self._asking if slow else nullcontext():
            facts = self.database.facts(recorded, live=wanted_permits(leaves.values())) if slow else Facts()
            facts.leaves = leaves
            with self._turn:
                self._begin(peer)
                return self._judged(request, read, facts)

    def _judged(self, request: Sign, read: "list[SignedMessage | Refused]", facts: Facts) -> Outcomes:
        facts.spoken = self._memory.spoken.copy()
        facts.sounding = _sounding(self._memory)
        now = self.clock()
        facts.ceiling = self._host.now.site.ceiling
        facts.bound = self._host.now.site.extension
        facts.extended = {row.area: set(self._memory.extended.get(row.area, ())) for row in facts.extensions}
        facts.confirms = partial(self._confirms, now)
        batch = Batch(facts, now)
        outcomes = tuple(self._one(message, job, batch) for message, job in zip(read, request.jobs, strict=True))
        self._keep([*self._noted, *batch.opened, *batch.lines], now)
        self.signed += batch.signed
        return Outcomes(outcomes=outcomes)

    def _confirms(self, now: int, area: str, confirmed: Confirmed) -> None:
        self._judge.check(area, confirmed, now)

    def _one(self, message: SignedMessage | Refused, job: Job, batch: "Batch") -> Signed:
        batch.facts.opening.clear()
        draft = Line(at=batch.now, typ=job.typ, peer=self._peer, second=job.second[:80])
        by: Vouched | None = None
        try:
            if isinstance(message, Refused):
                raise message
            if isinstance(message, Alert | Cancel):
                key = self._key(message, (alerts.area_of(message),), batch.now)
                by = self._vouched(message, job, batch, key.scope)
                draft = _vouched_line(draft, message, by)
            else:
                key = self._key(message, concerned(message, batch.facts), batch.now)
                check(message, scope=key.scope, facts=batch.facts, now=batch.now)
            payload = msgspec.json.encode(message)  # never the caller's bytes: what was judged is what is signed
            if len(payload) > MAX_MESSAGE_BYTES:
                raise Refused(Reason.TOO_LARGE, f"{len(payload)} bytes")
            check_size(type(message), payload)
            line = _complete(draft, message, payload)
            self._memory.check(line)
            batch.check(line)
            token = self.keys.sign_bytes(payload, type(message), key.kid)
        except Refused as refused:
            log.warning("refused: %s", refused)
            return Signed(code=refused.reason, detail=refused.detail)
        if by is not None and by.alone:
            log.critical("BREAK-GLASS: %s alone vouched for %s", by.author.name if by.author else by.by, line.of)
            batch.lines.append(msgspec.structs.replace(line, typ=BREAK_GLASS, ends=()))
        batch.note(line)
        if isinstance(message, Session | SessionEnd):
            batch.speaks(message)
        return Signed(jws=token)

    def _key(self, message: SignedMessage, areas: tuple[str, ...], now: int) -> Key:
        """The key that speaks for these areas and for least besides; who is placed anew may come from anywhere."""
        return self.keys.choose(role_of(type(message)), areas, now, widest=isinstance(message, Placement))

    def _vouched(self, message: Alert | Cancel, job: Job, batch: "Batch", scope: str) -> Vouched:
        return alerts.check(
            message,
            job.words,
            job.cap,
            scope=scope,
            known=self._host.now,
            demo=keyfiles.is_demo(self.keys.keyset),
            past=batch.past(self._memory),
            now=batch.now,
        )


@dataclass(slots=True)
class Batch:
    """What one request has had signed so far."""

    facts: Facts
    now: int
    lines: list[Line] = field(default_factory=list)
    signed: int = 0
    opened: list[Line] = field(default_factory=list)
    _own: Memory = field(default_factory=Memory)

    def check(self, line: Line) -> None:
        """The same as the signer's memory, inside one request: its lines are not on disk yet."""
        self._own.check(line)
        self._own.note([line])

    def past(self, memory: Memory) -> Past:
        """What was signed before, in this request too."""
        return Past(ChainMap(self._own.alerts, memory.alerts), ChainMap(self._own.ended, memory.ended))

    def note(self, line: Line) -> None:
        """It was signed; a day of longer hours goes into the journal once."""
        self.lines.append(line)
        self.signed += 1
        for area, day in sorted(self.facts.opening):
            days = self.facts.extended.setdefault(area, set())
            if day not in days:
                days.add(day)
                self.opened.append(Line(at=self.now, typ=EXTENDED, peer=line.peer, of=f"{area}@{day.isoformat()}"))

    def speaks(self, message: Session | SessionEnd) -> None:
        """A session was begun or ended: the minutes of its permit are counted."""
        of, until = line_of(message, self.facts, self.now)
        self.facts.spoken.note(of, self.now, until)
        self.opened.append(Line(at=self.now, typ=SPEAKING, peer=self.lines[-1].peer, of=of, revision=until))


def _asks_database(message: RecordedMessage) -> bool:
    """What stops something, and who speaks by an alert, waits for no database."""
    return not isinstance(message, SessionEnd | Volume | Command) and not (
        isinstance(message, Session) and message.alert
    )


def _sounding(memory: Memory) -> dict[str, Sounding]:
    """The actual alerts that stand: an exercise lets nobody speak at night."""
    return {
        name: Sounding(area=issued.area, until=issued.until, people=issued.people, level=issued.level)
        for name, issued in memory.alerts.items()
        if issued.status == "actual" and name not in memory.ended
    }


def _leaves(read: list[SignedMessage | Refused], jobs: tuple[Job, ...]) -> dict[str, Leave]:
    """What the caller says each session rests on; two sessions of one id in a batch get none."""
    found: dict[str, Leave] = {}
    for message, job in zip(read, jobs, strict=True):
        if isinstance(message, Session):
            leave = Leave(permit=job.permit, person=job.person)
            found[message.id] = Leave() if message.id in found else leave
    return found


def _read(job: Job) -> SignedMessage | Refused:
    """The message, or why it is none."""
    kind = SIGNED.get(job.typ)
    try:
        if kind is None:
            reason = Reason.WRONG_ROLE if job.typ in DOWNWARD else Reason.UNKNOWN_TYPE
            raise Refused(reason, f"the signer does not sign {job.typ[:40]!r}")
        return jws.decode(bytes(job.payload), kind)
    except Refused as refused:
        return refused


def _vouched_line(draft: Line, message: Alert | Cancel, by: Vouched) -> Line:
    return msgspec.structs.replace(
        draft,
        by=by.by,
        second=by.confirmer.user if by.confirmer else "",
        area=alerts.area_of(message),
        status=message.status,
        level=getattr(message, "level", ""),
        revision=message.expires,
        ends=emergencies.ended_by(message),
    )


def _complete(draft: Line, message: SignedMessage, payload: bytes) -> Line:
    return msgspec.structs.replace(
        draft,
        of=slot_of(message) if isinstance(message, State) else event_of(message),
        revision=message.revision if isinstance(message, State) else draft.revision,
        digest=hashlib.sha256(payload).hexdigest(),
    )
