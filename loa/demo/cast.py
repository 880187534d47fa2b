"""Who and what lives in the demonstration world: invented people, accounts and loudspeakers in real communes.

Only the names of the communes are real. Telephone numbers come from a range that is not given out.
"""

from dataclasses import dataclass, field

PASSWORD = "loa-mau-2026"  # noqa: S105  printed on the sample page; `loa up` refuses to run with these accounts
DEFAULT_PROVINCE = "15"
HOME = "04531"  # xã Quy Mông
HOME_NAME = "Quy Mông"  # in the texts of the notices; elsewhere the commune's own name takes its place
NEIGHBOUR = "04498"  # xã Trấn Yên

TECHNICIAN = "son"
HOME_PLACE, NEIGHBOUR_PLACE = "home", "neighbour"
PROVINCE_PLACE, CENTRE_PLACE, HAMLET_PLACE = "province", "centre", "hamlet"


@dataclass(frozen=True, slots=True)
class Person:
    """One account. `place` says where the role is held; `deputy_of` a username, for a role held by delegation."""

    username: str
    full_name: str
    position: str
    role: str
    place: str
    phone: str = ""
    deputy_of: str = ""


PEOPLE = (
    Person("lan", "Hoàng Thị Lan", "Cán bộ truyền thanh", "officer", HOME_PLACE, "0900000001"),
    Person("thanh", "Nguyễn Văn Thành", "Phó Chủ tịch UBND xã", "approver", HOME_PLACE, "0900000002"),
    Person("phuc", "Triệu Văn Phúc", "Trưởng phòng Văn hóa - Xã hội", "approver", HOME_PLACE, "0900000003", "thanh"),
    Person("xuan", "Bàn Thị Xuân", "Trưởng thôn 5", "announcer", HAMLET_PLACE, "0900000004"),
    Person("mai", "Hà Thị Mai", "Cán bộ truyền thanh", "officer", NEIGHBOUR_PLACE, "0900000005"),
    Person("hung", "Vũ Mạnh Hùng", "Chủ tịch UBND xã", "approver", NEIGHBOUR_PLACE, "0900000006"),
    Person(TECHNICIAN, "Lý Văn Sơn", "Kỹ thuật viên của tỉnh", "technician", PROVINCE_PLACE, "0900000007"),
    Person("anh", "Đỗ Minh Anh", "Biên tập viên của tỉnh", "province_editor", PROVINCE_PLACE, "0900000008"),
    Person("hang", "Phạm Thu Hằng", "Phó Giám đốc Sở Văn hóa", "approver", PROVINCE_PLACE, "0900000011"),
    Person("ha", "Trần Thu Hà", "Biên tập viên trung ương", "central_editor", CENTRE_PLACE, "0900000009"),
    Person("bao", "Phạm Quốc Bảo", "Quản trị hệ thống", "administrator", CENTRE_PLACE, "0900000010"),
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """One loudspeaker cluster; `north`, `east` in hundredths of a degree from the commune's point.

    In `name` {commune} stands for the commune's own name.
    """

    number: int
    name: str
    group: str
    north: float
    east: float
    volume: int = 70
    hamlet: int = 0


HAMLET_COUNT = 5
GROUPS = ("Trung tâm", "Ven sông", "Thôn 4, thôn 5")

HOME_CLUSTERS = (
    Cluster(1, "UBND xã", "Trung tâm", 0.0, 0.0, 70, 3),
    Cluster(2, "Chợ {commune}", "Trung tâm", -0.6, 0.6, 80, 3),
    Cluster(3, "Nhà văn hóa thôn 3", "Trung tâm", -1.0, -0.5, 70, 3),
    Cluster(4, "Nhà văn hóa thôn 1", "Ven sông", 0.8, -1.1, 70, 1),
    Cluster(5, "Nhà văn hóa thôn 2", "Ven sông", -0.1, -1.4, 70, 2),
    Cluster(6, "Bến đò", "Ven sông", -1.2, -1.6, 70, 2),
    Cluster(7, "Trường TH&THCS", "Thôn 4, thôn 5", 0.5, 1.1, 60, 4),
    Cluster(8, "Nhà văn hóa thôn 5", "Thôn 4, thôn 5", 1.3, 1.6, 70, 5),
)
NEIGHBOUR_CLUSTERS = tuple(
    Cluster(cluster.number, name, cluster.group, cluster.north, cluster.east, 70, cluster.hamlet)
    for cluster, name in zip(
        HOME_CLUSTERS,
        ("UBND xã", "Chợ trung tâm", "Nhà văn hóa thôn 3", "Nhà văn hóa thôn 1", "Nhà văn hóa thôn 2", "Trạm bơm",
         "Trạm Y tế", "Nhà văn hóa thôn 5"),
        strict=True,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FixedPart:
    """A recurring part of the day: `minute` after midnight, made by `sound` (a name of `demo.sounds`)."""

    title: str
    sound: str
    minutes: tuple[int, ...]
    filling: bool = False
    seconds: float = 0
    key: int = 0


FIXED_PARTS = (
    FixedPart("Nhạc hiệu", "station_call", (300, 1020)),
    FixedPart("Quốc ca (giai điệu mẫu)", "ceremony", (301,)),
    FixedPart("Tiếp âm đài tỉnh (âm thanh mẫu)", "relay", (330, 1050), True, 180, 3),
    FixedPart("Tiếp âm VOV1, Thời sự (âm thanh mẫu)", "relay", (360, 1080), True, 180, 5),
)


@dataclass(frozen=True, slots=True)
class Session:
    """A session of the day with the codes of the notices it carries; times in minutes after midnight."""

    name: str
    minute: int
    length: int
    notices: tuple[str, ...] = field(default=())


SESSIONS = (
    Session("Buổi sáng", 310, 20, ("energy_saving", "fire_prevention", "school")),
    Session("Buổi trưa", 660, 10, ("vaccination",)),
    Session("Buổi chiều", 1020, 30, ("reply", "water_cut", "hamlet_meeting", "donors")),
)
NEIGHBOUR_PARTS = ("Nhạc hiệu",)  # the neighbour's day is thinner, so that the world is built quickly
NEIGHBOUR_NOTICES = ("energy_saving", "hamlet_meeting")
FADING = 5  # the cluster of the home commune whose sound gets fainter from week to week
FAILED_YESTERDAY = 8  # the cluster of the home commune that stayed silent yesterday, and why
