"""Which column is which: headings as people write them, with or without diacritics, in any order. Pure."""

from collections.abc import Mapping, Sequence

from loa.areas.rules import fold
from loa.kernel.errors import Invalid

# Field -> headings that mean it; the first is the one of the sample file.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "number": ("Số", "Số cụm", "STT cụm", "Cụm số"),
    "name": ("Tên", "Tên cụm loa", "Tên cụm", "Vị trí lắp đặt", "Địa điểm"),
    "kind": ("Loại", "Loại thiết bị"),
    "hamlet": ("Thôn", "Thôn, tổ dân phố", "Tổ dân phố", "Bản", "Khu"),
    "former": ("Xã cũ", "Xã trước sáp nhập"),
    "latitude": ("Vĩ độ", "Lat", "Latitude"),
    "longitude": ("Kinh độ", "Long", "Lng", "Longitude"),
    "position": ("Tọa độ", "Vị trí"),
    "operator": ("Nhà mạng", "Mạng"),
    "sim_number": ("Số SIM", "Số thuê bao", "SIM"),
    "sim_expires": ("Hết hạn SIM", "Ngày hết hạn SIM", "Hạn SIM"),
    "monthly_mb": ("MB mỗi tháng", "Dung lượng tháng"),
    "max_volume": ("Âm lượng tối đa",),
    "horns": ("Hướng loa", "Hướng"),
    "owner": ("Chủ cột", "Đơn vị quản lý"),
    "nearest_house": ("Nhà gần nhất (m)", "Nhà gần nhất"),
}
_FIELDS = {fold(heading): field for field, headings in HEADINGS.items() for heading in headings}
SAMPLE = tuple(headings[0] for field, headings in HEADINGS.items() if field != "position")


def columns_of(header: Sequence[str]) -> dict[int, str]:
    """Column number -> field. Invalid if there is no name, or one field twice. What is not known is left out."""
    found: dict[int, str] = {}
    for place, heading in enumerate(header):
        field = _FIELDS.get(fold(heading))
        if field in found.values():
            raise Invalid(f"Cột “{heading}” có hai lần. Hãy giữ một cột.", code="column_twice")
        if field:
            found[place] = field
    if "name" not in found.values():
        raise Invalid(
            "Dòng đầu của tệp phải là tên cột, và phải có cột “Tên” (tên cụm loa theo chỗ đứng).", code="no_header"
        )
    return found


def unknown(header: Sequence[str]) -> tuple[str, ...]:
    """Headings that mean nothing here; their cells are not read."""
    return tuple(heading for heading in header if heading and fold(heading) not in _FIELDS)
