"""Roads and places along them: QL1A, ĐT166, CT05, Km12+300."""

import re

from loa.media.reading.lexicon import national
from loa.media.reading.numbers import count, digits, letters
from loa.media.reading.rules.base import END, Match, Rule, Spoken, head, joined, rule

_ROADS = "|".join(sorted(national().roads, key=len, reverse=True))
_ON_ROAD = re.compile(
    r"\b(trên|đường|đoạn|tuyến|cao tốc|quốc lộ|tỉnh lộ|qua|ngã ba|ngã tư|nút giao|cầu|công trình|mở rộng"
    r"|nâng cấp|dọc|theo|ven|km|đèo|dốc|lý trình|ql|đt|và"
    r"|từ|đến|tại|gần|sạt lở|lưu thông|trục|hai bên|sửa chữa|cải tạo|bên)\b",
    re.IGNORECASE,
)
_FORM_BEFORE = re.compile(r"\b(mẫu|tờ khai|phiếu|biểu|biểu mẫu|mẫu số|mẫu đơn|điện thoại|số)\b[ (]*$", re.IGNORECASE)


def label(text: str, limit: int = 2) -> str:
    """A road's or a part's number: up to `limit` digits as a number, more digit by digit, letters by name."""
    figures = re.match(r"\d*", text)[0]  # type: ignore[index]
    plain = len(figures) <= limit and not figures.startswith("0")
    return joined(
        (count(figures) if plain else digits(figures)) if figures else "", letters(text[len(figures) :]).lower()
    )


def _road(match: Match) -> Spoken:
    kind, before = national().roads[match["kind"]], head(match)
    if _FORM_BEFORE.search(before) or (match["kind"] == "ĐT" and re.fullmatch(r"11[1-5]", match["n"])):
        return None
    said = label(match["n"]) if before.rstrip().lower().endswith(kind) else f"{kind} {label(match['n'])}"
    if match["road"]:  # "đi đường ĐT166"
        said = f"{match['road']}{said.removeprefix('đường ')}"
    sure = match["kind"] in ("QL", "QL.", "ĐT", "TL") or bool(_ON_ROAD.search(before))
    return said, sure


def _spelt_road(match: Match) -> Spoken:
    return f"{match['w']} {label(match['n'])}", True


def _kilometre_stone(match: Match) -> Spoken:
    return _stone(match["km"], match["m"]), True


def _stretch(match: Match) -> Spoken:
    return f"{_stone(match['km1'], match['m1'])} đến {_stone(match['km2'], match['m2'])}", True


def _stone(kilometres: str, metres: str | None) -> str:
    words = f"ki lô mét {count(kilometres)}"
    return f"{words} cộng {count(metres)}" if metres else words


def _asian(match: Match) -> Spoken:
    return f"đường xuyên Á {count(match['n'])}", True


RULES: tuple[Rule, ...] = (
    rule(
        "road",
        rf"(?<![\w/-])(?P<road>[Đđ]ường )?(?P<kind>{_ROADS})[. ]? ?(?P<n>\d{{1,3}}[A-ZĐ]?)(?!\w|[.,/:]\d)",
        _road,
    ),
    rule(
        "road",
        r"(?<!\w)(?P<w>(?i:quốc lộ|tỉnh lộ|đường tỉnh|hương lộ|huyện lộ"
        r"|đường huyện))(?: số)? (?P<n>\d{1,3}[A-ZĐ]?)(?!\w|[.,/]\d)",
        _spelt_road,
    ),
    rule("kilometre_stone", r"(?<!\w)[Kk][Mm] ?(?P<km>\d{1,4}) ?\+ ?(?P<m>\d{1,3})" + END, _kilometre_stone),
    rule(
        "kilometre_stone",
        r"(?<!\w)[Kk][Mm] ?(?P<km1>\d{1,4})(?: ?\+ ?(?P<m1>\d{1,3}))? ?[-–] ?[Kk][Mm] ?(?P<km2>\d{1,4})"
        r"(?: ?\+ ?(?P<m2>\d{1,3}))?" + END,
        _stretch,
    ),
    rule("kilometre_stone", r"(?<!\w)(?:KM|Km|km(?= \d)) ?(?P<km>\d{1,4})(?P<m>)" + END, _kilometre_stone),
    rule("road", r"(?<!\w)AH ?(?P<n>\d{1,2})(?!\w)", _asian),
)
