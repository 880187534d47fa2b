"""Short forms before the names of places and people: P.5, Q. Hai Bà Trưng, X. Quy Mông, TT. Mậu A, KP3, BS.CKII."""

from loa.media.reading.numbers import count, roman
from loa.media.reading.rules.base import Match, Rule, Spoken, head, rule

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
    return f"{_UNITS[match['w']]} {match['so'] or ''}{count(match['n'])}", True


def _degree(match: Match) -> Spoken:
    return _DEGREES[match["w"].rstrip(".")], True


def _degrees(match: Match) -> Spoken:
    return " ".join(_DEGREES[one] for one in match[0].replace(".", " ").split()), True


def _specialist(match: Match) -> Spoken:
    value = roman(match["r"]) if match["r"].isalpha() else int(match["r"])
    doctor = "" if head(match).rstrip(" .").lower().endswith("bác sĩ") else "bác sĩ "
    return f"{doctor if match['bs'] else ''}chuyên khoa {'một' if value == 1 else 'hai'}", True


_ALL = "|".join(sorted(_DEGREES, key=len, reverse=True)).replace(".", r"\.")

RULES: tuple[Rule, ...] = (
    rule("title", r"(?<!\w)(?P<bs>BS|Bs|bs)?[. ]{0,2}CK ?-?(?P<r>II|I|1|2)(?!\w)", _specialist),
    rule(
        "title",
        r"(?<!\w)(?:(?:GS|PGS|TS|ThS|Ths|BS|KS|CN)\.? ?(?=\S)){1,3}(?<=[. ])(?:TSKH|TS|ThS|Ths|BS"
        r"|KS)(?!\w)(?:\.(?= [A-ZĐÀ-Ỹ]))?",
        _degrees,
    ),
    rule("title", rf"(?<!\w)(?P<w>{_ALL})\.(?= ?[A-ZĐÀ-Ỹ])", _degree),
    rule("place", r"(?<![\w.])(?P<w>P|Q|KP|kp|TDP|KDC)[. ]? ?(?P<so>số )?0*(?P<n>\d{1,2})(?!\w|[.,/]\d)", _numbered),
    rule(
        "place",
        r"(?<![\w./&-])(?P<w>TP|Tp|tp|TX|Tx|TT|Tt|KCN|KĐT|KDC|CCN|[PQHXTĐ])\. ?(?!HCM)(?=[A-ZĐÀ-Ỹ])",
        lambda match: (f"{_UNITS[match['w']]} ", True),
    ),
)
