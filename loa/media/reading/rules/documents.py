"""Numbers of documents: 27/2026/QĐ-UBND is its number, its year, then what and whose it is.

The kinds and issuers stand in words/documents.yaml; an unknown part is read letter by letter and marked.
"""

import re

from loa.media.reading.lexicon import national
from loa.media.reading.numbers import count, digits, letters
from loa.media.reading.rules.base import START, YEAR, Match, Rule, Spoken, head, joined, rule, tail, year

_KINDS = "NQ|CT|KL|QĐ|QĐi|HD|TB|KH|QC|BC|TTr|CTr|CTrHĐ|ĐA|QyĐ|TT|CV|GM|CĐ|TTHĐ|ĐH|NQLT|HDLT|KHLT|PA|BB|GT|HĐ|TM"
_PART = r"[A-ZĐƯ][A-Za-zĐđƯư0-9&]{0,11}"
_PARTS = rf"(?=[A-ZĐƯ][a-zđ]?[A-ZĐƯ0-9]){_PART}(?:[-–./]{_PART}){{0,4}}"
_LEGISLATURE = re.compile(r"QH(\d{1,2})")
_MEANT = re.compile(
    r"\b(nghị định|quyết định|thông tư|nghị quyết|luật|chỉ thị|kế hoạch|công văn|văn bản|thông báo|hướng dẫn"
    r"|quy định|pháp lệnh|công điện"
    r"|tờ trình|báo cáo|nđ|qđ|vb|nq|tt|ct|kh|tb|cv|ttlt|kết luận|lệnh|hợp đồng|giấy phép|giấy mời|thông tư liên tịch"
    r"|đề án|chương trình|phương án|quy chế|số)(?: số|(?<=luật)(?: \w{1,9}){1,7} số)?:? $",
    re.IGNORECASE,
)
_OF_WHOM = re.compile(
    r"[^.;,]{0,60}? (?:của|do) (?:UBND|Ủy ban|Uỷ ban|HĐND|Hội đồng|Chính phủ|Thủ tướng|TTg|Bộ|Sở|BCĐ|Ban|BCH|BTV"
    r"|Đảng|Huyện ủy"
    r"|Tỉnh ủy|Tỉnh uỷ|Thành ủy|Chủ tịch|Quốc hội|Mặt trận|MTTQ|UBMTTQ|Trung ương|TW|Công an|Phòng|Văn phòng"
    r"|Thường trực|Liên)\b"
)
_ISSUES = re.compile(
    r"\b(?:ban hành|thông qua|ký|phê duyệt|công bố|thực hiện)(?: ban hành)?(?: \w{1,6}){0,2} $", re.IGNORECASE
)
_FORM = re.compile(r"\b(mẫu|biểu|tờ khai|phiếu|đơn)\b[^.;]{0,30}$", re.IGNORECASE)
SHORT = {
    "VB": "văn bản",
    "NĐ": "nghị định", "QĐ": "quyết định", "NQ": "nghị quyết", "TT": "thông tư", "CT": "chỉ thị", "KH": "kế hoạch",
    "TB": "thông báo",
    "TTR": "tờ trình", "BC": "báo cáo", "GM": "giấy mời", "PA": "phương án", "ĐA": "đề án",
    "TTLT": "thông tư liên tịch", "CV": "công văn", "KL": "kết luận", "HD": "hướng dẫn", "CĐ": "công điện",
}  # fmt: skip
_ALL_KINDS = frozenset(_KINDS.split("|")) | SHORT.keys() | {"VBHN", "L", "PL", "GP", "GPXD", "GGT", "TC", "DA", "QĐi"}
_SHORT_NAMES = {
    "Ủy ban nhân dân": ("UBND",), "Hội đồng nhân dân": ("HĐND",), "Thủ tướng": ("TTg",), "Đảng ủy": ("Đảng uỷ",),
    "Mặt trận Tổ quốc": ("MTTQ",),
}  # fmt: skip
_STANDARDS = {
    "TCVN": "tiêu chuẩn Việt Nam", "QCVN": "quy chuẩn Việt Nam", "TCCS": "tiêu chuẩn cơ sở", "TCN": "tiêu chuẩn ngành",
    "TCXDVN": "tiêu chuẩn xây dựng Việt Nam", "QCĐP": "quy chuẩn địa phương",
}  # fmt: skip


def _part(part: str) -> tuple[str, bool]:
    known = national().documents
    if part in known:
        return known[part], True
    house = _LEGISLATURE.fullmatch(part)
    if house:
        return f"Quốc hội khóa {count(house[1])}", True
    entry = national().entries.get(part)
    if entry and part.isupper():
        return entry.spoken, entry.sure
    if part.islower() or (part.isalpha() and not part.isupper() and re.search(r"[aeiouăâêôơư]", part)):
        return part, False
    if part.isdecimal():
        return count(part), True
    return joined(letters(part), digits(part)), False


def parts(written: str) -> tuple[str, str, bool]:
    """ "QĐ-UBND" -> "quyết định", "Ủy ban nhân dân", and whether every part is known.

    Behind an office the department that wrote it ("UBND-VX") says nothing to a listener and is left out.
    """
    found = [_part(part) for part in re.split(r"[-–./]", written) if part]
    kind = found.pop(0) if written.split("-")[0].split("/")[0] in _ALL_KINDS else ("", True)
    offices = [one for one in found if one[0][:1].isupper()] or found
    return kind[0], ", ".join(words for words, _ in offices), all(sure for _, sure in (kind, *offices))


def _number(match: Match) -> str:
    """The nought of a name is said: số 05."""
    figures = match["n"].replace(".", "")
    return digits(figures) if figures[0] == "0" else count(figures)


def _document(match: Match) -> Spoken:
    if _FORM.search(head(match)) and not match.groupdict().get("y") and (match["n"][0] == "0" or match["tail"]):
        return joined(digits(match["n"]), letters(match["tail"]), letters(match["kind"])), True
    in_year = f" {year(match['y'])}" if match["y"] else ""
    kind, office, sure = parts(match["kind"])
    return f"{joined(_number(match), letters(match['tail']))}{in_year}{_whose(match, kind, office)}", sure


def _party(match: Match) -> Spoken:
    kind, office, sure = parts(f"{match['kind']}-{match['by']}")
    return f"{_number(match)}{_whose(match, kind, office)}", sure


def _whose(match: Match, kind: str, office: str) -> str:
    """Kind and office as far as the sentence has not said them: "Quyết định số 27/QĐ-UBND của UBND tỉnh"."""
    before = head(match, 100)
    named = _MEANT.search(before)
    word = named[1] if named else ""
    if named is None or (kind and kind not in (word.lower(), SHORT.get(word.upper()), SHORT.get(word))):
        return f", {joined(kind, 'của' if kind and office else '', office)}" if kind or office else ""
    told = bool(_OF_WHOM.match(tail(match, 100))) or _issued(before[: named.start()], office)
    return f" của {office}" if office and not told else ""


def _issued(before: str, office: str) -> bool:
    """ "UBND xã ban hành Kế hoạch số 12/KH-UBND" says already whose it is."""
    verb = _ISSUES.search(before)
    return verb is not None and any(name in before[: verb.start()] for name in (office, *_SHORT_NAMES.get(office, ())))


def _named(match: Match) -> Spoken:
    """A number and its year alone, 154/2025, where a word before says that it is a document."""
    if not _MEANT.search(head(match)):
        return None
    return f"{_number(match)} {year(match['y'])}", True


def _short(match: Match) -> Spoken:
    return f"{SHORT[match['kind']]} {match['so'] or ''}{_number(match)} {year(match['y'])}", True


def _standard(match: Match) -> Spoken:
    kind = _STANDARDS[match["kind"]]
    figures = " ".join(digits(one) if one.isdecimal() else "" for one in re.split(r"[-–]", match["n"]))
    in_year = f" {year(match['y'])}" if match["y"] else ""
    by = f" của {parts(match['by'])[1]}" if match["by"] else ""
    return f"{kind} {' '.join(figures.split())}{in_year}{by}", True


def _iso(match: Match) -> Spoken:
    in_year = f" {year(match['y'])}" if match["y"] else ""
    return f"i sô {count(match['n'])}{in_year}", True


def _clause(match: Match) -> Spoken:
    """điểm b khoản 2 Điều 5: a single letter by its name."""
    return f"{match['w']} {letters(match['l'])}", True


_Y = rf"(?:/(?P<y>{YEAR}))?"

RULES: tuple[Rule, ...] = (
    rule(
        "document",
        START + rf"(?P<n>\d{{1,2}}\.\d{{3}}|\d{{1,5}})(?P<tail>[a-jl-zA-JL-Z]?){_Y} ?/ ?(?P<kind>{_PARTS})(?!\w)",
        _document,
    ),
    rule("document", START + rf"(?P<n>\d{{1,5}})[-–](?P<kind>{_KINDS})(?P<y>)[/-](?P<by>{_PARTS})(?!\w)", _party),
    rule(
        "document",
        r"(?<!\w)(?P<kind>TCVN|QCVN|TCCS|TCXDVN|TCN"
        r"|QCĐP)(?: số)? ?(?P<n>\d{1,5}(?:[-–]\d{1,3}){0,2})(?::(?P<y>\d{4}))?(?:/(?P<by>[A-ZĐ]{2,8}))?(?!\w)",
        _standard,
    ),
    rule("document", r"(?<!\w)ISO ?(?:/IEC ?)?(?P<n>\d{4,5})(?:-\d)?(?::(?P<y>\d{4}))?(?!\w)", _iso),
    rule(
        "document",
        rf"(?<![\w/-])(?P<kind>{'|'.join(SHORT)}) (?P<so>số )?(?P<n>\d{{1,4}})/(?P<y>{YEAR})(?![\w/]|[.,]\d)",
        _short,
    ),
    rule("document", START + rf"(?P<n>\d{{1,4}})/(?P<y>{YEAR})(?![\w/]|[.,]\d|-\w)", _named),
    rule(
        "clause", r"(?<!\w)(?P<w>[Đđ]iểm|[Tt]iết) (?P<l>[a-zđ])(?=[,;.)]| khoản| Khoản| mục| Mục| và| điểm|$)", _clause
    ),
)
