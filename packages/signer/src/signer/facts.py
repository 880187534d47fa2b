"""What the signer reads from the database, over a connection of its own that cannot write.

Six views, owned by the domains behind them:

signer_permits(approval uuid, permit jsonb, digest text, author_id, approver_id, approver_may bool, revoked bool)
signer_devices(device text, plan_set text, area text, areas jsonb, groups jsonb)
    one row a placed device; `area` is the commune of its plan set, `areas` every path that holds the device (commune,
    hamlet, former commune), `groups` the group ids that all devices of the plan set share
signer_area_hours(path text, hours jsonb, children_may_widen bool, confirmed jsonb)
    the rules in force today of every area that has recorded any; `hours` in the form of the wire, `confirmed` what a
    second person's passkey signed (`devicelink.widening.Confirmed`), null for rules that need nobody
signer_extensions(id text, area text, starts bigint, ends bigint, reason text, author text, approver text,
    approved bool, approver_may bool, permissions jsonb)
    spans (ms) beyond the hours of an area; `permissions` what the rules in force on its day permit on the way down to
    the area, outermost first (`signer.extensions.Permission`)
signer_rollouts(id text, area text, forward text, back text, proposer text, approver text, approver_may bool,
    state text)
    releases of the agent on their way (`signer.releases.Rollout`)
signer_live_permits(id text, person text, area text, weekdays jsonb, first int, last int, minutes int, day_minutes int,
    starts bigint, ends bigint, approver text, approver_may bool, person_may bool, revoked bool)
    who may speak live (`signer.live.LivePermit`); what waits for an answer or was refused is `revoked`
"""

import logging
import uuid
from collections.abc import Iterable, Iterator

import msgspec
import psycopg
from devicelink.contents import check_hours
from devicelink.messages import Hours
from devicelink.permits import Permit, PlanSetPlace
from devicelink.refusals import Reason, Refused
from devicelink.widening import Confirmed

from signer.checks import Approval, Facts, RecordedMessage, wanted
from signer.extensions import Extension, Permission
from signer.hours import Rule
from signer.live import LivePermit
from signer.releases import Rollout

log = logging.getLogger("signer")

STATEMENT_TIMEOUT_MS = 10_000
CONNECT_TIMEOUT_S = 5

PERMITS = """
select approval::text, permit::text, digest, author_id::text, approver_id::text, approver_may, revoked
from signer_permits where approval = any(%s::uuid[])"""
DEVICES = "select device, plan_set, area, areas::text, groups::text from signer_devices where plan_set = any(%s)"
HOURS = "select path, hours::text, children_may_widen, confirmed::text from signer_area_hours where path = any(%s)"
EXTENSIONS = """
select id, area, starts, ends, reason, author, approver, approved, approver_may, permissions::text
from signer_extensions where area = any(%s) order by ends desc limit 10000"""
STANDS = "select device, areas::text from signer_devices where device = any(%s)"
ROLLOUTS = """
select id, area, forward, back, proposer, approver, approver_may, state from signer_rollouts where id = any(%s)"""
LIVE = """
select id, person, area, weekdays::text, first, last, minutes, day_minutes, starts, ends, approver, approver_may,
    person_may, revoked
from signer_live_permits where id = any(%s)"""
MAX_CONFIRMED = 32_768


class DatabaseAway(Exception):
    """The database does not answer, or a view is missing or holds what cannot be read. Nothing was signed."""


class Database:
    """One read-only connection, opened when needed and again after it broke. Not for use by two threads at once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def facts(self, messages: Iterable[RecordedMessage], *, live: Iterable[str] = ()) -> Facts:
        """Everything needed to judge these messages, and the permits with the ids `live`, as it is in the database now.

        DatabaseAway.
        """
        asked = wanted(messages)
        try:
            return Facts(
                approvals=self._approvals(asked.approvals),
                places=self._places(asked.plan_sets),
                rules=self._rules(asked.paths),
                extensions=tuple(self._extensions(asked.extended)),
                rollouts=self._rollouts(asked.rollouts),
                stands={str(device): _texts(areas) for device, areas in self._rows(STANDS, asked.devices)},
                live=self._live(live),
            )
        except (psycopg.Error, msgspec.MsgspecError) as error:
            self.close()
            raise DatabaseAway(str(error).strip()) from error

    def answers(self) -> bool:
        """True if a query comes back."""
        try:
            self._rows("select 1::text where %s::text[] is not null", [])
        except psycopg.Error:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Drop the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _approvals(self, asked: set[str]) -> dict[str, Approval]:
        found: dict[str, Approval] = {}
        for approval, permit, digest, author, approver, may, revoked in self._rows(PERMITS, filter(_is_uuid, asked)):
            read = _permit(str(approval), str(permit))
            if read is not None:
                found[str(approval)] = Approval(
                    permit=read,
                    digest=str(digest),
                    author=str(author),
                    approver=str(approver),
                    approver_may=may is True,
                    revoked=revoked is not False,
                )
        return found

    def _places(self, asked: set[str]) -> dict[str, PlanSetPlace]:
        devices: dict[str, dict[str, tuple[str, ...]]] = {}
        shared: dict[str, tuple[str, frozenset[str]]] = {}
        for device, plan_set, area, areas, groups in self._rows(DEVICES, asked):
            devices.setdefault(str(plan_set), {})[str(device)] = _texts(areas)
            shared[str(plan_set)] = str(area), frozenset(_texts(groups))
        return {
            name: PlanSetPlace(area=area, plan_set=name, groups=groups, devices=devices[name])
            for name, (area, groups) in shared.items()
        }

    def _rules(self, asked: set[str]) -> dict[str, Rule]:
        return {
            str(path): _read_rule(str(path), str(hours), may_widen is True, confirmed)
            for path, hours, may_widen, confirmed in self._rows(HOURS, asked)
        }

    def _extensions(self, asked: set[str]) -> Iterator[Extension]:
        for name, area, start, end, reason, author, approver, approved, may, permissions in self._rows(
            EXTENSIONS, asked
        ):
            yield Extension(
                id=str(name),
                area=str(area),
                start=int(str(start)),
                end=int(str(end)),
                reason=str(reason or ""),
                author=str(author),
                approver=str(approver or ""),
                approved=approved is True,
                approver_may=may is True,
                permissions=_read_permissions(str(name), str(permissions)),
            )

    def _rollouts(self, asked: set[str]) -> dict[str, Rollout]:
        return {
            str(name): Rollout(
                id=str(name),
                area=str(area),
                forward=str(forward or ""),
                back=str(back or ""),
                proposer=str(proposer or ""),
                approver=str(approver or ""),
                approver_may=may is True,
                state=str(state),
            )
            for name, area, forward, back, proposer, approver, may, state in self._rows(ROLLOUTS, asked)
        }

    def _live(self, asked: Iterable[str]) -> dict[str, LivePermit]:
        return {
            str(row[0]): LivePermit(
                id=str(row[0]),
                person=str(row[1]),
                area=str(row[2]),
                weekdays=msgspec.json.decode(str(row[3]), type=tuple[int, ...]),
                first=int(str(row[4])),
                last=int(str(row[5])),
                minutes=int(str(row[6])),
                day_minutes=int(str(row[7])),
                starts=int(str(row[8])),
                ends=int(str(row[9])),
                approver=str(row[10] or ""),
                approver_may=row[11] is True,
                person_may=row[12] is True,
                revoked=row[13] is not False,
            )
            for row in self._rows(LIVE, asked)
        }

    def _rows(self, query: str, asked: Iterable[str]) -> list[tuple[object, ...]]:
        names = sorted(asked)
        if not names and "%s::text[]" not in query:
            return []
        return self._connected().execute(query.encode(), [names]).fetchall()

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        if self._connection is None or self._connection.closed:
            options = f"-c default_transaction_read_only=on -c statement_timeout={STATEMENT_TIMEOUT_MS}"
            self._connection = psycopg.connect(
                self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, options=options, prepare_threshold=None
            )
        return self._connection


def _permit(approval: str, text: str) -> Permit | None:
    """None if it cannot be read: this approval allows nothing then, and the other plans are not held up by it."""
    try:
        return msgspec.json.decode(text, type=Permit)
    except msgspec.MsgspecError as error:
        log.error("permit %s cannot be read: %s", approval, error)
        return None


def _read_rule(path: str, text: str, may_widen: bool, confirmed: object) -> Rule:
    """Rules that cannot be read allow nothing, rather than what the area above allows."""
    try:
        hours = msgspec.json.decode(text, type=Hours)
        check_hours(hours)
    except (msgspec.MsgspecError, Refused) as error:
        log.error("hours of %s cannot be read: %s", path, error)
        return Rule(Hours(windows=()))
    beside, fault = _read_confirmed(confirmed)
    return Rule(hours, may_widen, beside, fault)


def _read_permissions(extension: str, text: str) -> tuple[Permission, ...]:
    """None at all if one of them cannot be read: the rest might be wider than all together."""
    try:
        return msgspec.json.decode(text, type=tuple[Permission, ...])
    except msgspec.MsgspecError as error:
        log.error("what permits extension %s cannot be read: %s", extension, error)
        return ()


def _read_confirmed(value: object) -> tuple[Confirmed | None, Refused | None]:
    if value is None:
        return None, None
    text = str(value)
    try:
        if len(text) > MAX_CONFIRMED:
            raise ValueError(f"{len(text)} characters")
        return msgspec.json.decode(text, type=Confirmed), None
    except (msgspec.MsgspecError, ValueError) as error:
        return None, Refused(Reason.MALFORMED, f"the confirmation cannot be read: {error}")


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _texts(value: object) -> tuple[str, ...]:
    return msgspec.json.decode(str(value), type=tuple[str, ...])
