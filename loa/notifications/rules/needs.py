"""Something that needs a person now, as a domain below says it. It is there as long as its cause is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from loa.areas.rules import is_inside
from loa.notifications.rules.kinds import KINDS, Kind, Urgency

PLACE = "{place}"  # in a link: the path of the place that the reader is shown


@dataclass(frozen=True, slots=True)
class View:
    """A need as somebody who looks after one place sees it: how many rows of it lie there, what it says of them."""

    place: str
    rows: int
    title: str
    more: str
    link: str


@dataclass(frozen=True, slots=True)
class Need:
    """`key` names the cause: the same cause is the same notification, however many rows it has.

    `area` is as far as it reaches (a path), `places` how many rows lie in which unit below it (empty: all in `area`).
    `title` says it for all rows, `counted` for a number of them; `more` says what to know and do, `shared` the same to
    somebody who looks after these of its places (path -> rows there). `link` leads to the rows on this site; PLACE in
    it stands for the reader's place. `since` when the cause began. `persons`: told instead of who holds a capability;
    `without`: ids of who must not be asked. `stage`: so far the domain has gone up the steps by itself.
    """

    kind: str
    key: str
    area: str
    title: str
    link: str
    since: datetime
    more: str = ""
    rows: int = 1
    places: Mapping[str, int] = field(default_factory=dict)
    counted: Callable[[int], str] | None = None
    shared: Callable[[Mapping[str, int]], str] | None = None
    urgency: Urgency | None = None
    persons: tuple[int, ...] = ()
    without: frozenset[int] = frozenset()
    stage: int = 0

    @property
    def of(self) -> Kind:
        """What is known of all of its kind."""
        return KINDS[self.kind]

    @property
    def presses(self) -> Urgency:
        """How urgent this one is."""
        return self.urgency or self.of.urgency

    @property
    def where(self) -> tuple[str, ...]:
        """The units in which its rows lie."""
        return tuple(self.places) or (self.area,)

    def view(self, scope: str) -> View:
        """For somebody whose grant reaches over `scope`."""
        place = self.area if is_inside(self.area, scope) else scope
        mine = {path: count for path, count in self.places.items() if is_inside(path, place)}
        rows = sum(mine.values()) if self.places else self.rows
        title = self.counted(rows) if self.counted else self.title
        more = self.shared(mine) if self.shared and self.places else self.more
        return View(place, rows, title, more, self.link.replace(PLACE, place))


_NAMED = 5


def listed(names: Mapping[str, str], share: Mapping[str, int], unit: str) -> str:
    """ "Xã Quy Mông 60, xã Trấn Yên 40 cụm loa": the largest first; of a single place nothing, its reader knows it."""
    if len(share) < 2:
        return ""
    largest = sorted(share, key=lambda path: (-share[path], path))
    said = [f"{names.get(path, path)} {share[path]}" for path in largest[:_NAMED]]
    rest = largest[_NAMED:]
    if rest:
        said.append(f"{len(rest)} nơi khác {sum(share[path] for path in rest)}")
    return f"{', '.join(said)} {unit}."
