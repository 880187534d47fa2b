"""Roman numerals: behind a word that is counted so (cấp IV, quý III/2026), as headings, and where nothing else fits."""

import re

from loa.media.reading.capitals import compiled
from loa.media.reading.numbers import number, roman
from loa.media.reading.rules.base import YEAR, Match, Rule, Spoken, head, rule, tail, year

_COUNTED = (
    r"cấp|báo động|quý|khóa|khoá|kỳ|lần thứ|lần|thứ|hạng|loại|đợt|giai đoạn|thế kỷ|thế kỉ|chương|mục|phần|khu"
    r"|khu vực|vòng|mức|bậc|điều"
    r"|khoản|vùng|tập|quyển|phụ lục|nhóm|độ|bước|đại hội|đại hội đảng|quân khu|quân đoàn|tiểu mục|bảng|phụ biểu"
    r"|biểu|học kỳ|tuyến|type|típ"
    r"|ngạch|hội nghị|kỳ họp|thế hệ|thời kỳ|chiến tranh thế giới|khu phố|tiểu khu|phường|trạm bơm|nhà máy|phương án"
)
_CAPITALS_BEFORE, _CAPITALS_AFTER = compiled(r"[A-ZĐÀ-Ỹ]{2,} $"), compiled(r" [A-ZĐÀ-Ỹ]{2,}")
_ROMAN = r"[IVXL]{1,8}"
_MORE = rf"(?:(?:, ?| và | hoặc | hay | đến | & | ?[-–—] ?){_ROMAN}(?![\w.][\w]|\w)){{0,5}}"


def _said(match: Match) -> Spoken:
    words = re.sub(_ROMAN, _one, match["list"])
    if match["w"].lower().endswith("thứ"):
        words = {"một": "nhất", "bốn": "tư"}.get(words, words)
    if re.search(r"[IVXL]", words):
        return None
    words = re.sub(r" ?[-–—] ?", " đến ", words).replace("&", "và")
    pause = "," if re.match(r" \d", tail(match)) else ""
    return f"{match['w']} {words}" + (f" {year(match['y'])}" if match["y"] else pause), True


def _one(match: Match) -> str:
    value = roman(match[0])
    return match[0] if value is None else number(value)


def _heading(match: Match) -> Spoken:
    value = roman(match["r"])
    return (number(value), True) if value else None


def _subheading(match: Match) -> Spoken:
    value = roman(match["r"])
    return (
        (" chấm ".join([number(value), *(number(int(one)) for one in match["n"].split("."))]), True) if value else None
    )


def _flood_level(match: Match) -> Spoken:
    value = roman(match["r"]) if match["r"].isalpha() else int(match["r"])
    pause = "," if re.match(r" \d", tail(match)) else ""
    return (f"báo động {number(value)}{pause}", True) if value else None


def _area_level(match: Match) -> Spoken:
    value = roman(match["r"])
    return (f"khu vực {number(value)}", True) if value else None


def _alone(match: Match) -> Spoken:
    """XIV and the like; VI, XI and II could be words or names in a line of capitals."""
    value = roman(match[0])
    if value is None or (match[0] in ("VI", "XI", "LI", "XL") and _capitals(match)):
        return None
    return number(value), False


def _capitals(match: Match) -> bool:
    return bool(_CAPITALS_BEFORE.search(head(match)) or _CAPITALS_AFTER.match(tail(match)))


COUNTED: tuple[Rule, ...] = (
    rule("flood_level", r"(?<!\w)BĐ ?(?P<r>I{1,3}|[123])(?!\w)", _flood_level),
    rule("flood_level", r"(?<!\w)[Bb]áo động (?P<r>[1-3])(?= \d)", _flood_level),
    rule("roman", r"(?<!\w)KV ?-?(?P<r>I{1,3})(?!\w)", _area_level),
    rule(
        "roman",
        rf"(?<!\w)(?P<w>(?i:{_COUNTED})) ?(?P<list>(?<= ){_ROMAN}(?![\w.]\w"
        rf"|\w){_MORE})(?: ?[/-] ?(?P<y>{YEAR}))?(?!\w)",
        _said,
    ),
    rule("roman", r"^(?P<r>[IVX]{1,6})(?=[.)/:](?: |[A-ZĐÀ-Ỹ]{2}))", _heading, re.MULTILINE),
    rule("roman", r"(?<![\w.-])(?P<r>[IVX]{1,6})\.(?P<n>\d{1,2}(?:\.\d{1,2}){0,2})(?!\w|[.,/-]\w)", _subheading),
)


def _levels(match: Match) -> Spoken:
    """ "cấp dự báo cháy IV-V"."""
    first, last = roman(match["a"]), roman(match["b"])
    if not first or not last or first >= last or not _LEVELS.search(head(match)):
        return None
    return f"{number(first)} đến {number(last)}", True


_LEVELS = re.compile(
    r"\b(cấp|loại|bậc|vùng|khu vực|quý|hạng|mức|nhóm|chương|phần|độ|giai đoạn|lớp)\b[^.;:]{0,30}$", re.IGNORECASE
)
ALONE: tuple[Rule, ...] = (
    rule("roman", r"(?<![\w.&/-])(?P<a>[IVX]{1,5}) ?[-–] ?(?P<b>[IVX]{1,5})(?![\w&]|[-/.]\w)", _levels),
    rule("roman", r"(?<![\w.&/-])[IVXL]{2,8}(?![\w&]|[-/.]\w)", _alone),
)
