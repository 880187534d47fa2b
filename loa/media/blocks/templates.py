"""The templates of programmes: which blocks stand around a bulletin. Ready ones: templates.yaml."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import yaml

from loa.media import rules
from loa.media.blocks.recipe import SPEECH, Bed, Pause, Play, Recipe, Slot

TEMPLATES = Path(__file__).parent / "templates.yaml"
BED = "bed"
PARTS = ("opening", "jingle", "gong", "station_call", "closing")  # blocks that may stand in a row; a siren never does
MOST_PARTS, MOST_NAME = 10, 80
LEAST_REST_MS, MOST_REST_MS = 100, 10_000
MOST_BLOCK_MS, MOST_BED_MS = 120_000, 600_000
PLAIN = "Chỉ bản tin"
STATION_CALL = "station_call"


@dataclass(frozen=True, slots=True)
class Template:
    """`parts`: "speech", a block, or a pause in ms; `bed`: music beneath."""

    key: str
    name: str
    parts: tuple[str | int, ...]
    bed: bool = False

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks that it needs."""
        named = tuple(part for part in self.parts if isinstance(part, str) and part != SPEECH)
        return (*named, BED) if self.bed else named


@dataclass(frozen=True, slots=True)
class Frame:
    """What may open or close a session of the day, by itself; `end` is OPENING or CLOSING, `parts` as in a template."""

    key: str
    name: str
    end: str
    parts: tuple[str | int, ...]


OPENING, CLOSING, FRAME = "opening", "closing", "frame:"
FRAMES = (
    Frame("frame:opening_call", "Nhạc mở đầu, rồi xướng tên đài", OPENING, ("opening", 300, STATION_CALL)),
    Frame("frame:call", "Chỉ xướng tên đài", OPENING, (STATION_CALL,)),
    Frame("frame:opening", "Chỉ nhạc mở đầu", OPENING, ("opening",)),
    Frame("frame:closing", "Nhạc kết", CLOSING, ("closing",)),
    Frame("frame:call_closing", "Xướng tên đài, rồi nhạc kết", CLOSING, (STATION_CALL, 500, "closing")),
)
CALL = Template(STATION_CALL, "Xướng tên đài", ("gong", 200, SPEECH))  # the call itself: a gong, then the name


@lru_cache(maxsize=1)
def templates() -> Mapping[str, Template]:
    """All by their key, in the order of the page."""
    rows = yaml.safe_load(TEMPLATES.read_text(encoding="utf-8"))
    return {row["key"]: Template(row["key"], row["name"], tuple(row["parts"]), row.get("bed", False)) for row in rows}


def template(key: str) -> Template:
    """Raises rules.Unfit `build_template`."""
    try:
        return templates()[key]
    except KeyError:
        raise rules.Unfit("build_template") from None


def checked(name: str, parts: Sequence[object]) -> tuple[str, tuple[str | int, ...]]:
    """Name and parts of a template that somebody puts together. Raises rules.Unfit `template_...`."""
    name = " ".join(name.split())
    if not name or len(name) > MOST_NAME:
        raise rules.Unfit("template_name")
    if sum(part == SPEECH for part in parts) != 1:
        raise rules.Unfit("template_speech")
    if not 1 < len(parts) <= MOST_PARTS:
        raise rules.Unfit("template_parts")
    return name, tuple(_part(part) for part in parts)


def most_ms(block: str) -> int:
    """How long a sound may be that is used as this block."""
    return MOST_BED_MS if block == BED else MOST_BLOCK_MS


def _part(part: object) -> str | int:
    if isinstance(part, str) and part in (SPEECH, *PARTS):
        return part
    if isinstance(part, int) and not isinstance(part, bool) and LEAST_REST_MS <= part <= MOST_REST_MS:
        return part
    raise rules.Unfit("template_parts")


def frame(key: str) -> Frame:
    """Raises rules.Unfit `build_template`."""
    found = next((one for one in FRAMES if one.key == key), None)
    if found is None:
        raise rules.Unfit("build_template")
    return found


def around(chosen: Frame) -> Template:
    """The same with words of one's own in the place of the station call, or beside the music."""
    call: list[str | int] = ["gong", 200, SPEECH]
    parts = [one for part in chosen.parts for one in (call if part == STATION_CALL else [part])]
    if SPEECH not in parts:
        parts = [*parts, 300, SPEECH] if chosen.end == OPENING else [SPEECH, 500, *parts]
    return Template(chosen.key, chosen.name, tuple(parts))


def framed(chosen: Frame, blocks: Mapping[str, UUID]) -> Recipe:
    """The recipe of what opens or closes a session. Raises rules.Unfit `build_missing`."""
    if {part for part in chosen.parts if isinstance(part, str)} - set(blocks):
        raise rules.Unfit("build_missing")
    slots = [Pause(part) if isinstance(part, int) else Play(blocks[part], part) for part in chosen.parts]
    return Recipe(tuple(slots), template=chosen.key)


def filled(chosen: Template, speech: UUID, blocks: Mapping[str, UUID]) -> Recipe:
    """The recipe with these sounds in place. Raises rules.Unfit `build_missing` when a block is not there."""
    if set(chosen.blocks) - set(blocks):
        raise rules.Unfit("build_missing")
    slots: list[Slot] = []
    for part in chosen.parts:
        if isinstance(part, int):
            slots.append(Pause(part))
        else:
            slots.append(Play(speech if part == SPEECH else blocks[part], part))
    return Recipe(tuple(slots), Bed(blocks[BED]) if chosen.bed else None, chosen.key)
