"""How a programme is put together: sounds and pauses in order, perhaps music beneath. Pure; its length needs no sample.

JSON (`Sound.edits`): {"version": 1, "template": key, "slots": [{"play": id, "role": "speech"} |
{"pause": ms} | {"splice": [{"sound": id, "from": ms, "to": ms}, ...], "gap": ms}, ...], "bed": {"sound": id,
"level_db": -10, "duck_db": 12, "attack_ms": ms, "release_ms": ms, "hold_ms": ms, "fade_ms": ms}}. Times are
milliseconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from loa.media import rules

VERSION = 1
SPEECH, PROMPT = "speech", "prompt"
MOST_SLOTS, MOST_SPLICED = 40, 60
MOST_PAUSE_MS = 60_000
_BED_LIMITS: Mapping[str, tuple[float, float]] = {
    "level_db": (-30, 0), "duck_db": (0, 40), "attack_ms": (20, 2_000), "release_ms": (50, 5_000),
    "hold_ms": (0, 5_000), "fade_ms": (20, 10_000),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Play:
    """One sound from its beginning to its end."""

    sound: UUID
    role: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence, or the bed alone."""

    length: int


@dataclass(frozen=True, slots=True)
class Part:
    """A sound from `start` to `end` (ms; end 0: all of it): the breath before and behind a recorded piece stays out."""

    sound: UUID
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Splice:
    """Pieces of one sentence after another ("Mời bà con", "thôn 5", "đến họp lúc" ...), `gap` ms between them."""

    pieces: tuple[Part, ...]
    gap: int = 60


Slot = Play | Pause | Splice


@dataclass(frozen=True, slots=True)
class Bed:
    """Music beneath the whole: `level_db` beside what is spoken, `duck_db` lower while somebody speaks.

    It falls within `attack_ms` before a word, stays down for `hold_ms` after it and rises within `release_ms`.
    """

    sound: UUID
    level_db: float = -10.0
    duck_db: float = 12.0
    attack_ms: int = 250
    release_ms: int = 900
    hold_ms: int = 1_200
    fade_ms: int = 1_500


@dataclass(frozen=True, slots=True)
class Recipe:
    """All of it; `template` is the key of the template that it was filled from."""

    slots: tuple[Slot, ...]
    bed: Bed | None = None
    template: str = ""

    @property
    def sounds(self) -> tuple[UUID, ...]:
        """Every sound that is needed, each once."""
        found = [name for slot in self.slots for name in _sounds(slot)]
        return tuple(dict.fromkeys([*found, *([self.bed.sound] if self.bed else [])]))


@dataclass(frozen=True, slots=True)
class Ingredient:
    """What has to be known of a sound: `duration` in ms, the `area` (path) it belongs to, whether others may use it.

    A `siren` is for alerts alone.
    """

    duration: int
    area: str
    ready: bool = True
    shared: bool = False
    siren: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """One sound from `start` to `end` of the result, `skip` ms of it left out before.

    `rise` and `fall` are its crossfades (0: a soft seam): music that follows itself has them.
    """

    sound: UUID
    role: str
    start: int
    end: int
    rise: int = 0
    fall: int = 0
    skip: int = 0


def place(recipe: Recipe, durations: Mapping[UUID, int]) -> tuple[tuple[Placed, ...], int]:
    """Where each sound lies, and how long the whole is. Raises rules.Unfit `build_missing`, `build_odd`."""
    placed: list[Placed] = []
    at = 0
    for part in _flat(recipe.slots):
        if isinstance(part, Pause):
            at += part.length
            continue
        role, piece = part
        whole = _duration(piece.sound, durations)
        start, end = min(piece.start, whole), min(piece.end or whole, whole)
        if start >= end:
            raise rules.Unfit("build_odd")
        placed.append(Placed(piece.sound, role, at, at + end - start, skip=start))
        at += end - start
    return tuple(placed), at


def length(recipe: Recipe, durations: Mapping[UUID, int]) -> int:
    """Milliseconds of the whole, to the sample, without rendering it. Raises as `place` does."""
    return place(recipe, durations)[1]


def check(recipe: Recipe, known: Mapping[UUID, Ingredient], area: str) -> None:
    """Whether `area` (path) may build it. Raises rules.Unfit `build_missing`, `build_foreign`, `build_too_long`,
    `siren`.

    A sound that is not ready yet has no length; the worker checks again when it is.
    """
    for name in recipe.sounds:
        one = known.get(name)
        if one is None:
            raise rules.Unfit("build_missing")
        if one.siren:
            raise rules.Unfit("siren")
        if one.area != area and not one.shared:
            raise rules.Unfit("build_foreign")
    if all(known[name].ready for name in recipe.sounds):
        check_length(length(recipe, {name: one.duration for name, one in known.items()}))


def check_length(milliseconds: int) -> None:
    """Raises rules.Unfit `build_too_long`."""
    if milliseconds > rules.MAX_BULLETIN_MS:
        raise rules.Unfit("build_too_long", {"length": rules.length(milliseconds)})


def to_json(recipe: Recipe) -> dict[str, Any]:
    """The same recipe as plain JSON."""
    bed = asdict(recipe.bed) | {"sound": str(recipe.bed.sound)} if recipe.bed else None
    return {
        "version": VERSION, "template": recipe.template, "slots": [_told(slot) for slot in recipe.slots], "bed": bed
    }  # fmt: skip


def from_json(data: object) -> Recipe:
    """Read what the database holds. Raises rules.Unfit `build_odd`."""
    try:
        fields = _mapping(data)
        slots = tuple(_slot(_mapping(slot)) for slot in fields["slots"])
        if fields["version"] != VERSION or not 0 < len(slots) <= MOST_SLOTS:
            raise rules.Unfit("build_odd")
        return Recipe(slots, _bed(fields.get("bed")), str(fields.get("template", "")))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise rules.Unfit("build_odd") from error


def _flat(slots: Sequence[Slot]) -> Iterator[tuple[str, Part] | Pause]:
    for slot in slots:
        if isinstance(slot, Pause):
            yield slot
        elif isinstance(slot, Play):
            yield slot.role, Part(slot.sound)
        else:
            for number, piece in enumerate(slot.pieces):
                if number:
                    yield Pause(slot.gap)
                yield PROMPT, piece


def _sounds(slot: Slot) -> tuple[UUID, ...]:
    if isinstance(slot, Splice):
        return tuple(piece.sound for piece in slot.pieces)
    return (slot.sound,) if isinstance(slot, Play) else ()


def _duration(sound: UUID, durations: Mapping[UUID, int]) -> int:
    found = durations.get(sound, 0)
    if found <= 0:
        raise rules.Unfit("build_missing")
    return found


def _told(slot: Slot) -> dict[str, Any]:
    if isinstance(slot, Pause):
        return {"pause": slot.length}
    if isinstance(slot, Splice):
        pieces = [{"sound": str(one.sound), "from": one.start, "to": one.end} for one in slot.pieces]
        return {"splice": pieces, "gap": slot.gap}
    return {"play": str(slot.sound), "role": slot.role}


def _slot(data: Mapping[str, Any]) -> Slot:
    if "pause" in data:
        return Pause(_ms(data["pause"], MOST_PAUSE_MS))
    if "splice" in data:
        pieces = tuple(_piece(_mapping(one)) for one in data["splice"])
        if not 0 < len(pieces) <= MOST_SPLICED:
            raise ValueError("too many pieces")
        return Splice(pieces, _ms(data["gap"], MOST_PAUSE_MS))
    return Play(UUID(data["play"]), str(data["role"]))


def _piece(data: Mapping[str, Any]) -> Part:
    return Part(UUID(data["sound"]), _ms(data["from"], rules.MAX_BULLETIN_MS), _ms(data["to"], rules.MAX_BULLETIN_MS))


def _bed(data: object) -> Bed | None:
    if data is None:
        return None
    fields = _mapping(data)
    return Bed(UUID(fields["sound"]), **{name: _within(name, fields[name]) for name in _BED_LIMITS if name in fields})


def _within(name: str, value: Any) -> Any:
    low, high = _BED_LIMITS[name]
    whole = name.endswith("_ms")
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not low <= value <= high:
        raise ValueError(name)
    return value


def _ms(value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError("milliseconds")
    return value


def _mapping(data: object) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise TypeError("not an object")
    return data
