"""What kinds of units there are, how their paths are built and how their names are ordered. No Django here."""

import unicodedata
from enum import IntEnum, StrEnum
from functools import cache

NOW_ROOT = "vn"
PAST_ROOT = "vn63"
PATH_SEPARATOR = "."


class Level(IntEnum):
    """Levels are plain numbers in the data: a country with other levels needs other rows, not other code."""

    CENTRE = 0
    PROVINCE = 1
    DISTRICT = 2
    COMMUNE = 3
    HAMLET = 4


class Kind(StrEnum):
    """Legal kinds of units; the value is the Vietnamese name without diacritics."""

    COUNTRY = "nuoc"
    CITY = "thanh-pho"
    PROVINCE = "tinh"
    URBAN_DISTRICT = "quan"
    RURAL_DISTRICT = "huyen"
    TOWN = "thi-xa"
    PROVINCIAL_CITY = "thanh-pho-thuoc-tinh"
    COMMUNE = "xa"
    WARD = "phuong"
    TOWNSHIP = "thi-tran"
    SPECIAL_ZONE = "dac-khu"
    THON = "thon"
    BAN = "ban"
    LANG = "lang"
    AP = "ap"
    BUON = "buon"
    KHOM = "khom"
    KHU_PHO = "khu-pho"
    TO_DAN_PHO = "to-dan-pho"


LABELS: dict[Kind, str] = {
    Kind.COUNTRY: "Nước",
    Kind.CITY: "Thành phố",
    Kind.PROVINCE: "Tỉnh",
    Kind.URBAN_DISTRICT: "Quận",
    Kind.RURAL_DISTRICT: "Huyện",
    Kind.TOWN: "Thị xã",
    Kind.PROVINCIAL_CITY: "Thành phố",
    Kind.COMMUNE: "Xã",
    Kind.WARD: "Phường",
    Kind.TOWNSHIP: "Thị trấn",
    Kind.SPECIAL_ZONE: "Đặc khu",
    Kind.THON: "Thôn",
    Kind.BAN: "Bản",
    Kind.LANG: "Làng",
    Kind.AP: "Ấp",
    Kind.BUON: "Buôn",
    Kind.KHOM: "Khóm",
    Kind.KHU_PHO: "Khu phố",
    Kind.TO_DAN_PHO: "Tổ dân phố",
}
HAMLET_KINDS = frozenset({Kind.THON, Kind.BAN, Kind.LANG, Kind.AP, Kind.BUON, Kind.KHOM, Kind.KHU_PHO, Kind.TO_DAN_PHO})


def is_inside(path: str, ancestor: str) -> bool:
    """True if `path` is `ancestor` or lies below it."""
    return path == ancestor or path.startswith(ancestor + PATH_SEPARATOR)


def lineage(path: str) -> tuple[str, ...]:
    """`vn.15.04531` -> (`vn`, `vn.15`, `vn.15.04531`)."""
    parts = path.split(PATH_SEPARATOR)
    return tuple(PATH_SEPARATOR.join(parts[: end + 1]) for end in range(len(parts)))


def fold(text: str) -> str:
    """Text as it is searched: no diacritics, lower case. Agrees with the SQL function `loa_fold` on Vietnamese."""
    bare = unicodedata.normalize("NFD", text.strip().lower().replace("đ", "d"))
    return "".join(mark for mark in bare if not unicodedata.combining(mark))


_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng: the order of Vietnamese dictionaries


@cache
def _letter(character: str) -> tuple[str, str]:
    """Place of a letter in the alphabet and of its tone, both as sortable characters."""
    tone = "0"
    base = ""
    for part in unicodedata.normalize("NFD", character):
        if part in _TONES:
            tone = str(_TONES.index(part) + 1)
        else:
            base += part
    letter = unicodedata.normalize("NFC", base)
    place = _ALPHABET.find(letter)
    return (chr(ord("A") + place) if place >= 0 else letter), tone


def sort_key(text: str) -> str:
    """A key whose plain byte order is Vietnamese dictionary order: letters of all words first, then tones.

    Made in Python because the database is not relied on to know Vietnamese (the embedded one has no ICU).
    Runs of digits are padded so that "thôn 5" stands before "thôn 12".
    """
    words = unicodedata.normalize("NFC", text).lower().split()
    letters = [[_letter(character) for character in word] for word in words]
    plain = "+".join(_padded("".join(place for place, _ in word)) for word in letters)
    tones = "+".join("".join(tone for _, tone in word) for word in letters)
    return f"{plain}!{tones}"


def _padded(word: str) -> str:
    return word.zfill(6) if word.isdigit() else word


def inside(full_name: str) -> str:
    """ "Xã Quy Mông" as it stands inside a sentence: "xã Quy Mông"; the country's name stays as it is."""
    return full_name if full_name == "Việt Nam" else full_name[:1].lower() + full_name[1:]
