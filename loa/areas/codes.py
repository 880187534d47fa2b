"""The codes of the rules of the air: kinds of days off, what they do, why hours may be extended. Pure."""

from enum import StrEnum


class _Labelled(StrEnum):
    """A code that is stored, with what people read."""

    label: str

    def __new__(cls, code: str, label: str) -> "_Labelled":
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member


def label(kind: type[_Labelled], code: str) -> str:
    """What people read for a stored code."""
    return next((one.label for one in kind if one == code), code)


def choices(kind: type[_Labelled]) -> list[tuple[str, str]]:
    """All of a kind, for forms."""
    return [(one.value, one.label) for one in kind]


class OffKind(_Labelled):
    """Why a day is another than the others."""

    PUBLIC = "public", "Ngày lễ, Tết"
    LUNAR = "lunar", "Ngày âm lịch"
    MOURNING = "mourning", "Ngày tang"
    OWN = "own", "Ngày riêng của địa phương"


class Effect(_Labelled):
    """What it does to what sounds. `exempt` counts only where the rules exempt events from their numbers."""

    SILENCE = "silence", "Không phát gì"
    NO_MUSIC = "no_music", "Không phát nhạc"
    FEWER = "fewer", "Phát ít buổi hơn"
    USUAL = "usual", "Phát như ngày thường"
    EXEMPT = "exempt", "Không tính số buổi, số phút"


class Every(_Labelled):
    """How it comes again."""

    SOLAR = "solar", "Hằng năm, theo dương lịch"
    LUNAR = "lunar", "Theo âm lịch"


class Reason(_Labelled):
    """What hours may be extended for."""

    NEW_YEAR_EVE = "new_year_eve", "Đêm giao thừa"
    ELECTION = "election", "Ngày bầu cử"
    MISSING_PERSON = "missing_person", "Tìm người mất tích"
    DISASTER = "disaster", "Phòng chống thiên tai, dịch bệnh"
    EVENT = "event", "Ngày lễ, sự kiện lớn"


class Exempt(_Labelled):
    """What numbers of sessions and minutes do not count."""

    UPPER = "upper_priority", "Bản tin ưu tiên của cấp trên"
    EVENTS = "events", "Ngày sự kiện chính trị, ngày kỷ niệm"
