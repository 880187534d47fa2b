"""Plain numbers, amounts with units, money, spans of them, fractions of times and scores.

Thousands are parted by points (or three and more groups by commas), decimals by a comma. A point with one or two digits
behind it is a decimal of a pocket calculator.
"""

import re

from loa.media.reading.capitals import compiled
from loa.media.reading.numbers import count, decimals, digits, number
from loa.media.reading.rules.base import DASH, START, Match, Rule, Spoken, head, joined, rule, tail
from loa.media.reading.rules.units import PER, UNITS, WITH_UNIT, per

NUMBER = (
    r"(?:\d{1,3}(?:\.\d{3}){1,5}(?:,\d{1,9})?(?![\d])|\d{1,3}(?:,\d{3}){2,5}(?:\.\d{1,9})?(?!\d)"
    r"|\d{1,18}(?:,\d{1,9})?(?!\d)"
    r"|\d{1,12}\.\d{1,9}(?!\d))"
)
# A number ends here: no letter but the x of "5x10", no further part of a number.
_STOP = r"(?!(?![x×]\d)[\w²³]|[.,]\d|[.,:/]\d)"
MAGNITUDE = r"(?:nghìn tỷ|nghìn tỉ|ngàn tỷ|trăm tỷ|chục triệu|trăm triệu|nghìn|ngàn|triệu|tỷ|tỉ|trăm|chục|vạn)(?!\w)"
MONEY = {
    "đồng": "đồng", "đ": "đồng", "Đ": "đồng", "₫": "đồng", "VNĐ": "đồng", "VND": "đồng", "vnđ": "đồng",
    "vnd": "đồng", "Vnđ": "đồng",
    "VNd": "đồng", "Vnd": "đồng", "đ.": "đồng", "USD": "đô la Mỹ", "usd": "đô la Mỹ", "US$": "đô la Mỹ",
    "$": "đô la", "EUR": "ơ rô",
    "€": "ơ rô", "Euro": "ơ rô", "euro": "ơ rô", "JPY": "yên Nhật", "¥": "yên", "CNY": "nhân dân tệ",
    "NDT": "nhân dân tệ",
    "KRW": "uôn", "£": "bảng Anh", "GBP": "bảng Anh",
}  # fmt: skip
_MONEY = (
    r"(?:"
    + "|".join(re.escape(one) for one in sorted(MONEY, key=len, reverse=True) if one != "đ.")
    + r")(?!\w|/[cC](?!\w))"
)
_SCORE = re.compile(
    r"\b(tỷ số|tỉ số|(?<!chiến )(?<!thuận )(?<!đại )thắng|thua|(?<!cộng )(?<!khánh )hòa(?! (?:bình|giải|mạng))"
    r"|(?<!khánh )hoà(?! (?:bình|giải))"
    r"|(?<!hướng )(?<!chỉ )(?<!dịch )dẫn(?: trước)?|chung cuộc|(?<!liên )hiệp(?! (?:hội|phụ|thanh|định|hòa))"
    r"|bóng đá|bóng chuyền"
    r"|(?<!mặt )trận|séc|set|ván)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?i:đề án|thông tư|nghị định|nghị quyết|quyết định|chỉ thị|quy định|kế hoạch|tổ công tác|tiểu đề án|văn bản"
    r"|công văn|hướng dẫn|kết luận) $|\b(?:QĐ|NQ|NĐ|CT|ĐA) $"
    r"|\b(số|mã|cụm|loa|đuôi|mẫu|lô|hiệu|Số|Mã|Cụm|Mẫu|Lô|SỐ|MÃ|tuyến|kênh)[: ]*$"
)
_PERSON = compiled(
    r"\b(bệnh nhân|trẻ|trẻ em|dân|lao động|phụ nữ|ông|bà|anh|chị|cháu|nam|nữ|em|cụ|bé|tuổi|thọ|người"
    r"|[A-ZĐÀ-Ỹ]\w+)[ ,(:]*"
    r"((?:từ|khoảng|chừng|gần|hơn|độ|dưới|trên|đủ|tầm|đến) )?$"
)
_ENGINE = re.compile(
    r"\b(công suất|máy|tàu|thuyền|ghe|xuồng|động cơ|đò|xe|từ|đến|dưới|trên)\b[^.;]{0,30}$", re.IGNORECASE
)
_PAID = re.compile(r"\d ?(?:đồng|đ|k|K|tr|nghìn|ngàn|triệu|tỷ)$")
_HEIGHT = re.compile(r"\b(cao|dáng|người|dâng|sâu|ngập|ngập sâu|rút|hạ)( \w+)? ?:? ?$", re.IGNORECASE)
_MINUS_BEFORE = re.compile(
    r"\b(từ|xuống|còn|dưới|đến|tới|âm|mức|nhiệt độ|là|khoảng|ở|và|hoặc|trên|lạnh)[ :(]*$", re.IGNORECASE
)


def spoken_number(written: str, *, before: str = "", unit: bool = False) -> tuple[str, bool]:
    """Words for a number as it is written, and whether it can only be meant so."""
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?", written) and not written.startswith("0."):
        whole, _, rest = written.replace(".", "").partition(",")
        return _with_decimals(whole, rest), True
    if re.fullmatch(r"\d{1,3}(,\d{3}){2,}(\.\d+)?", written):
        whole, _, rest = written.replace(",", "").partition(".")
        return _with_decimals(whole, rest), True
    whole, mark, rest = written.partition("," if "," in written else ".")
    if not mark:
        return _plain(whole, before)
    if mark == "," and len(rest) == 3 and rest.endswith("0") and whole != "0" and not unit:
        return count(whole + rest), False
    return _with_decimals(whole, rest), mark == "," or unit


def _with_decimals(whole: str, rest: str) -> str:
    return f"{count(whole)} phẩy {decimals(rest)}" if rest.strip("0") else count(whole)


def _plain(figures: str, before: str) -> tuple[str, bool]:
    """ "05 hộ" has a nought that keeps forgers away; "cụm loa số 07" is a name and keeps it."""
    if figures[0] != "0" or len(figures) == 1:
        return count(figures), True
    if _NAMED.search(before) or len(figures) > 2:
        return digits(figures), len(figures) <= 3
    return count(figures), True


def _amount(match: Match) -> Spoken:
    unit = (match["u"] or "").strip()
    measured = bool(unit) or bool(re.match(f" {MAGNITUDE}", tail(match)))
    words, sure = spoken_number(match["a"], before=head(match), unit=measured)
    sign = _sign(match, unit)
    if sign is None:
        return None
    rate = per(match["per"] or "")
    if UNITS.get(unit) == "phút" and re.search(r"(lần|chuyến|lượt)$", rate):
        rate = rate.replace("mỗi", "một")  # a bus every ten minutes
    return joined(sign, words, UNITS.get(unit, unit), rate), sure


def _sign(match: Match, unit: str) -> str | None:
    """A minus only where there can be one: not the dash of a list; None if the sign is something else."""
    if not match["sign"]:
        return ""
    if match["sign"] == "+":
        return "cộng"
    return "âm" if unit.startswith(("°", "o", "0C", "℃")) or _MINUS_BEFORE.search(head(match)) else None


def _span(match: Match) -> Spoken:
    unit, first_unit = (match["u"] or "").strip(), (match["ua"] or "").strip()
    first, sure = spoken_number(match["a"], before=head(match), unit=bool(unit))
    last, also = spoken_number(match["b"], unit=bool(unit))
    from_, to = _value(match["a"]), _value(match["b"])
    if not unit and not match["ua"] and (from_ >= to or _SCORE.search(head(match, 80))):
        return f"{first} {last}", bool(_SCORE.search(head(match, 80)))
    if first_unit and unit and _kind(first_unit) != _kind(unit):  # 220V-50Hz says two things
        return f"{first} {UNITS[first_unit]}, {last} {UNITS[unit]}{_each(match)}", sure and also
    minus = "âm " if match["sign"] and unit.startswith(("°", "o")) else ""
    words = joined(minus + first, UNITS.get(first_unit, first_unit), "đến", last, UNITS.get(unit, unit))
    return joined(words, per(match["per"] or "")), sure and also and (
        from_ <= to or bool(minus) or first_unit not in ("", unit)
    )


def _each(match: Match) -> str:
    return f" {per(match['per'])}" if match["per"] else ""


def _kind(unit: str) -> str:
    """What it measures, by its words: ki lô gam and gam are one kind."""
    return UNITS[unit].removeprefix("ki lô ").removeprefix("mi li ").removeprefix("xăng ti ").removeprefix("mê ga ")


def _value(written: str) -> float:
    plain = written.replace(".", "") if re.search(r"\.\d{3}", written) else written
    return float(re.sub(r"[^\d.]", "", plain.replace(",", ".", 1)).rstrip(".") or 0) if plain.count(",") < 2 else 0.0


def _money(match: Match) -> Spoken:
    words, _ = spoken_number(match["a"], unit=True)
    if match["m"] in ("đ", "Đ") and re.fullmatch(r"\d{1,3},\d{1,2}", match["a"]) and not match["mag"]:
        return joined(words, "điểm"), False
    magnitude = match["mag"] or ""
    return joined(words, magnitude, MONEY[match["m"]], per(match["per"] or "")), True


def _money_span(match: Match) -> Spoken:
    first, _ = spoken_number(match["a"], unit=True)
    last, _ = spoken_number(match["b"], unit=True)
    named = MONEY[match["ma"]] if match["ma"] else ""
    words = joined(first, match["maga"] or "", named, "đến", last, match["mag"] or "", MONEY[match["m"]])
    return joined(words, per(match["per"] or "")), True


def _sign_first(match: Match) -> Spoken:
    words, _ = spoken_number(match["a"], unit=True)
    return joined(words, match["mag"] or "", MONEY[match["m"]]), True


def _short_money(match: Match) -> Spoken:
    """500k, 2tr5, 1 tỷ 2, 2tr350."""
    words, _ = spoken_number(match["a"], unit=True)
    scale = {"k": "nghìn", "K": "nghìn", "tr": "triệu", "Tr": "triệu", "TR": "triệu", "tỉ": "tỷ"}.get(
        match["s"], match["s"]
    )
    below = {"triệu": "nghìn", "tỷ": "triệu", "nghìn": ""}[scale]
    rest = match["rest"] or ""
    value = int(rest if match.groupdict().get("k") else rest.ljust(3, "0")) if rest else 0
    tail_words = f"{number(value)} {below}".strip() if value else ""
    money = "đồng" if match["d"] else ""
    return joined(words, scale, tail_words, money, per(match["per"] or "")), match["s"] not in "kK" or int(
        re.split("[.,]", match["a"])[0]
    ) >= 5


def _short_span(match: Match) -> Spoken:
    """100-150k, 1tr-1,5tr, 500k-1tr."""
    scale = "nghìn" if match["s"] in "kK" else "triệu"
    own = ("nghìn" if match["sa"] in "kK" else "triệu") if match["sa"] else ""
    first, last = (spoken_number(match[name], unit=True)[0] for name in ("a", "b"))
    words = joined(first, own, "đến", last, scale, "đồng" if match["d"] else "")
    return joined(words, per(match["per"] or "")), True


def _age(match: Match) -> Spoken:
    """ "65t" is an age among people, a weight elsewhere."""
    people = _PERSON.search(head(match))
    last = f" đến {count(match['last'])}" if match["last"] else ""
    return f"{count(match['n'])}{last} {'tuổi' if people else 'tấn'}", bool(people)


def _times(match: Match) -> Spoken:
    return " nhân ".join(_one_amount(part.strip()) for part in re.split(r"[x×*]", match[0])), True


def _one_amount(written: str) -> str:
    figures = re.match(rf"{NUMBER}(?![.,]\d)", written)
    assert figures is not None
    unit = written[figures.end() :].strip()
    return joined(spoken_number(figures[0], unit=bool(unit))[0], UNITS.get(unit, unit))


def _score(match: Match) -> Spoken:
    near = _SCORE.search(head(match, 80))
    return (f"{count(match['a'])} {count(match['b'])}", True) if near else None


def _ratio(match: Match) -> Spoken:
    return f"{count(match['a'])} trên {count(match['b'])}", bool(_mixing(match))


def _ratio_of_three(match: Match) -> Spoken:
    return ", ".join(map(count, match[0].split(":"))), bool(_mixing(match))


def _of_thousands(match: Match) -> Spoken:
    above, below = match["a"] or match["a2"], match["b"] or match["b2"]
    return f"{spoken_number(above)[0]} trên {spoken_number(below)[0]}", True


def _mixing(match: Match) -> Match | None:
    return re.search(r"(tỷ lệ|tỉ lệ|pha|trộn)\b[^.;]{0,30}$", head(match), re.IGNORECASE)


def _grouped(match: Match) -> Spoken:
    money = match.groupdict().get("m")
    return joined(count(match["a"].replace(" ", "")), MONEY[money] if money else ""), True


def _row(match: Match) -> Spoken:
    return ", ".join(map(count, match[0].split(","))), True


def _metres(match: Match) -> Spoken:
    """1m65, 2kg5."""
    unit = UNITS[match["u"] or match["u2"]]
    return f"{count(match['a'])} {unit} {count(match['b'] or match['b2'])}", True


def _insects(match: Match) -> Spoken:
    """ "1.500c/m2": c are insects, con."""
    last = f" đến {spoken_number(match['b'])[0]}" if match["b"] else ""
    return f"{spoken_number(match['a'])[0]}{last} con {per('/' + match['u'])}", True


def _span_of_words(match: Match) -> Spoken:
    """10 triệu - 15 triệu."""
    first, last = (spoken_number(match[name], unit=True)[0] for name in ("a", "b"))
    return f"{first} {match['w']} đến {last} {match['w']}", True


_PLAYED = re.compile(r"\b(thi đấu|gặp|đội|bảng|vòng|trận|kết|lượt|giải)\b", re.IGNORECASE)


def _named_span(match: Match) -> Spoken:
    """ "thôn 1 - thôn 4"; a match between two teams is a pause."""
    if int(match["a"]) >= int(match["b"]) or _PLAYED.search(head(match, 80)) or re.match(r" ?\(?\d", tail(match)):
        return None
    return f"{match['w']} {count(match['a'])} đến {match['v']} {count(match['b'])}", True


def _with_unit(match: Match) -> Spoken:
    """380/220V."""
    words = " trên ".join(spoken_number(match[name])[0] for name in ("a", "b"))
    return joined(words, UNITS[match["u"].strip()]), True


_PER = rf"(?P<per>{PER}{{1,3}})?"

RULES: tuple[Rule, ...] = (
    rule(
        "per",
        r"(?<=[^\W\d_])/(?P<n>\d{1,3}) (?=(?:ngày|tháng|tuần|năm|phút|giây|buổi)(?!\w))",
        lambda match: (f" {'' if _PAID.search(head(match, 12)) else 'trong '}{count(match['n'])} ", True),
    ),
    rule(
        "unit",
        START + rf"(?P<a>{NUMBER})(?:{DASH}(?P<b>{NUMBER}))? ?c/(?P<u>m2|m²|lá|cây|khóm|dảnh|bông)(?!\w)",
        _insects,
    ),
    rule(
        "number",
        START + rf"(?P<a>[1-9]\d{{0,2}}(?: \d{{3}}){{2,5}})(?! ?\d"
        rf"|[.,]\d)(?: ?(?P<m>{_MONEY}))?(?!\w)",
        _grouped,
    ),
    rule("number", START + rf"(?P<a>[1-9]\d{{0,2}} \d{{3}}) ?(?P<m>{_MONEY})", _grouped),
    rule("number", START + r"\d{1,2}(?:,\d{1,2}){2,9}(?!\w|[.,]\d)", _row),
    rule(
        "money",
        START + rf"(?P<a>\d{{1,4}}(?:[.,]\d{{1,3}})?) ?(?P<sa>tr|Tr|TR|k"
        rf"|K)?{DASH}(?P<b>\d{{1,4}}(?:[.,]\d{{1,3}})?) ?(?P<s>tr|Tr|TR|k|K)(?: ?(?P<d>đồng|đ)(?!\w))?(?!\w){_PER}",
        _short_span,
    ),
    rule(
        "money",
        START + rf"(?P<a>\d{{1,3}}(?:[.,]\d{{1,3}})?) ?(?P<s>tr|Tr|TR|triệu|tỷ|tỉ)(?P<rest>\d{{1,3}})(?P<k>[kK])?"
        rf"(?: ?(?P<d>đồng|đ)(?!\w))?(?!\w){_PER}",
        _short_money,
    ),
    rule(
        "money",
        START
        + rf"(?P<a>\d{{1,3}}(?:[.,]\d{{1,3}})*) ?(?P<s>tr|Tr|TR)(?P<rest>)(?: ?(?P<d>đồng|đ)(?!\w))?(?!\w|\.\w){_PER}",
        _short_money,
    ),
    rule(
        "money", START + rf"(?P<a>\d{{1,4}}(?:[.,]\d{{1,3}})?)(?P<s>[kK])(?P<rest>\d?)(?P<d>)(?!\w){_PER}", _short_money
    ),
    rule(
        "money",
        START + rf"(?P<a>{NUMBER})(?: ?(?P<maga>{MAGNITUDE}))?(?: ?(?P<ma>{_MONEY}))?"
        rf"{DASH}(?P<b>{NUMBER})(?: ?(?P<mag>{MAGNITUDE}))? ?(?P<m>{_MONEY}){_PER}",
        _money_span,
    ),
    rule("money", START + rf"(?P<a>{NUMBER})(?:,-)?(?: ?(?P<mag>{MAGNITUDE}))? ?(?P<m>{_MONEY}){_PER}", _money),
    rule("money", rf"(?<![\w.,])(?P<m>US\$|\$|€|£|¥) ?(?P<a>{NUMBER})(?: ?(?P<mag>{MAGNITUDE}))?", _sign_first),
    rule(
        "number",
        START + r"(?P<a>[1-9]\d{0,2} \d{3})(?= ?(?:đồng|người|hộ|ha|m2|m3|m²|m³|lượt|nhân khẩu|con"
        r"|cây|kg|km|tấn|tạ|lít|suất|m|học sinh|kWh|liều|đ)(?!\w))",
        _grouped,
    ),
    rule(
        "ratio",
        START + r"1 ?[/:] ?(?P<n>\d{1,3}(?:\.000){1,2})(?!\w|[.,:/]\d)",
        lambda match: (f"một trên {count(match['n'].replace('.', ''))}", True),
    ),
    rule("ratio", START + r"(?P<a>\d{1,3})(?::\d{1,3}){2,3}(?!\w|[.,:/]\d)", _ratio_of_three),
    rule(
        "ratio",
        START + r"(?P<a>\d{1,3}):(?P<b>\d{1,6})(?!\w"
        r"|[.,:/]\d)",
        lambda match: _score(match) or _ratio(match),
    ),
    rule(
        "fraction",
        rf"(?<![\w/.,])(?P<a>\d{{1,4}}(?:,\d{{1,2}})?)/(?P<b>\d{{1,4}}(?:,\d{{1,2}})?)(?P<u>{WITH_UNIT})",
        _with_unit,
    ),
    rule(
        "fraction",
        START + rf"(?:(?P<a>\d{{1,3}}(?:\.\d{{3}}){{1,3}}|\d{{1,4}},\d{{1,3}}) ?/ ?(?P<b>{NUMBER})"
        rf"|(?P<a2>{NUMBER}) ?/ ?(?P<b2>\d{{1,3}}(?:\.\d{{3}}){{1,3}}|\d{{1,4}},\d{{1,3}}))(?!\w|[.,/]\d)",
        _of_thousands,
    ),
    rule(
        "number",
        START + r"(?P<a>[1-9])\.0(?!\w|[.,/]\d| ?[%°])",
        lambda match: (f"{count(match['a'])} chấm không", True),
    ),
    rule("number", START + r"(?P<a>[1-5]) ?\*(?![\w*#(])(?! ?\d)", lambda match: (f"{count(match['a'])} sao", True)),
    rule("times", START + rf"{NUMBER}{WITH_UNIT}?(?: ?[x×*] ?{NUMBER}{WITH_UNIT}?){{1,3}}(?!\w|[.,]\d)", _times),
    rule(
        "range",
        START + rf"(?P<sign>(?<![\w)])[-–])?(?P<a>{NUMBER})(?P<ua>{WITH_UNIT})?(?:{DASH}|÷"
        rf"| ÷ )(?P<b>{NUMBER})(?:(?P<u>{WITH_UNIT})|{_STOP}){_PER}",
        _span,
    ),
    rule("number", START + r"(?P<n>\d{1,3})(?:[-–](?P<last>\d{1,3}))?t(?!\w)", _age),
    rule(
        "unit",
        START + r"(?P<a>\d{1,4}(?:[.,]\d)?) ?CV(?!\w)",
        lambda match: (f"{spoken_number(match['a'])[0]} mã lực", True) if _ENGINE.search(head(match)) else None,
    ),
    rule(
        "number",
        START + r"(?P<a>[12])(?P<u>m)(?P<b>[23])(?P<u2>)(?P<b2>)(?!\w|[.,]\d)",
        lambda match: _metres(match) if _HEIGHT.search(head(match)) else None,
    ),
    rule("number", START + r"(?P<a>\d{1,3})(?:(?P<u>m)(?P<b>[014-9]|\d\d)|(?P<u2>kg)(?P<b2>\d))(?!\w|[.,]\d)", _metres),
    rule(
        "range",
        START + rf"(?P<a>{NUMBER}) (?P<w>[^\W\d_]{{1,8}}(?: [^\W\d_]{{1,8}})?){DASH}(?P<b>{NUMBER}) (?P=w)(?!\w)",
        _span_of_words,
    ),
    rule(
        "range",
        r"(?<!\w)(?P<w>(?i:thôn|tổ|khu|lớp|khối|đội|bản|xóm|ấp|tầng|điều|cột|trang|phòng|tuần|tiết|câu|bậc|nhóm"
        r"|đợt)) (?P<a>\d{1,3})"
        r" ?[-–—] ?(?P<v>(?i:(?P=w))) (?P<b>\d{1,3})(?!\w|[.,/]\d)",
        _named_span,
    ),
    rule("number", rf"(?<=[^\W\d_]/)(?P<sign>)(?P<a>{NUMBER})(?P<u>{WITH_UNIT})?{_STOP}(?P<per>)", _amount),
    rule("number", START + rf"(?P<sign>(?<![\w)%°])[-–+])?(?P<a>{NUMBER})(?P<u>{WITH_UNIT}){_PER}", _amount),
    rule("number", START + rf"(?P<sign>(?<![\w)%°])[-–+])(?P<a>{NUMBER})(?P<u>){_STOP}{_PER}", _amount),
    rule("number", START + rf"(?P<sign>)(?P<a>{NUMBER})(?P<u>){_STOP}{_PER}", _amount),
)
