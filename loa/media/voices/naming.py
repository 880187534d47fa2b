"""What voices and their dialects may be called. Pure."""

import re
from collections.abc import Mapping

from loa.kernel.errors import Invalid

DIALECTS = {"bac": "miền Bắc", "trung": "miền Trung", "nam": "miền Nam", "chuan": ""}
SAMPLE = {
    "vi": "Kính chào bà con, đây là giọng đọc của đài truyền thanh xã.",
    "": "Good morning. This is the voice of the village loudspeaker.",
}
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,4})?")


def check_name(identifier: str, name: str, licence: str, language: str) -> None:
    """Raises Invalid `voice_name`, `voice_licence`."""
    if not _ID.fullmatch(identifier):
        raise Invalid("Mã giọng gồm chữ thường không dấu, chữ số, gạch nối, dài tối đa 40.", code="voice_name")
    if not name.strip() or len(name) > 80:
        raise Invalid("Tên giọng không được trống và dài tối đa 80 chữ.", code="voice_name")
    if not licence.strip() or len(licence) > 120:
        raise Invalid("Hãy ghi giấy phép của giọng (tối đa 120 chữ), ví dụ: CC BY 4.0.", code="voice_licence")
    if not _LANGUAGE.fullmatch(language):
        raise Invalid("Mã ngôn ngữ theo ISO 639, ví dụ: vi, km, tyz.", code="voice_name")


def dialect_names(wanted: Mapping[str, str], language: str) -> dict[str, str]:
    """Dialect ids with their Vietnamese names; without a wish the usual one of the language. Raises Invalid."""
    ids = list(wanted) or ["bac" if language == "vi" else "chuan"]
    unknown = [one for one in ids if one not in DIALECTS]
    if unknown:
        raise Invalid(f"Không có vùng giọng “{unknown[0]}”. Dùng: {', '.join(DIALECTS)}.", code="voice_name")
    return {one: DIALECTS[one] for one in ids}


def parse_dialects(words: list[str]) -> dict[str, str]:
    """ "bac" or "bac=name that the voice has for it" -> {id: name or ""}."""
    pairs = (word.partition("=") for word in words)
    return {identifier.strip(): called.strip() for identifier, _, called in pairs}
