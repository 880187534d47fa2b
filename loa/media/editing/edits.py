"""The list of what is done to a sound: one operation after another, each in milliseconds of what the ones before made.

Undo takes the last operation away, redo puts it back; the original is never touched. Pure, and the same in the browser
(`ui/js/editor/edits.js`); `timeline.lay` says what comes out. JSON: {"version": 1, "clarity": bool, "ops": [{"do":
"cut", "from": ms, "to": ms}, ...]} with the operations below by their `do`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from loa.media import rules

VERSION = 1
MOST_OPS = 300
MOST_JOINED = 20
LEAST_SILENCE_MS, MOST_SILENCE_MS = 100, 60_000
LEAST_PART_MS = 20  # room for both ramps of a change
MIN_DB, MAX_DB = -24.0, 12.0


@dataclass(frozen=True, slots=True)
class Cut:
    """Take away what lies between."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Trim:
    """Keep only what lies between."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FadeIn:
    """Rise from nothing."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FadeOut:
    """Fall to nothing."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gain:
    """Louder or quieter by so many decibels."""

    start: int
    end: int
    db: float


@dataclass(frozen=True, slots=True)
class Silence:
    """Put a pause of `length` in at `at`."""

    at: int
    length: int


@dataclass(frozen=True, slots=True)
class Join:
    """Put another sound of `length` in at `at`."""

    at: int
    sound: UUID
    length: int


Op = Cut | Trim | FadeIn | FadeOut | Gain | Silence | Join


@dataclass(frozen=True, slots=True)
class Edits:
    """All of it; `clarity` switches "Làm rõ tiếng" on for the sound itself, not for what is joined to it."""

    ops: tuple[Op, ...] = ()
    clarity: bool = False

    def __bool__(self) -> bool:
        """Whether anything is done at all."""
        return bool(self.ops) or self.clarity

    @property
    def joined(self) -> tuple[UUID, ...]:
        """The other sounds in the order of their operations; one that is put in twice is named twice."""
        return tuple(op.sound for op in self.ops if isinstance(op, Join))


_SPANS: Mapping[str, Callable[[int, int], Op]] = {"cut": Cut, "trim": Trim, "fade_in": FadeIn, "fade_out": FadeOut}
_NAMES: Mapping[type, str] = {
    Cut: "cut", Trim: "trim", FadeIn: "fade_in", FadeOut: "fade_out", Gain: "gain", Silence: "silence", Join: "join",
}  # fmt: skip


def from_json(data: object) -> Edits:
    """Read what a browser sent or the database holds; {} is no edit. Raises rules.Unfit `edit_odd`."""
    try:
        fields = _mapping(data)
        version, clarity, ops = fields.get("version", VERSION), fields.get("clarity", False), fields.get("ops", [])
        if version != VERSION or not isinstance(clarity, bool) or not isinstance(ops, list) or len(ops) > MOST_OPS:
            raise rules.Unfit("edit_odd")
        edits = Edits(tuple(_op(_mapping(op)) for op in ops), clarity)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise rules.Unfit("edit_odd") from error
    if len(edits.joined) > MOST_JOINED:
        raise rules.Unfit("edit_odd")
    return edits


def to_json(edits: Edits) -> dict[str, Any]:
    """The same edits as plain JSON."""
    return {"version": VERSION, "clarity": edits.clarity, "ops": [_told(op) for op in edits.ops]}


def _mapping(data: object) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise TypeError("not an object")
    return data


def _op(data: Mapping[str, Any]) -> Op:
    do = data["do"]
    if do in _SPANS:
        return _SPANS[do](_ms(data["from"]), _ms(data["to"]))
    if do == "gain":
        return Gain(_ms(data["from"]), _ms(data["to"]), _decibels(data["db"]))
    if do == "silence":
        return Silence(_ms(data["at"]), _ms(data["length"]))
    if do == "join":
        return Join(_ms(data["at"]), UUID(data["sound"]), _ms(data["length"]))
    raise ValueError(do)


def _told(op: Op) -> dict[str, Any]:
    told: dict[str, Any] = {"do": _NAMES[type(op)]}
    if isinstance(op, Silence):
        return told | {"at": op.at, "length": op.length}
    if isinstance(op, Join):
        return told | {"at": op.at, "sound": str(op.sound), "length": op.length}
    told |= {"from": op.start, "to": op.end}
    return told | {"db": op.db} if isinstance(op, Gain) else told


def _ms(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("milliseconds are whole numbers")
    return value


def _decibels(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("decibels are numbers")
    return float(value)
