"""What a part-time officer is told about a fault: where, what to do, in words that need no training."""

from collections.abc import Callable, Sequence

from loa.media.quality.figures import Figures, Span
from loa.media.rules import length

MOST_NAMED = 3


def words(code: str, figures: Figures, places: Sequence[Span], *, mended: bool) -> str:
    """Complete Vietnamese for a finding; what was mended says so first."""
    text = TEXTS[code](figures, where(places))
    return f"Đã tự sửa: {text}" if mended else text


def where(places: Sequence[Span]) -> str:
    """ " ở giây 12", " ở các giây 12, 40 và 5 chỗ khác"; "" without places."""
    if not places:
        return ""
    named = [moment(start) for start, _ in places[:MOST_NAMED]]
    more = len(places) - len(named)
    listed = ", ".join(named) + (f" và {more} chỗ khác" if more else "")
    return f" ở {listed}"


def moment(milliseconds: int) -> str:
    """ "giây 12", "phút 3 giây 5"."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"phút {minutes} giây {seconds}" if minutes else f"giây {seconds}"


TEXTS: dict[str, Callable[[Figures, str], str]] = {
    "quiet": lambda of, at: (
        "Tiếng vẫn nhỏ hơn các bản tin khác vì có tiếng nổ, tiếng gõ quá to xen vào. "
        "Hãy ghi lại, tránh gõ bàn và chạm micro."
    ),
    "peak": lambda of, at: (
        "Tiếng có chỗ to quá mức loa chịu được. Hãy báo người quản trị: bước chỉnh độ to đã không làm đúng."
    ),
    "range": lambda of, at: (
        "Chỗ to chỗ nhỏ chênh nhau quá nhiều, ngoài trời sẽ không nghe được chỗ nhỏ. "
        "Hãy ghi lại, giữ miệng cách micro một khoảng đều nhau."
    ),
    "clipped": lambda of, at: (
        f"Tiếng bị vỡ{at}: ghi quá to. Hãy nói xa micro hơn một gang tay hoặc vặn nhỏ nút thu, rồi ghi lại."
    ),
    "lead": lambda of, at: f"Đầu tệp im lặng {length(of.lead_ms)}, bà con sẽ tưởng loa hỏng. Hãy cắt bỏ đoạn im.",
    "trail": lambda of, at: f"Cuối tệp im lặng {length(of.trail_ms)}, tốn giờ phát. Hãy cắt bỏ đoạn im.",
    "pause": lambda of, at: (
        f"Giữa chừng im lặng tới {length(of.longest_pause_ms)}{at}, bà con sẽ tưởng loa hỏng. Hãy nghe lại và cắt bớt."
    ),
    "offset": lambda of, at: (
        "máy ghi bị lệch điện làm hụt độ to. Nếu tệp nào cũng vậy, hãy đổi dây hoặc đổi cạc tiếng."
    ),
    "side_lost": lambda of, at: (
        f"kênh {'phải' if of.uneven_db > 0 else 'trái'} nhỏ hẳn hoặc mất tiếng, Loa dùng kênh còn lại. "
        "Hãy kiểm tra dây micro."
    ),
    "sides_opposed": lambda of, at: (
        "hai kênh trái, phải ngược nhau nên gộp lại sẽ mất tiếng, Loa chỉ dùng một kênh. "
        "Hãy kiểm tra dây micro có đấu ngược không."
    ),
    "narrow": lambda of, at: (
        "Tiếng bí như nghe qua điện thoại, các âm s, x, ph khó nghe rõ. "
        "Hãy ghi thẳng vào micro, hoặc xin tệp gốc thay cho tệp đã nén nhiều lần."
    ),
    "hum": lambda of, at: (
        "Có tiếng ù của điện lưới dưới giọng nói. Hãy bật “Làm rõ tiếng”; "
        "lần sau đặt micro và dây xa dây điện, bộ nguồn."
    ),
    "noise": lambda of, at: (
        "Nền ồn, tiếng nói không nổi rõ. Hãy bật “Làm rõ tiếng”, hoặc ghi lại ở phòng yên, tắt quạt, nói gần micro hơn."
    ),
    "torn": lambda of, at: f"Tiếng bị đứt{at}. Hãy xin lại tệp trọn vẹn, hoặc ghi lại khi máy không bận việc khác.",
    "rate": lambda of, at: (
        "Tệp được lưu ở chất lượng điện thoại. Khi ghi hoặc lưu lại, hãy chọn mức 44.100 hoặc 48.000 Hz."
    ),
}
