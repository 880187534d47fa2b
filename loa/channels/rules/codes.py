"""The words of the rules: kinds of channels, for what they are used, what becomes of a message, and why."""

from enum import StrEnum


class Kind(StrEnum):
    """By which way a channel leads out of the platform."""

    SMS = "sms"
    ZALO = "zalo"
    EMAIL = "email"
    WEBHOOK = "webhook"
    BOARD = "board"


TO_PEOPLE = frozenset({Kind.SMS, Kind.ZALO, Kind.EMAIL})  # the others lead to one program


class Purpose(StrEnum):
    """Why something is sent. DUTY asks somebody for a deed; TRIAL only shows that the way is open."""

    ALERT = "alert"
    CANCEL = "cancel"
    END = "end"
    DUTY = "duty"
    TRIAL = "trial"


class Status(StrEnum):
    """As in CAP: what is no ACTUAL says so in its first words."""

    ACTUAL = "actual"
    EXERCISE = "exercise"
    TEST = "test"


class State(StrEnum):
    """What became of one message to one recipient. SENT: the other side took it; DELIVERED: it says it arrived."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    HELD = "held"
    LAPSED = "lapsed"


class Role(StrEnum):
    """Why somebody stands in a list."""

    HAMLET_HEAD = "hamlet_head"
    OFFICER = "officer"
    LEADER = "leader"
    DUTY = "duty"
    MILITIA = "militia"
    SCHOOL = "school"
    HEALTH = "health"
    OTHER = "other"


ROLE_LABELS: dict[Role, str] = {
    Role.HAMLET_HEAD: "Trưởng thôn, tổ trưởng",
    Role.OFFICER: "Cán bộ truyền thanh",
    Role.LEADER: "Lãnh đạo",
    Role.DUTY: "Trực ban",
    Role.MILITIA: "Công an, dân quân, đội xung kích",
    Role.SCHOOL: "Trường học",
    Role.HEALTH: "Trạm y tế",
    Role.OTHER: "Người khác",
}
