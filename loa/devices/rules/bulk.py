"""One deed for many devices: which there are, and what stands on the page before anything is done. Pure."""

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
# What nobody can take back, and why.
FINAL: dict[str, str] = {
    "retire": "Cụm loa ngừng dùng mất khóa và rời mọi lịch phát, nên việc này không hoàn tác được. "
    "Muốn dùng lại thì tạo cụm loa mới.",
    "refresh": "Loa nhận lệnh tải lại ngay, nên việc này không hoàn tác được. Lịch và âm thanh không đổi.",
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
