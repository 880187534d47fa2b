"""The encodings in which Vietnamese was written before Unicode, and is still sent around.

TCVN3 ("ABC", fonts .Vn*): TCVN 5712:1993 VN3, one octet a letter, read by programs as Western letters. It has no octets
for most capitals: fonts ending in H draw the small letters as capitals. VNI (fonts VNI-*): the plain letter, then an
octet for its marks. Both are given here as the Western letters (ISO 8859-1) that a file shows. VISCII (RFC 1456, fonts
"VI Times") and VPS (fonts "VPS Times"), of Vietnamese abroad, have an octet for every letter, some of them where
Western Windows has signs (code page 1252) and a few where no text has any.
"""

from collections.abc import Iterator, Mapping

_TCVN3 = """
à\xb5 ả\xb6 ã\xb7 á\xb8 ạ\xb9 ă\xa8 ằ\xbb ẳ\xbc ẵ\xbd ắ\xbe ặ\xc6 â\xa9 ầ\xc7 ẩ\xc8 ẫ\xc9 ấ\xca ậ\xcb
è\xcc ẻ\xce ẽ\xcf é\xd0 ẹ\xd1 ê\xaa ề\xd2 ể\xd3 ễ\xd4 ế\xd5 ệ\xd6 ì\xd7 ỉ\xd8 ĩ\xdc í\xdd ị\xde
ò\xdf ỏ\xe1 õ\xe2 ó\xe3 ọ\xe4 ô\xab ồ\xe5 ổ\xe6 ỗ\xe7 ố\xe8 ộ\xe9 ơ\xac ờ\xea ở\xeb ỡ\xec ớ\xed ợ\xee
ù\xef ủ\xf1 ũ\xf2 ú\xf3 ụ\xf4 ư\xad ừ\xf5 ử\xf6 ữ\xf7 ứ\xf8 ự\xf9 ỳ\xfa ỷ\xfb ỹ\xfc ý\xfd ỵ\xfe đ\xae
Ă\xa1 Â\xa2 Ê\xa3 Ô\xa4 Ơ\xa5 Ư\xa6 Đ\xa7
"""
TCVN3: Mapping[str, str] = {pair[1]: pair[0] for pair in _TCVN3.split()}

# A plain letter, what one octet after it makes of it, these octets.
_ROWS = {
    "â": ("a", "âầẩẫấậ", "\xe2\xe0\xe5\xe3\xe1\xe4"),
    "ă": ("a", "ăằẳẵắặ", "\xea\xe8\xfa\xfc\xe9\xeb"),
    "ê": ("e", "êềểễếệ", "\xe2\xe0\xe5\xe3\xe1\xe4"),
    "ô": ("o", "ôồổỗốộ", "\xe2\xe0\xe5\xe3\xe1\xe4"),
    "a": ("a", "àảãáạ", "\xf8\xfb\xf5\xf9\xef"),
    "e": ("e", "èẻẽéẹ", "\xf8\xfb\xf5\xf9\xef"),
    "o": ("o", "òỏõóọ", "\xf8\xfb\xf5\xf9\xef"),
    "u": ("u", "ùủũúụ", "\xf8\xfb\xf5\xf9\xef"),
    "y": ("y", "ỳỷỹý", "\xf8\xfb\xf5\xf9"),
    "ơ": ("\xf4", "ờởỡớợ", "\xf8\xfb\xf5\xf9\xef"),
    "ư": ("\xf6", "ừửữứự", "\xf8\xfb\xf5\xf9\xef"),
}
_ALONE = {
    "\xf4": "ơ",
    "\xf6": "ư",
    "\xf1": "đ",
    "\xee": "ỵ",
    "\xec": "ì",
    "\xe6": "ỉ",
    "\xf3": "ĩ",
    "\xed": "í",
    "\xf2": "ị",
}


def _vni() -> Iterator[tuple[str, str]]:
    for base, letters, octets in _ROWS.values():
        for letter, octet in zip(letters, octets, strict=True):
            for mark in (octet, octet.upper()):  # the mark of a capital may be written small
                yield base + mark, letter
                yield base.upper() + mark, letter.upper()
    for octet, letter in _ALONE.items():
        yield octet, letter
        yield octet.upper(), letter.upper()


VNI: Mapping[str, str] = dict(_vni())

# Windows in Vietnamese (code page 1258) shows some of these octets as other letters.
WINDOWS_1258: Mapping[str, str] = {
    "\u0102": "\xc3", "\u0300": "\xcc", "\u0110": "\xd0", "\u0309": "\xd2", "\u01a0": "\xd5", "\u01af": "\xdd",
    "\u0303": "\xde", "\u0103": "\xe3", "\u0301": "\xec", "\u0111": "\xf0", "\u0323": "\xf2", "\u01a1": "\xf5",
    "\u01b0": "\xfd",
}  # fmt: skip

_VISCII = """
ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ Õắằặấầẩậẽẹếềểễệố ồổỗỠƠộờởịỰỨỪỬơớƯ
ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ ĐứÒÓÔạỷừửÙÚỹỵÝỡư àáâãảăữẫèéêẻìíĩỉ đựòóôõỏọụùúũủýợỮ
"""
_VISCII_LOW = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
_VPS = """
ÀẢÃẤẦẨọỗĂếềểệẮẰẲ Ế··ỀỂỄỐỒỔỖýỷỵỚỜỞ ·ắằẳẵặỠớÙờởỡŨỨợỪ ổỬỲỸÍÌộỈĨÓửữÒỎÕự
ầÁÂấẩẫậđẻÉÊẹỉễịỹ ƯỦồốÔỏơÈừứÚũưÝẺ· àáâãảạă·èéêẽìí·ĩ ẴĐòóôõ·Ơụùúủ·ỶẼỳ
"""
_VPS_LOW = {
    0x02: "Ạ", 0x03: "Ậ", 0x04: "Ặ", 0x05: "Ẹ", 0x06: "Ệ", 0x10: "Ị", 0x11: "Ọ", 0x12: "Ộ", 0x13: "Ợ", 0x14: "Ụ",
    0x15: "Ự", 0x19: "Ỵ", 0x1C: "Ẫ", 0x1D: "Ữ",
}  # fmt: skip


def _of_octets(rows: str, low: dict[int, str]) -> Mapping[str, str]:
    """What each letter that a file may show for an octet from 128 on means; a dot stands for none."""
    octets = {128 + place: letter for place, letter in enumerate("".join(rows.split())) if letter != "·"} | low
    shown = {octet: {chr(octet), bytes([octet]).decode("cp1252", "ignore")} - {""} for octet in octets}
    return {letter: octets[octet] for octet, letters in shown.items() for letter in letters}


VISCII: Mapping[str, str] = _of_octets(_VISCII, _VISCII_LOW)
VPS: Mapping[str, str] = _of_octets(_VPS, _VPS_LOW)
