"""Addresses of mail and web: the scheme and "www" are left out, signs are named, figures read one by one."""

import re
import unicodedata

from loa.media.reading.numbers import digits, letters
from loa.media.reading.rules.base import Match, Rule, Spoken, rule

_NAMES = {
    ".": "chấm", "@": "a còng", "/": "gạch chéo", "-": "gạch ngang", "_": "gạch dưới", ":": "hai chấm",
    "?": "dấu hỏi", "=": "bằng",
    "&": "và", "#": "dấu thăng", "%": "phần trăm", "+": "cộng", "~": "dấu ngã",
}  # fmt: skip
_TOP = "vn|com|net|org|edu|gov|info|asia|app|online|site|io|me|tv|ly|gl|xyz|shop|store|mil|int|eu|uk|us|jp|cn|kr|fr|de"
_HOST = r"[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){0,6}"
_PATH = r"(?:[/?#][^\s<>\"'“”‘’()\[\]]{0,300}[\w/=])?/?"


def _address(match: Match) -> Spoken:
    text = re.sub(r"^(?:[Hh]ttps?://)?(?:[Ww]ww\.)?", "", match[0]).rstrip("/")
    named = re.sub(r"\d+", lambda row: f" {digits(row[0])} ", text.lower())
    named = re.sub(r"[^\W\d_]+", _label, named)
    named = re.sub(r"[^\w\s]|_", lambda sign: f" {_NAMES.get(sign[0], '')} ", named)
    return " ".join(named.split()), False


def _label(match: Match) -> str:
    """Names and plain words that are known get their marks back; a part without a vowel is spelt."""
    part = match[0]
    return _KNOWN.get(part) or (part if not part.isascii() or re.search("[aeiouy]", part) else f" {letters(part)} ")


def _plain(words: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", words.lower().replace("đ", "d")) if one.isalpha())


# What stands in addresses without marks and blanks; the provinces before and after 1 July 2025.
_WORDS = (
    "dịch vụ công|một cửa|góp ý|công an|công báo|tuyển sinh|đào tạo|hỗ trợ|phản ánh|bảo hiểm xã hội|bảo hiểm"
    "|thông tin|truyền thông"
    "|văn phòng|ủy ban|hội nông dân|phụ nữ|đoàn thanh niên|thanh niên|y tế|tiêm chủng|giáo dục|nông nghiệp"
    "|môi trường|xây dựng"
    "|tài chính|tư pháp|nội vụ|văn hóa|du lịch|hợp tác xã|hành chính công|chính phủ|quốc hội|thống kê|thuế|hải quan"
    "|việc làm"
    "|nghĩa vụ quân sự|đất đai|căn cước|khí tượng|thủy văn|phòng chống thiên tai|thiên tai|nước sạch|điện lực"
    "|bưu điện|chăm sóc khách hàng"
    "|an giang|bà rịa vũng tàu|vũng tàu|bạc liêu|bắc giang|bắc kạn|bắc ninh|bến tre|bình dương|bình định|bình phước"
    "|bình thuận|cà mau"
    "|cao bằng|cần thơ|đà nẵng|đắk lắk|đắk nông|điện biên|đồng nai|đồng tháp|gia lai|hà giang|hà nam|hà nội|hà tĩnh"
    "|hải dương|hải phòng"
    "|hậu giang|hòa bình|hồ chí minh|hưng yên|khánh hòa|kiên giang|kon tum|lai châu|lạng sơn|lào cai|lâm đồng"
    "|long an|nam định|nghệ an"
    "|ninh bình|ninh thuận|phú thọ|phú yên|quảng bình|quảng nam|quảng ngãi|quảng ninh|quảng trị|sóc trăng|sơn la"
    "|tây ninh|thái bình"
    "|thái nguyên|thanh hóa|thừa thiên huế|huế|tiền giang|trà vinh|tuyên quang|vĩnh long|vĩnh phúc|yên bái|quy mông"
    "|trấn yên|văn yên|việt nam"
)
_KNOWN = {_plain(words): words for words in _WORDS.split("|")} | {"vn": "vê nờ"}


_FILES = "apk|exe|zip|rar|pdf|docx?|xlsx?|pptx?|jpe?g|png|mp[34]|ipa|txt|html?"


def _file(match: Match) -> Spoken:
    ending = " ".join(
        letters(part) if part.isalpha() else digits(part) for part in re.findall(r"[a-z]+|\d", match["e"].lower())
    )
    return f"chấm {ending}", True


RULES: tuple[Rule, ...] = (
    rule("address", r"(?i:https?://|www\.)[^\s<>\"'“”‘’()\[\]]{1,400}[\w/=]", _address),
    rule("address", rf"(?<![\w.+-])[\w.+-]{{1,64}}@{_HOST}(?![\w@])", _address),
    rule("address", rf"(?<![\w.@-]){_HOST}\.(?:{_TOP})(?![\w-]|\.\w){_PATH}", _address),
    rule("address", rf"\.(?P<e>(?i:{_FILES}))(?![\w./])", _file),
)
