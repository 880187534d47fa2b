"""The province that somebody asked for on the command line: by code, or by name as people type it."""

from difflib import get_close_matches

from loa.areas.rules import fold
from loa.areas.sources import ProvinceName, provinces_by_name
from loa.kernel.errors import Invalid

NEAREST = 5
LIKE = 0.5


def code_of(text: str) -> str:
    """ "15", "lao cai", "Tỉnh Lào Cai", "yen bai" (now part of Lào Cai) -> "15". Invalid, naming the nearest ones."""
    known = provinces_by_name()
    asked = _bare(text)
    for province in known:
        if asked == fold(province.name) or asked.zfill(2) == province.code:
            return province.code
    for province in known:
        if asked in {fold(name) for name in province.former}:
            return province.code
    raise Invalid(_advice(text, asked, known), code="province_unknown", facts={"asked": text})


def _bare(text: str) -> str:
    folded = " ".join(fold(text).split())
    for kind in ("tinh ", "thanh pho ", "tp. ", "tp "):
        folded = folded.removeprefix(kind)
    return {"sai gon": "ho chi minh", "hcm": "ho chi minh", "tphcm": "ho chi minh"}.get(folded, folded)


def _advice(text: str, asked: str, known: list[ProvinceName]) -> str:
    names = {fold(name): province for province in known for name in (*province.former, province.name)}
    near = [names[name] for name in get_close_matches(asked, names, n=NEAREST, cutoff=LIKE)]
    offered = list(dict.fromkeys(near)) or known
    words = ", ".join(f"{province.name} ({province.code})" for province in offered)
    lead = "Có phải bạn muốn nói" if near else "Hãy chọn một trong"
    return f"Không có tỉnh, thành phố nào tên là “{text}” hoặc mang mã này. {lead}: {words}{'?' if near else '.'}"
