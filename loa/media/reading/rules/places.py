"""Short forms before the names of places and people: P.5, Q. Hai Bà Trưng, X. Quy Mông, TT. Mậu A, KP3, BS.CKII."""

import re

from loa.media.reading.capitals import compiled
from loa.media.reading.lexicon import national
from loa.media.reading.numbers import count, letters, roman
from loa.media.reading.rules.base import Match, Rule, Spoken, head, joined, rule, tail

_UNITS = {
    "P": "phường", "Q": "quận", "H": "huyện", "X": "xã", "T": "tỉnh", "TP": "thành phố", "Tp": "thành phố",
    "tp": "thành phố", "TX": "thị xã",
    "Tx": "thị xã", "TT": "thị trấn", "Tt": "thị trấn", "KP": "khu phố", "kp": "khu phố", "TDP": "tổ dân phố",
    "Đ": "đường", "KDC": "khu dân cư",
    "KĐT": "khu đô thị", "KCN": "khu công nghiệp", "CCN": "cụm công nghiệp", "BCHQS": "ban chỉ huy quân sự",
}  # fmt: skip
_DEGREES = {
    "GS": "giáo sư", "PGS": "phó giáo sư", "TS": "tiến sĩ", "ThS": "thạc sĩ", "Ths": "thạc sĩ", "ThS.": "thạc sĩ",
    "BS": "bác sĩ", "Bs": "bác sĩ",
    "DS": "dược sĩ", "Ds": "dược sĩ", "KS": "kỹ sư", "Ks": "kỹ sư", "KTS": "kiến trúc sư", "CN": "cử nhân",
    "LS": "luật sư", "NSƯT": "nghệ sĩ ưu tú",
    "NSND": "nghệ sĩ nhân dân", "BSCK": "bác sĩ chuyên khoa", "BS.CK": "bác sĩ chuyên khoa",
    "TSKH": "tiến sĩ khoa học", "ĐD": "điều dưỡng",
    "YS": "y sĩ", "NGƯT": "nhà giáo ưu tú", "NGND": "nhà giáo nhân dân", "TTƯT": "thầy thuốc ưu tú",
    "TTND": "thầy thuốc nhân dân", "GV": "giáo viên",
}  # fmt: skip


def _numbered(match: Match) -> Spoken:
    unit = _UNITS[match["w"].upper().replace("TĐP", "TDP")]
    said = "" if head(match).lower().endswith(f"{unit} ") else f"{unit} "
    return joined(f"{said}{match['so'] or ''}{count(match['n'])}", letters(match["l"])), True


def _room(match: Match) -> Spoken:
    """P.204 is a room; on a road sign it is the letter."""
    sign = re.search(r"\b(biển|biển báo|cấm|hiệu)( số)? $", head(match), re.IGNORECASE)
    return f"{letters('P') if sign else 'phòng'} {count(match['n'])}", True


def _of_names(match: Match) -> Spoken:
    unit = _UNITS[match["w"]]
    before = head(match).lower()
    if len(match["w"]) == 1 and _KIN.search(head(match)):
        return None
    return ("" if before.endswith(f"{unit} ") else f"{unit} "), True


def _signed_for(match: Match) -> Spoken:
    return _SIGNED[match["w"].upper().replace("/", "")], True


def _initial(match: Match) -> Spoken:
    """ "Lê Văn H." is a name kept back; the stop behind it ends a sentence only before a capital."""
    return f"{letters(match['l'])}{'.' if _SENTENCE_ENDS.match(tail(match)) else ''}", True


def _initials(match: Match) -> Spoken:
    """ "anh N.V.T"; what is an abbreviation with stops (U.B.N.D) is read as it is without them."""
    plain = match["l"].replace(".", "")
    entry = national().entries.get(plain)
    stop = "." if match[0].endswith(".") and _SENTENCE_ENDS.match(tail(match)) else ""
    if entry and not _PERSON.search(head(match)):
        return entry.say(match.string, match.start(), match.end())[0] + stop, True
    return letters(plain) + stop, bool(_PERSON.search(head(match)))


def _degree(match: Match) -> Spoken:
    return _DEGREES[match["w"].rstrip(".")], True


def _degrees(match: Match) -> Spoken:
    return " ".join(_DEGREES[one] for one in match[0].replace(".", " ").split()), True


def _specialist(match: Match) -> Spoken:
    value = roman(match["r"]) if match["r"].isalpha() else int(match["r"])
    doctor = "" if head(match).rstrip(" .").lower().endswith("bác sĩ") else "bác sĩ "
    return f"{doctor if match['bs'] else ''}chuyên khoa {'một' if value == 1 else 'hai'}", True


_SIGNED = {"TM": "thay mặt", "KT": "ký thay", "TL": "thừa lệnh", "TUQ": "thừa ủy quyền"}
_PERSON = compiled(
    r"(?:\b(?i:anh|chị|ông|bà|cháu|em|bé|cô|chú|bác|cụ|bị can|bị cáo|đối tượng|nạn nhân|nghi phạm|bệnh nhân|tên là"
    r"|họ tên:?|học sinh)"
    r"|(?<![.!?] )(?:(?!Mục|Điểm|Phần|Lớp|Nhà|Khu|Loại|Nhóm|Phụ)[A-ZĐÀ-Ỹ][a-zà-ỹ]{1,6}(?: [AY])?|[A-ZĐ]\.)) $"
)
_KIN = compiled(
    r"\b(?i:anh|chị|ông|bà|cháu|em|bé|cô|chú|bác|cụ|bị can|bị cáo|đối tượng|nạn nhân|nghi phạm"
    r"|bệnh nhân)(?: [A-ZĐÀ-Ỹ]\w{0,6}){0,3} $"
)
_SENTENCE_ENDS = compiled(r"$| (?![A-ZĐ]\.)[A-ZĐÀ-Ỹ]")
_ALL = "|".join(sorted(_DEGREES, key=len, reverse=True)).replace(".", r"\.")

RULES: tuple[Rule, ...] = (
    rule("title", r"(?<!\w)(?P<bs>BS|Bs|bs)?[. ]{0,2}CK ?-?(?P<r>II|I|1|2)(?!\w|[.,:]\d| ?%)", _specialist),
    rule(
        "title",
        r"(?<!\w)(?:(?:GS|PGS|TS|ThS|Ths|BS|KS|CN)\.? ?(?=\S)){1,3}(?<=[. ])(?:TSKH|TS|ThS|Ths|BS"
        r"|KS)(?!\w)(?:\.(?= [A-ZĐÀ-Ỹ]))?",
        _degrees,
    ),
    rule("title", rf"(?<!\w)(?P<w>{_ALL})\.(?= ?[A-ZĐÀ-Ỹ])", _degree),
    rule("place", r"(?<![\w.])[PQ]\.(?P<n>[1-9]\d{2})(?!\w|[.,/]\d)", _room),
    rule(
        "place",
        r"(?<![\w.])(?P<w>P|Q|KP|kp|TDP|KDC|T[DĐ]P|tdp|kdc)[. ]? ?(?P<so>số )?0*(?P<n>\d{1,2})(?P<l>[A-EĐ]?)(?!\w"
        r"|[.,/]\d)",
        _numbered,
    ),
    rule(
        "place",
        r"(?<![\w./&-])(?P<w>TP|Tp|tp|TX|Tx|TT|Tt|KCN|KĐT|KDC|CCN|[PQHXTĐ])\. ?(?!HCM)(?=[A-ZĐÀ-Ỹ]\w)",
        _of_names,
    ),
    rule(
        "title",
        r"(?<![\w.])(?P<w>T/?M|K/?T|T/?L|TUQ)\.? ?(?=(?:Chủ tịch|CHỦ TỊCH|Giám đốc|GIÁM ĐỐC|Trưởng|TRƯỞNG"
        r"|Hiệu trưởng|HIỆU TRƯỞNG"
        r"|Ủy ban|Uỷ ban|ỦY BAN|UỶ BAN|UBND|Hội đồng|HỘI ĐỒNG|HĐND|Ban |BAN |BCH|BTV|Đảng|ĐẢNG|Chi bộ|CHI BỘ|Chi ủy"
        r"|CHI ỦY"
        r"|Bí thư|BÍ THƯ|Bộ trưởng|BỘ TRƯỞNG|Thủ tướng|THỦ TƯỚNG|Cục trưởng|Hội |HỘI |Tổ trưởng|Chỉ huy|CHỈ HUY"
        r"|Tổng Giám|Đoàn|ĐOÀN))",
        _signed_for,
    ),
    rule(
        "title",
        r"(?P<p>(?<=[a-zà-ỹ] )|(?<=[a-zà-ỹ] [AY] )|(?<=[A-ZĐÀ-Ỹ]\. ))(?<!\d )(?P<l>[A-ZĐ])\.(?!\w)(?!\.)",
        lambda match: _initial(match) if _PERSON.search(head(match)) else None,
    ),
    rule("title", r"(?<![\w.])(?P<l>[A-ZĐ](?:\.[A-ZĐƯ]){1,4})\.?(?![\w.])", _initials),
)
