"""Names made of letters and figures: classes, plates, pipes, power lines, strains, forms, house numbers.

Letters go by name, a number of up to three figures as a number, more digit by digit. Behind a word that is followed by
such names (lớp 9A1, mẫu CT01, van DN200) the reading is certain.
"""

import re

from loa.media.reading.numbers import count, digits, letters
from loa.media.reading.rules.base import START, Match, Rule, Spoken, head, joined, rule

NAMED = re.compile(
    r"\b(lớp|tổ|ngõ|ngách|hẻm|kiệt|số|số nhà|nhà|khu|phòng|lô|tuyến|đường|ki ốt|dãy|căn|tầng|thôn|bản|đội|xóm"
    r"|khối|ấp|cụm|mẫu|hạng|bằng"
    r"|loại|nhóm|vitamin|virus|vi rút|cúm|chủng|giống|lúa|ngô|tòa|toà|chung cư|block|cửa|làn|bến|van|ống|cống"
    r"|đường ống|phi|cột|trạm|lộ"
    r"|xuất tuyến|mã|ký hiệu|biển|kênh|đài|bậc|điểm|diện|sân|bảng|khóa|khoá|đợt|vòng|kỳ|tờ khai|phiếu|biểu|hộp"
    r"|thép|xi măng|mác|bê tông"
    r"|vắc xin|thuốc|máy|xe|mạng|thửa|hồ|kè|tàu|buýt|chuyến|nút|gpl[xX]|lái xe|quốc gia|hb|nghề|cấp|chuẩn|khung|bánh"
    r"|pin|công tơ|viêm gan|và|hoặc)"
    r"[ :,(]*$",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\d+|[^\W\d_]+")


def spelt(text: str, limit: int = 3) -> str:
    """Letters by name and figures as numbers, in the order in which they stand: "9A1" -> "chín a một"."""
    words = (_figures(part, limit) if part.isdecimal() else letters(part) for part in _PARTS.findall(text))
    return " ".join(word for word in words if word)


def _figures(part: str, limit: int) -> str:
    round_ = len(part) == 4 and part.endswith("000")  # VN-2000
    return count(part) if (len(part) <= limit or round_) and part[0] != "0" else digits(part)


def near_name(match: Match) -> bool:
    """Whether a word stands before it that such names follow."""
    return bool(NAMED.search(head(match)))


def _plate(match: Match) -> Spoken:
    series = " ".join(count(part) if part.isdecimal() else letters(part) for part in _PARTS.findall(match["series"]))
    figures = re.findall(r"\d+", match["n"])
    return f"{series}, {', '.join(map(digits, figures))}", True


def _class(match: Match) -> Spoken:
    """9A1, 6B; but 220V and 30L are amounts, and 5A where nothing is named so."""
    named = near_name(match)
    if re.fullmatch(r"\d+[VWLJAFT]", match[0]) and not (named and match[0][-1] in "ALFT") and match[0][0] != "0":
        return None
    return spelt(match[0]), named


def _code(match: Match) -> Spoken:
    if match["letters"] in ("TP", "TX", "TT", "Q", "P", "H", "X", "T"):
        return None
    figures = " phẩy ".join(map(spelt, match["n"].split(",")))
    return f"{letters(match['letters'])} {figures}", near_name(match) or match["letters"] in (
        "DN",
        "U",
        "VTV",
        "VOV",
        "H",
        "E",
        "F",
    )


def _pipe(match: Match) -> Spoken:
    return f"phi {count(match['n'])}", True


def _line(match: Match) -> Spoken:
    head_, _, rest = match[0].partition(".")
    found = re.fullmatch(r"(\d{3}) ?([A-Z])(\d{1,2})", head_)
    assert found is not None
    words = f"{digits(found[1])} {letters(found[2])} {count(found[3])}"
    return (f"{words} chấm {count(rest)}" if rest else words), True


def _strain(match: Match) -> Spoken:
    return joined(
        letters(match["a"] or ""), letters(match["h"]), count(match["hn"]), letters(match["n"]), count(match["nn"])
    ), True


def _particles(match: Match) -> Spoken:
    return f"pê em {count(match['a'])}" + (f" phẩy {count(match['b'])}" if match["b"] else ""), True


def _house(match: Match) -> Spoken:
    words = " trên ".join(spelt(part) for part in match["n"].split("/"))
    return f"{'số nhà' if match['w'] == 'SN' else match['w']} {words}", True


def _fertiliser(match: Match) -> Spoken:
    return "en pê ca " + ", ".join(count(part) for part in re.findall(r"\d+", match["n"])), True


def _generation(match: Match) -> Spoken:
    return f"{count(match['n'])} {letters(match['l'])}", True


def _letter(match: Match) -> Spoken:
    """A single capital consonant behind a word that asks for one: "loại B", "viêm gan C"."""
    return f"{match['w']} {letters(match['l'])}", True


def _mixed(match: Match) -> Spoken:
    """Whatever else is letters and figures in one: nothing is left to be guessed by a voice."""
    words = " ".join(
        spelt(part, 3) if any(map(str.isdecimal, part)) or _voiceless(part) else part for part in _pieces(match[0])
    )
    return words, False


def _pieces(text: str) -> list[str]:
    """Runs of figures and of letters; raised figures are neither."""
    return re.findall(r"\d+|[^\W\d_]+", "".join(one if one.isalpha() or one.isdecimal() else " " for one in text))


def _voiceless(part: str) -> bool:
    return part.isupper() or not re.search(r"[aeiouyăâêôơư]", part, re.IGNORECASE)


_PLATE = r"(?P<series>\d{2}[- ]?[A-ZĐ]{1,2}\d?)"


def _vessel(match: Match) -> Spoken:
    """A fishing vessel, "TH-91234-TS": province, number, tàu cá."""
    return f"{letters(match['l'].upper())} {digits(match['n'])} tê ét", True


def _line_number(match: Match) -> Spoken:
    return f"{match['w']} {digits(match['n'])}", True


def _concrete(match: Match) -> Spoken:
    return f"{'' if head(match).lower().endswith('mác ') else 'mác '}{count(match['n'])}", True


PLATES: tuple[Rule, ...] = (rule("plate", START + _PLATE + r"[- –]{1,3}(?P<n>\d{3}\.\d{2})(?!\w|[.,]\d)", _plate),)
# Shapes that nothing else has.
FIXED: tuple[Rule, ...] = (
    rule("plate", START + _PLATE + r"[- –]{1,3}(?P<n>\d{4,5})(?!\w|[.,]\d)", _plate),
    rule("vessel", START + r"(?P<l>[A-ZĐ][A-Za-z]{0,2})[- –]{0,3}(?P<n>\d{4,5})[- –]{0,3}TS(?!\w)", _vessel),
    rule("power_line", START + r"\d{3}(?:[A-Z]\d{1,2}(?:\.\d{1,3})?| [A-Z]\d{1,2}\.\d{1,3})(?!\w|[.,]\d)", _line),
    rule(
        "power_line",
        r"\b(?P<w>(?i:lộ|xuất tuyến|đường dây|lộ đường dây)) (?P<n>[34679]\d{2})(?!\w|[.,]\d|/)",
        _line_number,
    ),
    rule("class", r"(?i:(?<=bê tông )|(?<=mác )|(?<=xi măng )|(?<=bê tông, ))M ?(?P<n>[1-9]\d{1,2})(?!\w)", _concrete),
    rule("strain", r"(?<![\w])(?:(?P<a>[A-C])[/ (]?)?(?P<h>H)(?P<hn>\d{1,2})(?P<n>N)(?P<nn>\d{1,2})\)?(?!\w)", _strain),
    rule("particles", r"(?<!\w)PM ?(?P<a>\d{1,2})(?:[.,](?P<b>\d))?(?!\w)", _particles),
    rule("fertiliser", r"(?<!\w)NPK ?(?P<n>\d{1,2}[-–.:+]\d{1,2}[-–.:+]\d{1,2})(?:[-+–]\w{1,6})?(?!\w)", _fertiliser),
    rule("pipe", r"(?<!\w)(?:[ØøΦφ⌀Ф] ?|(?i:phi)(?: |(?=\d)))(?P<n>\d{1,4})(?!\w|[.,]\d)", _pipe),
    rule(
        "house",
        r"(?<!\w)(?P<w>(?i:số nhà|nhà số|ngõ|ngách|hẻm|kiệt|căn hộ"
        r"|số)|SN) (?P<n>\d{1,4}[A-Za-zĐđ]?(?:/\d{1,4}[A-Za-zĐđ]?){1,4})(?![\w/]|[.,]\d)",
        _house,
    ),
    rule(
        "generation",
        r"(?i:(?<=thông điệp )|(?<=khuyến cáo )|(?<=quy định )|(?<=biện pháp )"
        r"|(?<=thực hiện ))(?P<n>\d)(?P<l>K)(?!\w)",
        _generation,
    ),
    rule("generation", r"(?<!\w)(?P<n>[2-6])(?P<l>[GDS])(?!\w)", _generation),
    rule("class", START + r"\d{1,4}[A-ZĐ]\d{0,2}(?!\w|[.,]\d)", _class),
    rule("class", START + r"\d{1,3}[a-e](?!\w|[.,]\d)", lambda match: _class(match) if near_name(match) else None),
)

RULES: tuple[Rule, ...] = (
    rule(
        "code",
        r"(?<![\w/])(?P<letters>[A-ZĐ]{1,5})[-–.]?(?P<n>\d{1,5}[A-ZĐ]?(?:[-–.]\d{1,3}|,\d{1,2})?)(?!\w"
        r"|[/.,]\d)",
        _code,
    ),
    rule(
        "letter",
        r"(?<!\w)(?P<w>(?i:loại|nhóm|hạng|lớp|khu|điểm|vitamin|viêm gan|cúm|khối|tổ|mẫu|lô|dãy|phương án|bảng"
        r"|gói|viêm gan vi rút|nhà|tòa|toà|vắc xin|cửa|thôn|ban|mức|mục|cấp|đội|kho|phòng|mặt|đề|câu"
        r"|phần)) (?P<l>[BCDĐGHKLMNPQRSTVX])(?!\w|[.&/]\w|\.\w)",
        _letter,
    ),
)
# The last rule of all, for what has letters and figures in one word.
MIXED = rule("code", r"(?<!\w)(?=[^\W_]{0,39}\d)(?=[^\W_]{0,39}[^\W\d_])[^\W_]{2,40}(?!\w)", _mixed)
