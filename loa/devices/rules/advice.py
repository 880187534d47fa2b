"""What a person reads about a silent loudspeaker: what is the matter, what to do. Never "offline", never a number."""

from collections.abc import Iterable
from dataclasses import dataclass

from loa.devices.rules.condition import Cause, Worry
from loa.devices.rules.diagnosis import Fault


@dataclass(frozen=True, slots=True)
class Advice:
    """`word` stands in lists, `what` says it in a sentence about "{name}", `do` is the next step of a technician."""

    word: str
    what: str
    do: str
    needs_person: bool

    def sentence(self, name: str) -> str:
        """`what` and `do` about the device called `name`."""
        return f"{self.what.format(name=name)} {self.do}".strip()


CAUSES: dict[Cause, Advice] = {
    Cause.CONNECTED: Advice("Đang liên lạc tốt", "{name} đang liên lạc tốt.", "", False),
    Cause.NEVER_SEEN: Advice(
        "Chưa lắp xong",
        "{name} chưa liên lạc lần nào.",
        "Kiểm tra điện, SIM và ăng-ten tại cột, rồi nhập mã ghép nối trên thiết bị.",
        True,
    ),
    Cause.SILENT_LINK: Advice(
        "Mất liên lạc",
        "{name} mất liên lạc mà không báo trước. Lịch đã tải vẫn phát.",
        "Nếu các cụm gần đó cũng mất, hãy hỏi nhà mạng và điện lực. Nếu chỉ mình cụm này mất, hãy đến cột xem điện, "
        "SIM và ăng-ten.",
        True,
    ),
    Cause.SIM_EXPIRED: Advice(
        "Hết hạn SIM",
        "{name} hết hạn SIM.",
        "Nạp tiền thì cụm loa liên lạc lại sau khoảng 5 phút.",
        True,
    ),
    Cause.POWER_LOST: Advice(
        "Mất điện",
        "{name} báo mất điện.",
        "Có điện lại thì cụm loa tự chạy. Nếu quanh đó vẫn có điện, hãy kiểm tra áp-tô-mát và ổ cắm tại cột.",
        False,
    ),
    Cause.CLEAN_STOP: Advice(
        "Đã tắt",
        "{name} được tắt đúng cách tại chỗ.",
        "Nếu không phải do bảo trì, hãy hỏi người giữ chìa khóa tủ và bật lại.",
        True,
    ),
    Cause.REPLACED: Advice(
        "Đang thay thiết bị",
        "{name} đang được ghép với thiết bị khác. Thiết bị cũ không dùng được nữa.",
        "Nhập mã ghép nối trên thiết bị mới, rồi đối chiếu mã khóa.",
        True,
    ),
    Cause.REVOKED: Advice(
        "Đã thu hồi khóa",
        "{name} đã bị thu hồi khóa nên không nhận lệnh nữa.",
        "Muốn dùng lại, hãy cấp mã ghép nối mới.",
        True,
    ),
    Cause.PLATFORM: Advice(
        "Chưa rõ, hệ thống đang nối lại",
        "Hệ thống đang nối lại với các cụm loa nên chưa biết {name} ra sao. Lịch đã tải vẫn phát.",
        "Chờ vài phút. Nếu vẫn vậy, hãy gọi người quản trị hệ thống.",
        False,
    ),
}
WORRIES: dict[Worry, Advice] = {
    Worry.NO_CARD: Advice(
        "Không phát ra tiếng",
        "{name} không phát ra tiếng.",
        "Loa không phát ra tiếng: cạc âm thanh không trả lời. Hãy đến cột xem cạc âm thanh và dây nối, rồi tắt bật lại "
        "cụm loa. Nếu vẫn vậy, hãy thay cạc âm thanh.",
        True,
    ),
    Worry.NO_SWITCH: Advice(
        "Công tắc âm-li không đóng",
        "{name} đã bật âm-li hoặc máy phát FM nhưng công tắc không nghe lệnh.",
        "Hãy đến tủ xem rơ-le, dây điều khiển và nguồn của âm-li, rồi bấm Thử loa.",
        True,
    ),
    Worry.UNHEARD: Advice(
        "Không nghe thấy tiếng loa",
        "{name} phát mà chính micrô của loa không nghe thấy.",
        "Hãy đến cột xem âm-li, dây loa và củ loa. Sửa xong thì bấm Thử loa.",
        True,
    ),
    Worry.WEAK_SOUND: Advice(
        "Tiếng yếu hơn trước",
        "{name} kêu yếu hơn lúc mới lắp rõ rệt.",
        "Hãy đến cột nghe thử: một củ loa có thể đã hỏng, nước vào họng loa, hoặc mối nối bị gỉ.",
        True,
    ),
    Worry.FALLING_SOUND: Advice(
        "Tiếng yếu dần",
        "{name} kêu yếu dần qua các tuần.",
        "Chưa gấp. Lần tới qua đó hãy xem mối nối, màng loa và nguồn của âm-li.",
        False,
    ),
    Worry.DEAF: Advice(
        "Micrô nghe thử hỏng",
        "Micrô nghe thử của {name} không nghe thấy gì. Loa có thể vẫn kêu tốt.",
        "Khi có dịp, hãy thay micrô hoặc cắm lại dây. Đến lúc đó hệ thống không biết loa có kêu hay không.",
        False,
    ),
    Worry.NO_RELAY: Advice(
        "Mất nguồn tiếp âm",
        "{name} không nhận được nguồn tiếp âm.",
        "Loa đang phát tiếng thay thế hoặc im lặng, và tự tiếp âm lại khi nguồn trở lại. Nếu nhiều loa cùng bị, hãy mở "
        "Nguồn tiếp âm rồi bấm Nghe thử; nếu chỉ loa này, hãy xem ăng-ten FM hoặc mạng của loa.",
        True,
    ),
    Worry.UNKNOWN_TROUBLE: Advice(
        "Có trục trặc chưa rõ",
        "{name} báo một trục trặc mà hệ thống chưa biết.",
        "Hãy báo người quản trị hệ thống: phần mềm của cụm loa có thể mới hơn hệ thống.",
        True,
    ),
    Worry.NO_CLOCK: Advice(
        "Đồng hồ chưa đúng",
        "{name} chưa biết giờ đúng nên không nhận lệnh qua mạng.",
        "Thường tự hết sau vài phút có mạng. Nếu kéo dài quá một giờ, hãy thay pin đồng hồ của thiết bị.",
        True,
    ),
    Worry.CLOCK_LOOSE: Advice(
        "Đồng hồ lệch đôi chút",
        "{name} chưa chắc giờ của mình đúng đến từng phần nhỏ của giây, nên có thể kêu lệch với loa bên cạnh.",
        "Thường tự hết sau vài phút có mạng. Nếu hôm nào cũng vậy, mạng ở đó chậm: hãy kiểm tra ăng-ten.",
        False,
    ),
    Worry.ON_BACKUP: Advice(
        "Đang chạy ắc quy",
        "{name} mất điện lưới, đang chạy bằng ắc quy.",
        "Hỏi điện lực giờ có điện lại. Hết ắc quy thì cụm loa ngừng.",
        False,
    ),
    Worry.STORAGE_LOW: Advice(
        "Sắp đầy bộ nhớ",
        "{name} sắp đầy bộ nhớ, có thể không giữ đủ lịch 7 ngày.",
        "Hãy thay thẻ nhớ lớn hơn khi có dịp.",
        True,
    ),
    Worry.FILES_MISSING: Advice(
        "Đang tải âm thanh",
        "{name} chưa tải đủ âm thanh của lịch phát.",
        "Thường xong sau vài phút. Nếu kéo dài, mạng ở đó yếu: hãy kiểm tra ăng-ten.",
        False,
    ),
    Worry.SIM_ENDS_SOON: Advice(
        "SIM sắp hết hạn",
        "SIM của {name} sắp hết hạn.",
        "Nạp tiền trước ngày hết hạn để cụm loa không mất liên lạc.",
        True,
    ),
    Worry.FORGED: Advice(
        "Có lệnh giả mạo",
        "{name} đã từ chối lệnh không do hệ thống gửi. Loa không làm theo lệnh đó.",
        "Hãy báo người quản trị hệ thống: có thể có kẻ đã vào được máy chủ tin nhắn hoặc đường mạng tới loa.",
        True,
    ),
    Worry.NOT_PLACED: Advice(
        "Chờ đối chiếu mã khóa",
        "{name} đã ghép nối nhưng chưa được đối chiếu mã khóa, nên chưa phát gì.",
        "So mã khóa trên màn hình thiết bị với mã ở trang này rồi bấm xác nhận.",
        True,
    ),
}


# What the neighbours of a lost loudspeaker tell: nobody has to go to each pole for a cause that is not at the pole.
FAULTS: dict[Fault, Advice] = {
    Fault.NETWORK: Advice(
        "Nhà mạng gặp sự cố",
        "{name} mất liên lạc cùng lúc với các cụm khác dùng SIM cùng nhà mạng. Lịch đã tải vẫn phát.",
        "Không cần đến cột. Có sóng lại thì cụm loa tự nối.",
        False,
    ),
    Fault.POWER: Advice(
        "Mất điện cả khu",
        "{name} mất liên lạc lúc khu đó mất điện.",
        "Không cần đến cột. Có điện lại thì cụm loa tự chạy.",
        False,
    ),
    Fault.PLATFORM: CAUSES[Cause.PLATFORM],
    Fault.PLANNED: Advice(
        "Ngừng theo lịch báo trước",
        "{name} ngừng trong thời gian đã báo trước.",
        "Không cần làm gì. Hết giờ báo trước mà chưa chạy lại thì hệ thống báo.",
        False,
    ),
    Fault.SIM: Advice(
        "Hết dung lượng SIM",
        "{name} đã dùng hết dung lượng SIM của tháng.",
        "Mua thêm dung lượng thì cụm loa liên lạc lại sau khoảng 5 phút. Lịch đã tải vẫn phát.",
        True,
    ),
}


def of(cause: str) -> Advice:
    """The advice about a stored cause, worry or fault; an unknown code reads as a lost link."""
    return _KNOWN.get(cause, CAUSES[Cause.SILENT_LINK])


_KNOWN: dict[str, Advice] = {str(key): value for key, value in (*FAULTS.items(), *CAUSES.items(), *WORRIES.items())}


def explained(cause: str, fault: str) -> bool:
    """Whether the diagnosis says more about a silent device than its own cause."""
    return fault == Fault.PLANNED or (cause == Cause.SILENT_LINK and fault in FAULTS)


# Worries of a loudspeaker that is there, told where nothing needs a person; the others come and go by themselves.
CALM = (Worry.FALLING_SOUND, Worry.DEAF, Worry.CLOCK_LOOSE)
PASSING = frozenset({Worry.ON_BACKUP, Worry.FILES_MISSING})


def reason(cause: str, worries: Iterable[Worry], fault: str = "") -> str:
    """What stands for a device in lists: what the diagnosis found of a silent one (`fault`), else the first cause or
    worry that needs a person, else a calm worry of one that is there, else the cause.
    """
    if explained(cause, fault):
        return fault
    if of(cause).needs_person:
        return cause
    found = tuple(worries)
    calm = next((str(worry) for worry in CALM if worry in found), cause) if cause == Cause.CONNECTED else cause
    return next((str(worry) for worry in found if WORRIES[worry].needs_person), calm)
