"""Why a voice did not speak, in words for people; the log keeps the exact ones. Pure."""

import re

OTHER = "lỗi khác, xem nhật ký của máy chủ"
# The first that fits. What stands on the left is found in the words of VoiceFailed and FetchFailed.
_REASONS = (
    (r"answered (?:401|403)", "dịch vụ không nhận khóa này"),
    (r"answered 404", "dịch vụ không có địa chỉ này"),
    (r"answered 429", "dịch vụ đang quá tải, hoặc đã hết lượt theo hợp đồng"),
    (r"answered (\d+)", r"dịch vụ trả lời lỗi \1"),
    (r"rests", "vừa hỏng nhiều lần liền, tạm để yên 5 phút"),
    (r"this house", "địa chỉ nằm trong mạng nội bộ, chưa được phép dùng"),
    (r"only https", "ngoài máy này chỉ được dùng địa chỉ https"),
    (r"no such host", "không tìm thấy máy chủ ấy"),
    (r"address|redirect", "địa chỉ không dùng được"),
    (r"ready in time", "tiếng chưa xong khi hết giờ chờ"),
    (r"in time", "không trả lời kịp"),
    (r"line broke", "đường truyền bị ngắt"),
    (r"key of accounts|key cannot", "không mở được khóa đã niêm phong"),
    (r"not loaded", "không nạp được mô hình"),
    (r"process .* ended", "tiến trình đọc dừng đột ngột, có thể thiếu bộ nhớ"),
    (r"too large|too long", "tiếng gửi về quá dài"),
    (r"cut off| ms for ", "tiếng gửi về bị cụt"),
    (r"no sound|not sound|base64|nothing at|decoding", "câu trả lời không phải tiếng"),
    (r"heard", "tiếng im lặng"),
    (r"dialect", "giọng không có vùng này"),
)


def told(error: Exception) -> str:
    """A few Vietnamese words that fit into brackets."""
    words = str(error)
    for pattern, reason in _REASONS:
        if found := re.search(pattern, words):
            return found.expand(reason) if "\\" in reason else reason
    return OTHER
