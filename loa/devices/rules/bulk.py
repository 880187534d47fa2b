"""One deed for many devices: which there are, and what stands on the page before anything is done. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

Kind = Literal["volume", "group", "move", "retire", "refresh"]
MOST = 500
NAMES: dict[str, str] = {
    "volume": "Đặt âm lượng",
    "group": "Đưa vào nhóm",
    "move": "Chuyển sang xã khác",
    "retire": "Ngừng dùng",
    "refresh": "Tải lại lịch và âm thanh",
}


class Deed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be done. `volume` 0-100; `group` its id; `area` the path of the commune to move to; `reason` words."""

    kind: Kind
    volume: int = 0
    group: str = ""
    area: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What it would do to one device: `words` say it; `refusal` says why not."""

    device: str
    words: str
    refusal: str = ""


def token_of(deed: Deed, effects: Sequence[Effect], actor: int) -> str:
    """Stands for exactly this deed with exactly these effects, shown to this person."""
    facts = [(one.device, one.words, one.refusal) for one in sorted(effects, key=lambda one: one.device)]
    shown = msgspec.json.encode([actor, msgspec.to_builtins(deed), facts])
    return hashlib.sha256(b"loa-bulk-1" + shown).hexdigest()
