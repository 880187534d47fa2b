"""How a programme is put together: sounds and pauses in order, perhaps music beneath. Pure; its length needs no sample.

JSON (`Sound.edits`): {"version": 1, "template": key, "slots": [{"play": id, "role": "speech", "cross": ms} |
{"pause": ms} | {"splice": [ids], "gap": ms}, ...], "bed": {"sound": id, "level_db": -10, "duck_db": 12, "attack_ms":
ms, "release_ms": ms, "hold_ms": ms, "fade_ms": ms}}. Times are milliseconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from loa.media import rules

VERSION = 1
SPEECH = "speech"
MOST_SLOTS, MOST_SPLICED = 40, 60
MOST_PAUSE_MS, MOST_CROSS_MS = 60_000, 5_000
_BED_LIMITS: Mapping[str, tuple[float, float]] = {
    "level_db": (-30, 0), "duck_db": (0, 40), "attack_ms": (20, 2_000), "release_ms": (50, 5_000),
    "hold_ms": (0, 5_000), "fade_ms": (20, 10_000),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Play:
    """One sound; it begins `cross` ms before the one in front of it ends, both crossfaded."""

    sound: UUID
    role: str
    cross: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence, or the bed alone."""

    length: int


@dataclass(frozen=True, slots=True)
class Splice:
    """Recorded prompts one after another ("Sáng", "thứ hai", "mời bà con ..."), `gap` ms between them."""

    sounds: tuple[UUID, ...]
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
    """What has to be known of a sound: `duration` in ms, the `area` (path) it belongs to, whether others may use it."""

    duration: int
    area: str
    ready: bool = True
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """One sound from `start` to `end` of the result; `rise` and `fall` are its crossfades (0: a soft seam)."""

    sound: UUID
    role: str
    start: int
    end: int
    rise: int = 0
    fall: int = 0


def place(recipe: Recipe, durations: Mapping[UUID, int]) -> tuple[tuple[Placed, ...], int]:
    """Where each sound lies, and how long the whole is. Raises rules.Unfit `build_missing`, `build_odd`."""
    placed: list[Placed] = []
    at = 0
    for part in _flat(recipe.slots):
        if isinstance(part, Pause):
            at += part.length
            continue
        length = _duration(part.sound, durations)
        cross = _cross(part, length, placed, at)
        if cross:
            placed[-1] = _falling(placed[-1], cross)
        placed.append(Placed(part.sound, part.role, at - cross, at - cross + length, rise=cross))
        at += length - cross
    return tuple(placed), at


def length(recipe: Recipe, durations: Mapping[UUID, int]) -> int:
    """Milliseconds of the whole, to the sample, without rendering it. Raises as `place` does."""
    return place(recipe, durations)[1]


def check(recipe: Recipe, known: Mapping[UUID, Ingredient], area: str) -> None:
    """Whether `area` (path) may build it. Raises rules.Unfit `build_missing`, `build_foreign`, `build_too_long`.

    A sound that is not ready yet has no length; the worker checks again when it is.
    """
    for name in recipe.sounds:
        one = known.get(name)
        if one is None:
            raise rules.Unfit("build_missing")
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


def _flat(slots: Sequence[Slot]) -> Iterator[Play | Pause]:
    for slot in slots:
        if not isinstance(slot, Splice):
            yield slot
            continue
        for number, name in enumerate(slot.sounds):
            if number:
                yield Pause(slot.gap)
            yield Play(name, "prompt")


def _sounds(slot: Slot) -> tuple[UUID, ...]:
    if isinstance(slot, Splice):
        return slot.sounds
    return (slot.sound,) if isinstance(slot, Play) else ()


def _duration(sound: UUID, durations: Mapping[UUID, int]) -> int:
    found = durations.get(sound, 0)
    if found <= 0:
        raise rules.Unfit("build_missing")
    return found


def _cross(part: Play, length: int, placed: Sequence[Placed], at: int) -> int:
    """A crossfade needs a neighbour that ends right here, and takes at most half of either."""
    if not placed or placed[-1].end != at:
        return 0
    return min(part.cross, length // 2, (at - placed[-1].start) // 2)


def _falling(one: Placed, cross: int) -> Placed:
    return Placed(one.sound, one.role, one.start, one.end, one.rise, cross)


def _told(slot: Slot) -> dict[str, Any]:
    if isinstance(slot, Pause):
        return {"pause": slot.length}
    if isinstance(slot, Splice):
        return {"splice": [str(name) for name in slot.sounds], "gap": slot.gap}
    return {"play": str(slot.sound), "role": slot.role, "cross": slot.cross}


def _slot(data: Mapping[str, Any]) -> Slot:
    if "pause" in data:
        return Pause(_ms(data["pause"], MOST_PAUSE_MS))
    if "splice" in data:
        names = tuple(UUID(name) for name in data["splice"])
        if not 0 < len(names) <= MOST_SPLICED:
            raise ValueError("too many prompts")
        return Splice(names, _ms(data.get("gap", 60), MOST_PAUSE_MS))
    return Play(UUID(data["play"]), str(data["role"]), _ms(data.get("cross", 0), MOST_CROSS_MS))


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
