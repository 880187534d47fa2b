"""Signs between words and figures: ≥, ±, &, =, °, arrows; and dashes, which are a pause between words."""

import re

from loa.media.reading.rules.base import Match, Rule, Spoken, head, rule

SIGNS = {
    ">=": "lớn hơn hoặc bằng", "=>": "suy ra", "<=": "nhỏ hơn hoặc bằng", "≥": "lớn hơn hoặc bằng",
    "≤": "nhỏ hơn hoặc bằng",
    "±": "cộng trừ", "+/-": "cộng trừ", "~": "khoảng", "≈": "khoảng", "∼": "khoảng", "<": "nhỏ hơn",
    ">": "lớn hơn", "≠": "khác",
    "√": "căn", "∞": "vô cùng",
}  # fmt: skip
_BEFORE_NUMBER = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))


def _said(match: Match) -> Spoken:
    return f" {SIGNS[match[0].strip()]} ", True


def _about(match: Match) -> Spoken:
    """ "khoảng ~50" says it twice."""
    return ("", True) if re.search(r"(khoảng|chừng|gần) ?$", head(match)) else (" khoảng ", True)


def _telephone_sign(match: Match) -> Spoken:
    told = re.search(r"(điện thoại|đt|sđt|hotline|liên hệ|tel|nóng|máy)[ :.]*$", head(match), re.IGNORECASE)
    return ("" if told else "điện thoại", True)


_SIDES = {"D": "dài", "R": "rộng", "C": "cao", "B": "rộng", "H": "cao", "L": "dài"}


def _sides(match: Match) -> Spoken:
    """DxRxC: length by breadth by height."""
    return " nhân ".join(_SIDES[one] for one in re.findall("[A-Z]", match[0])), True


RULES: tuple[Rule, ...] = (
    rule("times", r"(?<!\w)[DRCBHL](?: ?[x×] ?[DRCBHL]){1,2}(?!\w)", _sides),
    rule("sign", r"(?<![☎☏✆📞📱])(?:[☎☏✆📞📱] ?){1,3}:?(?= ?[(+\d])", _telephone_sign),
    rule("sign", r"[~≈∼] ?(?=\d)", _about),
    rule("sign", rf" ?(?:{_BEFORE_NUMBER})(?= ?[-+]?\d)", _said),
    rule("sign", r"(?<=[\w%)]) ?= ?(?=[\w(-])", lambda match: (" bằng ", True)),
    rule("sign", r"(?<=[\d%²³đ]) ?\+ ?(?=\d)", lambda match: (" cộng ", True)),
    rule("sign", r"(?<=[^\W\d_]) ?\+ ?(?=[^\W_])", lambda match: (" cộng ", False)),
    rule("sign", r"(?<=\d)\+(?!\w)", lambda match: (" cộng", False)),
    rule("sign", r"(?<=[\w)]) ?(?:→|⇒|➔|➜|➝|⟶|->) ?(?=\w)", lambda match: (" đến ", False)),
    rule("sign", r"(?<=[\dm²³]) [x×*] (?=\w)", lambda match: (" nhân ", True)),
    rule("sign", r"(?<=\w) [x×] (?=\d)", lambda match: (" nhân ", True)),
    rule(
        "sign",
        r"(?:(?<=sáng)|(?<=trưa)|(?<=chiều)|(?<=tối)|(?<=đêm)) [-–—] (?=\d{1,2}(?: ?(?:[hH]|giờ)|:\d))",
        lambda match: (" đến ", True),
    ),
    rule("punctuation", r"(?:(?<=[^\W_])|(?<=[).”\"]))\.?/\.(?!\w)", lambda match: (".", True)),
    rule("sign", r" ?& ?", lambda match: (" và ", True)),
    rule("sign", r"(?<=kết quả )\(\+\)", lambda match: ("dương tính", True)),
    rule("sign", r"(?<=kết quả )\([-–]\)", lambda match: ("âm tính", True)),
    rule("latitude", r"(?<=\d) ?° ?[NB](?!\w)", lambda match: (" độ vĩ bắc", True)),
    rule("longitude", r"(?<=\d) ?° ?[EĐ](?!\w)", lambda match: (" độ kinh đông", True)),
)
