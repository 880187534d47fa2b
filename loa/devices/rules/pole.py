"""What stands at a pole, as people write it. Pure."""

import re

from loa.areas.rules import fold
from loa.kernel.errors import Invalid

MOST_HORNS = 8
_NAMED = {
    "bac": 0, "dong bac": 45, "dong": 90, "dong nam": 135, "nam": 180, "tay nam": 225, "tay": 270, "tay bac": 315,
}  # fmt: skip
_WORDS = ("Bắc", "Đông Bắc", "Đông", "Đông Nam", "Nam", "Tây Nam", "Tây", "Tây Bắc")


def read_horns(text: str) -> list[int]:
    """Degrees clockwise from north from "90, 270" or "đông, tây nam"; one for each horn. Invalid."""
    parts = [part.strip() for part in re.split(r"[,;/+]", text) if part.strip()]
    if len(parts) > MOST_HORNS:
        raise Invalid(f"Nhiều nhất {MOST_HORNS} loa một cột.", code="too_many_horns")
    found = []
    for part in parts:
        digits = part.rstrip("°").strip()
        degrees = int(digits) if digits.isdecimal() and len(digits) < 4 else _NAMED.get(fold(part), -1)
        if not 0 <= degrees <= 360:
            raise Invalid(
                f"Hướng loa “{part}” không đọc được. Ghi độ từ 0 (bắc) theo chiều kim đồng hồ, ví dụ 90, 270; "
                "hoặc ghi chữ: đông, tây nam.",
                code="horn_unread",
            )
        found.append(degrees % 360)
    return found


def write_horns(horns: list[int]) -> str:
    """What `read_horns` reads."""
    return ", ".join(str(degrees) for degrees in horns)


def horns_in_words(horns: list[int]) -> str:
    """ "Đông (90°), Tây (270°)"; "" if nobody has written any."""
    return ", ".join(f"{_WORDS[round(degrees / 45) % 8]} ({degrees}°)" for degrees in horns)
