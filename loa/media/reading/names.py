"""What a rule is called on the screen."""

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    # words
    "lexicon": "từ điển", "defined": "chữ tắt đã giải thích",
    "letters": "đánh vần chữ cái", "code": "tên có chữ và số", "letter": "chữ cái",
    "foreign": "chữ nước ngoài",
    "title": "học hàm, chức danh", "place": "nơi chốn", "school": "trường học",
    # time
    "hour": "giờ", "hours": "khoảng giờ", "round_the_clock": "suốt ngày đêm", "date": "ngày",
    "dates": "khoảng ngày", "days": "khoảng ngày",
    "day": "ngày trong tháng", "month": "tháng", "months": "khoảng tháng", "years": "khoảng năm",
    "number_of_year": "số của năm",
    "weekday": "thứ", "weekdays": "khoảng thứ", "ordinal": "thứ tự",
    # figures
    "number": "số", "range": "khoảng số", "money": "tiền", "fraction": "phân số", "ratio": "tỷ lệ",
    "times": "phép nhân", "unit": "đơn vị đo",
    "per": "tính theo", "sign": "dấu", "latitude": "vĩ độ", "longitude": "kinh độ", "roman": "số La Mã",
    "flood_level": "báo động lũ",
    # names made of figures
    "telephone": "số điện thoại", "hotline": "tổng đài", "emergency_number": "số khẩn cấp", "papers": "số giấy tờ",
    "long_digits": "dãy số",
    "document": "số văn bản", "clause": "điểm của văn bản", "road": "tên đường", "kilometre_stone": "lý trình",
    "plate": "biển số xe",
    "vessel": "số hiệu tàu",
    "power_line": "lộ điện", "strain": "chủng vi rút", "particles": "bụi mịn", "fertiliser": "phân bón",
    "pipe": "cỡ ống", "house": "số nhà",
    "generation": "thế hệ", "class": "lớp, tổ", "address": "địa chỉ mạng",
    # marks
    "list": "đầu dòng", "punctuation": "dấu câu", "either": "gạch chéo", "symbol": "ký hiệu lạ",
    # what cleaning does
    "html": "mã trang web", "zero_width": "ký tự ẩn", "bidi": "ký tự đổi chiều chữ", "control": "ký tự điều khiển",
    "soft_hyphen": "gạch nối ẩn", "private_use": "ký tự riêng của phông chữ", "emoji": "hình vẽ",
    "combining": "dấu thừa",
    "repeated": "dấu lặp", "filler": "dòng kẻ", "fancy_letters": "chữ kiểu", "look_alike": "chữ giống chữ Việt",
    "legacy_encoding": "mã chữ cũ (TCVN3, VNI)",
}  # fmt: skip


def name(rule: str) -> str:
    """The Vietnamese name of a rule or of a finding of cleaning."""
    return NAMES.get(rule, rule)
