"""Under which terms a unit lets others use a sound of its own. Pure data and words."""

from collections.abc import Mapping
from dataclasses import dataclass

MAX_SOURCE = 200
OWN_PROVINCE = "trong-tinh"


@dataclass(frozen=True, slots=True)
class Licence:
    """`name` is what people choose, `hint` what it allows."""

    name: str
    hint: str


LICENCES: Mapping[str, Licence] = {
    "co-quan-nha-nuoc": Licence(
        "Cơ quan nhà nước dùng tự do, ghi nguồn", "Đơn vị nhà nước nào cũng dùng được, phải ghi nguồn."
    ),
    OWN_PROVINCE: Licence("Chỉ trong tỉnh", "Chỉ các đơn vị cùng tỉnh thấy và dùng được, phải ghi nguồn."),
    "cc-by-4.0": Licence(
        "Ai cũng dùng được, ghi nguồn (Creative Commons 4.0)",
        "Cả ngoài cơ quan nhà nước; dùng và sửa được, phải ghi nguồn.",
    ),
    "cc0-1.0": Licence("Ai cũng dùng được, không cần ghi nguồn (CC0)", "Cả ngoài cơ quan nhà nước; dùng và sửa được."),
}

FROM_ABOVE = "Đơn vị cấp trên dùng chung trong địa bàn"  # of a building block that lies ready for all below


def licences_for(path: str) -> Mapping[str, Licence]:
    """What a unit may choose among; the centre lies in no province."""
    return {key: one for key, one in LICENCES.items() if key != OWN_PROVINCE or "." in path}


def licence_name(key: str) -> str:
    """What people read; a licence from elsewhere stands as it is, a block of a unit above has none."""
    return LICENCES[key].name if key in LICENCES else key or FROM_ABOVE


def province_of(path: str) -> str:
    """Path of the province (`vn.15`), or of what lies above all provinces."""
    return ".".join(path.split(".")[:2])
