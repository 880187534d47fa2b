"""What a person reads about an incident: one sentence for all of its loudspeakers, and what to do. Pure."""

from dataclasses import dataclass

from loa.devices.rules.diagnosis import Fault


@dataclass(frozen=True, slots=True)
class Notice:
    """`title` names cause, place and number; `do` is the next step; `word` stands in lists."""

    word: str
    title: str
    do: str


_WORDS: dict[Fault, tuple[str, str, str]] = {
    Fault.POWER: (
        "Mất điện",
        "{place}: {many} mất điện hoặc đang chạy ắc quy",
        "Hỏi điện lực giờ có điện lại. Có điện thì loa tự chạy.",
    ),
    Fault.SIM: (
        "SIM",
        "{place}: {many} hết hạn hoặc hết dung lượng SIM",
        "Nạp tiền hoặc mua thêm dung lượng; loa nối lại sau khoảng 5 phút.",
    ),
    Fault.NETWORK: (
        "Nhà mạng",
        "Nhà mạng {operator} gặp sự cố: {many} mất liên lạc",
        "Gọi nhà mạng {operator}. Không cần đến từng cột: có sóng lại thì loa tự nối, lịch đã tải vẫn phát.",
    ),
    Fault.PLATFORM: (
        "Hệ thống",
        "Hệ thống mất nối với {many} cùng một lúc",
        "Chờ vài phút để loa nối lại. Nếu vẫn vậy, gọi người quản trị hệ thống. Lịch đã tải vẫn phát.",
    ),
    Fault.CLOCK: (
        "Đồng hồ",
        "{place}: {many} chưa biết giờ đúng",
        "Thường tự hết sau vài phút có mạng. Quá một giờ thì thay pin đồng hồ của thiết bị.",
    ),
    Fault.STORAGE: (
        "Bộ nhớ",
        "{place}: {many} sắp đầy bộ nhớ",
        "Thay thẻ nhớ lớn hơn khi có dịp.",
    ),
    Fault.SOUND: (
        "Không ra tiếng",
        "{place}: {many} không phát ra tiếng",
        "Đến cột xem cạc âm thanh, âm-li, dây loa và loa.",
    ),
    Fault.LINE: (
        "Mất liên lạc riêng",
        "{place}: {many} mất liên lạc, các cụm quanh đó vẫn tốt",
        "Đến cột xem điện, SIM và ăng-ten.",
    ),
    Fault.SWITCHED_OFF: (
        "Bị tắt tại chỗ",
        "{place}: {many} được tắt tại cột",
        "Hỏi người giữ chìa khóa tủ và bật lại.",
    ),
}


def notice(fault: str, *, place: str, devices: int, operator: str = "") -> Notice:
    """The words of an incident with so many loudspeakers. An unknown fault reads as a lost line."""
    word, title, do = _WORDS.get(Fault(fault) if fault in set(Fault) else Fault.LINE, _WORDS[Fault.LINE])
    facts = {"place": place, "operator": operator, "many": f"{devices} cụm loa"}
    return Notice(word, title.format(**facts), do.format(**facts))
