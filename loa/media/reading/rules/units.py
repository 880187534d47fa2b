"""Signs of measures and how they are said. Physical rates and contents go with "trên", as in forecasts."""

import re

from loa.media.reading.rules.base import EACH

UNITS = {
    # length, area, volume
    "mm": "mi li mét", "cm": "xăng ti mét", "dm": "đề xi mét", "m": "mét", "km": "ki lô mét", "Km": "ki lô mét",
    "KM": "ki lô mét",
    "µm": "mic rô mét", "inch": "in", "m2": "mét vuông", "m²": "mét vuông", "M2": "mét vuông", "km2": "ki lô mét vuông",
    "km²": "ki lô mét vuông", "Km2": "ki lô mét vuông", "cm2": "xăng ti mét vuông", "cm²": "xăng ti mét vuông",
    "mm2": "mi li mét vuông",
    "mm²": "mi li mét vuông", "dm2": "đề xi mét vuông", "ha": "héc ta", "Ha": "héc ta", "HA": "héc ta",
    "m3": "mét khối",
    "m³": "mét khối", "M3": "mét khối", "cm3": "xăng ti mét khối", "cm³": "xăng ti mét khối",
    "dm3": "đề xi mét khối", "l": "lít",
    "L": "lít", "ml": "mi li lít", "mL": "mi li lít", "ML": "mi li lít", "cc": "xê xê", "md": "mét dài",
    # weight
    "kg": "ki lô gam", "Kg": "ki lô gam", "KG": "ki lô gam", "g": "gam", "gr": "gam", "gam": "gam",
    "mg": "mi li gam", "µg": "mic rô gam",
    "mcg": "mic rô gam",
    # speed and flow
    "km/h": "ki lô mét trên giờ", "Km/h": "ki lô mét trên giờ", "km/giờ": "ki lô mét trên giờ", "m/s": "mét trên giây",
    "m/s2": "mét trên giây bình phương", "m/s²": "mét trên giây bình phương",
    "m3/s": "mét khối trên giây", "m³/s": "mét khối trên giây",
    "m3/h": "mét khối trên giờ", "m³/h": "mét khối trên giờ",
    "l/s": "lít trên giây", "lít/s": "lít trên giây", "l/h": "lít trên giờ", "km/s": "ki lô mét trên giây",
    "l/phút": "lít trên phút",
    "mm/h": "mi li mét trên giờ", "mm/giờ": "mi li mét trên giờ", "cm/h": "xăng ti mét trên giờ",
    "cm/giờ": "xăng ti mét trên giờ", "m/h": "mét trên giờ", "m/giờ": "mét trên giờ",
    "m3/giờ": "mét khối trên giờ", "m3/giây": "mét khối trên giây",
    "m/giây": "mét trên giây", "lít/giây": "lít trên giây", "lít/phút": "lít trên phút",
    "m³/giây": "mét khối trên giây",
    "mm/24h": "mi li mét trong hai mươi tư giờ", "mm/3h": "mi li mét trong ba giờ",
    # contents
    "mg/l": "mi li gam trên lít", "mg/L": "mi li gam trên lít", "g/l": "gam trên lít", "µg/l": "mic rô gam trên lít",
    "mg/kg": "mi li gam trên ki lô gam", "g/kg": "gam trên ki lô gam", "µg/m³": "mic rô gam trên mét khối",
    "µg/m3": "mic rô gam trên mét khối", "mg/m³": "mi li gam trên mét khối", "mg/m3": "mi li gam trên mét khối",
    "g/m3": "gam trên mét khối", "mg/ml": "mi li gam trên mi li lít", "mg/dl": "mi li gam trên đề xi lít",
    "mg/dL": "mi li gam trên đề xi lít", "mmol/l": "mi li mol trên lít", "mmol/L": "mi li mol trên lít",
    "mmol/lít": "mi li mol trên lít", "mg/lít": "mi li gam trên lít", "g/lít": "gam trên lít",
    "µg/lít": "mic rô gam trên lít", "ml/lít": "mi li lít trên lít", "mmol": "mi li mol", "ppm": "phần triệu",
    "NTU": "en tê u",
    "CFU/100ml": "xê ép u trên một trăm mi li lít", "MPN/100ml": "em pê en trên một trăm mi li lít",
    # electricity, power, heat
    "V": "vôn", "kV": "ki lô vôn", "KV": "ki lô vôn", "mV": "mi li vôn", "W": "oát", "w": "oát", "kW": "ki lô oát",
    "KW": "ki lô oát",
    "kw": "ki lô oát", "MW": "mê ga oát", "GW": "gi ga oát", "kWh": "ki lô oát giờ", "KWh": "ki lô oát giờ",
    "KWH": "ki lô oát giờ",
    "kwh": "ki lô oát giờ", "kWH": "ki lô oát giờ", "Kwh": "ki lô oát giờ", "MWh": "mê ga oát giờ", "Wh": "oát giờ",
    "kVA": "ki lô vôn am pe", "KVA": "ki lô vôn am pe", "MVA": "mê ga vôn am pe", "VA": "vôn am pe", "A": "am pe",
    "mA": "mi li am pe",
    "Ah": "am pe giờ", "mAh": "mi li am pe giờ", "Hz": "héc", "kHz": "ki lô héc", "KHz": "ki lô héc",
    "MHz": "mê ga héc", "Mhz": "mê ga héc",
    "GHz": "gi ga héc", "kWp": "ki lô oát píc", "MWp": "mê ga oát píc", "Ω": "ôm", "HP": "mã lực", "hp": "mã lực",
    "CV": "mã lực",
    "BTU": "bê tê u", "BTU/h": "bê tê u trên giờ", "kcal": "ki lô ca lo", "Kcal": "ki lô ca lo", "cal": "ca lo",
    "kJ": "ki lô jun",
    "J": "jun", "°C": "độ xê", "oC": "độ xê", "0C": "độ xê", "℃": "độ xê", "°F": "độ ép", "°K": "độ ca", "°": "độ",
    # pressure, sound, data
    "hPa": "héc tô pát can", "kPa": "ki lô pát can", "MPa": "mê ga pát can", "Pa": "pát can",
    "mmHg": "mi li mét thủy ngân", "bar": "ba",
    "atm": "át mốt phe", "dB": "đề xi ben", "dBA": "đề xi ben a", "dB(A)": "đề xi ben a", "GB": "gi ga bai",
    "Gb": "gi ga bai",
    "MB": "mê ga bai", "KB": "ki lô bai", "kB": "ki lô bai", "TB": "tê ra bai", "Mbps": "mê ga bít trên giây",
    "Mb/s": "mê ga bít trên giây",
    "Gbps": "gi ga bít trên giây", "kbps": "ki lô bít trên giây", "MP": "mê ga pích xeo", "IU": "đơn vị quốc tế",
    "UI": "đơn vị quốc tế",
    # parts and time
    "T": "tấn", "%": "phần trăm", "‰": "phần nghìn", "s": "giây", "p": "phút", "ph": "phút", "'": "phút",
    "’": "phút", "′": "phút",
}  # fmt: skip
# These are measures only right behind the figure: "5 A" may be a class, "3 p" nothing.
_TIGHT = frozenset({"A", "s", "p", "'", "’", "′", "w", "L", "g", "l", "J", "TB", "MP", "CV", "T", "0C", "ML", "HA"})
# These are read also where no figure stands before them: "(m2)", "đồng/kWh", "theo %".
ALONE = (
    "kWh", "KWh", "kwh", "km/h", "m/s", "m2", "m²", "km2", "km²", "m3", "m³", "m3/s", "m³/s", "mg/l", "µg/m³",
    "mm", "cm", "km", "kg", "ml",
    "mg", "%", "‰", "°C", "oC", "kV", "kVA", "kW", "MW", "hPa", "dB", "BTU", "Mbps", "GB", "mmHg",
)  # fmt: skip


def _any(units: "list[str] | tuple[str, ...]") -> str:
    return "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True))


_LOOSE = [unit for unit in UNITS if unit not in _TIGHT]
# With the space that may stand between; what follows is no letter, digit or raised figure.
WITH_UNIT = rf"(?: ?[%‰]|(?: ?(?:{_any(_LOOSE)})|(?:{_any(sorted(_TIGHT))}))(?!(?![x×]\d)[\w²³]|°))"
ONLY_UNIT = rf"(?:{_any(ALONE)})(?![\w²³])"
_PER_UNITS = [
    unit for unit in UNITS if (unit.isalnum() and unit not in _TIGHT - {"g", "l", "L"}) or unit in ("m²", "m³", "km²")
]
_RATES = {"h": "giờ", "ngđ": "ngày đêm", "ng": "người", "hs": "học sinh", "HS": "học sinh"}
PER = rf"(?: ?/ ?(?:{EACH}|{_any(list(_RATES))}|{_any(_PER_UNITS)})(?![\w²³]))"


def per(written: str) -> str:
    """ "/kg/tháng" -> "mỗi ki lô gam mỗi tháng"."""
    parts = (part.strip() for part in written.split("/") if part.strip())
    return " ".join(f"mỗi {_RATES.get(part) or UNITS.get(part, part)}" for part in parts)
