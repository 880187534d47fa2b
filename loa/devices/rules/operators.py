"""The operators of SIM cards, under one spelling each: what is grouped by operator must not fall apart by spelling."""

from loa.areas.rules import fold

KNOWN = ("Viettel", "VinaPhone", "MobiFone", "Vietnamobile", "Wintel", "iTel")
_ALIASES = {
    "vt": "Viettel",
    "viettel telecom": "Viettel",
    "vina": "VinaPhone",
    "vina phone": "VinaPhone",
    "vnpt": "VinaPhone",
    "mobi": "MobiFone",
    "mobi fone": "MobiFone",
    "vnm": "Vietnamobile",
    "reddi": "Wintel",
}
_SPELLINGS = {name.lower(): name for name in KNOWN} | _ALIASES


def operator_of(text: str) -> str:
    """The usual spelling of an operator; one that is not known keeps the spelling it was given. "" stays ""."""
    plain = " ".join(text.split())
    return _SPELLINGS.get(fold(plain), plain[:40])
