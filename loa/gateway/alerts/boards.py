"""Who has received, who sounds, who is silent: one board an alert, from what loudspeakers say. Reported, not proved.

In memory and in one file beside it, replaced as a whole; written into the database afterwards.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import structlog
from devicelink.messages import Heard

from loa.alerts.wishes import Report
from loa.areas.rules import is_inside
from loa.devices.rules.condition import NEVER_SEEN, Condition, State
from loa.gateway.alerts.parcels import took
from loa.gateway.journal import replace_durably
from loa.gateway.world import Member, World

log = structlog.get_logger("loa.gateway.alerts")
NO_ANSWER = "no_answer"
MOST_ROUND, MOST_MISSING = 9_999, 999
BATCH = 2_000
SEEN = ("received", "sounding", "ended", "displaced", "cancelled", "mute")

Board = dict[str, Report]


class Boards:
    """`cause(device)` is the presence of a device. Only the event loop touches it."""

    def __init__(self, world: World, condition: Callable[[str], Condition]) -> None:
        self._world = world
        self._condition = condition
        self._all: dict[str, Board] = {}
        self._fresh: dict[tuple[str, str], Report] = {}
        self._news: set[str] = set()
        self.dirty = False

    def open(self, identifier: str, members: Iterable[Member]) -> Board:
        """The board of this alert; those meant now are on it."""
        board = self._all.setdefault(identifier, {})
        for member in members:
            if member.id not in board:
                self._put(identifier, Report(id=identifier, device=member.id))
        return board

    def get(self, identifier: str) -> Board | None:
        """The reports by device; None while nothing was sent."""
        return self._all.get(identifier)

    def acked(self, identifier: str, device: str, code: str, now: int) -> None:
        """It has it, or refuses it for good or for now."""
        row = self._row(identifier, device)
        if row is None:
            return
        if took(code):
            self._put(identifier, msgspec.structs.replace(row, received=row.received or now, refused=""))
        elif not row.received:
            self._put(identifier, msgspec.structs.replace(row, refused=_plain(code, 30)))

    def heard(self, identifier: str, heard: Heard, now: int) -> None:
        """What became of it there."""
        row = self._row(identifier, heard.device)
        if row is None:
            return
        changes: dict[str, object] = {
            "received": row.received or now,
            "state": heard.state,
            "at": now,
            "reason": _plain(heard.reason, 40),
            "round": min(max(0, heard.round), MOST_ROUND),
            "target": _plain(heard.target, 64),
            "late": row.late or heard.late,
            "missing": min(max(0, heard.missing), MOST_MISSING),
            "refused": "",
        }
        if heard.state in ("sounding", "ended"):
            changes[heard.state] = getattr(row, heard.state) or now
        self._put(identifier, msgspec.structs.replace(row, **changes))

    def _row(self, identifier: str, device: str) -> Report | None:
        return self._all.get(identifier, {}).get(device)

    def _put(self, identifier: str, row: Report) -> None:
        self._all[identifier][row.device] = row
        self._fresh[(identifier, row.device)] = row
        self._news.add(identifier)
        self.dirty = True

    # --- for people ---

    def news(self) -> set[str]:
        """Boards on which something changed since this was asked last."""
        news, self._news = self._news, set()
        return news

    def counts(self, identifier: str) -> dict[str, object]:
        """The sums of a whole board."""
        return counted(self._all.get(identifier, {}).values())

    def picture(self, identifier: str, scope: str) -> dict[str, object]:
        """Sums, communes and devices as far as they lie in the area `scope`."""
        rows = [(member, row) for row in self._all.get(identifier, {}).values() if (member := self._seen(row, scope))]
        places: dict[str, list[Report]] = {}
        for member, row in rows:
            places.setdefault(".".join(member.path.split(".")[:3]), []).append(row)
        return {
            "counts": counted(row for _, row in rows) | {"causes": self._causes(row for _, row in rows)},
            "communes": [
                {"area": path, **counted(found), "causes": self._causes(found)}
                for path, found in sorted(places.items())
            ],
            "devices": [self._shown(member, row) for member, row in rows],
        }

    def _seen(self, row: Report, scope: str) -> Member | None:
        member = self._world.members.get(row.device)
        return member if member is not None and is_inside(member.path, scope) else None

    def _shown(self, member: Member, row: Report) -> dict[str, object]:
        stage = stage_of(row)
        facts = msgspec.to_builtins(row)
        del facts["id"]
        cause = self._cause(row.device) if stage == "silent" else ""
        return {"name": member.name, "area": member.path, "stage": stage, "cause": cause, **facts}

    def _cause(self, device: str) -> str:
        """Why nothing was heard of it; "no power" is not "not reached"."""
        shown = self._condition(device)
        return NO_ANSWER if shown.state == State.ONLINE else str(shown.cause)

    def _causes(self, rows: Iterable[Report]) -> dict[str, int]:
        return dict(Counter(self._cause(row.device) for row in rows if stage_of(row) == "silent"))

    # --- for the database ---

    def take(self, skip: Callable[[str], bool]) -> list[Report]:
        """Some of what is to be written; not of alerts that the database cannot know yet."""
        keys = [key for key in self._fresh if not skip(key[0])][:BATCH]
        return [self._fresh.pop(key) for key in keys]

    def give_back(self, rows: Iterable[Report]) -> None:
        """They could not be written; what is newer stays."""
        for row in rows:
            self._fresh.setdefault((row.id, row.device), row)

    # --- for a start ---

    def save(self) -> bytes:
        """All boards, to be written."""
        self.dirty = False
        return msgspec.json.encode({name: list(board.values()) for name, board in self._all.items()})

    def load(self, path: Path, known: Callable[[str], bool]) -> None:
        """What `save` gave, as far as the alert is known. A damaged file costs the boards: devices are asked again."""
        try:
            found = msgspec.json.decode(path.read_bytes(), type=dict[str, list[Report]])
        except (OSError, ValueError, RecursionError) as error:
            log.info("no boards", reason=str(error)[:100])
            return
        for name, rows in found.items():
            if known(name):
                self._all[name] = {row.device: row for row in rows}
                self._fresh |= {(name, row.device): row for row in rows}

    def forget(self, known: Callable[[str], bool]) -> None:
        """Drop boards of alerts that are long over."""
        self._all = {name: board for name, board in self._all.items() if known(name)}


def stage_of(row: Report) -> str:
    """In one word: refused, silent (not a word), received, sounding, ended, displaced, cancelled, mute (will not)."""
    if row.refused:
        return "refused"
    if row.state:
        return "mute" if row.state == "silent" else row.state
    return "received" if row.received else "silent"


def counted(rows: Iterable[Report]) -> dict[str, object]:
    """The sums: `received` all that have it, `sounded` all that began, the others as they stand now."""
    expected = received = sounded = late = 0
    stages: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for row in rows:
        expected += 1
        received += row.received > 0
        sounded += row.sounding > 0
        late += row.late
        stages[stage_of(row)] += 1
        if row.refused:
            refused[row.refused] += 1
    return {
        "expected": expected,
        "received": received,
        "sounded": sounded,
        "late": late,
        "sounding": stages["sounding"],
        "ended": stages["ended"],
        "displaced": stages["displaced"],
        "cancelled": stages["cancelled"],
        "mute": stages["mute"],
        "silent": stages["silent"],
        "refused": dict(refused),
    }


def write(path: Path, content: bytes) -> None:
    """Put the boards on disk. Blocks."""
    replace_durably(path, content)


def presence_of(shown: tuple[Condition, object] | None) -> Condition:
    """What the presence says of a device, also when it says nothing."""
    return shown[0] if shown else NEVER_SEEN


def _plain(text: str, most: int) -> str:
    """A device may say anything; the database takes no zero."""
    return text[:most].replace("\x00", "")
