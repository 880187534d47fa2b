"""Signed alerts on their way: one publication a commune, then again to those that stay silent, until they expire.

Never on the topic of everybody, unless the whole country is meant. Nothing here touches the network.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from devicelink import topics

from loa.gateway.alerts import meant
from loa.gateway.alerts.cases import Case
from loa.gateway.outbox import APPLIED, PASSING
from loa.gateway.world import Member

PAUSES_MS = (4_000, 4_000, 8_000, 15_000, 30_000, 60_000)
MANY = 0.5
FEW = 3


@dataclass(frozen=True, slots=True)
class Sheet:
    """One publication."""

    topic: str
    payload: bytes


@dataclass(slots=True)
class Parcel:
    """One message. `places`: by topic the devices there that have neither taken nor finally refused it; `sizes`: how
    many there were. `next_at` and `expires` in ms.
    """

    of: str
    payload: bytes
    expires: int
    everybody: bool
    places: dict[str, set[str]]
    sizes: dict[str, int] = field(default_factory=dict)
    tries: int = 0
    next_at: int = 0

    def __post_init__(self) -> None:
        self.sizes = {topic: len(devices) for topic, devices in self.places.items()}

    @property
    def topics(self) -> list[str]:
        """Where it goes first."""
        return [topics.ALL] if self.everybody else [topic for topic, devices in self.places.items() if devices]


def parcel_of(case: Case, members: Iterable[Member], taken: frozenset[str] = frozenset()) -> Parcel:
    """For these loudspeakers, `taken` of which have answered already."""
    places: dict[str, set[str]] = {}
    for member in members:
        topic = topics.area(member.commune) if member.commune else topics.down(member.id)
        places.setdefault(topic, set()).update({member.id} - taken)
    typ = case.message.typ
    return Parcel(
        of=f"{typ}:{case.id}",
        payload=case.entry.jws.encode(),
        expires=case.message.expires,
        everybody=meant.area_of(case.message) == meant.COUNTRY,
        places=dict(sorted(places.items())),
    )


class Parcels:
    """All that are under way. `online(device)` tells whom it makes sense to send to."""

    def __init__(self, online: Callable[[str], bool]) -> None:
        self._online = online
        self._open: dict[str, Parcel] = {}

    def add(self, parcel: Parcel, *, sent_at: int = 0) -> None:
        """From now on; `sent_at` (ms) if it was published just now, here or by the other gateway."""
        if parcel.of in self._open:
            return
        if sent_at:
            parcel.tries, parcel.next_at = 1, sent_at + PAUSES_MS[0]
        self._open[parcel.of] = parcel

    def first(self) -> list[Parcel]:
        """Those that were not sent yet by this process."""
        return [parcel for parcel in self._open.values() if not parcel.tries]

    def drop(self, of: str) -> None:
        """Nobody has to hear it any more."""
        self._open.pop(of, None)

    def due(self, now: int) -> list[Sheet]:
        """What to publish again now."""
        sheets: list[Sheet] = []
        for parcel in list(self._open.values()):
            if now >= parcel.expires:
                del self._open[parcel.of]
            elif parcel.tries and _is_due(parcel, now):
                sheets += self._again(parcel)
                parcel.next_at = now + PAUSES_MS[min(parcel.tries, len(PAUSES_MS) - 1)]
                parcel.tries += 1
        return sheets

    def _again(self, parcel: Parcel) -> list[Sheet]:
        """To a whole commune while most of it is missing, later to each that is missing and there."""
        sheets = []
        for topic, silent in parcel.places.items():
            there = [device for device in silent if self._online(device)]
            if len(there) > max(FEW, MANY * parcel.sizes[topic]):
                sheets.append(Sheet(topic, parcel.payload))
            else:
                sheets += [Sheet(topics.down(device), parcel.payload) for device in there]
        return sheets

    def answered(self, member: Member, of: str, code: str) -> None:
        """It took it, refused it for good, or will be asked again."""
        parcel = self._open.get(of)
        if parcel is None or code in PASSING:
            return
        for topic in (topics.area(member.commune) if member.commune else "", topics.down(member.id)):
            parcel.places.get(topic, set()).discard(member.id)

    def join(self, of: str, member: Member) -> None:
        """It came to stand where the alert is meant."""
        parcel = self._open.get(of)
        if parcel is not None:
            topic = topics.area(member.commune) if member.commune else topics.down(member.id)
            parcel.places.setdefault(topic, set()).add(member.id)
            parcel.sizes[topic] = parcel.sizes.get(topic, 0) + 1


def took(code: str) -> bool:
    """True for an acknowledgement that says: I have it."""
    return code in APPLIED


def _is_due(parcel: Parcel, now: int) -> bool:
    """A clock that was set back must not put the next try far off."""
    return not now < parcel.next_at <= now + PAUSES_MS[-1]
