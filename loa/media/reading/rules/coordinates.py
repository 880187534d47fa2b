"""Where on the earth: 21°45'N, 104°50'30"E, 15°30'B - 110°20'Đ; degrees, minutes and seconds in words."""

import re

from loa.media.reading.numbers import count
from loa.media.reading.rules.base import Match, Rule, Spoken, joined, rule

_SIDES = {
    "N": "vĩ bắc", "B": "vĩ bắc", "S": "vĩ nam", "E": "kinh đông", "Đ": "kinh đông", "W": "kinh tây", "T": "kinh tây",
}  # fmt: skip
_PART = r"\d{1,2}(?:[.,]\d{1,3})?"


def _number(written: str) -> str:
    return " phẩy ".join(count(part) for part in re.split("[.,]", written))


def _place(match: Match) -> Spoken:
    seconds, side = match["s"], match["side"]
    return joined(
        f"{count(match['d'])} độ {_number(match['m'])} phút",
        f"{_number(seconds)} giây" if seconds else "",
        _SIDES[side] if side else "",
    ), True


_ANGLE = (
    rf"(?<![\w.,/])(?P<d>\d{{1,3}}) ?[°º˚] ?(?P<m>{_PART}) ?['’′](?: ?(?P<s>{_PART}) ?(?:[\"”″]|['’′]{{2}}))?"
    r"(?! ?['’′\"”″])"
)

RULES: tuple[Rule, ...] = (
    rule("latitude", _ANGLE + r" ?(?P<side>[NBS])(?!\w)", _place),
    rule("longitude", _ANGLE + r" ?(?P<side>[EĐWT])(?!\w)", _place),
    rule("unit", _ANGLE + r"(?P<side>)(?!\w)", _place),
)
