"""What the gateway needs to start while PostgreSQL is down: devices, documents and holds, on its own disk.

One file for all that is small and one file for each plan, each replaced as a whole. Private keys are not in it.
"""

from pathlib import Path

import msgspec
import structlog

from loa.gateway.endings import SignOut
from loa.gateway.journal import replace_durably
from loa.gateway.world import HoldState, Member, Paper, World

log = structlog.get_logger("loa.gateway.snapshot")
FILE = "state.json"
PLANS = "plans"


class Content(msgspec.Struct, kw_only=True):
    """The file `state.json`. `saved` in Unix milliseconds."""

    saved: int
    members: list[Member]
    papers: list[Paper]
    holds: list[HoldState]
    group_areas: dict[str, str]
    plan_set_areas: dict[str, str]
    sign_outs: list[SignOut] = msgspec.field(default_factory=list)


class Snapshot:
    """The folder. `save` blocks on the disk: call it from a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plans: dict[str, tuple[int, bool]] = {}
        (folder / PLANS).mkdir(parents=True, exist_ok=True, mode=0o700)

    def load(self, world: World) -> bool:
        """Fill the world; False if there is nothing usable."""
        try:
            content = msgspec.json.decode((self._folder / FILE).read_bytes(), type=Content)
        except (OSError, ValueError, RecursionError) as error:
            log.info("no snapshot", reason=str(error)[:200])
            return False
        for member in content.members:
            world.put(member)
        for paper in (*content.papers, *self._read_plans()):
            world.file(paper)
        for state in content.holds:
            world.hold(state)
        for row in content.sign_outs:
            world.sign_out(row)
        world.group_areas.update(content.group_areas)
        world.plan_set_areas.update(content.plan_set_areas)
        return True

    def _read_plans(self) -> list[Paper]:
        found = []
        for path in sorted((self._folder / PLANS).glob("*.json")):
            try:
                paper = msgspec.json.decode(path.read_bytes(), type=Paper)
            except (OSError, ValueError, RecursionError):
                log.warning("a plan of the snapshot is damaged and left out", file=path.name)
                continue
            self._plans[paper.subject] = (paper.revision, paper.withdrawn)
            found.append(paper)
        return found

    def take(self, world: World, now: int) -> tuple[bytes, list[Paper]]:
        """What has to be written: the small file, and the plans that changed. Quick; touches no disk."""
        plans = [paper for paper in world.papers.values() if paper.typ == "plan"]
        content = Content(
            saved=now,
            members=list(world.members.values()),
            papers=[paper for paper in world.papers.values() if paper.typ != "plan"],
            holds=list(world.holds.values()),
            group_areas=world.group_areas,
            plan_set_areas=world.plan_set_areas,
            sign_outs=world.endings.rows(),
        )
        changed = [paper for paper in plans if self._plans.get(paper.subject) != (paper.revision, paper.withdrawn)]
        return msgspec.json.encode(content), changed

    def save(self, taken: tuple[bytes, list[Paper]]) -> None:
        """Make it durable."""
        small, plans = taken
        for paper in plans:
            name = paper.subject.replace("/", "-") + ".json"
            replace_durably(self._folder / PLANS / name, msgspec.json.encode(paper))
            self._plans[paper.subject] = (paper.revision, paper.withdrawn)
        replace_durably(self._folder / FILE, small)
