"""Days that are feasts, or that roads, squares and schools are called after. (day, month)."""

import re

from loa.media.reading.capitals import compiled

HOLIDAYS = frozenset(
    {(8, 3), (26, 3), (30, 4), (1, 5), (7, 5), (19, 5), (1, 6), (27, 7), (19, 8), (2, 9), (20, 10), (20, 11), (22, 12)}
)
# Roads, squares and schools are called after days; the name has no "ngày" and no "mùng".
CALLED_AFTER_A_DAY = re.compile(
    r"\b(?<!yêu )(?<!nhu )(?<!toàn )(?<!tựu )(?<!khai )(?<!thị )(?<!môi )(?<!hiện )(?<!lên )(?<!ra )(?<!đến )(?<!tới )"
    r"(đường|phố|đại lộ|chợ|cầu|bệnh viện|công viên|quảng trường|trường|rạp|HTX|nông trường|nhà máy|sân vận động"
    r"|THPT|THCS"
    r"|khu đô thị|ngã tư|ngã ba)( hoa)? $",
    re.IGNORECASE,
)
DAYS_OF_NAMES = frozenset(
    {(3, 2), (8, 3), (24, 3), (26, 3), (29, 3), (30, 4), (1, 5), (7, 5), (19, 5), (1, 6), (27, 7), (19, 8), (2, 9),
     (23, 9), (10, 10), (20, 10), (20, 11), (22, 12), (23, 3), (16, 4), (2, 4), (17, 8)}
)  # fmt: skip
HOLIDAY_NAME = re.compile(
    r"\b(quốc khánh|quốc tế phụ nữ|quốc tế lao động|quốc tế thiếu nhi|phụ nữ việt nam|nhà giáo việt nam|nhà giáo"
    r"|thương binh[ ,\w-]{0,5} liệt sĩ|liệt sĩ|thống nhất|giải phóng miền nam|thầy thuốc việt nam"
    r"|báo chí cách mạng việt nam"
    r"|gia đình việt nam|quân đội nhân dân việt nam|doanh nhân việt nam|lao động|phụ nữ|thiếu nhi|nông dân việt nam"
    r"|giải phóng) \(?$",
    re.IGNORECASE,
)
# "Ngày Pháp luật 9/11"
DAY_OF = compiled(r"\bNgày [A-ZĐÀ-Ỹ][^\W\d_]*(?: [^\W\d_]+){0,7} \(?$")
